"""Looks at an installation from all sides, and says of what is wrong how it is mended.

A check is a function that yields findings, and stands in the list below. One that breaks, or takes too long, costs
only itself.
"""

import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from crawler.configuration import ConfigurationError, load
from crawler.logs import Redactor, secrets_of
from scheduler.doctor import alarms, browser, configuration, database, disk, machine, network, packages, timetable
from scheduler.doctor.finding import Check, Finding, Level, Patient

CHECKS = (
    Check("configuration", configuration.look, needs=""),
    Check("packages", packages.look, needs=""),
    Check("machine", machine.look, needs=""),
    Check("load", machine.look_at_limits),
    Check("disk", disk.look),
    Check("log", disk.look_at_log),
    Check("database", database.look_at_server, needs="database"),
    Check("schema", database.look_at_schema, needs="database"),
    Check("clock", database.look_at_clock, needs="database"),
    Check("connections", database.look_at_connections, needs="database"),
    Check("daemon", timetable.look_at_daemon, needs="schema"),
    Check("spool", disk.look_at_spool),
    Check("timetable", timetable.look, needs="", seconds=25.0),
    Check("queue", timetable.look_at_queue, needs="schema"),
    Check("alarms", alarms.look, needs="schema"),
    Check("network", network.look, seconds=8.0),
    Check("browser", browser.look, seconds=30.0),
)


@dataclass(frozen=True, slots=True)
class Report:
    """All findings with their subjects, and the subjects that could not be looked at with the reason."""

    findings: list[tuple[str, Finding]]
    left_out: dict[str, str]

    def count(self, level: Level) -> int:
        """How many findings are of a level."""
        return sum(finding.level == level for _, finding in self.findings)


def examine(config: Path | None, *, is_offline: bool = False, checks: Sequence[Check] = CHECKS) -> Report:
    """Make all checks, one after the other; raises nothing."""
    patient = Patient(config, is_offline=is_offline)
    try:
        patient.configuration = load(config)
    except ConfigurationError as error:
        patient.complaint = str(error)
    redact = Redactor(secrets_of(patient.configuration) if patient.configuration else ())
    report = Report([], {})
    with ExitStack() as stack:
        if patient.configuration is not None:
            report.findings.extend(("database", found) for found in stack.enter_context(_database(patient)))
        for check in checks:
            if missing := _missing(check, patient):
                report.left_out[check.subject] = missing
            else:
                report.findings.extend((check.subject, found) for found in _looked(check, patient))
    report.findings[:] = [(subject, _clean(finding, redact)) for subject, finding in report.findings]
    return report


@contextmanager
def _database(patient: Patient) -> Iterator[list[Finding]]:
    """Have a database, if one can be had, as long as the context lasts; what is found is why there is none."""
    with ExitStack() as stack:
        try:
            found = list(database.connect(patient, stack))
        except Exception as error:  # noqa: BLE001 (as of any check)
            found = [_broken(error)]
        yield found


def _missing(check: Check, patient: Patient) -> str | None:
    if check.needs and patient.configuration is None:
        return "the configuration cannot be used"
    if check.needs in {"database", "schema"} and patient.url is None:
        return "there is no database to ask"
    try:
        has_schema = check.needs != "schema" or patient.has_schema
    except Exception as error:  # noqa: BLE001 (as of any check)
        return f"the database cannot be asked: {' '.join(str(error).split())}"
    return None if has_schema else "the database lacks a part of our schema"


def _looked(check: Check, patient: Patient) -> list[Finding]:
    """What a check found within its time; of one that hangs, what it had found before."""
    found: list[Finding] = []

    def look() -> None:
        try:
            found.extend(check.look(patient))
        except Exception as error:  # noqa: BLE001 (a check's boundary: the others must outlive whatever it meets)
            found.append(_broken(error))

    thread = threading.Thread(target=look, name=f"doctor {check.subject}", daemon=True)
    thread.start()
    thread.join(check.seconds)
    if thread.is_alive():
        words = f"could not be looked at within {check.seconds:g} seconds"
        return [*found, Finding(Level.WARNING, words, "try again when the machine has less to do")]
    return found


def _broken(error: Exception) -> Finding:
    from sql.errors import DatabaseError

    text = " ".join(str(error).split())
    if isinstance(error, DatabaseError):
        return Finding(Level.PROBLEM, f"the database does not do what it is asked: {text}", "see its own log")
    if isinstance(error, OSError):
        place = f"{error.filename}: " if error.filename else ""
        return Finding(Level.PROBLEM, f"{place}{error.strerror or text}", "see to it that tidings may use it")
    words = f"could not be looked at: {type(error).__name__}: {text}"
    return Finding(Level.WARNING, words, "a defect of ours, and worth a report")


def _clean(finding: Finding, redact: Redactor) -> Finding:
    found = redact(" ".join(finding.found.split()))
    return Finding(finding.level, found, redact(finding.mend) if finding.mend else None)
