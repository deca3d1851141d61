"""Is everything visited when it should be?"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from crawler.configuration import find_file
from scheduler.doctor.finding import Finding, Patient, ok, problem, warning
from scheduler.silence import SILENCE_SECONDS
from sql.advisory import LEAD
from sql.errors import DatabaseUnavailableError

_PATIENCE = timedelta(minutes=5)
"""How late a source may be: while the daemon starts, many are."""
_LOOK_AHEAD = timedelta(days=1)
_MOST_NAMED = 3
_START = "start the daemon: 'tidings run' (systemctl start tidings)"


def look_at_daemon(patient: Patient) -> Iterator[Finding]:
    """Does one lead, do workers live, is anything late?"""
    params = {"lead": LEAD, "silence": SILENCE_SECONDS, "patience": _PATIENCE}
    (found,) = patient.rows("examine_daemon", params)
    patient.num_workers_alive = found["num_workers"]
    late = f"{found['num_overdue']} of {found['num_enabled']} sources are more than 5 minutes late"
    if not found["num_leaders"]:
        if found["num_overdue"]:
            yield problem(f"no daemon runs on this database, and {late}", _START)
        else:
            finished = found["last_finished_at"]
            last = f"; the last run ended at {finished:%Y-%m-%d %H:%M} UTC" if finished else ""
            yield warning(f"no daemon runs on this database{last}", f"{_START}, unless 'tidings once' is called")
    elif not found["num_workers"]:
        yield problem(
            "a daemon leads, but no worker lives", "see its log for worker.died: 'tidings doctor' as its user"
        )
    elif found["num_overdue"]:
        yield warning(
            f"{found['num_workers']} workers live, and {late}",
            "more [crawl] workers or runs_per_worker, or 'tidings worker' on another host",
        )
    else:
        yield ok(f"a daemon leads, {found['num_workers']} workers live, no source is late")


def look(patient: Patient) -> Iterator[Finding]:
    """Can every timetable be read, and every host bear it?"""
    from scheduler.preview import forecast, read_watched
    from scheduler.timetable import trigger_for

    if patient.configuration is None:
        return
    num_broken = 0
    for source in patient.sources:
        try:
            trigger_for(source)
        except ValueError as error:
            num_broken += 1
            yield problem(f"source {source.name!r}: {error}", "mend its cron or every in the configuration file")
    for name in _unreadable(patient):
        num_broken += 1
        yield problem(
            f"source {name!r}: its stored definition cannot be read by this version",
            f"'tidings sources remove {name}', and add it again",
        )
    if num_broken:
        return
    if not patient.sources:
        where = "watched" if patient.stored_sources is not None else "in the configuration file"
        yield warning(f"no source is {where}", "'tidings sources add URL' adds one")
        return
    delay = patient.settings.crawl.delay
    of_file = patient.settings.source if find_file(patient.config) else None
    now = datetime.now(UTC)
    if patient.url is not None and patient.has_schema:
        try:
            with patient.connected() as connection:
                watched = read_watched(connection, of_file, delay)
        except DatabaseUnavailableError as error:
            found = f"{len(patient.sources)} sources; what their runs of two weeks took was not measured: {error}"
            yield warning(found, "'tidings schedule preview --check' takes the time that it needs")
            return
    else:
        watched = read_watched(None, of_file, delay)
    made = forecast(watched, now, now + _LOOK_AHEAD)
    if made.over:
        hosts = list(dict.fromkeys(hour.host for hour in made.over))
        more = f" and {len(hosts) - _MOST_NAMED} more" if len(hosts) > _MOST_NAMED else ""
        yield warning(
            f"in the day to come more is asked of {', '.join(hosts[:_MOST_NAMED])}{more} than their delay allows",
            "'tidings schedule preview --days 1 --check' says when, and what would mend it",
        )
    else:
        yield ok(f"{len(watched)} sources, {made.num_runs} runs in the day to come")


def _unreadable(patient: Patient) -> list[str]:
    from crawler.source import Source

    names = []
    for row in patient.stored_sources or ():
        try:
            Source.model_validate(row["definition"])
        except ValueError:
            names.append(row["name"])
    return names


def look_at_queue(patient: Patient) -> Iterator[Finding]:
    """Do runs wait, or go on, for longer than they should?"""
    limit = 2 * patient.settings.crawl.run_timeout
    (found,) = patient.rows("examine_queue", {"limit": limit, "silence": 2 * SILENCE_SECONDS})
    if found["num_lost"]:
        yield (warning if patient.num_workers_alive else problem)(
            f"{found['num_lost']} runs have a worker that is silent",
            "a daemon that leads puts them back on the queue within seconds: " + _START,
        )
    if found["num_long"]:
        yield warning(
            f"{found['num_long']} runs go on for longer than twice [crawl] run_timeout, since"
            f" {found['running_since']:%Y-%m-%d %H:%M} UTC",
            "'tidings runs list' names them; a restart of the daemon takes them up anew",
        )
    waiting = found["waiting_since"]
    if waiting and datetime.now(UTC) - waiting > timedelta(minutes=30):
        yield warning(
            f"{found['num_waiting']} runs wait for a worker, the first since {waiting:%Y-%m-%d %H:%M} UTC",
            "more [crawl] workers or runs_per_worker; runs of one site wait for each other",
        )
    elif not found["num_lost"] and not found["num_long"]:
        yield ok(f"{found['num_open'] - found['num_waiting']} runs go on, {found['num_waiting']} wait")
