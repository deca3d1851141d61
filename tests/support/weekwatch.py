"""Looks for alarms in simulated weeks, by the functions that the daemon decides by."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from crawler.alarms.baseline import WEEKS, Baseline, learn
from crawler.alarms.fields import find_falls
from crawler.alarms.hours import HOUR
from crawler.alarms.silence import is_over, measure_silence
from tests.support.newsweeks import Fault, Publisher, Weeks

_KEPT = 400


@dataclass
class Result:
    """What was raised for one publisher."""

    publisher: Publisher
    fault: Fault | None
    raised: list[tuple[str, datetime, datetime, str]] = field(default_factory=list)
    """Kind, when, since when by its own word, and of which field."""
    num_since: int = 0
    """Articles (visits to one) from the fault to its alarm, if that is drift."""
    days: float = 0.0


def look_every_hour(
    publisher: Publisher,
    seed: int,
    begin: datetime,
    end: datetime,
    fault: Fault | None = None,
    *,
    learn_every: timedelta = timedelta(days=1),
) -> Result:
    """Look at a publisher after every hour, as the daemon does after every run."""
    result, hours, baseline = Result(publisher, fault), [], Baseline()
    is_explained = False
    last, up, learned, since_up = None, dict.fromkeys(("silence", "drift"), False), None, 0
    for hour in Weeks(publisher, begin, str(seed), fault).until(end):
        now = hour.start + HOUR
        hours.append(hour)
        if learned is None or now - learned >= learn_every:
            horizon = (last or now) - WEEKS * timedelta(weeks=1) - timedelta(days=2)
            baseline, learned = learn([one for one in hours if one.start >= horizon], publisher.zone, now), now
        if hour.num_new:
            last, since_up = hour.start, since_up + hour.num_new
        if fault and hour.start >= fault.at and not up["drift"]:
            result.num_since += hour.num_read
        if not last:
            continue
        if hour.num_read:
            falls = find_falls(hours[-_KEPT:], baseline.fields, is_up=up["drift"])
            if falls and not up["drift"]:
                names = " ".join(sorted(fall.name for fall in falls))
                result.raised.append(("drift", now, min(fall.since for fall in falls), names))
            up["drift"] = bool(falls)
            is_explained = any(fall.name == "article" for fall in falls)
        if up["silence"]:
            up["silence"] = not is_over(since_up, baseline)
        elif not is_explained and measure_silence(baseline, last, now, publisher.zone).is_alarm:
            up["silence"], since_up = True, 0
            result.raised.append(("silence", now, last, ""))
    result.days = (end - begin) / timedelta(days=1)
    return result
