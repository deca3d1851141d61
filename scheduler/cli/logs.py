"""``tidings logs``: what the daemon has said, made legible, and its errors told apart."""

import os
import re
import select
import stat
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from scheduler.cli.common import CommandError, ConfigOption, JsonOption, configured, moment_option, print_json

if TYPE_CHECKING:
    from scheduler.logs.fingerprints import Group, Groups
    from scheduler.logs.rendering import Renderer
    from scheduler.logs.selection import Selection

_FOLLOWED_LINES = 10
_STANDARD_INPUT = Path("-")

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
    """What happened, out of the log: FILE with those it was rotated into (.1, .2.gz), or - for standard input.

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
    with _quiet_end(follow=follow), _input(files or [], config, selection, follow=follow, lines=lines) as found:
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


@contextmanager
def _input(
    files: list[Path], config: Path | None, selection: "Selection", *, follow: bool, lines: int | None
) -> Iterator[Iterable[bytes]]:
    """The lines to be looked at."""
    from scheduler.logs.reading import LogMissingError, in_order, journal, lines_of, lines_piped

    files = files or _default_files(config)
    if _STANDARD_INPUT in files:
        if len(files) > 1:
            raise CommandError("read either files or standard input")
        yield lines_piped(sys.stdin.buffer, sys.stdout.flush)
    elif not files:
        wanted = _FOLLOWED_LINES if lines is None else lines
        try:
            process = journal(since=selection.since, follow=follow, lines=wanted)
        except LogMissingError as error:
            raise CommandError(str(error)) from None
        with process:
            try:
                assert process.stdout is not None  # noqa: S101 - for the type checker
                yield _or_told(lines_piped(process.stdout, sys.stdout.flush))
            finally:
                process.terminate()
    elif follow:
        yield _followed(files, selection, lines)
    else:
        for path in files:
            _check(path)
        paths = in_order(files)
        yield (line for path in paths for line in lines_of(path, complain=_complain, since=selection.since))


def _or_told(lines: Iterable[bytes]) -> Iterator[bytes]:
    """The journal's lines; that there are none at all is no good news, but the wrong place to look."""
    from scheduler.logs.reading import UNITS

    is_empty = True
    for line in lines:
        is_empty = False
        yield line
    if is_empty:
        units = ", ".join(UNITS)
        _complain(f"the journal has nothing of {units} for this user: name a FILE, or - for standard input")


def _default_files(config: Path | None) -> list[Path]:
    """The file that the configuration names; else what is piped in; else nothing, which stands for the journal."""
    if (named := configured(config).log.file) is not None:
        if not named.exists():
            raise CommandError(f"{named}: no such file: it is [log] file, to which no daemon has written yet")
        return [named]
    try:
        mode = os.fstat(sys.stdin.fileno()).st_mode
    except (OSError, ValueError):  # it is closed
        return []
    return [_STANDARD_INPUT] if stat.S_ISFIFO(mode) or stat.S_ISREG(mode) else []


def _check(path: Path) -> None:
    """A file that is misspelt is said before anything is printed."""
    try:
        if path.is_dir():
            raise CommandError(f"{path}: is a folder; name the file in it")
        with path.open("rb"):
            pass
    except OSError as error:
        raise CommandError(f"{path}: {error.strerror}") from None


def _complain(message: str) -> None:
    sys.stdout.flush()
    sys.stderr.write(f"tidings: {message}\n")


def _followed(files: list[Path], selection: "Selection", lines: int | None) -> Iterator[bytes]:
    from scheduler.logs.following import Follower
    from scheduler.logs.reading import lines_of, with_rotated

    if len(files) > 1:
        raise CommandError("--follow follows one file")
    (path,) = files
    if path.exists():
        _check(path)
    elif not path.parent.is_dir():
        raise CommandError(f"{path}: no such folder")
    begin = lines if lines is not None else None if selection.since else _FOLLOWED_LINES
    with closing(Follower(path)) as follower:
        if begin is None:
            for older in with_rotated(path)[:-1]:
                yield from lines_of(older, complain=_complain, since=selection.since)
        follower.begin(begin)
        yield from follower.lines(_somebody_reads)


def _somebody_reads() -> bool:
    """Show what there is; False once nobody reads our output any more, which only writing would tell."""
    sys.stdout.flush()
    poll = select.poll()
    poll.register(sys.stdout.fileno(), 0)
    return not any(events & (select.POLLERR | select.POLLHUP) for _, events in poll.poll(0))


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
    kinds, lines = "kind" if len(found) == 1 else "kinds", "line" if count == 1 else "lines"
    typer.echo(f"{len(found)} {kinds} of warnings and errors, {count:,} {lines}{words}")
    for group in found:
        typer.echo("")
        for line in renderer.group(group):
            typer.echo(line)
    if groups.num_beyond:
        typer.echo(
            f"\n{groups.num_beyond:,} lines are of still other kinds: narrow it down with --since or --event"
        )
    if num_stray:
        typer.echo(f"\n{num_stray:,} lines are no events: 'tidings logs' shows them marked with \"|\"")
