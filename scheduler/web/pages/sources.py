"""One source: when it is visited, how it fares, and what came of it."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple
from zoneinfo import ZoneInfo

from aiohttp import web

from crawler.source import format_duration
from scheduler.definition import DefinitionError, read_source
from scheduler.timetable import DEFAULT_EVERY, trigger_for
from scheduler.web.charts import week_of_hours
from scheduler.web.site import SITE

if TYPE_CHECKING:
    from crawler.source import Source
    from scheduler.web.site import Site

routes = web.RouteTableDef()

_DAY, _WEEK = timedelta(days=1), timedelta(days=7)
_ALARM_DAYS = timedelta(days=90)
_NUM_DAYS = 14
_NUM_SLOTS = 6
_NUM_DOCUMENTS = 60
_NUM_ROWS = 15
_NUM_ALARMS = 10
_NUM_ACTIONS = 3
_NUM_QUARANTINED = 20
_FIELDS = {
    "headline": "num_headlined",
    "date": "num_dated",
    "author": "num_signed",
    "language": "num_in_language",
}
# What is worn at the door stays between the operator and the site: a header may be a key.
_CONCEALED = frozenset({"headers", "cookies", "basic_auth", "bearer_token", "proxy"})
_TOLD_APART = frozenset({"name", "url", "every", "cron", "freshness", "timezone", "jitter", "rules"})
_OF_A_USUAL_SHARE = 0.75
"""A fill rate below this share of what is usual is marked."""


class Field(NamedTuple):
    """How many of a source's articles have a field, or how long their bodies are."""

    name: str
    week: float | None
    day: float | None
    usual: float | None
    by_day: list[float]
    """Of each of the last 14 days, the oldest first; 0 where no article came."""
    is_share: bool

    @property
    def has_fallen(self) -> bool:
        """Whether the last day is far below what is usual, or below the week where that is not known."""
        usual = self.usual if self.usual is not None else self.week
        return self.day is not None and usual is not None and self.day < usual * _OF_A_USUAL_SHARE


@routes.get("/sources")
async def all_sources(_request: web.Request) -> web.Response:
    """They are on the overview."""
    raise web.HTTPFound("/")


@routes.get("/sources/{name}")
async def source(request: web.Request) -> web.Response:
    """One source by its name, removed ones too."""
    site = request.app[SITE]
    name = request.match_info["name"]
    found = await site.fetch("find_source_as_is", {"name": name.replace("\0", "")})
    if not found:
        raise web.HTTPNotFound(text=f"there is no source {name}\n")
    row, now = found[0], datetime.now(UTC)
    of_source, timetable = {"source_id": row["source_id"]}, _timetable(row, now)
    documents = await site.fetch("list_source_documents", of_source | {"limit": _NUM_DOCUMENTS + 1})
    return site.render(
        "source.html",
        source=row,
        more_documents=len(documents) > _NUM_DOCUMENTS,
        documents=documents[:_NUM_DOCUMENTS],
        done=await site.fetch("list_actions", {"source": name, "limit": _NUM_ACTIONS}),
        articles=await site.fetch("list_source_articles", of_source | {"limit": _NUM_ROWS}),
        runs=await site.fetch("page_runs", _runs_of(name)),
        alarms=await site.fetch("search_alarms", _alarms_of(name, now)),
        quarantined=await site.fetch("page_quarantine", {"source": name, "limit": _NUM_QUARANTINED, "offset": 0}),
        freshness=(await site.fetch("measure_freshness", of_source | {"since": now - _WEEK}))[0],
        **timetable,
        **await _health(site, row, now, ZoneInfo(timetable["zone"])),
    )


def _runs_of(name: str) -> dict[str, Any]:
    nothing = dict.fromkeys(("outcome", "trigger", "reason", "until"))
    return nothing | {"source": name, "limit": _NUM_ROWS, "offset": 0}


def _alarms_of(name: str, now: datetime) -> dict[str, Any]:
    return {"kind": None, "source": name, "since": now - _ALARM_DAYS, "limit": _NUM_ALARMS, "offset": 0}


def _timetable(row: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """The configuration in words, and the next visits; what an older version wrote may not be readable."""
    try:
        source = read_source(row["definition"])
    except DefinitionError as error:
        return {"unreadable": str(error), "settings": [], "slots": [], "rhythm": "not readable", "zone": "UTC"}
    slots = list(islice(_slots(source, row, now), _NUM_SLOTS)) if row["state"] == "enabled" else []
    return {
        "unreadable": None,
        "settings": list(_settings(source)),
        "slots": [(slot, slot.astimezone(source.zone)) for slot in slots],
        "rhythm": _rhythm(source, row["learned_every"]),
        "zone": source.timezone,
    }


def _slots(source: "Source", row: Mapping[str, Any], now: datetime) -> Iterator[datetime]:
    """When it is visited next, and then: by the timetable, as long as all goes well."""
    first = max(row["due_at"], now)
    yield row["due_at"]
    if source.is_adaptive:
        step = row["learned_every"] or DEFAULT_EVERY
        yield from (first + n * step for n in range(1, _NUM_SLOTS))
    else:
        yield from trigger_for(source).walk(first)


def _rhythm(source: "Source", learned: timedelta | None) -> str:
    if source.cron is not None:
        words = f"at {source.cron} (cron, on the clocks of {source.timezone})"
    elif source.is_adaptive:
        aim = f"articles within {format_duration(source.freshness)}" if source.freshness else "its own rhythm"
        words = f"by {aim}, at present every {format_duration(learned or DEFAULT_EVERY)}"
    else:
        words = f"every {format_duration(source.interval or DEFAULT_EVERY)}"
    return words + (f", put off by up to {format_duration(source.jitter)}" if source.jitter else "")


def _settings(source: "Source") -> Iterator[tuple[str, str]]:
    """What the operator wrote, as it is called in the configuration."""
    for key, value in source.definition().items():
        if key in _TOLD_APART:
            continue
        if key in _CONCEALED:
            yield key, f"{len(value)} set" if isinstance(value, dict) else "set"
        elif isinstance(value, list):
            yield key, ", ".join(map(str, value)) or "none"
        else:
            yield key, {True: "yes", False: "no"}.get(value, str(value)) if isinstance(value, bool) else str(value)
    if source.rules:
        yield "rules", f"{len(source.rules)} of its own"


async def _health(site: "Site", row: Mapping[str, Any], now: datetime, zone: ZoneInfo) -> dict[str, Any]:
    """The last seven days: new articles against the usual, fields, and how visits ended."""
    of_source, today = {"source_id": row["source_id"]}, now.replace(hour=0, minute=0, second=0, microsecond=0)
    hours = await site.fetch("count_hours", of_source | {"since": now - _WEEK})
    days = await site.fetch("count_fields", of_source | {"since": today - (_NUM_DAYS - 1) * _DAY})
    usual = next(iter(await site.fetch("find_usual", of_source)), None)
    new = {found["hour"]: found["num_pages"] for found in hours if found["reason"] == "new_text"}
    outcomes = Counter[tuple[str, str]]()
    for found in hours:
        outcomes[found["outcome"], found["reason"]] += found["num_pages"]
    return {
        "chart": week_of_hours(new, usual["usual"] if usual else None, zone, now),
        "usual": usual,
        "num_new_day": sum(number for hour, number in new.items() if hour > now - _DAY),
        "num_new_week": sum(new.values()),
        "fields": list(_fields(days, usual["fields"] if usual else {}, today)),
        "outcomes": [(outcome, reason, number) for (outcome, reason), number in outcomes.most_common()],
        "num_visits": outcomes.total(),
    }


def _fields(days: Sequence[Mapping[str, Any]], usual: Mapping[str, Any], today: datetime) -> Iterator[Field]:
    """How many articles have each field: by the day, so that one sees since when fewer do."""
    week = [day for day in days if day["day"] > today - _WEEK]
    latest = [day for day in week if day["day"] > today - 2 * _DAY]
    by_day = {day["day"]: day for day in days}
    dates = [today - n * _DAY for n in reversed(range(_NUM_DAYS))]
    for name, column in (*_FIELDS.items(), ("body", "num_words")) if days else ():
        known = usual.get(name)
        yield Field(
            name,
            _mean(week, column),
            _mean(latest, column),
            float(known["median"]) if isinstance(known, dict) and "median" in known else None,
            [_mean([by_day[date]], column) or 0.0 if date in by_day else 0.0 for date in dates],
            name != "body",
        )


def _mean(days: Iterable[Mapping[str, Any]], column: str) -> float | None:
    days = list(days)
    number = sum(day["num_articles"] for day in days)
    return sum(day[column] for day in days) / number if number else None
