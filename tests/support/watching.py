"""What the processes that a test has started hold: memory, and open doors."""

import os
import threading
from pathlib import Path
from typing import Self

from tests.support.processes import descendants

_LISTENING = "0A"
_KIB = 1024


class Watch:
    """Looks at all Python processes that descend from this one, ten times a second, until it is left."""

    def __init__(self) -> None:
        self.peaks: dict[int, int] = {}
        """The most memory that each process has held, in bytes."""
        self.doors: set[str] = set()
        """Addresses on which one of them has listened, as the kernel writes them."""
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        self._thread.join(10)

    def _watch(self) -> None:
        while not self._is_over.wait(0.1):
            for process in descendants(os.getpid()):
                try:
                    self._look_at(process)
                except OSError:  # it is gone
                    continue

    def _look_at(self, process: int) -> None:
        folder = Path(f"/proc/{process}")
        if b"python" not in (folder / "cmdline").read_bytes():
            return
        lines = (folder / "status").read_text().splitlines()
        peak = next((int(line.split()[1]) * _KIB for line in lines if line.startswith("VmHWM")), 0)
        self.peaks[process] = max(peak, self.peaks.get(process, 0))
        sockets = {str(descriptor.readlink()) for descriptor in (folder / "fd").iterdir()}
        for table in ("tcp", "tcp6"):
            for line in (folder / "net" / table).read_text().splitlines()[1:]:
                columns = line.split()
                if columns[3] == _LISTENING and f"socket:[{columns[9]}]" in sockets:
                    self.doors.add(columns[1])
