"""A forecast for a person, who may have three sources or five hundred, and for a program."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import typer

from crawler.intervals.freshness import minutes
from crawler.source import AUTO, format_duration
from scheduler.cli.common import print_table
from scheduler.preview import Effect, Forecast, HostHour, Overlap, Run, Watched, zone_effects
from scheduler.timetable import DEFAULT_EVERY

_MOST_RUNS = 40  # of all sources together that are listed one by one without being asked for
_MOST_LINES = 15
_MOST_SOURCES = 40
_MOST_NAMES = 3


def print_forecast(made: Forecast, names: set[str]) -> None:
    """Print what is to come: for ``names`` run by run, else as much as a screen or two hold."""
    shown = [one for one in made.watched if not names or one.source.name in names]
    num_runs = sum(len(made.runs[one.source.name]) for one in shown)
    days = (made.until - made.start) / timedelta(days=1)
    typer.echo(
        f"{num_runs:,} runs of {len(shown):,} sources in {days:g} days from {made.start:%Y-%m-%d %H:%M} UTC on"
    )
    num_estimated = sum(not one.has_past for one in shown)
    if num_estimated:
        typer.echo(
            f"{num_estimated:,} have had no run in two weeks: what theirs take and ask for is estimated (~)"
        )
    if names or num_runs <= _MOST_RUNS:
        _section("Runs", list(_run_rows(made, shown)), {"utc": "UTC", "local": "in its zone", "source": "source",
                                                        "note": ""}, most=None)  # fmt: skip
    _print_sources(made, shown)
    if not names and num_runs > _MOST_RUNS:
        _print_days(made)
    columns = {"at": "UTC", "zone": "zone", "effect": "what it does", "sources": "sources"}
    _section("Changes of clocks", list(_effect_rows(made, shown)), columns)
    overlaps = [
        _overlap_row(found) for found in made.overlaps if not names or names & {found.source, found.behind}
    ]
    columns = {"host_lock": "site", "num_runs": "runs that wait", "longest": "longest", "example": "for instance"}
    _section("Runs that wait for another of their site", overlaps, columns)
    concerned = [found for found in made.host_hours if not names or names & set(found.sources)]
    columns = {"host": "host", "hour": "busiest hour (UTC)", "requests": "requests", "limit": "of at most",
               "busy": "used"}  # fmt: skip
    _section("Hosts", [_host_row(found) for found in _busiest(concerned)], columns)
    _print_over([found for found in _busiest(concerned) if found.is_over], concerned)


def as_data(made: Forecast, names: set[str]) -> dict[str, Any]:
    """The same as plain values, with every run."""
    shown = [one for one in made.watched if not names or one.source.name in names]
    return {
        "from": made.start,
        "until": made.until,
        "sources": [_source_row(made, one) for one in shown],
        "runs": list(_run_rows(made, shown)),
        "clock_changes": list(_effect_rows(made, shown)),
        "overlaps": [_overlap_row(found) for found in made.overlaps],
        "host_hours": [
            _host_row(found) | {"sources": found.sources, "is_over": found.is_over}
            for found in sorted(made.host_hours, key=lambda found: (found.host, found.hour))
            if not names or names & set(found.sources)
        ],
        "advice": [_advice(found) for found in made.over],
    }


def _section(
    title: str, rows: list[dict[str, Any]], columns: dict[str, str], *, most: int | None = _MOST_LINES
) -> None:
    if not rows:
        return
    typer.echo(f"\n{title}")
    print_table(rows[:most], columns, empty="")
    if most is not None and len(rows) > most:
        typer.echo(f"and {len(rows) - most:,} more: --json has all")


def _run_rows(made: Forecast, shown: list[Watched]) -> Iterator[dict[str, Any]]:
    runs = [(run.at, one, run) for one in shown for run in made.runs[one.source.name]]
    for at, one, run in sorted(runs, key=lambda entry: (entry[0], entry[1].source.name)):
        moment = datetime.fromtimestamp(at, UTC)
        local = moment.astimezone(one.source.zone)
        yield {
            "utc": f"{moment:%Y-%m-%d %H:%M:%S}",
            "local": f"{local:%a %Y-%m-%d %H:%M:%S %z}",
            "source": one.source.name,
            "note": _note(one, run),
        }


def _note(one: Watched, run: Run) -> str:
    return ", ".join(filter(None, ["about" if one.source.is_adaptive else "", run.note]))


def _print_sources(made: Forecast, shown: list[Watched]) -> None:
    columns = {"source": "source", "timetable": "timetable", "first": "first run (UTC)", "runs": "runs",
               "requests": "requests a run", "seconds": "takes"}  # fmt: skip
    busiest = sorted(shown, key=lambda one: -made.requests[one.source.name])
    rows = [_source_row(made, one) for one in busiest]
    title = "Sources" if len(rows) <= _MOST_SOURCES else "Sources with the most requests"
    _section(title, rows, columns, most=None if len(rows) <= _MOST_SOURCES else _MOST_LINES)


def _source_row(made: Forecast, one: Watched) -> dict[str, Any]:
    name = one.source.name
    runs = made.runs[name]
    about = "" if one.has_past else "~"
    return {
        "source": name,
        "timetable": _timetable(one),
        "is_estimated": not one.has_past,
        "first": f"{datetime.fromtimestamp(runs[0].at, UTC):%Y-%m-%d %H:%M}" if runs else None,
        "runs": len(runs),
        "requests": f"{about}{made.requests[name] / max(len(runs), 1):.1f}",
        "seconds": f"{about}{format_duration(timedelta(seconds=round(made.durations[name])))}",
    }


def _timetable(one: Watched) -> str:
    source = one.source
    if source.is_adaptive:
        asked = f"freshness {format_duration(source.freshness)}" if source.freshness else AUTO
        return f"{asked}, about every {minutes(one.interval)}"
    if source.cron is not None:
        return f"{source.cron} ({source.timezone})"
    return f"every {format_duration(source.interval or DEFAULT_EVERY)}"


def _print_days(made: Forecast) -> None:
    """A line a day: its runs and requests, and its busiest hour."""
    runs = Counter(int(run.at // 3600) for of_source in made.runs.values() for run in of_source)
    requests: dict[int, float] = defaultdict(float)
    for found in made.host_hours:
        requests[found.hour] += found.requests
    rows = []
    for day in sorted({hour // 24 for hour in runs}):
        hours = [hour for hour in range(day * 24, day * 24 + 24) if hour in runs]
        busiest = max(hours, key=lambda hour: requests[hour])
        rows.append(
            {
                "day": f"{datetime.fromtimestamp(day * 86_400, UTC):%a %Y-%m-%d}",
                "runs": f"{sum(runs[hour] for hour in hours):,}",
                "requests": f"{sum(requests[hour] for hour in hours):,.0f}",
                "busiest": f"{busiest % 24:02}:00, {runs[busiest]:,} runs, {requests[busiest]:,.0f} requests",
            }
        )
    _section("Days", rows, {"day": "UTC", "runs": "runs", "requests": "requests", "busiest": "busiest hour"})


def _effect_rows(made: Forecast, shown: list[Watched]) -> Iterator[dict[str, Any]]:
    """Sources of one zone to which a change does the same share a line."""
    found: dict[Effect, list[str]] = defaultdict(list)
    for one in shown:
        for effect in zone_effects(one.source, made.start, made.until):
            found[effect].append(one.source.name)
    for effect, names in sorted(found.items(), key=lambda entry: (entry[0].at, entry[0].zone, entry[0].walls)):
        yield {
            "at": f"{effect.at:%Y-%m-%d %H:%M}",
            "zone": f"{effect.zone} {_offset(effect.before)} to {_offset(effect.after)}",
            "effect": effect.words,
            "kind": effect.kind,
            "sources": _named(names),
        }


def _offset(offset: timedelta) -> str:
    minutes = int(offset.total_seconds() // 60)
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"


def _named(names: list[str]) -> str:
    listed = ", ".join(names[:_MOST_NAMES])
    return f"{listed} and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else listed


def _overlap_row(found: Overlap) -> dict[str, Any]:
    at = f"{datetime.fromtimestamp(found.at, UTC):%Y-%m-%d %H:%M}"
    behind = "its own last run" if found.behind == found.source else found.behind
    return {
        "host_lock": found.host_lock,
        "num_runs": found.num_runs,
        "longest": format_duration(timedelta(seconds=round(found.longest))),
        "example": f"{found.source} at {at} UTC, behind {behind}",
    }


def _host_row(found: HostHour) -> dict[str, Any]:
    is_limited = found.busy > 0
    return {
        "host": found.host,
        "hour": f"{found.at:%Y-%m-%d %H:%M}",
        "requests": round(found.requests, 1),
        "limit": round(found.limit) if is_limited else None,
        "busy": f"{found.busy:.0%}" if is_limited else None,
    }


def _busiest(host_hours: list[HostHour]) -> list[HostHour]:
    """The busiest hour of each host, the busiest host first."""
    worst: dict[str, HostHour] = {}
    for found in host_hours:
        before = worst.get(found.host)
        if before is None or (found.busy, found.requests) > (before.busy, before.requests):
            worst[found.host] = found
    return sorted(worst.values(), key=lambda found: (-found.busy, -found.requests, found.host))


def _print_over(worst: list[HostHour], host_hours: list[HostHour]) -> None:
    num_hours = Counter(found.host for found in host_hours if found.is_over)
    if worst:
        typer.echo("\nOver the limit")
    for found in worst[:_MOST_LINES]:
        typer.echo(f"{_advice(found)} So it is in {num_hours[found.host]} hours.")
    if len(worst) > _MOST_LINES:
        typer.echo(f"and {len(worst) - _MOST_LINES:,} more hosts: --json has all")


def _advice(found: HostHour) -> str:
    """What is too much, and what would mend it."""
    spacing = 3600 * found.busy / found.requests
    mostly = sorted(found.sources, key=lambda name: -found.sources[name])
    fewer = f", or fewer of its {len(mostly)} sources" if len(mostly) > 1 else ""
    return (
        f"{found.host}: in the hour from {found.at:%Y-%m-%d %H:%M} UTC {found.requests:.0f} requests, "
        f"{found.requests - found.limit:.0f} more than the {found.limit:.0f} that {spacing:.3g} s between two "
        f"leave room for. A longer every for {_named(mostly)} (times {found.busy:.1f}){fewer}, or a delay of "
        f"{spacing / found.busy:.2g} s would mend it."
    )
