"""How ``tidings status`` writes its screen."""

import textwrap
from collections import Counter
from datetime import datetime, timedelta
from typing import Any

from scheduler.cli.alarms_shown import INDENT, alarm_block
from scheduler.cli.differences_shown import in_colour, printable
from scheduler.cli.fitted import fitted
from scheduler.cli.spans import span
from scheduler.sizes import size
from scheduler.status import Status, trouble_of

_RED, _GREEN, _YELLOW, _PLAIN = "\x1b[31m", "\x1b[32m", "\x1b[33m", "\x1b[0m"
_FEWEST_ROWS = 5
_COLUMNS = {
    "name": "source",
    "last": "last ok",
    "next": "next",
    "p50": "p50",
    "day": "24 h",
    "hour": "hour",
    "fails": "fails",
    "trouble": "trouble",
}
_NUMBERS = frozenset({"last", "next", "p50", "day", "hour", "fails"})
_LATE = timedelta(minutes=2)


def screen(found: Status, *, width: int, height: int | None) -> list[str]:
    """The lines of the screen; with a ``height``, no more than that, the sources that are well cut short."""
    colour = in_colour()
    head = textwrap.wrap(found.headline, max(width, 20))
    head = [f"{_GREEN if found.is_well else _RED}{line}{_PLAIN}" for line in head] if colour else head
    foot = ["", *_foot(found, width)]
    room = None if height is None else max(height - len(head) - len(foot), _FEWEST_ROWS)
    alarms = _alarm_lines(found, width, None if room is None else room // 2, colour=colour)
    room = None if room is None else max(room - len(alarms), _FEWEST_ROWS)
    return [*head, *alarms, *_source_lines(found, width, room, colour=colour), *foot]


def _alarm_lines(found: Status, width: int, room: int | None, *, colour: bool) -> list[str]:
    lines: list[str] = []
    for number, alarm in enumerate(found.alarms):
        block = alarm_block(alarm, found.now, width, colour=colour)
        if room is not None and number and len(lines) + len(block) + 2 > room:
            lines.append(f"{INDENT}and {len(found.alarms) - number} more alarms: --all")
            break
        lines += block
    return ["", *lines] if lines else []


def _source_lines(found: Status, width: int, room: int | None, *, colour: bool) -> list[str]:
    if not found.sources:
        return []
    shown = found.sources
    if room is not None and len(shown) + 2 > room:
        shown = shown[: max(room - 3, 1)]
    rows = [_source_row(source, found.now) for source in shown]
    lines = ["", *fitted(rows, _COLUMNS, width=width, numbers=_NUMBERS, cut=("name", "trouble"))]
    if colour:
        lines[2:] = [
            f"{_YELLOW}{line}{_PLAIN}" if row["trouble"] else line
            for line, row in zip(lines[2:], rows, strict=True)
        ]
    left = found.sources[len(shown) :]
    if left:
        troubled = sum(trouble_of(source) is not None for source in left)
        words = (
            f"{len(left)} sources, {troubled} of them in trouble"
            if troubled
            else f"{len(left)} sources that are well"
        )
        lines.append(f"and {words}: --all")
    return lines


def _source_row(source: dict[str, Any], now: datetime) -> dict[str, str]:
    hours = source["hours"] or [0]
    return {
        "name": source["name"],
        "last": span(now - source["last_success_at"]) if source["last_success_at"] else "never",
        "next": _next(source, now),
        "p50": span(source["p50"]) if source["p50"] is not None else "-",
        "day": _of_usual(source["num_new"], source["usual"]),
        "hour": _of_usual(hours[-1], source["usual_hour"]),
        "fails": str(source["num_failed_since"] or ""),
        "trouble": trouble_of(source) or "",
    }


def _next(source: dict[str, Any], now: datetime) -> str:
    if source["run_id"]:
        return "now"
    if source["state"] != "enabled":
        return str(source["state"])
    due = source["due_at"]
    if due >= now:
        return span(due - now)
    return "due" if now - due < _LATE else f"late {span(now - due)}"


def _of_usual(number: int, usual: float | None) -> str:
    return f"{number}" if usual is None else f"{number}/{usual:.0f}"


def _foot(found: Status, width: int) -> list[str]:
    facts = {
        "workers": _workers(found),
        "queue": _queue(found),
        "database": _database(found),
        "stored": _stored(found),
    }
    lines = []
    for name, text in facts.items():
        lines += textwrap.wrap(
            printable(text), max(width, 30), initial_indent=f"{name:<10}", subsequent_indent=" " * 10
        )
    return lines


def _workers(found: Status) -> str:
    alive = [worker for worker in found.workers if worker["is_alive"]]
    if alive:
        hosts = Counter(worker["worker"].partition(":")[0] for worker in alive)
        heard = max(found.now - worker["heartbeat_at"] for worker in alive)
        on = ", ".join(f"{number} on {host}" for host, number in sorted(hosts.items()))
        return f"{len(alive)} alive: {on}; all heard of within {span(heard)}"
    if found.workers:
        last = found.workers[0]
        return f"none alive; {last['worker']} was heard of {span(found.now - last['heartbeat_at'])} ago"
    return "none alive, and none was heard of within a day"


def _queue(found: Status) -> str:
    queue = found.queue
    oldest = f", the oldest for {span(found.now - queue['oldest_waiting'])}" if queue["oldest_waiting"] else ""
    return f"{queue['num_queued']} waiting{oldest}; {queue['num_running']} under way"


def _database(found: Status) -> str:
    database = found.database
    where = f"{database['name']} at {database['host']}" + (f":{database['port']}" if database["port"] else "")
    answer = f"answers in {database['answer_ms']:.0f} ms"
    used = f"{database['num_connections']} of {database['max_connections']} connections"
    version = database["version"].split()[0]
    return f"PostgreSQL {version}, {where}, {size(database['num_bytes'])}; {answer}, {used}"


def _stored(found: Status) -> str:
    sizes = found.sizes
    about = "about " if sizes["is_estimated"] else ""
    articles, copies, urls = (f"{sizes[key]:,}" for key in ("num_articles", "num_copies", "num_urls"))
    return f"{about}{articles} articles at {copies} URLs; {urls} URLs seen"
