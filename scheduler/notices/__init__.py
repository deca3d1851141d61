"""Alarms told to people: by webhook, e-mail and whatever else Apprise knows, each once, and to the end."""

from scheduler.notices.targets import check_target

__all__ = ["check_target"]
