"""Where the lines of the log come from: files with those they were rotated into, standard input, the journal."""

import bz2
import gzip
import lzma
import os
import re
import shutil
import subprocess
import zlib
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import IO, Any

UNITS = ("tidings", "tidings-worker", "tidings-once")
"""The systemd units of ``deploy/``, whose log is the journal's unless ``[log] file`` names another place."""

_OPEN: dict[str, Callable[[Path], Any]] = {".gz": gzip.open, ".bz2": bz2.open, ".xz": lzma.open}
_BUFFER = 1024 * 1024
LONGEST_LINE = 1024 * 1024
"""Ours have 4,000 bytes; what is longer than this comes in pieces, so that no input fills the memory."""

# logrotate's names: numbers, or the date, and perhaps packed.
_ROTATED = re.compile(r"\.[0-9]{1,4}|-[0-9]{8}(?:-?[0-9]{2,})?")


class LogMissingError(Exception):
    """There is no log to be read; the message says where to find one."""


def with_rotated(path: Path) -> list[Path]:
    """The file with those that it was rotated into, the oldest first."""
    found = [other for other in path.parent.glob(f"{_literal(path.name)}?*") if _is_rotated(path.name, other.name)]
    dated = [(other.stat().st_mtime, other) for other in found if other.is_file()]
    return [other for _, other in sorted(dated)] + [path]


def _literal(name: str) -> str:
    return re.sub(r"([*?[])", r"[\1]", name)


def _is_rotated(name: str, other: str) -> bool:
    ending = other.removeprefix(name)
    for packed in _OPEN:
        ending = ending.removesuffix(packed)
    return _ROTATED.fullmatch(ending) is not None


def lines_of(path: Path, *, complain: Callable[[str], None], since: datetime | None = None) -> Iterator[bytes]:
    """The lines of a file, packed or not, with their ends.

    One that was written for the last time before ``since`` is passed over. Of one that cannot be read to its end,
    as a packed file that is cut short, ``complain`` is told, and what came before it counts.
    """
    try:
        if since is not None and path.stat().st_mtime < since.timestamp():
            return
        opened = _OPEN.get(path.suffix)
        with opened(path) if opened else path.open("rb", buffering=_BUFFER) as file:
            yield from lines_in(file)
    except (OSError, EOFError, zlib.error, lzma.LZMAError) as error:
        reason = (isinstance(error, OSError) and error.strerror) or error
        complain(f"{path}: cannot be read to its end: {reason}")


def lines_in(file: IO[bytes]) -> Iterator[bytes]:
    """The lines of an open file."""
    while line := file.readline(LONGEST_LINE):
        yield line


def lines_piped(file: IO[bytes], waits: Callable[[], object]) -> Iterator[bytes]:
    """The lines that come through a pipe, as they come; ``waits`` is called before more are waited for."""
    rest = b""
    while data := os.read(file.fileno(), 65536):
        *whole, rest = (rest + data).split(b"\n")
        for line in whole:
            yield line + b"\n"
        if len(rest) > LONGEST_LINE:
            yield rest
            rest = b""
        waits()
    if rest:
        yield rest


def journal(*, since: datetime | None, follow: bool, lines: int | None) -> "subprocess.Popen[bytes]":
    """``journalctl`` at work on our units.

    Raises:
        LogMissingError: this machine has no journal.
    """
    program = shutil.which("journalctl")
    if program is None:
        raise LogMissingError(
            "no log to read: [log] file names none, and there is no journal here; name a FILE, or - for standard"
            " input"
        )
    command = [program, "-o", "cat", "-a", "-q", "--no-pager", *(f"--unit={unit}" for unit in UNITS)]
    command += [f"--since=@{since.timestamp():.0f}"] if since else []
    command += [f"--lines={lines if since is None else 'all'}", "--follow"] if follow else []
    return subprocess.Popen(command, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, bufsize=_BUFFER)  # noqa: S603 - no word of it is anybody's


def in_order(paths: Sequence[Path]) -> list[Path]:
    """Each file with what it was rotated into, none of them twice, as in ``tidings.log*``."""
    expanded: dict[Path, None] = {}
    for path in paths:
        expanded |= dict.fromkeys(with_rotated(path) if path.is_file() else [path])
    # A file that is named beside the one it was rotated from has its place before it.
    rotated = [path for path in expanded if any(_is_rotated(other.name, path.name) for other in expanded)]
    return sorted(rotated, key=lambda path: path.stat().st_mtime) + [
        path for path in expanded if path not in rotated
    ]
