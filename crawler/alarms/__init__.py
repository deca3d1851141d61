"""What an operator should know of, with no rule written: raised with its evidence, and cleared by itself."""

from crawler.alarms.alarm import Evidence, Kind, clear_alarm, raise_alarm
from crawler.alarms.watch import Watch

__all__ = ["Evidence", "Kind", "Watch", "clear_alarm", "raise_alarm"]
