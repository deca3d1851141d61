"""Text as it may be stored: free of what Postgres refuses and readers cannot see."""

import re
import unicodedata
from html import unescape
from urllib.parse import urljoin

# Postgres refuses NUL, UTF-8 refuses lone surrogates; the other control characters, the two non-characters
# and the invisible soft hyphen, zero-width space, word joiner and byte order mark only spoil comparisons.
# The zero-width joiners stay: Persian, the Indic scripts and emoji are misspelt without them. White space
# stays until lines are made of it.
_UNWANTED = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\xad\u200b\u2060\ufeff\ufffe\uffff\ud800-\udfff]")
# In URLs line breaks go too, as browsers have it.
_UNWANTED_IN_URL = re.compile("[\x00-\x1f\x7f-\x9f\ufeff\ufffe\uffff\ud800-\udfff]")
_LINE_BREAKS = re.compile("\r\n?|[\x85\u2028\u2029]")
# Combining marks are no letters to re, so this is where a letter may bear more than thirty of them, as none does
# (https://unicode.org/reports/tr15/#Stream_Safe_Text_Format). Normalising takes the square of their number.
_MOST_MARKS = 30
_MARK = re.compile(r"[^\w\s\x00-\x7f]")
_STACK = re.compile(_MARK.pattern + "{31,}")
_PAIRS_OF_MARKS = frozenset("\u0f73\u0f75\u0f81")  # no marks to unicodedata, but two each when taken apart
_LONGEST_CLAIM = 20_000  # characters: of a longer one the beginning is read
# So is of a text. It holds the longest novels; hashing one of ligatures takes four seconds and 400 megabytes.
_LONGEST_TEXT = 1_000_000
_BLOCK_TAG = re.compile(r"<(?:br|/?(?:p|div|h[1-6]|li|ul|ol|blockquote))\b[^<>]*>", re.IGNORECASE)
_TAG = re.compile(r"</?[a-z][a-z0-9]*(?:\s[^<>]*)?/?>", re.IGNORECASE)
_PLACEHOLDERS = frozenset({"null", "none", "undefined", "nan", "n/a", "[]", "{}", "-"})
_MAIL_ADDRESS = re.compile(r"[<(]?[^\s@<>()]{1,64}@[^\s@<>()]+[>)]?")
_LANGUAGE = re.compile(r"([a-z]{2,3})(?:[-_]|$)")

# Scripts written without spaces between words: Thai, Lao, Myanmar, Khmer, kana, Han (with its extensions).
_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
)
_CHARACTERS_PER_WORD = 2
# From the start of a run only, and possessive: a megabyte without a letter is looked through once.
_WORD = re.compile(r"(?<!\S)[^\w\s]*+\w\S*")
_NEITHER_LETTER_NOR_DIGIT = re.compile(r"[\W_]+")


def clean_line(value: object) -> str | None:
    """Make one line of a claim: entities and tags resolved, white space collapsed, NFC.

    None for what is no string, is empty, or is a placeholder that a template left behind, such as ``null``.
    """
    if not isinstance(value, str):
        return None
    value = value[:_LONGEST_CLAIM]
    text = _strip_tags(unescape(value)) if "<" in value or "&" in value else value
    line = " ".join(_sanitise(text).split())
    return line if line and line.casefold() not in _PLACEHOLDERS else None


def clean_paragraphs(value: str) -> str:
    """Make a body of plain text: paragraphs separated by one newline, each a clean line, none empty.

    Of a text of over a million characters the beginning is kept.
    """
    lines = (" ".join(line.split()) for line in _sanitise(value[:_LONGEST_TEXT]).split("\n"))
    return "\n".join(line for line in lines if line)


def clean_markup(value: object) -> str | None:
    """Make a body of a string that may hold HTML, as JSON-LD's ``articleBody`` sometimes does."""
    if not isinstance(value, str):
        return None
    return clean_paragraphs(unescape(_strip_tags(unescape(value)))) or None


def clean_name(value: str | None) -> str | None:
    """Read a name as feeds write it, as in RSS's ``desk@news.example (Asha Rao)``; an address is no name."""
    name, addresses = _MAIL_ADDRESS.subn("", value or "")
    return clean_line(name.strip(" ()") if addresses else name)


def clean_language(value: str | None) -> str | None:
    """Read the primary subtag of a language tag: ``en`` for ``en-GB``."""
    match = _LANGUAGE.match((value or "").strip().lower())
    return match[1] if match else None


def absolute_url(value: str | None, base: str) -> str | None:
    """Resolve a URL as listed against ``base``. None if nothing is listed; what cannot be joined is kept.

    ``&amp;`` is never meant in a URL: it is what feeds escape twice.
    """
    url = _UNWANTED_IN_URL.sub("", value or "").replace("&amp;", "&").strip()
    if not url or url.startswith(("http://", "https://")):
        return url or None
    try:
        return urljoin(base, url)
    except ValueError:
        return url


def count_words(text: str) -> int:
    """Count words: runs between white space that hold a letter or digit.

    Scripts without spaces are counted as one word for every two characters, rounded up: the mean length of
    a word is about 1.6 characters in Chinese and 2.3 in Japanese.
    """
    spaced, unspaced = (text, 0) if text.isascii() else _UNSPACED.subn(" ", text)
    return len(_WORD.findall(spaced)) + -(-unspaced // _CHARACTERS_PER_WORD)


def storable(text: str) -> str:
    """What Postgres takes: no NUL, no half of a surrogate pair."""
    return text.replace("\0", "").encode("utf-8", "ignore").decode()


def comparable(text: str) -> str:
    """Reduce a line to its letters and digits in one case, to tell whether two lines say the same."""
    line = text[:_LONGEST_CLAIM]
    folded = line.lower() if line.isascii() else unicodedata.normalize("NFKC", thin_marks(line)).casefold()
    return _NEITHER_LETTER_NOR_DIGIT.sub("", folded)


def thin_marks(text: str) -> str:
    """Leave thirty of the combining marks that a letter bears, so that normalising takes time in proportion."""
    # A run of so many covers one of every 31 characters: most texts are done with these.
    return _STACK.sub(_thin, text) if _MARK.search(text[:: _MOST_MARKS + 1]) else text


def _strip_tags(markup: str) -> str:
    """Take tags out; where one ends a line or a paragraph, a newline stands."""
    return _TAG.sub("", _BLOCK_TAG.sub("\n", markup))


def _sanitise(text: str) -> str:
    plain = _UNWANTED.sub("", _LINE_BREAKS.sub("\n", text))
    return plain if plain.isascii() else unicodedata.normalize("NFC", thin_marks(plain))


def _thin(run: re.Match[str]) -> str:
    """What is no mark stays."""
    kept: list[str] = []
    num_marks = 0
    for character in run[0]:
        is_mark = unicodedata.combining(character) or character in _PAIRS_OF_MARKS
        num_marks = num_marks + 1 if is_mark else 0
        if num_marks <= _MOST_MARKS:
            kept.append(character)
    return "".join(kept)
