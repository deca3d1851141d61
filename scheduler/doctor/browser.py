"""Where a source needs a browser: is there one, and does it start?"""

import asyncio
import os
from collections.abc import Iterator

from scheduler.doctor.finding import Finding, Patient, ok, problem, warning


def look(patient: Patient) -> Iterator[Finding]:
    """Start it as a worker would, and end it again."""
    names = [source.name for source in patient.sources if source.javascript]
    if not names:
        yield ok("no source needs one")
        return
    from crawler.download.browser import Browser, BrowserMissingError, find_browser

    try:
        program = find_browser(patient.settings.crawl.browser)
        version = asyncio.run(_version_of(Browser(patient.settings.crawl.browser)))
    except BrowserMissingError as error:
        others = f" and {len(names) - 1} more" if len(names) > 1 else ""
        mend = "apt-get install chromium, or [crawl] browser = PATH"
        if "does not start" in str(error):
            mend = "start it by hand as this user (--headless about:blank), and mend what it says"
        yield problem(f"{names[0]}{others}: {error}", mend)
        return
    yield ok(f"{program} starts (version {version})")
    if os.geteuid() == 0:
        yield warning("as root it runs without its sandbox", "run tidings as a user of its own")


async def _version_of(browser: "object") -> str:
    from crawler.download.browser import Browser

    assert isinstance(browser, Browser)  # noqa: S101 (it is imported late)
    try:
        return (await browser.launch_browser()).version
    finally:
        await browser.close()
