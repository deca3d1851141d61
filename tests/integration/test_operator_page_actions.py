"""What an operator does on the page, in a real browser, and what is done to it by other sites."""

import pytest
from playwright.sync_api import expect, sync_playwright

from tests.conftest import name_of
from tests.support.browsing import complaints, launched, log_in, needs_chromium
from tests.support.loading import ask
from tests.support.operating import HARM, OperatorPage, fill
from tests.support.sites import Site

pytestmark = needs_chromium

IN_QUARANTINE = f"https://gazette.example/{HARM}"


@pytest.fixture(scope="module")
def browser():
    """The system's Chromium, for which a name of another site has come to lead to loopback."""
    rebound = "--host-resolver-rules=MAP rebound.example 127.0.0.1"
    with sync_playwright() as playwright, launched(playwright, rebound) as opened:
        yield opened


@pytest.fixture(scope="module")
def filled(server, template, tmp_path_factory):
    """The name of a database, only ever copied, with a source and what has befallen it."""
    url = server.create(template=template)
    with OperatorPage(url, tmp_path_factory.mktemp("filled")) as opened:
        opened.do(fill(url, opened.database))
    yield name_of(url)
    server.drop(url)


@pytest.fixture
def page(server, filled, tmp_path):
    """A page on rows of its own."""
    url = server.create(template=filled)
    with OperatorPage(url, tmp_path) as opened:
        yield opened
    server.drop(url)


@pytest.fixture
def tab(browser, page, request):
    """A tab of an operator who may act; with JavaScript, unless a test says otherwise."""
    context = browser.new_context(java_script_enabled=getattr(request, "param", True))
    opened = context.new_page()
    opened.said = complaints(opened)
    log_in(opened, page.address, page.token)
    yield opened
    context.close()


with_and_without_javascript = pytest.mark.parametrize("tab", [True, False], indirect=True, ids=["js", "no-js"])


@pytest.fixture
def rows(page):
    """Asks the database."""
    return lambda statement: page.do(ask(page.database, statement))


def done(rows):
    """What was done on the page, in its order."""
    taken = rows("SELECT action FROM tidings.actions WHERE starts_with(taken_by, 'page, from') ORDER BY action_id")
    return [row["action"] for row in taken]


@with_and_without_javascript
def test_a_source_is_run_paused_and_resumed(tab, page, rows):
    """Each button does what it says, says what it did, and is on record; a second click does no harm."""
    tab.goto(f"{page.address}/sources/gazette")
    tab.get_by_role("button", name="Pause gazette").click()
    expect(tab.get_by_role("status").first).to_have_text("gazette is paused: no run of it begins by itself.")
    assert tab.url == f"{page.address}/sources/gazette"
    expect(tab.get_by_label("Latest actions")).to_contain_text("by page, from 127.0.0.1")
    assert rows("SELECT state::text FROM tidings.sources")[0]["state"] == "disabled"
    tab.get_by_role("button", name="Resume gazette").click()
    expect(tab.get_by_role("status").first).to_contain_text("on the timetable again")
    assert rows("SELECT state::text FROM tidings.sources")[0]["state"] == "enabled"
    tab.get_by_role("button", name="Run gazette now, and revisit all its articles").click()
    expect(tab.get_by_role("status").first).to_contain_text("A run of gazette is queued, which visits")
    tab.get_by_role("button", name="Run gazette now", exact=True).click()
    expect(tab.get_by_role("status").first).to_contain_text("nothing was added")
    queued = rows("SELECT revisit FROM tidings.runs WHERE started_at IS NULL AND finished_at IS NULL")
    assert queued == [{"revisit": True}]
    assert done(rows) == ["disable", "enable", "revisit"]
    tab.reload()
    expect(tab.locator(".message")).to_have_count(0)
    assert tab.said == []


def test_a_double_click_acts_once(tab, page, rows):
    """Whatever the browser sends, one run is queued."""
    tab.goto(f"{page.address}/sources/gazette")
    tab.get_by_role("button", name="Run gazette now", exact=True).dblclick()
    expect(tab.locator(".message")).to_have_count(1)
    assert len(rows("SELECT run_id FROM tidings.runs WHERE started_at IS NULL")) == 1
    assert done(rows) == ["run"]


@with_and_without_javascript
def test_a_page_leaves_quarantine(tab, page, rows):
    """Retry has it visited again; its URL, which means harm, goes through the form and back as it is."""
    tab.goto(f"{page.address}/quarantine")
    tab.get_by_role("button", name="Retry").click()
    expect(tab.get_by_role("status").first).to_have_text("It is visited again by the next run of gazette.")
    assert rows("SELECT 1 FROM tidings.quarantine") == []
    freed = rows(
        "SELECT url, next_visit_at <= now() AS waits FROM tidings.urls WHERE reason = 'extraction_crashed'"
    )
    assert freed == [{"url": IN_QUARANTINE, "waits": True}]


def test_a_page_is_dropped_from_quarantine(tab, page, rows):
    """It is off the list, and not visited; of two who press at once, the second is told."""
    late = tab.context.new_page()
    for opened in (tab, late):
        opened.goto(f"{page.address}/quarantine")
    for opened, words in ((tab, "never visited again"), (late, "not in quarantine any more")):
        opened.get_by_role("button", name="Drop").click()
        expect(opened.get_by_role("status").first).to_contain_text(words)
    assert rows("SELECT 1 FROM tidings.quarantine") == []
    assert done(rows) == ["drop"]


def test_an_article_is_visited_again_in_full(tab, page, rows):
    """Its URL is due, what would have it answered by 304 is forgotten, and a run of its source is queued."""
    (article,) = rows(
        "SELECT article_id FROM tidings.copies WHERE url = 'https://gazette.example/1' AND is_current"
    )
    tab.goto(f"{page.address}/articles/{article['article_id']}")
    tab.get_by_role("button", name="Visit again now").click()
    expect(tab.get_by_role("status").first).to_have_text("A run of gazette is queued, which visits it again.")
    (url,) = rows(
        "SELECT next_visit_at <= now() AS waits, etag FROM tidings.urls WHERE url = 'https://gazette.example/1'"
    )
    assert url == {"waits": True, "etag": None}
    tab.goto(f"{page.address}/actions")
    expect(tab.locator("tbody tr").first).to_contain_text("visited again")


def test_who_is_asked_to_log_in_comes_back(browser, page):
    """From a source's page to the log-in, past a wrong token, and back to it with its buttons; and out again."""
    context = browser.new_context()
    opened = context.new_page()
    opened.goto(f"{page.address}/sources/gazette")
    expect(opened.get_by_role("button", name="Pause gazette")).to_have_count(0)
    opened.get_by_role("link", name="Log in to run or pause it").click()
    opened.get_by_label("Token").fill("this is not the token")
    opened.keyboard.press("Enter")
    expect(opened.get_by_role("alert")).to_have_text("This is not the token.")
    opened.get_by_label("Token").fill(page.token)
    opened.keyboard.press("Enter")
    expect(opened.get_by_role("button", name="Pause gazette")).to_be_visible()
    assert opened.url == f"{page.address}/sources/gazette"
    assert context.cookies()[0]["httpOnly"]
    opened.get_by_role("button", name="Log out").click()
    opened.goto(f"{page.address}/sources/gazette")
    expect(opened.get_by_role("button", name="Pause gazette")).to_have_count(0)
    context.close()


def test_a_session_that_is_over_acts_no_more(browser, page, rows):
    """A form that was open meanwhile is refused on a calm page, which leads to the log-in and back."""
    context = browser.new_context()
    opened = context.new_page()
    log_in(opened, page.address, page.token)
    opened.goto(f"{page.address}/sources/gazette")
    context.clear_cookies()
    opened.get_by_role("button", name="Pause gazette").click()
    expect(opened.locator("main")).to_contain_text("Your session is over. Nothing was done")
    opened.get_by_role("link", name="Log in to act").click()
    opened.get_by_label("Token").fill(page.token)
    opened.keyboard.press("Enter")
    expect(opened.get_by_role("button", name="Pause gazette")).to_be_visible()
    assert done(rows) == []
    context.close()


def test_another_site_can_make_nobody_act(browser, page, rows):
    """Forms, fetches and frames of another site, in the browser of who is logged in, do and show nothing."""
    target = f"{page.address}/sources/gazette/pause"
    attack = f"""<!doctype html><title>evil</title><iframe name="hole"></iframe>
    <form id="form" method="post" action="{target}" target="hole"><input name="form_token" value="x"></form>
    <iframe src="{page.address}/" id="framed"></iframe><script>
    document.getElementById("form").submit();
    const tries = ["{target}", "{page.address}/"].flatMap(url => [
      fetch(url, {{ method: "POST", mode: "no-cors", credentials: "include", body: new URLSearchParams("a=b") }}),
      fetch(url, {{ credentials: "include" }}).then(answer => answer.text()),
      fetch(url, {{ method: "POST", credentials: "include", headers: {{ Authorization: "Bearer x" }} }}),
    ]);
    Promise.allSettled(tries).then(ends => {{
      document.title = ends.map(end => end.value ? String(end.value.type || end.value) : "refused").join(" ");
    }});
    </script>"""
    with Site() as evil:
        evil.pages["/"] = attack
        context = browser.new_context()
        opened = context.new_page()
        log_in(opened, page.address, page.token)
        for host in ("127.0.0.1", "localhost"):
            opened.goto(f"http://{host}:{evil.port}/")
            opened.wait_for_function("document.title !== 'evil'")
            assert opened.title() == " ".join(["refused"] * 6)
            opened.wait_for_function("frames.length === 2")
            assert opened.frames[-1].url.startswith(("chrome-error:", "about:", page.address))
            assert "gazette" not in opened.frame_locator("#framed").locator("body").inner_text()
        context.close()
    assert rows("SELECT state::text FROM tidings.sources")[0]["state"] == "enabled"
    assert done(rows) == []


def test_a_name_that_is_pointed_at_us_shows_nothing(page, browser):
    """DNS rebinding in a real browser: under another name, on our port, there is no page, and no log-in."""
    opened = browser.new_page()
    rebound = page.address.replace("127.0.0.1", "rebound.example")
    for path in ("/", "/sources/gazette", "/login"):
        assert opened.goto(rebound + path).status == 421
        assert "Bridge" not in opened.locator("main").inner_text()
        assert opened.get_by_label("Token").count() == 0
    opened.close()


def test_a_changed_token_ends_a_session_in_the_browser(database_url, tmp_path, browser):
    """After a restart with another token the browser is asked for it; with the same one it goes on."""
    context = browser.new_context()
    opened = context.new_page()
    port = 0
    for token, is_in in (
        ("first-of-the-tokens", False),
        ("first-of-the-tokens", True),
        ("other-of-the-tokens", False),
    ):
        with OperatorPage(database_url, tmp_path, listen=f"127.0.0.1:{port}", token=token) as page:
            port = int(page.address.rpartition(":")[2])
            opened.goto(f"{page.address}/runs")
            assert opened.url == f"{page.address}/runs" if is_in else f"{page.address}/login?next=/runs"
            if not is_in:
                log_in(opened, page.address, token)
    context.close()
