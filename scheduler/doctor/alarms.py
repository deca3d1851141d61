"""Is an alarm up, does whoever is to be told hear of it, and what lies in quarantine?"""

from collections.abc import Iterator

from crawler.alarms import Kind
from scheduler.doctor.finding import Finding, Patient, ok, problem, warning
from scheduler.logs.remedies import remedy_for

_MOST_NAMED = 10

_OF_SOURCES = {Kind.SILENCE, Kind.DRIFT, Kind.GAP, Kind.BLOCKED, Kind.FEED_MOVED, Kind.QUARANTINE_GROWING}


def look(patient: Patient) -> Iterator[Finding]:
    """All that are up; those of the whole installation are problems."""
    found = patient.rows("list_alarms")
    for alarm in found[:_MOST_NAMED]:
        at = f" at {alarm['source']}" if alarm["source"] else ""
        said = f"{alarm['kind']}{at} since {alarm['raised_at']:%Y-%m-%d %H:%M} UTC: {alarm['cause']}"
        mend = remedy_for("alarm.raised", alarm) or "'tidings alarms list'"
        yield (warning if alarm["kind"] in _OF_SOURCES else problem)(said, mend)
    if len(found) > _MOST_NAMED:
        yield warning(f"{len(found) - _MOST_NAMED} more alarms are up", "'tidings alarms list'")
    if not found:
        yield ok("none is up")
    yield from _look_at_pages(patient)


def _look_at_pages(patient: Patient) -> Iterator[Finding]:
    (pages,) = patient.rows("examine_pages")
    if pages["num_quarantined"]:
        said = f"{pages['num_quarantined']} pages are in quarantine, {pages['num_of_today']} of them since a day"
        yield (warning(said, "'tidings quarantine list'") if pages["num_of_today"] else ok(said))
    if pages["num_delayed"]:
        yield warning(
            f"{pages['num_delayed']} messages of alarms wait, for their target does not take them:"
            f" {pages['notice_error']}",
            "'tidings alarms test'",
        )
    if pages["num_given_up"]:
        yield warning(f"{pages['num_given_up']} messages of alarms were given up", "'tidings alarms test'")
