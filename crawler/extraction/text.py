"""Text as it may be stored: free of what Postgres refuses and readers cannot see."""

import re
import unicodedata
from html import unescape

# Postgres refuses NUL, UTF-8 refuses lone surrogates; the other control characters, the two non-characters
# and the invisible soft hyphen, zero-width space, word joiner and byte order mark only spoil comparisons.
# The zero-width joiners stay: Persian, the Indic scripts and emoji are misspelt without them.
_UNWANTED = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\xad\u200b\u2060\ufeff\ufffe\uffff\ud800-\udfff]"
)
_LINE_BREAKS = re.compile("\r\n?|[\x85\u2028\u2029]")
_BLOCK_TAG = re.compile(r"<(?:br|/?(?:p|div|h[1-6]|li|ul|ol|blockquote))\b[^<>]*>", re.IGNORECASE)
_TAG = re.compile(r"</?(?:[a-z][a-z0-9]*)(?:\s[^<>]*)?/?>", re.IGNORECASE)
_PLACEHOLDERS = frozenset({"null", "none", "undefined", "nan", "n/a", "[]", "{}", "-"})

# Scripts written without spaces between words: Thai, Lao, Myanmar, Khmer, kana, Han (with its extensions).
_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
)
_CHARACTERS_PER_WORD = 2
_WORD = re.compile(r"\S*\w\S*")


def clean_line(value: object) -> str | None:
    """Make one line of a claim: entities and tags resolved, white space collapsed, NFC.

    None for what is no string, is empty, or is a placeholder that a template left behind, such as ``null``.
    """
    if not isinstance(value, str):
        return None
    text = _TAG.sub("", unescape(value)) if "<" in value or "&" in value else value
    line = " ".join(_sanitise(text).split())
    return line if line and line.casefold() not in _PLACEHOLDERS else None


def clean_paragraphs(value: str) -> str:
    """Make a body: paragraphs separated by one newline, each a clean line, none empty."""
    lines = (" ".join(line.split()) for line in _sanitise(value).split("\n"))
    return "\n".join(line for line in lines if line)


def clean_markup(value: object) -> str | None:
    """Make a body of a string that may hold HTML, as JSON-LD's ``articleBody`` sometimes does."""
    if not isinstance(value, str):
        return None
    text = _TAG.sub("", _BLOCK_TAG.sub("\n", unescape(value)))
    return clean_paragraphs(unescape(text)) or None


def count_words(text: str) -> int:
    """Count words: runs between white space that hold a letter or digit.

    Scripts without spaces are counted as one word for every two characters, rounded up: the mean length of
    a word is about 1.6 characters in Chinese and 2.3 in Japanese.
    """
    spaced, unspaced = _UNSPACED.subn(" ", text)
    return len(_WORD.findall(spaced)) + -(-unspaced // _CHARACTERS_PER_WORD)


def comparable(text: str) -> str:
    """Reduce a line to its letters and digits in one case, to tell whether two lines say the same."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(character for character in folded if character.isalnum())


def _sanitise(text: str) -> str:
    return unicodedata.normalize("NFC", _UNWANTED.sub("", _LINE_BREAKS.sub("\n", text)))
