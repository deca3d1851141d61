"""Is there room for what we write: the embedded server's files, fetched pages that wait, the log?"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from scheduler.doctor.finding import Finding, Patient, ok, problem, warning
from scheduler.sizes import size
from sql.embedded import default_data_dir

_MIB = 1024 * 1024
_LITTLE_BYTES = 2048 * _MIB
_HARDLY_ANY_BYTES = 256 * _MIB
_FEW_FILES = 1000
_LONG_LOG_BYTES = 2048 * _MIB
_FULL = 0.8


def look(patient: Patient) -> Iterator[Finding]:
    """The folder of the embedded server, and that of the spool."""
    settings = patient.settings
    data_dir = settings.database.data_dir or default_data_dir()
    spool = settings.crawl.spool_dir
    if spool is None or settings.database.dsn is None:
        yield from _folder(data_dir, "[database] data_dir")
    if spool is not None:
        yield from _folder(spool, "[crawl] spool_dir")


def _folder(folder: Path, setting: str) -> Iterator[Finding]:
    place = _existing(folder)
    if not place.is_dir():
        yield problem(f"{place} is no folder", f"name another one with {setting}")
        return
    if trouble := _write_trouble(place):
        yield problem(
            f"{folder} cannot be written to by {_user()}: {trouble}",
            f"chown it to whom tidings runs as, or name another one with {setting}",
        )
        return
    yield from _room(place, "" if place == folder else f" (for {folder}, which will be made)")


def _existing(folder: Path) -> Path:
    """The folder, or the one in which it would be made."""
    folder = folder.absolute()
    while not os.path.lexists(folder) and folder != folder.parent:
        folder = folder.parent
    return folder


def _write_trouble(folder: Path) -> str | None:
    """Why nothing can be written there; tried with a file that has no name, where there are such."""
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"tidings doctor")
    except OSError as error:
        return error.strerror or type(error).__name__
    return None


def _room(folder: Path, remark: str) -> Iterator[Finding]:
    free = shutil.disk_usage(folder).free
    figures = os.statvfs(folder)
    said = f"{folder}: {size(free)} free{remark}"
    if free < _HARDLY_ANY_BYTES:
        yield problem(said, "make room, or keep less: [retention] pages and articles")
    elif figures.f_files and figures.f_favail < _FEW_FILES:
        yield problem(f"{said}, but only {figures.f_favail} more files", "delete files that nobody needs")
    elif free < _LITTLE_BYTES:
        yield warning(said, "make room soon, or keep less: 'tidings db retention' tells what could go")
    else:
        yield ok(said)


def look_at_spool(patient: Patient) -> Iterator[Finding]:
    """Fetched pages that wait for the database, on this host."""
    crawl = patient.settings.crawl
    folder = crawl.spool_dir or (patient.settings.database.data_dir or default_data_dir()) / "spool"
    files = [path for suffix in ("*.pages", "*.left") for path in folder.glob(suffix)]
    stats = [found for path in files if path.exists() and (found := path.stat()).st_size]
    held = sum(found.st_size for found in stats)
    if not stats:
        yield ok("no fetched page waits on disk")
        return
    oldest = datetime.fromtimestamp(min(found.st_mtime for found in stats), UTC)
    said = f"up to {size(held)} of fetched pages wait in {len(stats)} files, since {oldest:%Y-%m-%d %H:%M} UTC"
    if held > _FULL * crawl.spool_max_bytes:
        yield problem(
            f"{said}; at {size(crawl.spool_max_bytes)} fetching stops",
            "see why the database takes no pages; [crawl] spool_max_bytes gives more time",
        )
    elif patient.url is not None and not patient.num_workers_alive:
        yield warning(f"{said}, and no worker runs", "start the daemon, which stores them first: 'tidings run'")
    else:
        yield ok(said)


def look_at_log(patient: Patient) -> Iterator[Finding]:
    """Where the log goes: may it be written, and moved away?"""
    file = patient.settings.log.file
    if file is None:
        yield ok("to standard output; systemd or the container keeps it")
        return
    folder = file.absolute().parent
    if file.is_dir() or not folder.is_dir():
        what = f"{file} is a folder" if file.is_dir() else f"the folder {folder} is not there"
        yield problem(what, f"mkdir -p {folder}" if not folder.is_dir() else "name a file with [log] file")
        return
    may_make = _write_trouble(folder)
    if file.exists() and not os.access(file, os.R_OK | os.W_OK):
        yield problem(f"{file} cannot be read and written by {_user()}", f"chown it to {_user()}")
    elif may_make and not file.exists():
        yield problem(f"{file} cannot be made by {_user()}: {may_make}", f"chown {folder} to whom tidings runs as")
    elif may_make:
        yield warning(
            f"{file} can be written, but not be made anew after it was moved away: {may_make}",
            f"logrotate with copytruncate, or chown {folder} to whom tidings runs as",
        )
    elif file.exists() and file.stat().st_size > _LONG_LOG_BYTES:
        yield warning(
            f"{file} has come to {size(file.stat().st_size)}", "rotate it: logrotate, in any of its ways"
        )
    else:
        yield ok(f"{file}; it may be moved away at any time")
    yield from _room(folder, " for the log")


def _user() -> str:
    import pwd

    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return f"user {os.geteuid()}"
