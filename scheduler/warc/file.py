"""The file that an import reads: opened, and told from others."""

import hashlib
import os
import stat
from pathlib import Path
from typing import BinaryIO

STDIN = Path("-")

_IDENTIFYING_BYTES = 64 * 1024


def opened(path: Path) -> BinaryIO:
    """The file, or standard input; raises OSError."""
    # Without a buffer, whose lock a thread that waits for a pipe would hold at the process's end.
    return open(0 if path == STDIN else path, "rb", buffering=0, closefd=path != STDIN)


def identity(stream: BinaryIO) -> tuple[bytes, int] | tuple[None, None]:
    """The SHA-256 of a file's size and beginning (its first record names it), and its size in bytes.

    Wherever a file is moved, it stays the same; one that has grown is another, and is read anew. A pipe has
    neither.
    """
    status = os.fstat(stream.fileno())
    if not stat.S_ISREG(status.st_mode):
        return None, None
    size = status.st_size
    beginning = stream.read(_IDENTIFYING_BYTES)
    stream.seek(0)
    return hashlib.sha256(b"%d\n" % size + beginning).digest(), size
