"""Locks the kernel drops with the process that holds them, so that no kill leaves a wrong count behind."""

import fcntl
import os
from pathlib import Path


def try_lock(path: Path, operation: int) -> int | None:
    """Lock a file by flock(2), creating it if absent; ``operation`` is ``LOCK_SH`` or ``LOCK_EX``.

    A symlink is refused: root may be locking in a directory that is somebody else's.
    Returns the descriptor that holds the lock until it is closed, or None when others' locks forbid it.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(descriptor, operation | fcntl.LOCK_NB)
    except OSError as error:
        os.close(descriptor)
        if isinstance(error, BlockingIOError):
            return None
        raise
    return descriptor
