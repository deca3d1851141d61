"""Where an embedded server keeps its files, and the one error type of all that can be wrong with them."""

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO
from urllib.parse import quote

import platformdirs

PORT = 5432
"""Names the socket file, nothing more: the server listens on no network address."""

MAX_SOCKET_PATH = 103 if sys.platform == "darwin" else 107
"""Bytes in ``sockaddr_un.sun_path``, less the closing NUL: unix(7) on Linux, unix(4) on macOS."""


UNFINISHED = "postgres.unfinished-"
"""Prefix of directories below the data directory that are renamed when complete; others are leftovers."""


class EmbeddedPostgresError(Exception):
    """The embedded PostgreSQL cannot be used. The message is one line: what, where, and how to mend it."""


@dataclass(frozen=True, slots=True)
class Layout:
    """The files of one embedded server, all below ``data_dir``, which is absolute and free of symlinks."""

    data_dir: Path

    @property
    def cluster(self) -> Path:
        """PostgreSQL's own data directory."""
        return self.data_dir / "postgres"

    @property
    def log(self) -> Path:
        """What the keeper and the server write to their standard error."""
        return self.data_dir / "postgres.log"

    @property
    def old_log(self) -> Path:
        """The log before, once that one had grown too long."""
        return self.data_dir / "postgres.log.1"

    @property
    def lease(self) -> Path:
        """Locked shared by every user of the server, exclusively by a keeper that stops it."""
        return self.data_dir / "lease"

    @property
    def keeper_lock(self) -> Path:
        """Locked exclusively by the keeper for as long as it lives."""
        return self.data_dir / "keeper.lock"

    @property
    def staged(self) -> Path:
        """The binaries a server runs from when root started it."""
        return self.data_dir / "postgresql-18"

    @property
    def socket_dir(self) -> Path:
        """The only door to the server; what guards it is the mode of this directory, 0700."""
        return self.data_dir / "run"

    @property
    def socket(self) -> Path:
        """The socket file itself."""
        return self.socket_dir / f".s.PGSQL.{PORT}"

    def url(self, role: str, database: str) -> str:
        """Return a connection URL. The port is spelt out, so that ``PGPORT`` cannot send a client elsewhere."""
        return f"postgresql://{role}@/{database}?host={quote(str(self.socket_dir))}&port={PORT}"


def locate(data_dir: Path) -> Layout:
    """Return the layout of ``data_dir``, which need not exist yet.

    Raises EmbeddedPostgresError when no socket can be reached there, or when it is a server's own data directory.
    """
    layout = Layout(data_dir.resolve())
    if (layout.data_dir / "PG_VERSION").exists():
        raise EmbeddedPostgresError(
            f"{layout.data_dir} is the data directory of a PostgreSQL server itself; "
            "set database.url to that server, or another database.data_dir"
        )
    excess = len(os.fsencode(layout.socket)) - MAX_SOCKET_PATH
    if excess > 0:
        raise EmbeddedPostgresError(
            f"{layout.data_dir} is {excess} bytes too long for a Unix socket below it; "
            "choose a shorter database.data_dir"
        )
    if "," in str(layout.data_dir):
        raise EmbeddedPostgresError(
            f"{layout.data_dir} contains a comma, which separates hosts in a connection URL; "
            "choose another database.data_dir"
        )
    return layout


def make_data_dir(layout: Layout) -> None:
    """Create the data directory; one that exists keeps its mode.

    Root's is open for passing through (0711), since the server runs as another user; anybody else's is 0700.
    """
    if layout.data_dir.is_dir():
        return
    layout.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    if os.geteuid() == 0:
        layout.data_dir.chmod(0o711)


def open_log(layout: Layout) -> BinaryIO:
    """Open the log for appending; no one else may read it, for it quotes statements that failed."""
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW
    return os.fdopen(os.open(layout.log, flags, 0o600), "ab")


def default_data_dir() -> Path:
    """Return ``/var/lib/tidings`` for root, the platform's folder for application data for anybody else."""
    return Path("/var/lib/tidings") if os.geteuid() == 0 else platformdirs.user_data_path("tidings")
