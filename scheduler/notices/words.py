"""What is said of alarms: one by itself, or many in one message."""

import socket
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

_MOST_EVIDENCE = 5
_LONGEST_CAUSE = 1_000
_LONGEST_LINE = 300  # in a message of many
_LONGEST_BODY = 3_500  # what the services for chats take is 4,000 and more


@dataclass(frozen=True, slots=True)
class Message:
    """A title and a text, both plain."""

    title: str
    body: str
    is_bad: bool


def message_of(events: Sequence[dict[str, Any]], page_url: str | None) -> Message:
    """One message for what happened to alarms: rows of ``claim_notices``.

    Of an alarm that was over before anybody was told, that is said once.
    """
    alarms = {event["alarm_id"]: event for event in sorted(events, key=lambda event: event["raised_at"])}
    up = [alarm for alarm in alarms.values() if alarm["cleared_at"] is None]
    over = [alarm for alarm in alarms.values() if alarm["cleared_at"] is not None]
    body = _alone(*alarms.values()) if len(alarms) == 1 else _together(up, over)
    sources = {alarm["source"] for alarm in alarms.values()}
    place = f"sources/{sources.pop()}" if len(sources) == 1 and None not in sources else "alarms"
    return Message(_title(up, over), _closed(body, page_url, place), is_bad=bool(up))


def trial_message(page_url: str | None) -> Message:
    """What ``tidings alarms test`` sends."""
    body = f"This is a test, sent from {socket.gethostname()}: alarms will arrive here."
    return Message("tidings: a test", _closed(body, page_url), is_bad=False)


def _title(up: list[dict[str, Any]], over: list[dict[str, Any]]) -> str:
    if len(up) + len(over) == 1:
        return f"tidings: {'' if up else 'over: '}{_name((up or over)[0])}"
    counts = [f"{len(up)} alarm{'s'[: len(up) != 1]}"] * bool(up) + [f"{len(over)} over"] * bool(over)
    return f"tidings: {', '.join(counts)}"


def _name(alarm: dict[str, Any]) -> str:
    return f"{alarm['kind']} at {alarm['source']}" if alarm["source"] else str(alarm["kind"])


def _alone(alarm: dict[str, Any]) -> str:
    lines = [_said(alarm["cause"], _LONGEST_CAUSE), "", _times(alarm)]
    evidence = alarm["evidence"] if alarm["cleared_at"] is None else []
    lines += [f"- {_evidence(piece)}" for piece in evidence[:_MOST_EVIDENCE]]
    if len(evidence) > _MOST_EVIDENCE:
        lines.append(f"- and {len(evidence) - _MOST_EVIDENCE} more")
    return "\n".join(lines)


def _together(up: list[dict[str, Any]], over: list[dict[str, Any]]) -> str:
    lines = [f"{_name(alarm)}: {_said(alarm['cause'], _LONGEST_LINE)} ({_times(alarm)})" for alarm in up]
    lines += [f"over: {_name(alarm)} ({_times(alarm)})" for alarm in over]
    shown, length = 0, 0
    while shown < len(lines) and (length := length + len(lines[shown]) + 1) < _LONGEST_BODY:
        shown += 1
    if shown < len(lines):
        lines[shown:] = [f"and {len(lines) - shown} more: 'tidings alarms list --all' shows them"]
    return "\n".join(lines)


def _times(alarm: dict[str, Any]) -> str:
    if alarm["cleared_at"] is not None:
        return f"from {_moment(alarm['raised_at'])} to {_moment(alarm['cleared_at'])} UTC"
    began = f", began {_moment(alarm['since'])}" if alarm["since"] else ""
    return f"raised {_moment(alarm['raised_at'])} UTC{began}"


def _evidence(piece: dict[str, str]) -> str:
    where = [piece[key] for key in ("source", "document", "url") if key in piece]
    where += [f"run {piece['run_id'][:8]}"] if "run_id" in piece else []
    return _said(": ".join([piece.get("text", ""), *where]), _LONGEST_LINE)


def _closed(body: str, page_url: str | None, place: str = "") -> str:
    """The text with where to look further: a page of the operator's."""
    return f"{body}\n\n{page_url.rstrip('/')}/{place}" if page_url else body


def _said(text: str, longest: int) -> str:
    """A text of others' on one line, with nothing in it that commands a terminal or a mail reader."""
    line = " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
    return line if len(line) <= longest else f"{line[: longest - 3]}..."


def _moment(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M")


def keys_of(events: Iterable[dict[str, Any]]) -> dict[str, list[Any]]:
    """What the events are known by, as the queries take it."""
    pairs = [(event["alarm_id"], event["event"]) for event in events]
    return {"alarm_ids": [alarm_id for alarm_id, _ in pairs], "events": [event for _, event in pairs]}
