"""What a server says of a page or a feed, to be said back when it is asked for again (RFC 9110, 8.8 and 13.1)."""

from collections.abc import Container
from dataclasses import dataclass
from typing import Protocol

NOT_MODIFIED = 304

# Servers make an ETag of an inode, a time and a size, or of a hash: what is longer has another purpose.
_LONGEST = 512  # characters
_CONTROLS = frozenset(map(chr, (*range(32), 127)))
_CONDITIONS = ("If-None-Match", "If-Modified-Since")


class _Headers(Protocol):
    def get(self, name: str, /) -> bytes | None: ...


@dataclass(frozen=True, slots=True)
class Validators:
    """An ``ETag`` and a ``Last-Modified``, as they came: weak or strong, quoted or not; None for none."""

    etag: str | None = None
    last_modified: str | None = None

    @property
    def headers(self) -> dict[str, bytes]:
        """What makes a request conditional; nothing if the server has said nothing."""
        values = zip(_CONDITIONS, (self.etag, self.last_modified), strict=True)
        return {name: value.encode("latin-1") for name, value in values if value}


def validators_of(headers: _Headers) -> Validators:
    """What the headers of a response say, where it can be said back.

    Not what is over 512 characters, or has a line break or another control character in it: that could end our
    header and begin another.
    """
    return Validators(_usable(headers.get("ETag")), _usable(headers.get("Last-Modified")))


def is_conditional(headers: Container[str]) -> bool:
    """Whether a request with these headers may be answered with 304."""
    return bool(conditions_of(headers))


def conditions_of(headers: Container[str]) -> list[str]:
    """Which of the headers that make a request conditional are among these."""
    return [name for name in _CONDITIONS if name in headers]


def _usable(value: bytes | None) -> str | None:
    text = (value or b"").decode("latin-1")
    return text if text and len(text) <= _LONGEST and not _CONTROLS & set(text) else None
