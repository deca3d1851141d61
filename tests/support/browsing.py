"""A real browser on the operator page."""

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from urllib.parse import quote

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, Playwright

from tests.support.operating import BAD_URLS, OperatorPage

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")

_NO_PAGES = ("/healthz", "/readyz", "/metrics", "/static/", "/style.css", "/icon.svg")
_ASKED = {
    "/search": ["?q=bridge", f"?q={quote(BAD_URLS[4])}"],
    "/explain": [
        "?url=https://gazette.example/0",
        "?url=https://gazette.example/none",
        f"?url={quote(BAD_URLS[2])}",
    ],
}


@contextmanager
def launched(playwright: Playwright, *arguments: str) -> Iterator[Browser]:
    """The system's Chromium."""
    browser = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
    try:
        yield browser
    finally:
        browser.close()


def addresses(page: OperatorPage, places: Mapping[str, str]) -> list[str]:
    """Every page of the route table, with something to ask where it answers questions."""
    paths = [path.format(**places) for path in page.paths if not path.startswith(_NO_PAGES)]
    return paths + [path + query for path in paths for query in _ASKED.get(path, [])]


def log_in(page: Page, address: str, token: str) -> None:
    """As an operator does it."""
    page.goto(f"{address}/login")
    page.get_by_label("Token").fill(token)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url(f"{address}/")


def shut_in(context: BrowserContext, address: str) -> list[str]:
    """Let nothing leave the listener; returns the list of what tried to."""
    left: list[str] = []

    def check(route, request) -> None:
        if request.url.startswith(f"{address}/"):
            route.continue_()
        else:
            left.append(request.url)
            route.abort()

    context.route("**/*", check)
    return left


def complaints(page: Page) -> list[str]:
    """What a page says on its console, and what it breaks on, from now on: errors and violations of its policy."""
    found: list[str] = []
    page.on("console", lambda said: found.append(said.text) if said.type in {"error", "warning"} else None)
    page.on("pageerror", lambda error: found.append(str(error)))
    return found


def barriers(page: Page, *rules: str) -> list[str]:
    """What axe-core holds against a page, a line each; by all of its rules, or by these."""
    options = {"resultTypes": ["violations"], "iframes": False} | ({"runOnly": list(rules)} if rules else {})
    found = Axe().run(page, options=options).response["violations"]
    return [
        f"{violation['id']}: {node['target']} {node['html'][:200]}"
        for violation in found
        for node in violation["nodes"]
    ]
