"""Weeks of simulated publishers, hour by hour: what their visits would have been counted as."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from math import exp, floor, log, sqrt
from zoneinfo import ZoneInfo

from crawler.alarms.hours import HOUR, Hour

CHRISTMAS_SHARE = 1 / 3


@dataclass(frozen=True)
class Fault:
    """What goes wrong from ``at`` on: ``freeze``, ``fields`` (no date, no author), ``body``, ``article``."""

    kind: str
    at: datetime


@dataclass(frozen=True)
class Publisher:
    """So many articles on a working day, on a Saturday and on a Sunday, mostly between two hours of its day."""

    name: str
    working_day: float
    saturday: float
    sunday: float
    hours: tuple[int, int] = (6, 22)
    timezone: str = "Europe/Berlin"
    poll: timedelta = timedelta(minutes=30)
    signed: float = 0.8
    dated: float = 0.98
    is_article: float = 0.95
    restless: float = 0.2
    """How much its days differ: the standard deviation of the logarithm of a day's volume."""
    agency_by_night: bool = False
    """From 22 to 6 its articles are an agency's, and unsigned."""
    holidays: frozenset[date] = frozenset()
    """Days that are like a Sunday."""
    quiet: tuple[date, date] | None = None
    """A time at a third of the usual, as at Christmas."""

    @property
    def zone(self) -> ZoneInfo:
        """Where its day begins."""
        return ZoneInfo(self.timezone)


@dataclass
class Weeks:
    """The hours of one publisher, one after the other, with its own chance."""

    publisher: Publisher
    begin: datetime
    seed: str = "1"
    fault: Fault | None = None
    days: dict[date, float] = field(default_factory=dict)

    def until(self, end: datetime) -> Iterator[Hour]:
        """Every hour that was visited, in UTC; ``begin`` and ``end`` are whole."""
        draw = random.Random(f"{self.publisher.name} {self.seed}")
        hour, known, waiting = self.begin, 30.0, 20
        next_poll = self.begin
        while hour < end:
            waiting += poisson(draw, self._rate(hour, draw))
            polls = 0
            while next_poll < hour + HOUR:
                polls += 1
                next_poll += self.publisher.poll
            if polls:
                fresh = 0 if self._is("freeze", hour) else waiting
                waiting = 0
                # Of what is known some is visited again, in the rhythm of edits.
                again = poisson(draw, min(known, 40) * 0.02 * polls)
                known = known * 0.98 + fresh
                yield self._visited(draw, hour, fresh, again)
            hour += HOUR

    def _is(self, kind: str, hour: datetime) -> bool:
        return self.fault is not None and self.fault.kind == kind and hour >= self.fault.at

    def _rate(self, hour: datetime, draw: random.Random) -> float:
        one, local = self.publisher, hour.astimezone(self.publisher.zone)
        day = local.date()
        if day not in self.days:
            self.days[day] = exp(draw.gauss(0, one.restless))
        volumes = (*[one.working_day] * 5, one.saturday, one.sunday)
        volume = volumes[6 if day in one.holidays else day.weekday()] * self.days[day]
        if one.quiet and one.quiet[0] <= day <= one.quiet[1]:
            volume *= CHRISTMAS_SHARE
        first, last = one.hours
        share = 0.95 / (last - first) if first <= local.hour < last else 0.05 / (24 - last + first)
        return volume * share

    def _visited(self, draw: random.Random, hour: datetime, fresh: int, again: int) -> Hour:
        one = self.publisher
        local = hour.astimezone(one.zone)
        signed = 0.0 if one.agency_by_night and (local.hour >= 22 or local.hour < 6) else one.signed
        dated, is_article, factor = one.dated, one.is_article, 1.0
        if self._is("fields", hour):
            signed = dated = 0.0
        if self._is("article", hour):
            is_article = 0.05
        if self._is("body", hour):
            factor = 0.5
        pages = fresh + again
        articles = binomial(draw, pages, is_article)
        new = min(binomial(draw, fresh, is_article), articles)
        words = round(factor * lengths(draw, articles))
        return Hour(
            hour,
            num_new=new,
            num_articles=articles,
            num_headlined=articles,
            num_dated=binomial(draw, articles, dated),
            num_signed=binomial(draw, articles, signed),
            num_in_language=articles,
            num_words=words,
            num_read=pages,
            num_asked=pages,
        )


_MANY = 40


def poisson(draw: random.Random, mean: float) -> int:
    """Knuth's way; of large numbers the normal distribution."""
    if mean > _MANY:
        return max(0, round(draw.gauss(mean, sqrt(mean))))
    total, limit, product = 0, exp(-mean), draw.random()
    while product > limit:
        total += 1
        product *= draw.random()
    return total


def binomial(draw: random.Random, num: int, share: float) -> int:
    """How many of ``num``."""
    return sum(draw.random() < share for _ in range(num))


def lengths(draw: random.Random, num: int) -> float:
    """The words of so many bodies together: half of them have under 400, one in twenty over a thousand."""
    return sum(exp(draw.gauss(log(400), 0.6)) for _ in range(num))


_ZONES = (
    "Europe/Berlin",
    "America/New_York",
    "Asia/Kolkata",
    "Australia/Sydney",
    "America/Sao_Paulo",
    "Asia/Tokyo",
)


def crowd(number: int, seed: int) -> list[Publisher]:
    """Publishers of all sizes, from one article a week to 600 a day, in several time zones."""
    draw = random.Random(f"crowd {seed}")
    found = []
    for place in range(number):
        size = exp(draw.uniform(log(0.2), log(600)))
        saturday, sunday = draw.choice(((1.0, 1.0), (0.6, 0.5), (0.4, 0.3), (0.3, 0.1), (0.0, 0.0)))
        first = draw.randint(5, 9)
        found.append(
            Publisher(
                f"{floor(size * 10) / 10:g} a day, {place}",
                size,
                size * saturday,
                size * sunday,
                (first, draw.randint(first + 8, 23)),
                draw.choice(_ZONES),
                timedelta(minutes=draw.choice((10, 15, 30, 60, 180))),
                signed=draw.choice((0.0, 0.3, 0.6, 0.9, 0.98)),
                dated=draw.choice((0.7, 0.95, 1.0)),
                is_article=draw.choice((0.6, 0.9, 0.98)),
                restless=draw.choice((0.1, 0.2, 0.35)),
                agency_by_night=draw.random() < 0.2,
            )
        )
    return found


def with_calendar(publisher: Publisher, holidays: frozenset[date], quiet: tuple[date, date] | None) -> Publisher:
    """The same in weeks with holidays."""
    return replace(publisher, holidays=holidays, quiet=quiet)
