"""What a killed keeper may leave behind: a postmaster nobody keeps, and lock files that name a stranger."""

import os
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path

from sql.embedded.layout import EmbeddedPostgresError, Layout

_PATIENCE = ((signal.SIGINT, 20.0), (signal.SIGQUIT, 10.0))
"""Signals of a fast and of an immediate shutdown, each with the seconds to wait for its effect."""


def clear_orphan(layout: Layout) -> None:
    """Stop a postmaster of this cluster, and remove lock files that would keep the next one from starting.

    The caller must hold the keeper's lock: whatever still runs here then has no keeper. Raises
    EmbeddedPostgresError when it cannot be stopped, or is a server that somebody else started on this cluster.
    """
    lock_files = (layout.cluster / "postmaster.pid", layout.socket.with_name(layout.socket.name + ".lock"))
    pid = _read_pid(lock_files[0])
    if pid is not None and _is_postmaster(pid, layout.cluster):
        _end_postmaster(pid, layout)
    elif pid is not None and _serves(pid, layout.cluster):
        raise EmbeddedPostgresError(
            f"somebody has started a PostgreSQL server (process {pid}) on {layout.cluster}; stop it first"
        )
    for path in lock_files:
        _remove_misleading(path)


def _end_postmaster(pid: int, layout: Layout) -> None:
    for number, seconds in _PATIENCE:
        with suppress(ProcessLookupError):  # it has just ended by itself
            os.kill(pid, number)
        deadline = time.monotonic() + seconds
        while _is_postmaster(pid, layout.cluster):
            if time.monotonic() > deadline:
                break
            time.sleep(0.05)
        else:
            return
    raise EmbeddedPostgresError(
        f"a PostgreSQL server without a keeper (process {pid}) holds {layout.cluster} and does not stop; "
        f"see {layout.log}, and end it by hand"
    )


def _remove_misleading(lock_file: Path) -> None:
    """Remove a lock file that is empty or names a process of somebody else's (or a zombie).

    PostgreSQL would refuse to start over it. One that names no living process it clears up itself, after
    checking that no old backend is still attached to the shared memory named there. Without the file it
    finds such memory all the same, by a key made from the cluster's inode.
    """
    pid = _read_pid(lock_file)
    if pid is None or _exists(pid):
        lock_file.unlink(missing_ok=True)


def _read_pid(lock_file: Path) -> int | None:
    try:
        # A standalone backend writes its process id negated.
        return abs(int(lock_file.read_text(errors="replace").partition("\n")[0])) or None
    except (FileNotFoundError, ValueError):
        return None


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


def _is_postmaster(pid: int, cluster: Path) -> bool:
    """Tell whether the process runs and was started by a keeper of this cluster; its id alone may be anybody's."""
    return f"/postgres -D {cluster} " in f"{_command_line(pid)} "


def _serves(pid: int, cluster: Path) -> bool:
    """Tell whether the process is a server at work on this cluster, however it was started (where /proc tells)."""
    process = Path(f"/proc/{pid}")
    try:
        return (process / "comm").read_text().strip() == "postgres" and (process / "cwd").readlink() == cluster
    except OSError:
        return False


def _command_line(pid: int) -> str:
    """Return a process's arguments parted by spaces; nothing for one that is gone or a zombie."""
    if Path("/proc/self/cmdline").exists():
        try:
            arguments = Path(f"/proc/{pid}/cmdline").read_bytes().rstrip(b"\0").split(b"\0")
        except OSError:  # gone, perhaps between being opened and being read
            return ""
        return os.fsdecode(b" ".join(arguments))
    command = ["/bin/ps", "-ww", "-o", "command=", "-p", str(pid)]
    return os.fsdecode(subprocess.run(command, check=False, capture_output=True).stdout.strip())  # noqa: S603
