"""``tidings doctor``: is this installation well, and if not, what mends it?"""

import shutil
import textwrap
from typing import TYPE_CHECKING, Annotated

import typer

from scheduler.cli.common import ConfigOption, JsonOption, print_json
from scheduler.cli.differences_shown import in_colour, printable

if TYPE_CHECKING:
    from scheduler.doctor import Report
    from scheduler.doctor.finding import Finding

_COLOURS = {"ok": "32", "warning": "33", "problem": "31"}
_INDENT = 25
_WIDEST = 120


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command()(doctor)


def doctor(
    config: ConfigOption = None,
    *,
    offline: Annotated[bool, typer.Option("--offline", help="Ask no site; only what is ours.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Check the installation, and say what to do.

    Configuration, packages, machine, disk, database, timetable, network and browser.

    It changes nothing, and works whatever is broken. Exit code 0: all well, or only warnings; 1: a problem; 2: it
    could not run.
    """
    from crawler import logs
    from crawler.configuration import Configuration
    from scheduler.doctor import examine
    from scheduler.doctor.finding import Level

    logs.configure(Configuration(), level="critical")  # what it finds is what it says
    report = examine(config, is_offline=offline)
    if as_json:
        _print_json(report)
    else:
        _print(report)
    raise typer.Exit(1 if report.count(Level.PROBLEM) else 0)


def _print_json(report: "Report") -> None:
    found = [
        {"subject": subject, "level": finding.level, "found": finding.found, "mend": finding.mend}
        for subject, finding in report.findings
    ]
    print_json({"findings": found, "left_out": report.left_out})


def _print(report: "Report") -> None:
    """What is well first: of a long list the end is what stays on the screen."""
    from scheduler.doctor.finding import Level

    for level in (Level.OK, Level.WARNING, Level.PROBLEM):
        for subject, finding in report.findings:
            if finding.level == level:
                _print_finding(subject, finding)
        if level == Level.OK:
            for subject, why in report.left_out.items():
                typer.echo(f"{'-':9}{subject:16}not looked at: {printable(why)}")
    numbers = [(report.count(level), level.value) for level in (Level.PROBLEM, Level.WARNING)]
    words = [f"{number} {word}{'s' if number != 1 else ''}" for number, word in numbers if number]
    typer.echo(f"\n{', '.join(words) or 'all well'}")


def _print_finding(subject: str, finding: "Finding") -> None:
    width = min(_WIDEST, max(60, shutil.get_terminal_size((100, 24)).columns))
    level = f"{finding.level.value:9}"
    if in_colour():
        level = f"\x1b[{_COLOURS[finding.level]}m{level}\x1b[0m"
    lines = textwrap.wrap(
        printable(finding.found), width - _INDENT, break_on_hyphens=False, break_long_words=False
    )
    lines += [f"-> {printable(finding.mend)}"] if finding.mend else []  # in one line: it is copied
    first, *rest = lines
    typer.echo(f"{level}{subject:16}{first}")
    for line in rest:
        typer.echo(f"{'':{_INDENT}}{line}")
