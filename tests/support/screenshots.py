"""Screenshots of every page of the operator's: light, dark, and on a phone.

``uv run python -m tests.support.screenshots FOLDER [ADDRESS [TOKEN]]``: of the daemon at ADDRESS, or else of a
page on an embedded server with rows of which some mean harm.
"""

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from sql.embedded import embedded_postgres, wait_until_stopped
from sql.migrate import migrate
from tests.support.browsing import addresses, launched, log_in
from tests.support.operating import OperatorPage, fill

LOOKS = {
    "light": {"color_scheme": "light", "viewport": {"width": 1280, "height": 900}},
    "dark": {"color_scheme": "dark", "viewport": {"width": 1280, "height": 900}},
    "phone": {"color_scheme": "light", "viewport": {"width": 390, "height": 844}, "device_scale_factor": 2},
}


def main(folder: Path, address: str | None, token: str | None) -> None:
    """Take them all."""
    folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright, launched(playwright) as browser:
        if address is not None:
            _take(browser, folder, address.rstrip("/"), _followed(browser, address), token)
            return
        with _own_page() as (page, places):
            _take(browser, folder, page.address, addresses(page, places), page.token)


@contextmanager
def _own_page() -> Iterator[tuple[OperatorPage, dict[str, str]]]:
    with tempfile.TemporaryDirectory(prefix="tidings-", dir="/tmp") as name:
        Path(name).chmod(0o711)
        with embedded_postgres(Path(name) / "pg") as url:
            migrate(url)
            with OperatorPage(url, Path(name) / "data") as page:
                yield page, page.do(fill(url, page.database))
        wait_until_stopped(Path(name) / "pg")


def _followed(browser: Browser, address: str) -> list[str]:
    """The overview, and one page of each kind that it leads to."""
    page = browser.new_page()
    page.goto(address)
    links = page.eval_on_selector_all("a[href^='/']", "links => links.map(link => link.getAttribute('href'))")
    page.close()
    return sorted({link.split("/")[1].partition("?")[0]: link for link in ["/", *links]}.values())


def _take(browser: Browser, folder: Path, address: str, paths: list[str], token: str | None) -> None:
    for look, options in LOOKS.items():
        context = browser.new_context(**options)
        page: Page = context.new_page()
        if token:
            log_in(page, address, token)
        for path in paths:
            page.goto(address + path)
            name = path.strip("/").replace("/", "-").partition("?")[0] or "overview"
            page.screenshot(path=folder / f"{name}-{look}.png", full_page=True)
            sys.stdout.write(f"{folder / name}-{look}.png\n")
        context.close()


if __name__ == "__main__":
    given = [*sys.argv[1:], None, None, None]
    main(Path(given[0] or "screenshots"), given[1], given[2])
