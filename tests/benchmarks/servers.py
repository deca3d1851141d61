"""The server that a benchmark makes its databases on, and what they cost it."""

import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sql.embedded import embedded_postgres, superuser_url, wait_until_stopped
from tests.conftest import Server


@contextmanager
def benchmark_server(named: str | None) -> Iterator[Server]:
    """The server of this URL, whose role may create databases; else an embedded one, for as long as this lasts."""
    if named:
        yield Server(named, named)
        return
    with tempfile.TemporaryDirectory(prefix="tidings-", dir="/tmp") as folder:
        Path(folder).chmod(0o711)
        with embedded_postgres(Path(folder) / "pg") as url:
            yield Server(url, superuser_url(url))
        wait_until_stopped(Path(folder) / "pg")


def cpu_seconds(processes: Iterable[int]) -> float | None:
    """What these processes of this machine have used so far; None if they are another's."""
    used = 0
    for process in processes:
        try:
            fields = Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        except OSError:
            return None
        used += int(fields[11]) + int(fields[12])
    return used / os.sysconf("SC_CLK_TCK")
