"""How alarms are written on a terminal: the same by every command, with what mends them."""

import textwrap
from datetime import datetime
from typing import Any

from scheduler.cli.differences_shown import printable
from scheduler.cli.spans import span
from scheduler.logs.remedies import remedy_for

_RED, _STRONG, _PLAIN = "\x1b[31m", "\x1b[1m", "\x1b[0m"
INDENT = "    "


def alarm_block(
    alarm: dict[str, Any], now: datetime, width: int, *, colour: bool, told: str | None = None
) -> list[str]:
    """The lines of one alarm. Of one that is over nothing is to be mended; ``told`` is how its messages stand."""
    since, over_at = alarm["since"] or alarm["raised_at"], alarm.get("cleared_at")
    of = f" of {alarm['source']}" if alarm["source"] else ""
    lasted = f"until {over_at:%Y-%m-%d %H:%M} UTC" if over_at else f"({span(now - since)})"
    word = "over:" if over_at else "ALARM"
    head = printable(f"{word} {alarm['kind']}{of}, since {since:%Y-%m-%d %H:%M} UTC {lasted}")
    lines = [f"{_STRONG}{_RED}{head}{_PLAIN}" if colour and not over_at else head]
    texts = [alarm["cause"]]
    if not over_at and (remedy := remedy_for("alarm.raised", alarm)):
        texts.append(f"mend: {remedy}")
    if told:
        texts.append(f"told: {told}")
    for text in texts:
        room = max(width - len(INDENT), 20)
        lines += [f"{INDENT}{line}" for line in textwrap.wrap(printable(text), room, break_on_hyphens=False)]
    return lines
