"""The system's Chromium, for sources whose pages are written by scripts: found, started, shared by all runs.

It is given no network of its own: what its pages ask for, ``subresources.py`` fetches for them, as any other
request of ours. What it would do by itself (WebSockets, redirects, look-ups of names, reports home) comes to
nothing.
"""

import asyncio
import os
import shutil
from collections.abc import Mapping
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.async_api import Browser as Chromium
    from playwright.async_api import Playwright

REASON_MISSING = "browser_missing"
"""Why a run fails on a machine that cannot render its pages."""

PAGES_AT_ONCE = 4
"""Of all runs of a process: one takes 100 MB and most of a core."""

_NAMES = ("chromium", "chromium-browser", "google-chrome")
_FLAGS = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-quic",
    "--disable-gpu",
    "--block-new-web-contents",
    # A proxy that nobody is, for loopback, too: TCP has nowhere to go, and UDP (WebRTC) no leave.
    "--proxy-server=http://127.0.0.1:1",
    "--proxy-bypass-list=<-loopback>",
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
    # Megabytes that the scripts of a page may hold.
    "--js-flags=--max-old-space-size=256",
)
_CLOSING_SECONDS = 5.0
_STARTING_SECONDS = 20.0
_LONGEST_WORDS = 500


class BrowserMissingError(Exception):
    """This machine cannot render pages; the message says what is missing, and how to mend it."""


def settings_for_browser() -> dict[str, Any]:
    """Scrapy's settings for a run that renders its pages, beside those of every run."""
    return {
        "DOWNLOAD_HANDLERS": dict.fromkeys(("http", "https"), "crawler.download.rendering.RenderingHandler"),
        "PLAYWRIGHT_MAX_PAGES_PER_CONTEXT": PAGES_AT_ONCE,
    }


def find_browser(configured: Path | None, *, path: str | None = None) -> str:
    """The executable: as ``[crawl] browser`` says, else the first that is on ``path`` (``$PATH``).

    Raises:
        BrowserMissingError: there is none, or the extra that drives it is not installed.
    """
    if find_spec("scrapy_playwright") is None:
        raise BrowserMissingError("javascript = true needs what drives a browser: pip install 'tidings[browser]'")
    if configured is not None:
        if found := shutil.which(str(configured.absolute())):
            return found
        raise BrowserMissingError(f"[crawl] browser: {configured} is not a program that can be run")
    for name in _NAMES:
        if found := shutil.which(name, path=path):
            return found
    raise BrowserMissingError(
        f"javascript = true needs a browser, and none of {', '.join(_NAMES)} is on the PATH: apt-get install"
        " chromium, or name another with [crawl] browser"
    )


def launch_options(executable: str, *, is_root: bool, environ: Mapping[str, str] = os.environ) -> dict[str, Any]:
    """How Playwright is to start it. Of our own settings, the database's password among them, it sees none."""
    return {
        "executable_path": executable,
        "args": list(_FLAGS),
        "chromium_sandbox": not is_root,  # Chromium refuses to start as root with it
        "env": {name: value for name, value in environ.items() if not name.startswith("TIDINGS_")},
        "timeout": _STARTING_SECONDS * 1000,
        # The worker brings its runs to an end, and closes us then.
        "handle_sigint": False,
        "handle_sigterm": False,
        "handle_sighup": False,
    }


class Browser:
    """One Chromium for all runs of a process: started when the first page needs it, ended with the last such run.

    It is what scrapy-playwright calls a browser provider. Should this process be killed, the pipe to Playwright's
    driver closes, which then kills Chromium.
    """

    def __init__(self, configured: Path | None) -> None:
        self._configured = configured
        self._lock = asyncio.Lock()
        self._playwright: Playwright | None = None
        self._chromium: Chromium | None = None
        self._num_users = 0
        self.pages = asyncio.Semaphore(PAGES_AT_ONCE)

    def check(self) -> None:
        """Raise BrowserMissingError if there is none to be started."""
        find_browser(self._configured)

    def take(self) -> None:
        """Count in one who may use it, until :meth:`leave`."""
        self._num_users += 1

    async def leave(self) -> None:
        """Count out one who has used it, and end it if nobody is left."""
        self._num_users -= 1
        if not self._num_users:
            await self.close()

    async def launch_browser(self) -> "Chromium":
        """The running browser; one that has died is replaced. Raises BrowserMissingError if it does not start."""
        async with self._lock:
            if self._chromium is None or not self._chromium.is_connected():
                await self._end()
                self._chromium = await self._start()
            return self._chromium

    async def _start(self) -> "Chromium":
        from playwright.async_api import Error, async_playwright

        executable = find_browser(self._configured)
        self._playwright = await async_playwright().start()
        try:
            return await self._playwright.chromium.launch(**launch_options(executable, is_root=os.geteuid() == 0))
        except Error as error:
            raise BrowserMissingError(f"{executable} does not start: {_last_words(error.message)}") from error

    async def close(self) -> None:
        """End it, if it runs."""
        async with self._lock:
            await self._end()

    async def _end(self) -> None:
        chromium, self._chromium = self._chromium, None
        playwright, self._playwright = self._playwright, None
        if playwright is None:
            return
        from playwright.async_api import Error

        with suppress(Error, TimeoutError):
            async with asyncio.timeout(_CLOSING_SECONDS):
                if chromium is not None:
                    await chromium.close()
        with suppress(Error, TimeoutError):
            async with asyncio.timeout(_CLOSING_SECONDS):
                await playwright.stop()


def _last_words(message: str) -> str:
    """What Chromium itself said, of all that Playwright tells of an attempt to start it."""
    said = [line.partition("[err] ")[2] for line in message.splitlines() if "[err] " in line]
    return " ".join(said or message.split("\n", 1)[:1])[:_LONGEST_WORDS]
