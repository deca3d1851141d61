"""Downloader middleware: undoes a response's content codings, and counts what comes out."""

import asyncio
from collections.abc import Iterator
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
        # RFC 9309, 2.5: of robots.txt the beginning will do.
        is_beginning_enough = bool(request.meta.get("is_robots_txt"))
        max_bytes = request.meta.get("download_maxsize", self._max_bytes)
        try:
            body = await _collect(decoded(response.body, codings), max_bytes, is_beginning_enough)
        except UndecodableError as error:
            if not looks_like_text(response.body):
                raise RefusedError(Outcome.FAILED, Reason.TRUNCATED, str(error)) from error
            body = response.body  # whatever its header says
        return _with_body(response, body)


async def _collect(pieces: Iterator[bytes], max_bytes: int, is_beginning_enough: bool) -> bytes:  # noqa: FBT001
    whole = BytesIO()
    try:
        for number, piece in enumerate(pieces, 1):
            if whole.tell() + len(piece) > max_bytes:
                if is_beginning_enough:
                    break
                raise RefusedError(Outcome.REJECTED, Reason.TOO_LARGE, f"decompressed, over {max_bytes:,} bytes")
            whole.write(piece)
            if number % _STEPS_A_TURN == 0:
                await asyncio.sleep(0)
    except UndecodableError:
        if not (is_beginning_enough and whole.tell()):
            raise
    return whole.getvalue()


def _with_body(response: Response, body: bytes) -> Response:
    headers = response.headers.copy()
    del headers["Content-Encoding"]
    kind = responsetypes.from_args(headers=headers, url=response.url, body=body)
    # Scrapy would go on believing in the charset that it had found in the compressed bytes.
    more: dict[str, Any] = {"encoding": None} if issubclass(kind, TextResponse) else {}
    return response.replace(cls=kind, headers=headers, body=body, **more)
