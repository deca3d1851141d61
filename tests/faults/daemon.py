"""Tidings as child processes, and what may be done to them."""

import os
import signal
import subprocess
from contextlib import ExitStack, suppress
from pathlib import Path

import psycopg

from tests.faults.papers import Papers
from tests.support.cli import configuration, events, eventually, running
from tests.support.processes import children


class Installation:
    """One configuration, one database, one log; any number of processes."""

    def __init__(self, papers: Papers, database_url: str, folder: Path, **tables: dict) -> None:
        self.papers = papers
        self.database_url = database_url
        self.folder = folder
        self.log_file = folder / "tidings.log"
        defaults = {
            "crawl": {
                "workers": 1,
                "concurrency_per_host": 4,
                "allow_networks": ["127.0.0.0/8"],
                "spool_dir": str(folder / "spool"),
            },
            "log": {"file": str(self.log_file)},
        }
        self._tables = {name: defaults.get(name, {}) | tables.get(name, {}) for name in defaults | tables}
        self._processes = ExitStack()
        self.configure()

    def configure(self) -> None:
        """Write the configuration file, with the papers' sources as they are now."""
        self.config = configuration(self.folder, *self.papers.sources(), **self._tables)

    def start(self, *arguments: str, namespace: str | None = None, **settings: str) -> subprocess.Popen:
        """Begin ``tidings run``, or another command: a process group, in a ``namespace`` if one is named."""
        arguments = arguments or ("run",)
        settings = self._database_settings() | settings
        command = running(
            *arguments, "--config", self.config, log=self.folder / "out", namespace=namespace, **settings
        )
        return self._processes.enter_context(command)

    def _database_settings(self) -> dict[str, str]:
        """Without a database, that of the embedded server."""
        return {"TIDINGS_DATABASE_URL": self.database_url} if self.database_url else {}

    def end(self) -> None:
        """Kill whatever was started and still runs."""
        self._processes.close()

    def log(self, event: str | None = None) -> list[dict]:
        """What has been logged so far, all of it or one event of it."""
        lines = events(self.log_file.read_text(encoding="utf-8")) if self.log_file.exists() else []
        return [line for line in lines if event in {None, line["event"]}]

    def connected(self) -> psycopg.Connection:
        """A connection to the database."""
        return psycopg.connect(self.database_url)

    def fetch(self, statement: str, *params: object) -> list[tuple]:
        """What a statement finds."""
        with psycopg.connect(self.database_url) as connection:
            return connection.execute(statement, params).fetchall()

    def value(self, statement: str, *params: object):
        """The one value that a statement finds."""
        return self.fetch(statement, *params)[0][0]

    def num_runs_of(self, host: subprocess.Popen, condition: str = "true") -> int:
        """How many runs the workers of a started process have taken."""
        statement = "SELECT count(*) FROM tidings.runs WHERE split_part(worker, ':', 2)::int = ANY(%s) AND "
        return self.value(statement + condition, children(host.pid))

    def num_articles(self) -> int:
        """How many articles are stored."""
        return self.value("SELECT count(*) FROM tidings.articles")

    def all_stored(self) -> bool:
        """Whether every listed article is."""
        return self.value("SELECT count(*) FROM tidings.copies WHERE is_current") >= len(self.papers.expected)

    def is_idle(self) -> bool:
        """Whether no run is under way, nor waits; and no job of one that is over is left for the leader to end."""
        return (
            self.value("""
                SELECT (SELECT count(*) FROM tidings.runs WHERE finished_at IS NULL)
                     + (SELECT count(*) FROM tidings.procrastinate_jobs
                         WHERE status IN ('todo', 'doing') AND task_name = 'visit')""")
            == 0
        )

    def stop(self, process: subprocess.Popen, *, seconds: float = 120) -> int:
        """End a process in good order; returns its exit code."""
        process.send_signal(signal.SIGTERM)
        return process.wait(seconds)

    def come_to_rest(self) -> None:
        """Wait until everything listed is stored, and then for :meth:`rest`."""
        eventually(self.all_stored, seconds=240)
        self.rest()

    def rest(self) -> None:
        """Let no source fall due any more, and wait until nothing is under way."""
        eventually(self._rests, seconds=240)

    def _rests(self) -> bool:
        with psycopg.connect(self.database_url) as connection:
            connection.execute(
                "UPDATE tidings.sources"
                " SET slot_at = now() + interval '30 days', due_at = now() + interval '30 days'"
            )
        return self.is_idle()


def kill_group(process: subprocess.Popen) -> None:
    """SIGKILL a process with all that it started."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(10)
