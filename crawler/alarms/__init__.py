"""What an operator should know of, with no rule written: raised with its evidence, and cleared by itself."""

from crawler.alarms.alarm import Evidence, Kind, clear_alarm, raise_alarm

__all__ = ["Evidence", "Kind", "clear_alarm", "raise_alarm"]
