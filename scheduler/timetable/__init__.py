"""When each source is due: triggers for ``cron`` and ``every`` that need no memory of earlier runs."""

from scheduler.timetable.crontab import CrontabError
from scheduler.timetable.triggers import (
    DEFAULT_EVERY,
    CrontabTrigger,
    EveryTrigger,
    JitteredTrigger,
    Trigger,
    goes_on,
    next_due,
    parse_crontab,
    runs_per_day,
    trigger_for,
)

__all__ = [
    "DEFAULT_EVERY",
    "CrontabError",
    "CrontabTrigger",
    "EveryTrigger",
    "JitteredTrigger",
    "Trigger",
    "goes_on",
    "next_due",
    "parse_crontab",
    "runs_per_day",
    "trigger_for",
]
