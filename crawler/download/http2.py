"""Scrapy's handler of HTTP/2, less what a server could do with it, for sources that want it.

Scrapy's offers nothing but HTTP/2, and waits until its time is up for a connection that has failed already. Ours
takes HTTP/1.1 where the server would rather have that, and says at once what went wrong.
"""

from collections import deque
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from h2.events import Event, UnknownFrameReceived, WindowUpdated
from h2.exceptions import ProtocolError
from scrapy.core._http2.agent import H2ConnectionPool
from scrapy.core._http2.protocol import (
    PROTOCOL_NAME,
    H2ClientFactory,
    H2ClientProtocol,
    InvalidNegotiatedProtocol,
)
from scrapy.core._http2.stream import InactiveStreamClosed
from scrapy.core.downloader.handlers.http2 import H2DownloadHandler
from scrapy.exceptions import DownloadFailedError, DownloadTimeoutError
from scrapy.http import Request, Response
from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectionDone
from twisted.python.failure import Failure

from crawler.download.handler import BoundedHandler

if TYPE_CHECKING:
    from scrapy.core._http2.agent import ConnectionKey
    from scrapy.crawler import Crawler
    from twisted.internet.endpoints import HostnameEndpoint
    from twisted.internet.interfaces import IAddress
    from twisted.web.client import URI


# A frame costs 0.1 milliseconds, however little is in it. So many are free; then each has to bring something.
_MAX_EVENTS = 10_000
_BYTES_PER_EVENT = 100


class Http2Handler(BoundedHandler):
    """Asks over HTTP/2 whoever speaks it, and all others over HTTP/1.1; of https only."""

    def __init__(self, crawler: "Crawler") -> None:
        super().__init__(crawler)
        self._http2 = H2DownloadHandler(crawler)
        self._connections = self._http2._pool = _Pool(crawler)  # noqa: SLF001 (it has no other place for one)
        self._without: set[str] = set()
        """Hosts, with their ports, that do not speak it."""

    async def _download(self, request: Request) -> Response:
        host = urlsplit(request.url).netloc
        if host in self._without:
            return await super()._download(request)
        is_kept = self._connections.has(host)
        try:
            return await self._http2.download_request(request)
        except DownloadTimeoutError:
            self._connections.abort(host)  # it would keep the next request waiting just as long
            raise
        except DownloadFailedError as error:
            errors = _causes(error)
            if is_kept and all(isinstance(cause, ConnectionDone) for cause in errors):
                return await self._again(request)
            if not any(isinstance(cause, InvalidNegotiatedProtocol) for cause in errors):
                raise
        self._without.add(host)
        return await super()._download(request)

    async def _again(self, request: Request) -> Response:
        """Ask on a new connection, once, where the server left the old one: as Twisted does over HTTP/1.1."""
        try:
            return await self._http2.download_request(request)
        except DownloadFailedError as error:
            _causes(error)
            raise

    async def close(self) -> None:
        """Leave no connection behind."""
        await self._http2.close()
        await super().close()


def _causes(error: DownloadFailedError) -> list[BaseException]:
    """What Twisted's error is made of, which of HTTP/2 are exceptions, and failures of them."""
    wrapped: Any = error.__cause__
    causes: list[BaseException] = [getattr(cause, "value", cause) for cause in wrapped.reasons]
    # That no request was sent is no reason: the others say why.
    causes = [cause for cause in causes if not isinstance(cause, InactiveStreamClosed)] or causes
    wrapped.reasons = [Failure(cause) for cause in causes]  # type: ignore[no-untyped-call]
    return causes


class _Protocol(H2ClientProtocol):
    """Says nothing before it is known what the server speaks."""

    _num_bytes = 0
    _num_events = 0

    def connectionMade(self) -> None:  # noqa: N802 (Twisted's interface)
        """The handshake is yet to come."""

    def handshakeCompleted(self) -> None:  # noqa: N802
        """Begin, or leave it to HTTP/1.1."""
        transport: Any = self.transport
        if transport.negotiatedProtocol == PROTOCOL_NAME:
            super().connectionMade()
        else:
            self._conn_lost_errors.append(InvalidNegotiatedProtocol(transport.negotiatedProtocol or b""))
            transport.abortConnection()

    def dataReceived(self, data: bytes) -> None:  # noqa: N802
        """Give up on what is no HTTP/2."""
        self._num_bytes += len(data)
        try:
            super().dataReceived(data)
        except (ValueError, LookupError) as error:  # a status, or a length, that is no number
            self._lose_connection_with_error([ProtocolError(str(error))])

    def _lose_connection_with_error(self, errors: list[BaseException]) -> None:
        self._conn_lost_errors.extend(errors)
        transport: Any = self.transport
        transport.abortConnection()  # to close in order would wait for the peer's farewell

    def _handle_events(self, events: list[Event]) -> None:
        """Pass over frames that we need not know (RFC 9113, 4.1), and those for streams that are over."""
        self._num_events += len(events)
        if self._num_events > _MAX_EVENTS + self._num_bytes // _BYTES_PER_EVENT:
            raise ProtocolError("too many frames with too little in them")
        super()._handle_events([event for event in events if not self._is_idle(event)])

    def _is_idle(self, event: Event) -> bool:
        if isinstance(event, WindowUpdated):
            return bool(event.stream_id) and event.stream_id not in self.streams
        return isinstance(event, UnknownFrameReceived)


class _Factory(H2ClientFactory):
    def buildProtocol(self, addr: "IAddress | None") -> _Protocol:  # noqa: ARG002, N802
        return _Protocol(self.uri, self.crawler, self.conn_lost_deferred)

    def acceptableProtocols(self) -> list[bytes]:  # noqa: N802
        return [PROTOCOL_NAME, b"http/1.1"]


class _Pool(H2ConnectionPool):
    """Tells those who wait for a connection when there will be none."""

    def has(self, host: str) -> bool:
        """Whether there is a connection to a host (with its port as the URL has it)."""
        return any(kept.metadata["uri"].netloc == host.encode() for kept in self._connections.values())

    def abort(self, host: str) -> None:
        """End the connections to a host (with its port as the URL has it)."""
        for key, connection in list(self._connections.items()):
            if connection.metadata["uri"].netloc == host.encode() and connection.transport is not None:
                del self._connections[key]  # at once: the next request is on its way
                connection.transport.abortConnection()

    def close_connections(self) -> None:
        """End all of them, whichever go while the others are ended, or have gone already."""
        for connection in list(self._connections.values()):
            if connection.transport is not None:
                connection.transport.abortConnection()

    def _new_connection(
        self, key: "ConnectionKey", uri: "URI", endpoint: "HostnameEndpoint"
    ) -> "Deferred[H2ClientProtocol]":
        waiting: Deferred[H2ClientProtocol] = Deferred()
        self._pending_requests[key] = deque([waiting])
        lost: Deferred[None] = Deferred()
        lost.addCallback(self._forget, key, lost)
        factory: Any = _Factory(uri, self._crawler, lost)
        connected = endpoint.connect(factory)
        connected.addCallbacks(self.put_connection, self._failed, callbackArgs=(key,), errbackArgs=(key,))
        return waiting

    def _forget(self, _: None, key: "ConnectionKey", lost: "Deferred[None]") -> None:
        kept = self._connections.get(key)
        if kept is not None and kept._conn_lost_deferred is lost:  # noqa: SLF001 (not one that took its place)
            del self._connections[key]

    def _failed(self, failure: Failure, key: "ConnectionKey") -> None:
        for waiting in self._pending_requests.pop(key, ()):
            waiting.errback(failure)
