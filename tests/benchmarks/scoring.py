r"""How well rows agree with the truth about their pages.

The measure of a body is that of https://github.com/scrapinghub/article-extraction-benchmark (MIT licence, (c) 2020
Scrapinghub): per page the multiset of 4-grams of ``\w+`` tokens; precision and recall are means over the pages,
and F1 comes from the two means.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from statistics import mean
from typing import Any, NamedTuple

_GRAM = 4  # tokens
_TOKEN = re.compile(r"\w+")
_BY = re.compile(r"^\s*(?:by|von|par|por|door|di|af|av)\s+", re.IGNORECASE)
# Of no meaning to a reader: soft hyphen, zero-width characters, byte order mark.
_INVISIBLE = dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u2060\ufeff"))
# A day that names no zone may have begun, or end, so much earlier or later in UTC.
_ZONES = timedelta(hours=14)
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Row:
    """What a program read off a page; ``published`` is ISO 8601, in UTC where it names no zone."""

    title: str | None = None
    body: str | None = None
    authors: tuple[str, ...] = ()
    published: str | None = None


class Overlap(NamedTuple):
    """The 4-grams of two texts: how many both have, only the row, only the truth."""

    both: int
    only_row: int
    only_truth: int

    @property
    def precision(self) -> float:
        """The share of the row that is true; 1 of nothing where nothing is right."""
        found = self.both + self.only_row
        return self.both / found if found else float(not self.only_truth)

    @property
    def recall(self) -> float:
        """The share of the truth that was found."""
        true = self.both + self.only_truth
        return self.both / true if true else float(not self.only_row)

    @property
    def f1(self) -> float:
        """The harmonic mean of the two."""
        return harmonic(self.precision, self.recall)


def harmonic(precision: float, recall: float) -> float:
    """The harmonic mean; 0 where both are."""
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def overlap(truth: str | None, found: str | None) -> Overlap:
    """Compare two bodies."""
    true, row = _grams(truth), _grams(found)
    return Overlap((true & row).total(), (row - true).total(), (true - row).total())


def best_overlap(truth: Mapping[str, Any], found: str | None) -> Overlap:
    """Compare a body with whichever right body it fits best; of two that fit as well, the first."""
    rights = [truth["body"], *truth.get("body_alternatives", ())]
    return max((overlap(right, found) for right in rights), key=lambda fit: fit.f1)


def score_page(truth: Mapping[str, Any], row: Row) -> dict[str, float]:
    """Score every field but the body, each from 0 to 1; what the truth leaves out is not scored."""
    scores: dict[str, float] = {}
    if truth.get("title"):
        titles = {_loose(title) for title in (truth["title"], *truth.get("title_alternatives", ()))}
        scores["title_any"] = float(_loose(row.title) in titles)
    if "authors" in truth:
        scores["authors_f1"] = _agreement(_names(truth["authors"]), _names(row.authors))
    return scores | _score_time(truth, read_time(row.published))


def score(truths: Iterable[Mapping[str, Any]], rows: Mapping[str, Row]) -> dict[str, float]:
    """Score rows by the id of their page; a row that is missing counts as an empty one."""
    fits: list[Overlap] = []
    fields: dict[str, list[float]] = {}
    for truth in truths:
        row = rows.get(truth["id"], Row())
        if truth.get("body"):
            fits.append(best_overlap(truth, row.body))
        for name, value in score_page(truth, row).items():
            fields.setdefault(name, []).append(value)
    precision = _mean(fit.precision for fit in fits if fit.both + fit.only_row)
    recall = _mean(fit.recall for fit in fits if fit.both + fit.only_truth)
    body = {"body_f1": harmonic(precision, recall), "body_precision": precision, "body_recall": recall}
    return (body if fits else {}) | {name: mean(values) for name, values in fields.items()}


def read_time(value: str | None) -> datetime | None:
    """Read ISO 8601, as UTC where it names no zone; None for anything else."""
    try:
        time = datetime.fromisoformat((value or "").strip())
    except ValueError:
        return None
    return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)


def _score_time(truth: Mapping[str, Any], found: datetime | None) -> dict[str, float]:
    if true := read_time(truth.get("published_at")):
        same_minute = found is not None and found.replace(second=0, microsecond=0) == true.replace(
            second=0, microsecond=0
        )
        same_day = found is not None and found.date() == true.date()
        return {"published_minute": float(same_minute), "published_day": float(same_day)}
    if day := read_time(truth.get("published_day")):
        return {"published_day": float(found is not None and day - _ZONES <= found <= day + _DAY + _ZONES)}
    return {}


def _grams(text: str | None) -> Counter[tuple[str, ...]]:
    """Count the 4-grams; a shorter text is one gram, an empty one none."""
    tokens = _TOKEN.findall(unicodedata.normalize("NFC", text or "").translate(_INVISIBLE))
    if len(tokens) < _GRAM:
        return Counter([tuple(tokens)] if tokens else [])
    return Counter(zip(*(tokens[start:] for start in range(_GRAM)), strict=False))


def _loose(text: str | None) -> str:
    """A line without case and punctuation."""
    return " ".join(_TOKEN.findall(unicodedata.normalize("NFKC", text or "").translate(_INVISIBLE).casefold()))


def _names(names: Iterable[str]) -> set[str]:
    return {_loose(_BY.sub("", name, count=1)) for name in names} - {""}


def _agreement(true: set[str], found: set[str]) -> float:
    """F1 of two sets; two empty ones agree."""
    return 2 * len(true & found) / (len(true) + len(found)) if true or found else 1.0


def _mean(values: Iterable[float]) -> float:
    listed = list(values)
    return mean(listed) if listed else 0.0
