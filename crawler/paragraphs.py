"""A paragraph by what it says: how one is known again on other pages of a site."""

import re
import unicodedata
from hashlib import blake2b
from typing import NamedTuple

_KEY_BYTES = 8  # among a million paragraphs two share a key once in 40 million sites
_NO_LETTERS = re.compile(r"[\W_]+")
_NUMBER = re.compile(r"\d+")


class Paragraph(NamedTuple):
    """A line of a body: its key, and its length in characters."""

    key: int
    length: int


def paragraph_key(line: str) -> int | None:
    """What a line says, in 64 bits with a sign, as Postgres keeps them; None for a line without letters.

    Case, punctuation and white space do not count, and all numbers are alike: "1,234 readers" is "2,001 readers".
    """
    letters = _NUMBER.sub("0", _NO_LETTERS.sub("", unicodedata.normalize("NFKC", line).casefold()))
    if letters in {"", "0"}:
        return None
    digest = blake2b(letters.encode("utf-8", "surrogatepass"), digest_size=_KEY_BYTES).digest()
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
