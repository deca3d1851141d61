"""``tidings schedule freshness``: how soon after publication articles are stored, and what is in the way."""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import typer

from scheduler.cli.common import ConfigOption, JsonOption, connected, print_json, print_table

if TYPE_CHECKING:
    from sql.database import Connection

_MET = {True: "yes", False: "no", None: "not known"}


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(freshness)


def freshness(*, config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Which sources meet their freshness, by what was stored in the last week, and why others do not.

    p50 and p95 are the times from publication to row within which half, and 95 of 100, articles were stored. Only
    articles whose date has a time of day count, and only what the timetable has brought.

    Exit code 1: a source does not meet its target.
    """
    from sql.database import rows

    with connected(config) as connection:
        found = [_judged(connection, row) for row in rows(connection, "list_freshness_targets")]
    if as_json:
        print_json(found)
    else:
        _print(found)
    if any(row["is_met"] is False for row in found):
        raise typer.Exit(1)


def _judged(connection: "Connection", row: dict[str, Any]) -> dict[str, Any]:
    from crawler.intervals.freshness import State, judge
    from crawler.intervals.timing import arrivals_since, freshness_of
    from crawler.source import Source
    from sql.database import rows

    source = Source.model_validate(row["definition"])
    params = arrivals_since(row["source_id"], row["updated_at"], datetime.now(UTC))
    arrivals, polls = rows(connection, "list_arrivals", params), rows(connection, "measure_polls", params)
    measured = freshness_of(arrivals, polls[0], source.zone)
    state = State(
        is_enabled=row["state"] == "enabled",
        failure=row["reason"] if row["outcome"] == "failed" else None,
        pause=row["pause"],
    )
    target = source.freshness or timedelta(0)
    is_met, causes = judge(target, measured, row["learned_every"], state)
    return {
        "source": row["name"],
        "target_s": target.total_seconds(),
        "is_met": is_met,
        "p50_s": _seconds(measured.p50),
        "p95_s": _seconds(measured.p95),
        "num_articles": measured.num_articles,
        "every_s": _seconds(row["learned_every"]),
        "causes": causes,
    }


def _seconds(span: timedelta | None) -> float | None:
    return None if span is None else round(span.total_seconds(), 1)


def _print(found: list[dict[str, Any]]) -> None:
    from crawler.intervals.freshness import minutes

    def shown(seconds: float | None) -> str | None:
        return None if seconds is None else minutes(timedelta(seconds=seconds))

    lines = [
        {"source": row["source"], "met": _MET[row["is_met"]], "num_articles": row["num_articles"]}
        | {name: shown(row[f"{name}_s"]) for name in ("target", "p50", "p95", "every")}
        | {"causes": "; ".join(row["causes"]) or None}
        for row in found
    ]
    columns = {"source": "source", "target": "target", "met": "met", "p50": "p50", "p95": "p95"}
    columns |= {"num_articles": "articles", "every": "asked every", "causes": "what is in the way"}
    print_table(lines, columns, empty='no source has a target: write freshness = "20m" into one')
