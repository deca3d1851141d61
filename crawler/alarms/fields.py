"""Whether fields are found less often than is usual, or bodies are shorter: pure decisions on hourly counts."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import comb, inf, log, sqrt
from operator import attrgetter
from statistics import median

from crawler.alarms.hours import Hour


@dataclass(frozen=True, slots=True)
class Measure:
    """How often something is there: ``of`` so many articles or pages ``has`` so many (or so many words)."""

    of: Callable[[Hour], int]
    has: Callable[[Hour], int]
    is_share: bool = True


_ARTICLES = attrgetter("num_articles")
MEASURES: dict[str, Measure] = {
    "headline": Measure(_ARTICLES, attrgetter("num_headlined")),
    "date": Measure(_ARTICLES, attrgetter("num_dated")),
    "author": Measure(_ARTICLES, attrgetter("num_signed")),
    "language": Measure(_ARTICLES, attrgetter("num_in_language")),
    "body": Measure(_ARTICLES, attrgetter("num_words"), is_share=False),
    "article": Measure(attrgetter("num_read"), _ARTICLES),
}
# Learned only, for the alarm "blocked": it is not alarming that it falls.
_REFUSED = Measure(attrgetter("num_asked"), attrgetter("num_refused"))

# Learned is from blocks of so many articles in a row, and from at least so many blocks.
BLOCK = 6
FEWEST_BLOCKS = 4
_FEWEST_BODIES = 12
# A field may be rare in some blocks (news of an agency, by night): of the blocks, this share at the low end is
# still usual.
_LOW_SHARE = 0.05

# Looked at are the last so many articles: few show what is gone at once, more what has become rarer.
_WINDOWS = (12, 24, 48, 96)
_WINDOW_WHEN_UP = 24
_SHARE_FALLEN, _SHARE_RISEN = 0.5, 0.75
_LEAST_FALL = 0.25
_CHANCE, _CHANCE_WHEN_UP = 1e-6, 1e-3
# Bodies differ far more than shares do.
_BODY_FALLEN, _BODY_RISEN = 0.65, 0.8
_DEVIATIONS = 5.0
_OF_MAD = 1.4826  # the standard deviation of a normal distribution with a median absolute deviation of 1


@dataclass(frozen=True, slots=True)
class Usual:
    """What is usual of a field: of its fill rate (of the words of a body) over blocks of articles."""

    median: float
    mad: float
    low: float
    """As low as one block in twenty is."""
    num_blocks: int


@dataclass(frozen=True, slots=True)
class Fall:
    """A field that is found less often than is usual; bodies that are shorter."""

    name: str
    usual: float
    now: float
    num: int
    """Of how many articles (pages) ``now`` is."""
    since: datetime

    def __str__(self) -> str:
        """In words."""
        if self.name == "body":
            words = f"{self.now:.0f} words in the mean of the last {self.num} articles"
            return f"body: {words}, {self.usual:.0f} are usual"
        what = "pages that were read hold an article" if self.name == "article" else "articles have one"
        return f"{self.name}: {self.now:.0%} of the last {self.num} {what}, {self.usual:.0%} are usual"


def learn_fields(hours: Sequence[Hour]) -> dict[str, Usual]:
    """What is usual of each field of which that can be told."""
    measures = {**MEASURES, "refused": _REFUSED}
    return {name: usual for name, measure in measures.items() if (usual := _learn(hours, measure))}


def _learn(hours: Sequence[Hour], measure: Measure) -> Usual | None:
    blocks, total, filled = [], 0, 0
    for num, has in zip(map(measure.of, hours), map(measure.has, hours), strict=True):
        total, filled = total + num, filled + has
        if total >= BLOCK:
            blocks.append((filled / total, sqrt(total / BLOCK)))
            total = filled = 0
    if len(blocks) < (FEWEST_BLOCKS if measure.is_share else _FEWEST_BODIES):
        return None
    rates = sorted(rate for rate, _ in blocks)
    middle = median(rates)
    # The mean of a larger block differs less: each deviation is as it would be of six articles.
    mad = median(abs(rate - middle) * size for rate, size in blocks)
    low = rates[int(len(rates) * _LOW_SHARE)]
    return Usual(round(middle, 4), round(mad, 4), round(low, 4), len(rates))


def find_falls(hours: Sequence[Hour], usual: dict[str, Usual], *, is_up: bool) -> list[Fall]:
    """The fields that have fallen far below what is usual. ``hours`` go from the oldest to the latest.

    Once one has, or while the alarm ``is_up``, those count as well that are only well below: they fell with it, or
    are on their way back.
    """
    if not is_up and not any(_find_fall(name, hours, usual, is_up=False) for name in MEASURES):
        return []
    found = [
        _find_fall(name, hours, usual, is_up=is_up) or _find_fall(name, hours, usual, is_up=True)
        for name in MEASURES
    ]
    return [fall for fall in found if fall]


def _find_fall(name: str, hours: Sequence[Hour], known: dict[str, Usual], *, is_up: bool) -> Fall | None:
    if (usual := known.get(name)) is None:
        return None
    measure = MEASURES[name]
    decide = _is_share_fallen if measure.is_share else _is_body_fallen
    for filled, num in _windows(measure, hours, (_WINDOW_WHEN_UP,) if is_up else _WINDOWS):
        if decide(filled, num, usual, is_up=is_up):
            rate = filled / num
            return Fall(name, usual.median, rate, num, _since(measure, hours, usual.median, rate))
    return None


def _windows(measure: Measure, hours: Sequence[Hour], sizes: Sequence[int]) -> Iterator[tuple[int, int]]:
    """How many of the latest articles have it: of so many hours as hold each of these numbers of them."""
    wanted, total, filled = 0, 0, 0
    for hour in reversed(hours):
        if num := measure.of(hour):
            total, filled = total + num, filled + measure.has(hour)
            if total >= sizes[wanted]:
                yield filled, total
                while total >= sizes[wanted]:
                    wanted += 1
                    if wanted == len(sizes):
                        return


def _is_share_fallen(filled: int, num: int, usual: Usual, *, is_up: bool) -> bool:
    rate = filled / num
    if is_up:
        return rate < _SHARE_RISEN * usual.median and _chance(filled, num, usual.median) < _CHANCE_WHEN_UP
    is_low = rate <= _SHARE_FALLEN * usual.median and usual.median - rate >= _LEAST_FALL
    return is_low and _chance(filled, num, min(usual.low, usual.median)) < _CHANCE


def _is_body_fallen(words: int, num: int, usual: Usual, *, is_up: bool) -> bool:
    mean = words / num
    if is_up:
        return mean < _BODY_RISEN * usual.median
    deviation = usual.mad * _OF_MAD * sqrt(BLOCK / num)
    return mean <= _BODY_FALLEN * usual.median and usual.median - mean >= _DEVIATIONS * deviation


def _chance(filled: int, num: int, share: float) -> float:
    """How likely so few of ``num`` are if each has it with this probability; nothing is taken for certain."""
    share = min(max(share, 0.0), 0.98)
    return sum(comb(num, k) * share**k * (1 - share) ** (num - k) for k in range(filled + 1))


def _since(measure: Measure, hours: Sequence[Hour], usual: float, now: float) -> datetime:
    """The hour from which on the counts speak most for the rate of now, and not for what is usual."""
    best, at, total = -inf, hours[-1].start, 0.0
    for hour in reversed(hours):
        if not (num := measure.of(hour)):
            continue
        total += _evidence(measure, num, measure.has(hour), usual, now)
        if total >= best:
            best, at = total, hour.start
    return at


def _evidence(measure: Measure, num: int, filled: int, usual: float, now: float) -> float:
    """How far an hour speaks for the rate of now: the logarithm of the ratio of likelihoods, but for a factor."""
    if not measure.is_share:
        return num * (usual + now) / 2 - filled
    usual, now = (min(max(rate, 0.02), 0.98) for rate in (usual, now))
    return filled * log(now / usual) + (num - filled) * log((1 - now) / (1 - usual))
