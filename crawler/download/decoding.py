"""Downloader middleware: undoes a response's content codings, and counts what comes out."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from io import BytesIO
from typing import TYPE_CHECKING, Any, Self

from scrapy.http import Request, Response, TextResponse
from scrapy.responsetypes import responsetypes

from crawler.download.codings import ACCEPTED, UndecodableError, content_codings, decoded, looks_like_text
from crawler.outcomes import Outcome, Reason, RefusedError

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

# One is 64 KiB and takes up to half a millisecond: others get their turn every few milliseconds.
_STEPS_A_TURN = 16
_KEPT_AT_FIRST = 16 * 1024 * 1024


class DecodingMiddleware:
    """Takes the place of Scrapy's, which keeps what was cut short, and holds up the loop over large bodies."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes

    @classmethod
    def from_crawler(cls, crawler: "Crawler") -> Self:
        """Scrapy's way to build it."""
        return cls(crawler.settings.getint("DOWNLOAD_MAXSIZE"))

    def process_request(self, request: Request) -> None:
        """Say what we can decode."""
        request.headers.setdefault("Accept-Encoding", ACCEPTED)

    async def process_response(self, request: Request, response: Response) -> Response:
        """The response with its body as it was before compression.

        Raises:
            RefusedError: that is more than may be downloaded of it (``too_large``), or it is not whole, or in a
                coding that we did not ask for (``truncated``).
        """
        codings = content_codings(response.headers.getlist("Content-Encoding"))
        if not codings or not response.body:
            return response
        max_bytes = request.meta.get("download_maxsize", self._max_bytes)
        try:
            if request.meta.get("is_robots_txt"):
                body = _beginning(response, codings, max_bytes)
            else:
                body = await _whole(response.body, codings, max_bytes)
        except UndecodableError as error:
            if not looks_like_text(response.body):
                raise RefusedError(Outcome.FAILED, Reason.TRUNCATED, str(error)) from error
            body = response.body  # whatever its header says
        return _with_body(response, body)


async def _whole(body: bytes, codings: tuple[str, ...], max_bytes: int) -> bytes:
    """Measure a large body before any more of it is kept: a bomb costs no more memory than the first part."""
    kept, size = BytesIO(), 0
    async for piece in _in_turns(decoded(body, codings)):
        size += len(piece)
        if size > max_bytes:
            raise RefusedError(Outcome.REJECTED, Reason.TOO_LARGE, f"decompressed, over {max_bytes:,} bytes")
        if size <= _KEPT_AT_FIRST:
            kept.write(piece)
    if size > _KEPT_AT_FIRST:
        kept = BytesIO()
        async for piece in _in_turns(decoded(body, codings)):
            kept.write(piece)
    return kept.getvalue()


def _beginning(response: Response, codings: tuple[str, ...], max_bytes: int) -> bytes:
    """As much of robots.txt as may be read of it, also where we ourselves have stopped reading."""
    kept = BytesIO()
    try:
        for piece in decoded(response.body, codings):
            kept.write(piece)
            if kept.tell() >= max_bytes:
                break
    except UndecodableError:
        if "download_stopped" not in response.flags:
            raise
    return kept.getvalue()


async def _in_turns(pieces: Iterator[bytes]) -> AsyncIterator[bytes]:
    for number, piece in enumerate(pieces, 1):
        yield piece
        if number % _STEPS_A_TURN == 0:
            await asyncio.sleep(0)


def _with_body(response: Response, body: bytes) -> Response:
    headers = response.headers.copy()
    del headers["Content-Encoding"]
    kind = responsetypes.from_args(headers=headers, url=response.url, body=body)
    # Scrapy would go on believing in the charset that it had found in the compressed bytes.
    more: dict[str, Any] = {"encoding": None} if issubclass(kind, TextResponse) else {}
    return response.replace(cls=kind, headers=headers, body=body, **more)
