"""A text in the units that its readers compare: words, numbers, marks and the spaces between them."""

import re

# ASCII, Latin-1, general punctuation, CJK and full-width forms; Armenian, Arabic, Devanagari and Ethiopic marks.
# Combining marks are no word characters to re, so that words are what is left between these.
MARKS = (
    r"!-/:-@\[-`{-~\u00a1-\u00a9\u00ab-\u00b4\u00b6-\u00b9\u00bb-\u00bf\u2010-\u205e\u20a0-\u20cf\u3001-\u3003"
    r"\u3008-\u3020\u30fb\uff01-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65\u055a-\u055f\u060c\u061b\u061f\u066a-\u066d"
    r"\u06d4\u0964\u0965\u1361-\u1368"
)
# Thai, Lao, Myanmar, Khmer, kana, Han: written without spaces between words, and compared by character.
UNSPACED = (
    r"\u0e00-\u0e4f\u0e5a-\u0eff\u1000-\u103f\u1780-\u17df\u3005-\u3007\u3040-\u30fa\u30fc-\u30ff\u3400-\u9fff"
    r"\uf900-\ufaff\U00020000-\U0003ffff"
)
_TOKEN = re.compile(
    rf"""[{UNSPACED}]
    | (?:(?<![^\s(])[-+\u2212](?=\d))?                  # a sign belongs to its number
      (?:[^\s{MARKS}{UNSPACED}]
      | (?<=\d)[.,:/](?=\d)                             # 1,234.5 and 14:05 are one number
      | (?<=[^\W\d_])['\u2019](?=[^\W\d_]))+            # isn't is one word
    | [^\S\n]+ | .""",
    re.VERBOSE | re.DOTALL,
)
IS_UNSPACED = re.compile(f"[{UNSPACED}]+")
WORD = re.compile(rf"[^\s{MARKS}]+")


def tokens_of(text: str) -> list[str]:
    """Divide a text; joined, the tokens are the text again. A newline is a token of its own."""
    return _TOKEN.findall(text)


def paragraphs_of(text: str) -> list[str]:
    """The lines of a body, without those that are empty."""
    return [line for line in text.split("\n") if line.strip()]
