"""Where the workers of one supervisor count: a folder of its own, which is deleted when it ends.

A lock on the file beside it says that its supervisor lives. What one that was killed has left, the next deletes.
"""

import fcntl
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from sql.embedded import default_data_dir
from sql.embedded.locks import try_lock

if TYPE_CHECKING:
    from crawler.configuration import Configuration

log = structlog.get_logger("scheduler.vitals")

_SUFFIX = ".lock"


@contextmanager
def counting_folder(configuration: "Configuration") -> Iterator[Path | None]:
    """A new folder, beside the spool; None where there can be none, and then the workers do not count."""
    base = configuration.crawl.spool_dir or configuration.database.data_dir or default_data_dir()
    try:
        folder, descriptor = _make(base / "metrics")
    except OSError as error:
        log.warning("metrics.failed", error=str(error))
        yield None
        return
    try:
        yield folder
    finally:
        with suppress(OSError):
            _delete(folder)
        os.close(descriptor)


def _make(base: Path) -> tuple[Path, int]:
    base.mkdir(mode=0o700, parents=True, exist_ok=True)
    _sweep(base)
    folder = base / secrets.token_hex(6)
    unseen = folder.with_suffix(".new")
    descriptor = try_lock(unseen, fcntl.LOCK_EX)
    if descriptor is None:
        raise FileExistsError(f"{unseen} is locked")
    folder.mkdir(mode=0o700)
    # Only a file that is locked already bears the name that is looked for.
    unseen.rename(folder.with_suffix(_SUFFIX))
    return folder, descriptor


def _sweep(base: Path) -> None:
    for path in base.glob(f"*{_SUFFIX}"):
        with suppress(OSError):
            if (descriptor := try_lock(path, fcntl.LOCK_EX)) is not None:
                _delete(path.with_suffix(""))
                os.close(descriptor)


def _delete(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.with_suffix(_SUFFIX).unlink(missing_ok=True)
