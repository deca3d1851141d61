"""Scrapy's handler of http and https, less its trust in servers."""

from time import monotonic
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from scrapy.core.downloader.handlers.http11 import (
    HTTP11DownloadHandler,
    _LenientHTTP11ClientFactory,
    _LenientHTTP11ClientProtocol,
    _LenientHTTPClientParser,
)
from scrapy.exceptions import DownloadTimeoutError
from scrapy.http import Request, Response
from twisted.internet.error import ConnectionDone
from twisted.python.failure import Failure
from twisted.web._newclient import ParseError, ResponseFailed
from twisted.web.client import URI
from twisted.web.http import _ChunkedTransferDecoder, _DataLoss, _MalformedChunkedDataError

from crawler.download.addresses import trusting
from crawler.download.proxies import judge_target
from crawler.outcomes import Outcome, Reason, RefusedError

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from twisted.internet.defer import Deferred
    from twisted.internet.interfaces import IAddress

# What browsers take of a header section, and more lines than any has (a line of 16 KiB is Twisted's own limit).
_MAX_HEADER_BYTES = 256 * 1024
_MAX_HEADER_LINES = 1_000
# Each costs 8 microseconds, however little is in it: one byte a chunk, a page would hold up the loop for a minute.
_MAX_CHUNKS = 250_000
_LOWEST_STATUS, _HIGHEST_STATUS = 100, 999


class BoundedHandler(HTTP11DownloadHandler):
    """Keeps one deadline for a request and all that it is redirected to, and leaves no connection behind."""

    def __init__(self, crawler: "Crawler") -> None:
        super().__init__(crawler)
        self._pool._factory = _Factory  # noqa: SLF001 (as Scrapy does)
        self._fail_on_dataloss_warned = True  # the page's own line of the log says it, each time

    async def download_request(self, request: Request) -> Response:
        """Download it. What it takes is off the time that is left for where it redirects to.

        Raises:
            RefusedError: its URL says one host to us, and another to Twisted, which connects (``url_invalid``).
            DownloadTimeoutError: no time is left, or not enough.
        """
        _check_host(request.url)
        timeout, started = request.meta["download_timeout"], monotonic()
        if timeout <= 0:
            raise DownloadTimeoutError(f"Redirects have used up the time for {request.url}")
        response = await self._download(request)
        request.meta["download_timeout"] = timeout - (monotonic() - started)
        return response

    async def _download(self, request: Request) -> Response:
        """Through the request's proxy, if it has one."""
        proxy = request.meta.get("proxy")
        if proxy is None:
            return await super().download_request(request)
        started = monotonic()
        await judge_target(request.url, request.meta["download_timeout"])
        request.meta["download_timeout"] -= monotonic() - started
        with trusting(urlsplit(proxy).hostname):
            return await super().download_request(request)


def _check_host(url: str) -> None:
    """Refuse what two parsers read differently: the port was judged by one, and is connected to by the other."""
    ours, twisted = urlsplit(url), URI.fromBytes(url.encode("ascii"))  # type: ignore[no-untyped-call]
    port = ours.port or (443 if ours.scheme == "https" else 80)
    if (ours.hostname or "", port) != (twisted.host.decode().lower().strip("[]"), twisted.port):
        raise RefusedError(Outcome.REJECTED, Reason.URL_INVALID, "its host is not written plainly")


class _ChunkDecoder(_ChunkedTransferDecoder):
    _num_chunks = 0

    def _dataReceived_CHUNK_LENGTH(self) -> bool:  # noqa: N802 (Twisted's interface)
        self._num_chunks += 1
        if self._num_chunks > _MAX_CHUNKS:
            raise _MalformedChunkedDataError("too many chunks")
        return super()._dataReceived_CHUNK_LENGTH()


class _Parser(_LenientHTTPClientParser):
    """Takes no more of a header section than it may have, and no body for whole that broke off."""

    _transferDecoders = {b"chunked": _ChunkDecoder}  # noqa: N815, RUF012
    _num_bytes = 0
    _num_lines = 0

    def lineReceived(self, line: bytes) -> None:  # noqa: N802 (Twisted's interface)
        """See ``twisted.protocols.basic.LineReceiver``; interim answers (1xx) count towards the same limits."""
        self._num_bytes += len(line)
        self._num_lines += 1
        if self._num_bytes > _MAX_HEADER_BYTES or self._num_lines > _MAX_HEADER_LINES:
            raise _nonsense("too many headers", line)
        # RFC 9110, 5.5: NUL is refused, or becomes a space.
        super().lineReceived(line.replace(b"\0", b" "))

    def lineLengthExceeded(self, line: bytes) -> None:  # noqa: N802
        """Twisted would close politely, and wait for the end of what it does not want."""
        raise _nonsense("a line is too long", line)

    def statusReceived(self, status: bytes) -> None:  # noqa: N802
        """Refuse a status that is none: ``int()`` is less strict than RFC 9112."""
        code = status[:50].split(b" ", 2)[1:2]
        if not code or not code[0].isdigit() or not _LOWEST_STATUS <= int(code[0]) <= _HIGHEST_STATUS:
            raise _nonsense("no status line", status)
        super().statusReceived(status)  # type: ignore[no-untyped-call]

    def connectionLost(self, reason: Failure | None = None) -> None:  # noqa: N802
        """A body that ends with its connection is whole only if that was closed in order (RFC 9112, 9.8)."""
        decoder: Any = self.bodyDecoder
        is_open_ended = decoder is not None and getattr(decoder, "contentLength", 0) is None
        if is_open_ended and reason is not None and not isinstance(reason.value, ConnectionDone):
            loss: Any = ResponseFailed([reason, Failure(_DataLoss())])  # type: ignore[no-untyped-call]
            self.response._bodyDataFinished(Failure(loss))  # type: ignore[no-untyped-call]  # noqa: SLF001
        else:
            super().connectionLost(reason)


def _nonsense(what: str, line: bytes) -> ParseError:
    return ParseError(what, line[:100])  # type: ignore[no-untyped-call]


class _Protocol(_LenientHTTP11ClientProtocol):
    """Aborts where Twisted would close in order: over TLS that waits for the peer's farewell, for ever."""

    def request(self, request: Any) -> "Deferred[Any]":
        """See ``twisted.web._newclient.HTTP11ClientProtocol``."""
        asked = super().request(request)
        if self._parser is not None:
            self._parser.__class__ = _Parser
        return asked

    def abort(self) -> Any:
        """Close an idle connection."""
        done = super().abort()  # type: ignore[no-untyped-call]
        self.transport.abortConnection()  # type: ignore[union-attr]
        return done

    def _giveUp(self, reason: Failure) -> None:  # noqa: N802
        super()._giveUp(reason)  # type: ignore[no-untyped-call]
        self.transport.abortConnection()  # type: ignore[union-attr]


class _Factory(_LenientHTTP11ClientFactory):
    def buildProtocol(self, addr: "IAddress | None") -> _Protocol:  # noqa: ARG002, N802
        return _Protocol(self._quiescentCallback)  # type: ignore[no-untyped-call]
