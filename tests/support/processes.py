"""Processes of this machine, and whose children they are."""

from contextlib import suppress
from pathlib import Path


def children(pid: int) -> list[int]:
    """The child processes of a process."""
    return [child for child, parent in _parents().items() if parent == pid]


def descendants(pid: int) -> set[int]:
    """All processes below a process."""
    parents = _parents()
    found = {pid}
    while more := {child for child, parent in parents.items() if parent in found} - found:
        found |= more
    return found - {pid}


def alive(pid: int) -> bool:
    """Whether a process runs (a zombie does not)."""
    try:
        return _stat(pid)[0] != "Z"
    except OSError:
        return False


def naming(text: str) -> set[int]:
    """The processes with ``text`` on their command line; one that has ended has none."""
    found = set()
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):  # it has just gone
            if text.encode() in path.read_bytes():
                found.add(int(path.parent.name))
    return found


def _parents() -> dict[int, int]:
    parents = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it has just gone
            parents[int(folder.name)] = int(_stat(int(folder.name))[1])
    return parents


def _stat(pid: int) -> list[str]:
    """What the kernel tells of a process, from its state on: the name before it may have anything in it."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
