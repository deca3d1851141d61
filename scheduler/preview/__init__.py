"""What the timetable will come to: runs, what zones do to them, who waits for whom, what each host is asked."""

from scheduler.preview.coming import Run, coming_runs, zone_effects
from scheduler.preview.forecast import Forecast, HostHour, Overlap, forecast
from scheduler.preview.habits import Habits, Watched, read_watched
from scheduler.preview.zones import Effect

__all__ = [
    "Effect",
    "Forecast",
    "Habits",
    "HostHour",
    "Overlap",
    "Run",
    "Watched",
    "coming_runs",
    "forecast",
    "read_watched",
    "zone_effects",
]
