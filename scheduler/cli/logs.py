"""``tidings logs``: what the daemon has said, made legible, and its errors told apart."""

import os
import re
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from scheduler.cli.common import CommandError, ConfigOption, JsonOption, moment_option, print_json
from scheduler.cli.log_input import opened

if TYPE_CHECKING:
    from scheduler.logs.fingerprints import Group, Groups
    from scheduler.logs.rendering import Renderer
    from scheduler.logs.selection import Selection

Files = Annotated[list[Path] | None, typer.Argument(metavar="[FILE|-]...", help="Default: as said above.")]
Several = list[str] | None


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(logs)


def logs(
    files: Files = None,
    *,
    source: Annotated[Several, typer.Option(help="Only of this source; may be given again.")] = None,
    run: Annotated[str | None, typer.Option(help="Only of this run; the beginning of its id.")] = None,
    event: Annotated[Several, typer.Option(help="Only this event, or those of a pattern: 'page.*'.")] = None,
    level: Annotated[
        Literal["debug", "info", "warning", "error"] | None, typer.Option(help="Only of this level, or graver.")
    ] = None,
    url: Annotated[str | None, typer.Option(help="Only of URLs that contain this.")] = None,
    reason: Annotated[Several, typer.Option(help="Only with this reason.")] = None,
    grep: Annotated[str | None, typer.Option(help="Only lines in which this regular expression is found.")] = None,
    since: Annotated[
        str | None, typer.Option(help="From then on: 2h, yesterday, 02:30, 2026-11-30T02:30.")
    ] = None,
    until: Annotated[str | None, typer.Option(help="Before then.")] = None,
    lines: Annotated[int | None, typer.Option("--lines", "-n", min=0, help="Only so many, the last.")] = None,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on with what is written then.")] = False,
    errors: Annotated[bool, typer.Option("--errors", help="Warnings and errors, told apart and counted.")] = False,
    new_since: Annotated[
        str | None,
        typer.Option(metavar="upgrade|TIME", help="Only errors that were not there before; implies --errors."),
    ] = None,
    utc: Annotated[bool, typer.Option("--utc", help="Times in UTC, not in the local zone.")] = False,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """What happened: the log, and its errors told apart.

    FILE is read with those it was rotated into (.1, .2.gz); - is standard input.

    Without FILE it is the file of [log] in the configuration; else what is piped in; else the systemd journal.
    Lines that are no events are marked with "|". With --json, events pass through as they are.

    --errors tells warnings and errors apart by what they are about, whatever their numbers and names: how often,
    since when, of which sources, and the command or setting that mends a known cause. --new-since upgrade leaves
    those that were not there before the version changed.
    """
    zone = UTC if utc else None
    errors = errors or new_since is not None
    if errors and follow:
        raise CommandError("--errors counts what there is: leave --follow out")
    # Lone surrogates, and terminals that are not UTF-8, cost a character and not the command.
    sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    selection = _selected(source, run, event, level, url, reason, grep, since, until, zone)
    if errors and selection.until is None and new_since not in {None, "upgrade"}:
        moment_option("--new-since", new_since, zone=zone)  # before a gigabyte is read
    with _quiet_end(follow=follow), opened(files or [], config, selection, follow=follow, lines=lines) as found:
        if errors:
            _show_errors(found, selection, new_since, zone, limit=lines, as_json=as_json, utc=utc)
        else:
            _show(found, selection, limit=None if follow else lines, as_json=as_json, utc=utc)


def _selected(  # noqa: PLR0917 - as they stand on the command line
    source: Several,
    run: str | None,
    event: Several,
    level: str | None,
    url: str | None,
    reason: Several,
    grep: str | None,
    since: str | None,
    until: str | None,
    zone: tzinfo | None,
) -> "Selection":
    from scheduler.logs.selection import Selection

    try:
        pattern = re.compile(grep) if grep is not None else None
    except re.error as error:
        raise CommandError(f"--grep: {grep!r} is no regular expression: {error}") from None
    return Selection(
        sources=tuple(source or ()),
        run=run.lower() if run else None,
        events=tuple(event or ()),
        level=level,
        url=url or None,
        reasons=tuple(reason or ()),
        grep=pattern,
        since=moment_option("--since", since, zone=zone),
        until=moment_option("--until", until, zone=zone),
    )


@contextmanager
def _quiet_end(*, follow: bool) -> Iterator[None]:
    """Whoever reads us may have seen enough (``| head``), and one who follows ends it with Ctrl-C."""
    try:
        yield
        sys.stdout.flush()
    except BrokenPipeError:
        # What is left in the buffer would be written, and complained of, at the end of the process.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except KeyboardInterrupt:
        if not follow:
            raise


def _matching(lines: Iterable[bytes], selection: "Selection") -> Iterator[tuple[bytes, dict[str, Any] | None]]:
    """The lines that are asked for, each with its event; None is one of another program, or a torn one."""
    from scheduler.logs.selection import parsed

    for line in lines:
        if not selection.may_hold(line) or not line.strip():
            continue
        event = parsed(line)
        if (event is None and selection.asks_for_fields) or (event is not None and not selection.holds(event)):
            continue
        if selection.matches(line):
            yield line, event


def _show(lines: Iterable[bytes], selection: "Selection", *, limit: int | None, as_json: bool, utc: bool) -> None:
    found: Iterable[tuple[bytes, dict[str, Any] | None]] = _matching(lines, selection)
    if limit is not None:
        found = deque(found, maxlen=limit)
    if as_json:
        out = sys.stdout.buffer
        for line, event in found:
            if event is not None:
                out.write(line if line.endswith(b"\n") else line + b"\n")
        return
    renderer, write = _renderer(utc=utc), sys.stdout.write
    for line, event in found:
        write(f"{renderer.stray(line) if event is None else renderer.line(event)}\n")


def _renderer(*, utc: bool) -> "Renderer":
    import shutil

    from scheduler.cli.differences_shown import in_colour
    from scheduler.logs.rendering import Renderer

    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    return Renderer(utc=utc, colour=in_colour(), width=width)


def _show_errors(
    lines: Iterable[bytes],
    selection: "Selection",
    new_since: str | None,
    zone: tzinfo | None,
    *,
    limit: int | None,
    as_json: bool,
    utc: bool,
) -> None:
    from scheduler.logs.fingerprints import Groups

    groups = Groups()
    num_stray = _count(lines, selection, groups)
    is_new, words = _novelty(groups, new_since, zone)
    found = [group for group in groups.all if is_new(group)]
    if as_json:
        print_json([group.as_json() for group in found[:limit]])
        return
    _print_errors(found[:limit], groups, words, num_stray, _renderer(utc=utc))


def _count(lines: Iterable[bytes], selection: "Selection", groups: "Groups") -> int:
    """One pass; returns how many lines were no events."""
    from scheduler.logs.selection import parsed

    num_stray = 0
    may_count, may_hold, note_start = groups.may_count, selection.may_hold, groups.note_start
    everything = selection.is_empty
    for line in lines:
        note_start(line)
        if line[:1] != b"{":
            num_stray += bool(line.strip())
        elif may_count(line) and (everything or may_hold(line)):
            event = parsed(line)
            if event is None:
                num_stray += 1
            elif everything or (selection.holds(event) and selection.matches(line)):
                groups.add(event)
    return num_stray


def _novelty(
    groups: "Groups", new_since: str | None, zone: tzinfo | None
) -> tuple[Callable[["Group"], bool], str]:
    """Which groups are asked for, and what to say of that."""
    from scheduler.logs.fingerprints import first_seen_since

    if new_since is None:
        return lambda _: True, ""
    if new_since != "upgrade":
        moment = moment_option("--new-since", new_since, zone=zone)
        return lambda group: first_seen_since(group, moment), f", new since {new_since}"
    if groups.upgraded_at is None:
        known = f"{groups.version} throughout" if groups.version else "none is named"
        raise CommandError(
            f"the version does not change in this log ({known}): read an older one with it, or name a time, as in"
            " --new-since 2h"
        )
    before = groups.version_before or "an older version"
    return groups.is_new, f", new since {groups.version} followed {before} at {groups.upgraded_at}"


def _print_errors(
    found: list["Group"], groups: "Groups", words: str, num_stray: int, renderer: "Renderer"
) -> None:
    count = sum(group.count for group in found)
    kinds = "1 kind" if len(found) == 1 else f"{len(found)} kinds"
    lines = "1 line" if count == 1 else f"{count:,} lines"
    typer.echo(f"{kinds} of warnings and errors, {lines}{words}" if found else f"no warning or error{words}")
    for group in found:
        typer.echo("")
        for line in renderer.group(group):
            typer.echo(line)
    if groups.num_beyond:
        typer.echo(
            f"\n{groups.num_beyond:,} lines are of still other kinds: narrow it down with --since or --event"
        )
    if num_stray:
        lines = "1 line is no event" if num_stray == 1 else f"{num_stray:,} lines are no events"
        typer.echo(f"\n{lines}: 'tidings logs' shows such marked with \"|\"")
