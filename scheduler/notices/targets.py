"""Whom alarms are told to: URLs that Apprise understands. They may hold secrets, and are never shown."""

import asyncio
import hashlib
import logging
import re
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from crawler.logs import Redactor
from scheduler.stopping import in_thread

if TYPE_CHECKING:
    from scheduler.notices.words import Message

SEND_SECONDS = 30.0
"""How long a target has to take a message: Apprise limits each wait on a socket, not all of them together."""

_MISSING = "needs Apprise, which is not installed: install tidings[notify]"
_SHORTEST_SECRET = 6
_OPEN_HOSTS = {"json", "jsons", "xml", "xmls", "form", "forms", "mailto", "mailtos"}


class Target:
    """One URL of ``[alarms] notify``."""

    def __init__(self, url: str) -> None:
        self._url = url
        self.key = hashlib.sha256(url.encode()).hexdigest()[:12]
        """By this it is known in log and database."""
        self.scheme = url.partition("://")[0].lower()
        """All of the URL that may be shown: of some services even the host is a secret."""

    @property
    def name(self) -> str:
        """For people."""
        return f"{self.scheme} {self.key}"

    async def send(self, message: "Message", seconds: float = SEND_SECONDS) -> str | None:
        """Send a message; returns what went wrong, without any of the URL, or None.

        Apprise works in a thread, which is left to itself if it takes longer than ``seconds``.
        """
        try:
            async with asyncio.timeout(seconds):
                error = await in_thread(self._send, message)
        except TimeoutError:
            return f"no answer within {seconds:g} seconds"
        except Exception as error:  # noqa: BLE001 (a library for a hundred services; each may break in its own way)
            return self._redact(f"{type(error).__name__}: {error}")
        return error if error is None else self._redact(" ".join(error.split()))

    def _send(self, message: "Message") -> str | None:
        try:
            apprise = _apprise()
        except ImportError:
            return _MISSING
        service = _service(apprise, self._url)
        if service is None:
            return "Apprise does not understand its URL any more"
        kinds = apprise.NotifyType
        result = service.notify(
            body=message.body,
            title=message.title,
            notify_type=kinds.FAILURE if message.is_bad else kinds.SUCCESS,
            body_format=apprise.NotifyFormat.TEXT,
            log_level=logging.WARNING,
        )
        if result:
            return None
        words = [entry.message for entry in result.logs()]
        return words[0] if words else "Apprise could not send it, and does not say why"

    @cached_property
    def _redact(self) -> Redactor:
        parts = urlsplit(self._url)
        login, _, host = parts.netloc.rpartition("@")
        host = "" if self.scheme in _OPEN_HOSTS else host
        pieces = re.split(r"[/?&=@:,]", f"{parts.path}?{parts.query}@{login}@{host}")
        pieces = [piece for piece in {*pieces, *map(unquote, pieces)} if len(piece) >= _SHORTEST_SECRET]
        return Redactor([self._url, *pieces])


def check_target(url: str) -> None:
    """Whether Apprise understands a URL; ValueError that does not repeat it if not."""
    try:
        apprise = _apprise()
    except ImportError:
        raise ValueError(_MISSING) from None
    if _service(apprise, url) is None:
        raise ValueError(
            f"is not understood by Apprise as {url.partition('://')[0]}://...; how each service's URL is written"
            " stands at https://appriseit.com/services/"
        )


def _apprise() -> Any:
    """The library, whose own log is kept from ours: at the level debug it writes addresses with their keys."""
    import apprise

    apprise.logger.propagate = False
    logging.getLogger("urllib3").setLevel(logging.WARNING)
    return apprise


def _service(apprise: Any, url: str) -> Any:
    """An Apprise with the one service, None if it does not understand the URL.

    It works in the thread that calls: its own ones would keep the process from its end.
    """
    asset = apprise.AppriseAsset(
        app_id="tidings", app_desc="tidings", app_url="", async_mode=False, image_url_mask="", image_url_logo="",
        interpret_emojis=False, service_timeout=0, allow_templates=False,
    )  # fmt: skip
    service = apprise.Apprise.instantiate(url, asset=asset)
    if service is None:
        return None
    sender = apprise.Apprise(asset=asset)
    sender.add(service)
    return sender
