"""What processes hold and how much the database keeps for the queue, measured from time to time."""

from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass, field
from statistics import median

import psutil
import psycopg

KEPT = {
    "jobs": "SELECT count(*) FROM tidings.procrastinate_jobs",
    "queue events": "SELECT count(*) FROM tidings.procrastinate_events",
    "queue workers": "SELECT count(*) FROM tidings.procrastinate_workers",
    "workers": "SELECT count(*) FROM tidings.workers",
    "hosts": "SELECT count(*) FROM tidings.hosts",
    "connections": """
        SELECT count(*) FROM pg_stat_activity
         WHERE datname = current_database() AND application_name LIKE 'tidings%'""",
}
"""Name to the statement that counts what must not pile up."""


def role(process: psutil.Process) -> str:
    """What a process is for: the module that it was started with, or that it is the daemon, or its name."""
    command = process.cmdline()
    if "-m" in command:
        return command[command.index("-m") + 1]
    return "supervisor" if "run" in command else process.name()


@dataclass
class Meter:
    """Samples of one process with all its children, by kind of process: the largest of each kind counts."""

    pid: int
    database_url: str
    warm_after: float
    """The share of the samples until what is loaded once and kept has been loaded."""
    samples: list[dict[tuple[str, str], float]] = field(default_factory=list)
    _processor_seconds: dict[int, float] = field(default_factory=dict)

    def sample(self) -> None:
        """Measure once."""
        measured: defaultdict[tuple[str, str], float] = defaultdict(float)
        root = psutil.Process(self.pid)
        for process in (root, *root.children(recursive=True)):
            with suppress(psutil.NoSuchProcess, psutil.ZombieProcess):
                self._measure(process, measured)
        with psycopg.connect(self.database_url) as connection:
            for what, statement in KEPT.items():
                measured["database", what] = connection.execute(statement).fetchone()[0]
        self.samples.append(dict(measured))

    def _measure(self, process: psutil.Process, measured: defaultdict[tuple[str, str], float]) -> None:
        with process.oneshot():
            kind, times = role(process), process.cpu_times()
            found = {
                "memory": process.memory_info().rss / 1e6,
                "files": process.num_fds(),
                "threads": process.num_threads(),
            }
        self._processor_seconds[process.pid] = times.user + times.system
        measured[kind, "processes"] += 1
        for what, value in found.items():
            measured[kind, what] = max(measured[kind, what], value)

    @property
    def processor_seconds(self) -> float:
        """What all processes have used so far, those included that are gone."""
        return sum(self._processor_seconds.values())

    def kinds(self) -> list[str]:
        """The kinds of processes that were there in every sample of the last tenth."""
        return sorted(set.intersection(*({kind for kind, _ in s} for s in self._last())) - {"database"})

    def growth(self, kind: str, what: str) -> tuple[float, float]:
        """What was usual for a tenth of the time once warm, and in the last tenth."""
        warm = round(self.warm_after * len(self.samples))
        before = self.samples[warm : warm + self._tenth]
        return self._usual(before, kind, what), self._usual(self._last(), kind, what)

    def most(self, kind: str, what: str) -> float:
        """The largest value of all samples."""
        return max(sample.get((kind, what), 0.0) for sample in self.samples)

    def _last(self) -> list[dict[tuple[str, str], float]]:
        return self.samples[-self._tenth :]

    @property
    def _tenth(self) -> int:
        return len(self.samples) // 10

    @staticmethod
    def _usual(samples: list[dict[tuple[str, str], float]], kind: str, what: str) -> float:
        return median(sample.get((kind, what), 0.0) for sample in samples)


def skip(database_url: str, seconds: float) -> None:
    """Let so much time be over for what is to be visited again: it falls due so much sooner.

    Rows that somebody is writing are left to the next time.
    """
    with psycopg.connect(database_url) as connection:
        connection.execute(
            """
            UPDATE tidings.urls SET next_visit_at = next_visit_at - make_interval(secs => %s)
             WHERE url_id IN (SELECT url_id FROM tidings.urls
                               WHERE next_visit_at IS NOT NULL FOR NO KEY UPDATE SKIP LOCKED)""",
            (seconds,),
        )
