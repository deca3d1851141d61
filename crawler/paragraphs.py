"""A paragraph by what it says: how one is known again on other pages of a site."""

import re
import string
from hashlib import blake2b
from typing import NamedTuple

_KEY_BYTES = 8  # among a million paragraphs two share a key once in 40 million sites
_LETTER = re.compile(r"[^\W\d_]")
_DIGIT = re.compile(r"\d")
_LEFT_OUT = (string.whitespace + string.punctuation + string.digits).encode()


class Paragraph(NamedTuple):
    """A line of a body: its key, and its length in characters."""

    key: int
    length: int


def paragraph_key(line: str) -> int | None:
    """What a line says, in 64 bits with a sign, as Postgres keeps them; None for a line without letters.

    Digits, case, space and the punctuation of ASCII do not count: "1,234 readers" is "987 Readers!".
    """
    if not _LETTER.search(line):
        return None
    said = line.casefold()
    if not said.isascii():
        said = _DIGIT.sub("", said)  # of other scripts
    # Bytes, since those are filtered in a tenth of the time: every paragraph of every page comes by here.
    letters = said.encode("utf-8", "surrogatepass").translate(None, _LEFT_OUT)
    digest = blake2b(letters, digest_size=_KEY_BYTES).digest()
    return int.from_bytes(digest, "big", signed=True)


def key_name(key: int) -> str:
    """A key as an operator reads and types it: 16 hexadecimal digits."""
    return key.to_bytes(_KEY_BYTES, "big", signed=True).hex()


def named_key(name: str) -> int:
    """The key of a name; raises ValueError."""
    key = bytes.fromhex(name)
    if len(key) != _KEY_BYTES:
        raise ValueError(f"{name!r} has not {2 * _KEY_BYTES} hexadecimal digits")
    return int.from_bytes(key, "big", signed=True)
