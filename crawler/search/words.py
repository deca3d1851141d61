"""Texts and questions as Postgres' text search takes them: in lower case, and scripts without spaces in pairs.

Chinese, Japanese and Thai have no spaces between words, and Korean none before its particles: to Postgres a
sentence would be one word. Each two neighbours are made a word of their own instead, spelt in ASCII, which every
parser takes for one: 東京都 becomes ``u6771u4eac u4eacu90fd``. A question becomes the phrase of its pairs.
"""

import re
from collections.abc import Collection, Iterator
from itertools import pairwise

# Thai, Lao, Myanmar, Khmer, kana, Han (with its extensions), Hangul.
_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff]+"
)
_PRIVATE = re.compile("[\ue000-\uf8ff]")  # letters of an icon font: to Postgres, part of the word beside them
# Postgres' own names: pg_ts_config of PostgreSQL 15 to 18.
_CONFIGS = {
    "ar": "arabic", "ca": "catalan", "da": "danish", "de": "german", "el": "greek", "en": "english",
    "es": "spanish", "et": "estonian", "eu": "basque", "fi": "finnish", "fr": "french", "ga": "irish",
    "hi": "hindi", "hu": "hungarian", "hy": "armenian", "id": "indonesian", "it": "italian",
    "lt": "lithuanian", "nb": "norwegian", "ne": "nepali", "nl": "dutch", "nn": "norwegian",
    "no": "norwegian", "pt": "portuguese", "ro": "romanian", "ru": "russian", "sr": "serbian",
    "sv": "swedish", "ta": "tamil", "tr": "turkish", "yi": "yiddish",
}  # fmt: skip
_PLAIN = "simple"

MOST_CHARACTERS = 100_000
"""Of a body: a tsvector has a megabyte at most, and news is shorter."""


def config_of(language: str | None, available: Collection[str]) -> str:
    """The text search configuration for a language, of those that the server has; ``simple`` for all others."""
    config = _CONFIGS.get(language or "", _PLAIN)
    return config if config in available else _PLAIN


def configs_of(language: str) -> list[str]:
    """Those that articles of a language may have been indexed by, on whatever server."""
    return sorted({_CONFIGS.get(language, _PLAIN), _PLAIN})


def languages_of(config: str) -> list[str]:
    """The languages that a configuration is for; none of ``simple``."""
    return [language for language, name in _CONFIGS.items() if name == config]


def spelt(text: str) -> str:
    """A text for ``to_tsvector``."""
    lower = _lower(text)
    if lower.isascii():
        return lower
    return _UNSPACED.sub(lambda run: f" {' '.join(_pairs(run[0]))} ", lower)


def spelt_question(question: str) -> str:
    """A question for ``websearch_to_tsquery``, whose quotes, minus and ``or`` are kept."""
    # What stands between quotes is a phrase already.
    parts = _lower(question).split('"')
    return '"'.join(spelt(part) if place % 2 else _UNSPACED.sub(_phrase, part) for place, part in enumerate(parts))


def unspaced_runs(question: str) -> list[str]:
    """What of a question is in scripts without spaces."""
    return _UNSPACED.findall(_lower(question))


def lower_case(text: str) -> str:
    """Lower case that has as many characters."""
    lower = text.lower()
    return lower if len(lower) == len(text) else "".join(c.lower() if len(c.lower()) == 1 else c for c in text)


def _lower(text: str) -> str:
    # By Unicode's rule a capital dotted I becomes two characters, and nobody would find Istanbul.
    lower = text.replace("İ", "i").lower()
    return lower if lower.isascii() else _PRIVATE.sub(" ", lower)


def _phrase(run: re.Match[str]) -> str:
    follows_letter = run.start() and run.string[run.start() - 1].isalnum()
    return f'{" " if follows_letter else ""}"{" ".join(_pairs(run[0]))}" '


def _pairs(run: str) -> Iterator[str]:
    if len(run) == 1:
        yield f"u{ord(run):x}"
    for one, other in pairwise(run):
        yield f"u{ord(one):x}u{ord(other):x}"
