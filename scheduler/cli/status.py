"""``tidings status``: one screen that says whether everything is well."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

from scheduler.cli.common import (
    EXIT_SOURCE_FAILED,
    CommandError,
    ConfigOption,
    JsonOption,
    complaint,
    configured,
    database_in_use,
    print_json,
)

_DEFAULT_SECONDS = 2.0
_RESIZED_SECONDS = 0.2  # within which a terminal of another size is drawn on anew

AllOption = Annotated[
    bool, typer.Option("--all", help="Every source and alarm, whatever the screen has room for.")
]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(status)


def status(
    seconds: Annotated[
        float | None, typer.Argument(metavar="[SECONDS]", min=0.1, help="With --watch: between two looks; 2.")
    ] = None,
    *,
    watch: Annotated[bool, typer.Option("--watch", help="Look again and again, until Ctrl-C.")] = False,
    every: AllOption = False,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Is everything well? One screen.

    Alarms first, then the sources, those in trouble first; workers, queue and database.

    "24 h" and "hour" are articles that were new in the last 24 hours, and in this hour, of how many are usual;
    "p50" is the time from publication to row within which half of them were stored; "fails" counts the failed runs
    in a row.

    Exit code 0: all is well; 1: an alarm is up, or nobody visits what is due; 2: the database is away.
    """
    if seconds is not None and not watch:
        raise CommandError("SECONDS goes with --watch")
    if watch and as_json:
        raise CommandError("--watch draws a screen: leave --json out, and ask again and again")
    configuration = configured(config)
    with database_in_use(configuration, watch=watch) as url:
        if watch:
            _watch(url, seconds or _DEFAULT_SECONDS, every=every)
            return
        is_well = _look_once(url, every=every, as_json=as_json)
    if not is_well:
        raise typer.Exit(EXIT_SOURCE_FAILED)


def _look_once(url: str, *, every: bool, as_json: bool) -> bool:
    import asyncio

    from scheduler.cli.status_shown import screen
    from scheduler.status import look

    found = asyncio.run(look(url, definitions=as_json))
    if as_json:
        print_json(found.as_json())
    else:
        height = None if every or not sys.stdout.isatty() else _size()[1]
        typer.echo("\n".join(screen(found, width=_size()[0], height=height)))
    return found.is_well


def _size() -> tuple[int, int]:
    import shutil

    return shutil.get_terminal_size((80, 24))


def _watch(url: str, seconds: float, *, every: bool) -> None:
    """Draw the screen anew each time: in its place on a terminal, one below the other elsewhere."""
    with _drawing() as draw:
        last: list[str] = []
        while True:
            next_at = time.monotonic() + seconds
            width, height = _size()
            room = None if every else height - 1  # the cursor stands on the last line
            last, away = _turn(url, last, width=width, height=room)
            draw([away, *last[: None if room is None else room - 1]] if away else last)
            while time.monotonic() < next_at and _size() == (width, height):
                time.sleep(min(_RESIZED_SECONDS, seconds))


def _turn(url: str, last: list[str], *, width: int, height: int | None) -> tuple[list[str], str | None]:
    """What to draw; and, while the database is away, why. What was known last stays below that."""
    import asyncio
    from datetime import UTC, datetime

    from scheduler.cli.status_shown import screen
    from scheduler.status import look
    from sql.errors import DatabaseError

    try:
        return screen(asyncio.run(look(url)), width=width, height=height), None
    except (DatabaseError, OSError) as error:
        now = datetime.now(UTC)
        below = "; what was known last:" if last else ""
        return last, f"{now:%H:%M:%S} UTC: {complaint(error)}{below}"


@contextmanager
def _drawing() -> Iterator["Drawing"]:
    drawing = Drawing(in_place=sys.stdout.isatty())
    try:
        yield drawing
    except BrokenPipeError:  # whoever reads us has seen enough
        import os

        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except KeyboardInterrupt:
        pass  # that is how it ends
    finally:
        drawing.end()


class Drawing:
    """A screen that is drawn again and again, without a flicker: each line over the one before it."""

    def __init__(self, *, in_place: bool) -> None:
        self._in_place = in_place
        if in_place:
            sys.stdout.write("\x1b[?25l\x1b[2J")  # without a cursor, on an empty screen

    def __call__(self, lines: list[str]) -> None:
        """Draw these."""
        if self._in_place:
            text = "\x1b[H" + "".join(f"{line}\x1b[K\n" for line in lines) + "\x1b[J"
        else:
            text = "".join(f"{line}\n" for line in lines) + "\n"
        sys.stdout.write(text)
        sys.stdout.flush()

    def end(self) -> None:
        """Give the cursor back, below what stands there."""
        if self._in_place:
            sys.stdout.write("\x1b[?25h")
            sys.stdout.flush()
