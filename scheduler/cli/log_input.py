"""What ``tidings logs`` reads: files with those they were rotated into, standard input, or the systemd journal."""

import os
import select
import stat
import sys
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from scheduler.cli.common import CommandError, configured

if TYPE_CHECKING:
    from scheduler.logs.selection import Selection

_FOLLOWED_LINES = 10
_STANDARD_INPUT = Path("-")


@contextmanager
def opened(
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
