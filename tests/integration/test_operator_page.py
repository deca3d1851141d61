"""Every page of the operator's in a real browser: what it may not do, and for whom it works."""

import pytest
from playwright.sync_api import sync_playwright

from tests.support.browsing import addresses, barriers, complaints, launched, log_in, needs_chromium, shut_in
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
    """On every page, texts that would run or load something are text: no script runs, nothing leaves, none complains."""
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
        assert "49" not in opened.title()
        said = [text for text in opened.said if "404" not in text]
        assert (opened.left, said) == ([], []), path


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_is_in_the_way_of_a_screen_reader(tab, page, scheme):
    """axe-core finds nothing on any page, in either scheme; the log-in and a refusal are pages, too."""
    opened = tab(color_scheme=scheme, bypass_csp=True)
    found = {}
    for path in [*page.pages, "/none"]:
        opened.goto(page.address + path)
        found[path] = barriers(opened)
    anonymous = tab(color_scheme=scheme, bypass_csp=True, acts=False)
    for path in ("/login", "/sources/gazette"):
        anonymous.goto(page.address + path)
        found[f"anonymous {path}"] = barriers(anonymous)
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
    """The first stop leads to the content; every action, link and field has its stop, with an outline around it."""
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
