"""A PostgreSQL server of a test's own, which it may do anything to."""

import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Self

import psycopg

from sql.embedded.layout import locate, make_data_dir
from sql.embedded.server import start_server, stop_server

if TYPE_CHECKING:
    import subprocess


class OwnServer:
    """It listens on a Unix socket alone. ``folder`` has a short path that an unprivileged user may enter."""

    def __init__(self, folder: Path) -> None:
        self._layout = locate(folder)
        self._server: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The database and the role of tidings."""
        return self.url_of("tidings")

    def url_of(self, role: str) -> str:
        """The same database, for another role."""
        return self._layout.url(role, "tidings")

    def __enter__(self) -> Self:
        make_data_dir(self._layout)
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Start it, whatever its end was."""
        self._server = start_server(self._layout, lambda: False)

    def stop(self) -> None:
        """End it in good order; all connections break."""
        if self._server is not None:
            stop_server(self._server)
        self._server = None

    def kill(self) -> None:
        """SIGKILL its first process: the others notice, and end."""
        if self._server is not None:
            self._server.kill()
            self._server.wait(10)
        self._server = None

    def kill_backend(self) -> None:
        """SIGKILL one of its sessions, upon which it ends all of them, and recovers as after a crash."""
        pid = self.do(
            "SELECT min(pid) FROM pg_stat_activity WHERE usename = 'tidings' AND pid <> pg_backend_pid()"
        )
        os.kill(pid, signal.SIGKILL)

    def do(self, statement: str) -> object:
        """Execute a statement as superuser; returns the one value that it finds, if any."""
        with psycopg.connect(self.url_of("postgres"), autocommit=True) as connection:
            cursor = connection.execute(statement)
            row = cursor.fetchone() if cursor.description else None
            return row[0] if row else None

    def cut_off(self) -> None:
        """End every session of the role of tidings."""
        self.do("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'tidings'")

    def ask_for_passwords(self) -> None:
        """From now on the role of tidings needs its password."""
        rules = self._layout.cluster / "pg_hba.conf"
        rules.write_text(f"local all tidings scram-sha-256\n{rules.read_text()}")
        self.do("SELECT pg_reload_conf()")
