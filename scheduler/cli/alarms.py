"""``tidings alarms``: what needs an operator, and whether those who are to be told can be."""

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from scheduler.cli.alarms_shown import alarm_block
from scheduler.cli.common import (
    EXIT_SOURCE_FAILED,
    CommandError,
    ConfigOption,
    JsonOption,
    configured,
    connected,
    print_json,
    print_table,
)
from scheduler.cli.differences_shown import in_colour, printable
from scheduler.cli.fitted import screen_width

if TYPE_CHECKING:
    from crawler.configuration import AlarmSettings
    from sql.database import Connection

_EVERY = {"since": "-infinity", "kind": None, "source": None, "offset": 0}

app = typer.Typer(help="What needs an operator, and who is told.", no_args_is_help=True)


@app.command("list")
def list_alarms(
    config: ConfigOption = None,
    *,
    every: Annotated[bool, typer.Option("--all", help="Those that are over, too, the latest first.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many of all.")] = 100,
    as_json: JsonOption = False,
) -> None:
    """The alarms that are up, with their cause, and what became of the messages to those who are told."""
    from sql.database import rows

    with connected(config) as connection:
        found = (
            rows(connection, "search_alarms", _EVERY | {"limit": limit})
            if every
            else rows(connection, "list_alarms")
        )
        _add_notices(connection, found)
    if as_json:
        print_json(found)
        return
    if not found:
        typer.echo("no alarm was raised yet" if every else "no alarm is up")
    now, width, colour = datetime.now(UTC), screen_width(), in_colour()
    for alarm in found:
        for line in alarm_block(alarm, now, width, colour=colour, told=_told(alarm["notices"])):
            typer.echo(line)


@app.command("test")
def send_test(config: ConfigOption = None, *, as_json: JsonOption = False) -> None:
    """Send a test message to every target of [alarms] notify, and say what each answered.

    Exit code 1: one of them did not take it; 2: none is configured, or one cannot be understood.
    """
    settings = configured(config, thoroughly=True).alarms
    if not settings.targets:
        raise CommandError('nobody is told of alarms: set [alarms] notify, like ["mailto://..."]')
    answers = asyncio.run(_try(settings))
    if as_json:
        print_json(answers)
    else:
        shown = [answer | {"error": printable(answer["error"] or "sent")} for answer in answers]
        columns = {"number": "number", "service": "service", "target": "target", "error": "answer"}
        print_table(shown, columns, empty="")
    raise typer.Exit(EXIT_SOURCE_FAILED if any(answer["error"] for answer in answers) else 0)


async def _try(settings: "AlarmSettings") -> list[dict[str, Any]]:
    from scheduler.notices.targets import Target
    from scheduler.notices.words import trial_message

    targets = [Target(url) for url in settings.targets]
    message = trial_message(settings.page_url)
    errors = await asyncio.gather(*(target.send(message) for target in targets))
    return [
        {"number": number, "service": target.scheme, "target": target.key, "error": error}
        for number, (target, error) in enumerate(zip(targets, errors, strict=True), start=1)
    ]


def _add_notices(connection: "Connection", alarms: list[dict[str, Any]]) -> None:
    from sql.database import rows

    by_alarm: dict[int, list[dict[str, Any]]] = {alarm["alarm_id"]: [] for alarm in alarms}
    for notice in rows(connection, "list_notices", {"alarm_ids": list(by_alarm)}):
        by_alarm[notice.pop("alarm_id")].append(notice)
    for alarm in alarms:
        alarm["notices"] = by_alarm[alarm["alarm_id"]]


def _told(notices: list[dict[str, Any]]) -> str | None:
    """How the messages stand: ``2 sent, 1 waiting``."""
    states = [notice["state"].replace("_", " ") for notice in notices]
    return ", ".join(f"{states.count(state)} {state}" for state in dict.fromkeys(states)) or None
