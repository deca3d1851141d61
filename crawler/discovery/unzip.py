"""A gzip file opened, to a limit."""

import gzip
import zlib
from io import BytesIO

from crawler.discovery.links import DocumentUnreadableError

GZIP = b"\x1f\x8b"
# What the sitemap protocol allows a file, unzipped (https://www.sitemaps.org/protocol.html).
_MAX_BYTES = 50 * 1024 * 1024
_CHUNK = 1024 * 1024
_MAX_LAYERS = 3  # a file zipped by its author is zipped again by some servers


def unzip(body: bytes) -> tuple[bytes, str | None]:
    """Open a gzip file, also one in another. What a broken one holds before the break is kept, and the break said.

    Raises :class:`DocumentUnreadableError` beyond 50 MiB; of a bomb no more than that is ever in memory.
    """
    unzipped = bytearray()
    try:
        file = gzip.GzipFile(fileobj=BytesIO(body))
        for _ in range(1, _MAX_LAYERS):
            if file.peek(2)[:2] == GZIP:
                file = gzip.GzipFile(fileobj=file, mode="rb")
        while chunk := file.read1(_CHUNK):
            unzipped += chunk
            if len(unzipped) > _MAX_BYTES:
                raise DocumentUnreadableError(f"is larger than {_MAX_BYTES >> 20} MiB when unzipped")
    except (EOFError, OSError, zlib.error) as error:
        return bytes(unzipped), f"is a broken gzip file: {error}"
    return bytes(unzipped), None
