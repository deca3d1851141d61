"""What an operator should know of, with no rule written: raised with its evidence, and cleared by itself."""

from crawler.alarms.alarm import Evidence, Kind, clear_alarm, raise_alarm
from crawler.alarms.lookout import Lookout

__all__ = ["Evidence", "Kind", "Lookout", "clear_alarm", "raise_alarm"]
