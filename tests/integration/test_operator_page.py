"""Every page of the operator's in a real browser: what it may not do, for whom it works, how it stays fresh."""

import pytest
from playwright.sync_api import expect, sync_playwright

from tests.support.browsing import addresses, barriers, complaints, launched, log_in, needs_chromium, shut_in
from tests.support.loading import ask
from tests.support.operating import OperatorPage, fill

pytestmark = needs_chromium

# Of every element that can be reached by Tab, whether something shows that it has the focus.
FOCUS = """
() => {
  const element = document.activeElement, style = getComputedStyle(element);
  const name = element.getAttribute("aria-label") || element.textContent.trim() || element.name || element.id;
  const hasOutline = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
  const box = element.getBoundingClientRect();
  const isSeen = box.width > 0 && box.height > 0 && box.right > 0 && box.bottom > 0;
  return element === document.body ? null : { tag: element.tagName, name, isShown: hasOutline && isSeen };
}
"""
# What is wider than the screen, though nothing around it scrolls.
TOO_WIDE = """
() => {
  const wide = document.documentElement.scrollWidth - document.documentElement.clientWidth;
  return wide <= 0 ? [] : [...document.querySelectorAll("body *")]
    .filter(element => element.getBoundingClientRect().right > innerWidth + 1)
    .slice(0, 3).map(element => element.outerHTML.slice(0, 150)).concat(`${wide} px`);
}
"""


@pytest.fixture(scope="module")
def page(server, template, tmp_path_factory):
    """A page on rows of which many mean harm."""
    url = server.create(template=template)
    with OperatorPage(url, tmp_path_factory.mktemp("page")) as opened:
        places = opened.do(fill(url, opened.database))
        opened.pages = addresses(opened, places)
        yield opened
    server.drop(url)


@pytest.fixture(scope="module")
def browser():
    """The system's Chromium."""
    with sync_playwright() as playwright, launched(playwright) as opened:
        yield opened


@pytest.fixture
def tab(browser, page):
    """Opens a tab in a context of its own, whose requests stay at the listener, and where the operator may act."""
    contexts = []

    def open_tab(*, acts=True, **options):
        context = browser.new_context(**options)
        contexts.append(context)
        opened = context.new_page()
        opened.set_default_timeout(30_000)
        opened.left = shut_in(context, page.address)
        opened.said = complaints(opened)
        if acts:
            log_in(opened, page.address, page.token)
        return opened

    yield open_tab
    for context in contexts:
        context.close()


def test_what_was_scraped_does_nothing(tab, page):
    """Texts that would run or load something are text on every page: nothing runs, leaves, or complains."""
    opened = tab()
    for path in page.pages:
        answer = opened.goto(page.address + path, wait_until="load")
        assert answer.status in {200, 404}, path
        opened.locator("details").evaluate_all("all => all.forEach(details => { details.open = true })")
        links = opened.eval_on_selector_all("[href]", "all => all.map(link => link.getAttribute('href'))")
        assert {link.partition(":")[0] for link in links if ":" in link.partition("/")[0]} <= {"http", "https"}, (
            path
        )
        assert opened.evaluate("window.harmed") is None, path
        assert "60481729" not in opened.content(), path
        said = [text for text in opened.said if "404" not in text]
        assert (opened.left, said) == ([], []), path


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_is_in_the_way_of_a_screen_reader(tab, page, scheme):
    """axe-core finds nothing on any page; the log-in and a refusal are pages, too. In the dark, colours differ."""
    rules = ["color-contrast"] if scheme == "dark" else []
    found = {}
    anonymous = tab(color_scheme=scheme, bypass_csp=True, acts=False)
    for path in ("/login", "/sources/gazette"):
        anonymous.goto(page.address + path)
        found[f"anonymous {path}"] = barriers(anonymous, *rules)
    opened = tab(color_scheme=scheme, bypass_csp=True)
    for path in [*page.pages, "/none"]:
        opened.goto(page.address + path)
        found[path] = barriers(opened, *rules)
    assert {path: lines for path, lines in found.items() if lines} == {}


def test_a_phone_shows_every_page_without_scrolling_sideways(tab, page):
    """At 390 pixels nothing is wider than the screen but what scrolls by itself."""
    opened = tab(viewport={"width": 390, "height": 844})
    found = {}
    for path in page.pages:
        opened.goto(page.address + path)
        found[path] = opened.evaluate(TOO_WIDE)
    assert {path: wide for path, wide in found.items() if wide} == {}


def test_every_page_is_whole_without_javascript(tab, page):
    """It shows the same; what a script would do is bring it up to date."""
    opened = tab(java_script_enabled=False)
    for path in page.pages:
        opened.goto(page.address + path)
        assert opened.locator("h1").count() == 1, path
        assert opened.locator("main").inner_text(), path
    assert (opened.left, opened.said) == ([], [])


def test_a_keyboard_reaches_everything_and_shows_where_it_is(tab, page):
    """The first stop leads to the content; every action, link and field has a stop, with an outline around it."""
    opened = tab()
    opened.goto(f"{page.address}/sources/gazette")
    opened.keyboard.press("Tab")
    assert opened.evaluate(FOCUS)["name"].startswith("Skip")
    opened.keyboard.press("Enter")
    assert opened.evaluate("document.activeElement.id") == "main"
    opened.reload()
    stops = []
    for _ in range(opened.locator("a[href], button, input, summary, select, [tabindex='0']").count() + 5):
        opened.keyboard.press("Tab")
        if (stop := opened.evaluate(FOCUS)) is None:
            break
        stops.append(stop)
    assert [stop["name"] for stop in stops if not stop["isShown"]] == []
    reached = {stop["name"] for stop in stops}
    assert {"Run gazette now", "Pause gazette", "Log out"} <= reached
    wanted = opened.locator("main a[href], main button").evaluate_all(
        "all => all.map(one => one.getAttribute('aria-label') || one.textContent.trim())"
    )
    assert set(wanted) <= reached


# Bringing itself up to date


@pytest.fixture
def live(tab, page):
    """The quarantine, in a tab whose time a test lets pass."""
    page.do(ask(page.database, "UPDATE tidings.quarantine SET num_attempts = 3 RETURNING 1"))
    opened = tab()
    opened.clock.install()
    opened.goto(f"{page.address}/quarantine")
    return opened


def later(tab, seconds=6):
    """Let time pass in the tab, and wait until it has asked anew."""
    with tab.expect_event("requestfinished", lambda request: "x-live" in request.headers):
        tab.clock.run_for(seconds * 1000)


def test_what_changed_is_shown_and_what_one_does_stays(live, page):
    """Figures follow; an opened detail stays open, and the focus and what is being typed stay where they are."""
    live.locator("summary").first.click()
    live.get_by_label("Source").fill("gaz")
    live.get_by_label("Source").press("End")
    page.do(ask(page.database, "UPDATE tidings.quarantine SET num_attempts = 4711 RETURNING 1"))
    later(live)
    expect(live.locator("td[data-label=Attempts]")).to_have_text("4711")
    assert live.locator("details").first.get_attribute("open") is not None
    expect(live.get_by_label("Source")).to_be_focused()
    expect(live.get_by_label("Source")).to_have_value("gaz")
    live.get_by_role("button", name="Retry").focus()
    page.do(ask(page.database, "UPDATE tidings.quarantine SET num_attempts = 4712 RETURNING 1"))
    later(live)
    expect(live.locator("td[data-label=Attempts]")).to_have_text("4712")
    expect(live.get_by_role("button", name="Retry")).to_be_focused()
    assert live.said == []


def test_a_selection_is_not_taken_away(live, page):
    """What somebody has marked to copy it stays until they let go of it."""
    cell = live.locator("td[data-label=Attempts]")
    cell.select_text()
    page.do(ask(page.database, "UPDATE tidings.quarantine SET num_attempts = 4711 RETURNING 1"))
    later(live)
    assert live.evaluate("getSelection().toString().trim()") == "3"
    live.evaluate("getSelection().removeAllRanges()")
    later(live)
    expect(cell).to_have_text("4711")


def test_a_page_that_is_not_reached_says_so_once_it_is_sure(live):
    """Politely, with the time of what is shown; and when it is over. Between tries it waits longer and longer."""
    state = live.locator("#live-state")
    assert state.get_attribute("role") == "status"
    asked = []
    live.route("**/*", lambda route: (asked.append(1), route.abort()))
    with live.expect_event("requestfailed"):
        live.clock.run_for(6_000)
    expect(state).to_have_text("")
    with live.expect_event("requestfailed"):
        live.clock.run_for(11_000)
    expect(state).to_contain_text("Not reachable: what is shown is of ")
    live.clock.run_for(15_000)
    assert len(asked) == 2
    live.unroute("**/*")
    later(live, 10)
    expect(state).to_have_text("Up to date again.")
    later(live)
    expect(state).to_have_text("")


def test_a_session_that_is_over_is_asked_for_no_more(tab, page, tmp_path):
    """Where reading needs the token, the page says so and falls silent."""
    with OperatorPage(page.database_url, tmp_path, token="a-token-of-the-tests") as guarded:
        opened = tab(acts=False)
        opened.context.unroute("**/*")
        log_in(opened, guarded.address, guarded.token)
        opened.clock.install()
        opened.goto(f"{guarded.address}/quarantine")
        opened.context.clear_cookies()
        opened.clock.run_for(6_000)
        expect(opened.locator("#live-state")).to_contain_text("Your session is over")
