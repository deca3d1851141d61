"""Content codings undone: in bounded steps, and whole or not at all."""

import sys
import zlib
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import chain
from typing import Protocol

import brotli

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

ACCEPTED = "gzip, deflate, br, zstd"
"""What we ask for (``Accept-Encoding``)."""

_STEP = 64 * 1024  # bytes that go into, and come out of, a decompressor at once
# Twice happens, by mistake, where a server compresses what its application has compressed.
_MAX_CODINGS = 3
# RFC 9659: 8 MB is all that a decoder of the web needs; the format itself would have us provide gigabytes.
_ZSTD_OPTIONS = {int(zstd.DecompressionParameter.window_log_max): 23}
# gzip and zstd data may be made of many parts. One of nothing has 20 bytes, and takes longer to open than to read.
_MAX_PARTS = 10_000
_GZIP_MAGIC = b"\x1f\x8b"
_ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"

# Written by servers that do not know what the header is for.
_NO_CODINGS = frozenset({"", "identity", "none", "utf-8"})
_HEAD = 1024
_NOT_IN_TEXT = bytes(set(range(32)) - set(b"\t\n\f\r\x1b"))


class UndecodableError(Exception):
    """A body ends too early, is damaged, or is in a coding that we did not ask for; the message says which."""


class _Decoder(Protocol):
    """As the standard library's decompressors are."""

    @property
    def eof(self) -> bool: ...
    @property
    def needs_input(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int) -> bytes: ...


def content_codings(values: Iterable[bytes]) -> tuple[str, ...]:
    """The codings of the ``Content-Encoding`` headers, in the order in which they were applied."""
    names = b",".join(values).decode("latin-1").lower().split(",")
    return tuple(name for name in map(str.strip, names) if name not in _NO_CODINGS)


def decoded(body: bytes, codings: tuple[str, ...]) -> Iterator[bytes]:
    """Yield a body without its codings, in pieces of about 64 KiB, some of them empty.

    No step takes long, or needs more memory than the window of each coding (16 MiB for ``br``, 8 MiB for
    ``zstd``), whatever the whole comes to: the caller counts, and stops.

    Raises:
        UndecodableError: at any step, for what was not sent whole or cannot be decoded.
    """
    if len(codings) > _MAX_CODINGS:
        raise UndecodableError(f"it is compressed {len(codings)} times")
    pieces = _steps(body)
    for name in reversed(codings):
        if name not in _DECODERS:
            raise UndecodableError(f"its Content-Encoding {name[:50]!r} was not asked for")
        pieces = _named(name, _DECODERS[name](pieces))
    yield from pieces


def looks_like_text(body: bytes) -> bool:
    """Whether it begins as no compressed data of some length do: without a single control character."""
    head = body[:_HEAD]
    return len(head) == len(head.translate(None, _NOT_IN_TEXT))


def _steps(body: bytes) -> Iterator[bytes]:
    for start in range(0, len(body), _STEP):
        yield body[start : start + _STEP]


def _named(name: str, pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Say of what fails which coding it is."""
    try:
        yield from pieces
    except (zlib.error, brotli.error, zstd.ZstdError) as error:
        raise UndecodableError(f"its {name} data are damaged: {error}") from error
    except EOFError as error:
        raise UndecodableError(f"its {name} data end before their end") from error


class _Inflater:
    """zlib's decompressor, with the manners of the others."""

    def __init__(self, wbits: int) -> None:
        self._zlib = zlib.decompressobj(wbits)
        self.needs_input = True

    @property
    def eof(self) -> bool:
        return self._zlib.eof

    @property
    def unused_data(self) -> bytes:
        return self._zlib.unused_data

    def decompress(self, data: bytes, max_length: int) -> bytes:
        piece = self._zlib.decompress(self._zlib.unconsumed_tail + data, max_length)
        self.needs_input = len(piece) < max_length
        return piece


class _Unbrotler:
    """Brotli's decompressor, with the manners of the others. Nothing may follow its data."""

    unused_data = b""

    def __init__(self) -> None:
        self._brotli = brotli.Decompressor()
        self.needs_input = True

    @property
    def eof(self) -> bool:
        return bool(self._brotli.is_finished())

    def decompress(self, data: bytes, max_length: int) -> bytes:
        piece = bytes(self._brotli.process(data, output_buffer_limit=max_length))
        # It takes the last of its input long before it has given out what it makes of it.
        self.needs_input = len(piece) < max_length and self._brotli.can_accept_more_data()
        return piece


def _decode(pieces: Iterable[bytes], new: Callable[[], _Decoder], magic: bytes | None = None) -> Iterator[bytes]:
    """Decode one part after the other; where no further one begins with ``magic``, the rest is litter."""
    decoder, num_parts = new(), 1
    for piece in pieces:
        rest = piece
        while rest or not (decoder.eof or decoder.needs_input):
            if decoder.eof:
                if magic is None or rest[: len(magic)] != magic[: len(rest)]:
                    return
                decoder, num_parts = new(), num_parts + 1
                if num_parts > _MAX_PARTS:
                    raise UndecodableError(f"its compressed data have more than {_MAX_PARTS:,} parts")
            yield decoder.decompress(rest, _STEP)
            rest = decoder.unused_data if decoder.eof else b""
    if not decoder.eof:
        raise EOFError


def _inflate(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Deflate as RFC 9110 means it, in zlib's format, and as some servers send it, without."""
    head = b""
    for piece in pieces:
        head += piece
        if len(head) > 1:
            break
    # RFC 1950, 2.2: the method is 8, and the first two bytes are a multiple of 31.
    is_zlib = head[:1] != b"" and head[0] & 15 == 8 and int.from_bytes(head[:2], "big") % 31 == 0  # noqa: PLR2004
    return _decode(chain([head], pieces), partial(_Inflater, zlib.MAX_WBITS if is_zlib else -zlib.MAX_WBITS))


def _gunzip(pieces: Iterator[bytes]) -> Iterator[bytes]:
    return _decode(pieces, partial(_Inflater, 16 + zlib.MAX_WBITS), _GZIP_MAGIC)


def _unbrotli(pieces: Iterator[bytes]) -> Iterator[bytes]:
    return _decode(pieces, _Unbrotler)


def _unzstd(pieces: Iterator[bytes]) -> Iterator[bytes]:
    return _decode(pieces, partial(zstd.ZstdDecompressor, options=_ZSTD_OPTIONS), _ZSTD_MAGIC)


_DECODERS: dict[str, Callable[[Iterator[bytes]], Iterator[bytes]]] = {
    "gzip": _gunzip,
    "x-gzip": _gunzip,
    "deflate": _inflate,
    "br": _unbrotli,
    "zstd": _unzstd,
}
