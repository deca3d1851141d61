"""The cluster, PostgreSQL's word for a server's data directory: check it, or create it."""

import os
import subprocess
import tempfile
from pathlib import Path

from sql.embedded.binaries import Account
from sql.embedded.child import child_options
from sql.embedded.layout import UNFINISHED, EmbeddedPostgresError, Layout

MAJOR_VERSION = "18"

_INITDB_OPTIONS = (
    "--username=postgres",
    "--auth=trust",  # whoever can enter the socket's directory, mode 0700
    "--encoding=UTF8",
    # Code point order, as with --no-locale, yet letters beyond ASCII have an upper and a lower case.
    "--locale=C",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--no-instructions",
)


def ensure_cluster(layout: Layout, prefix: Path, account: Account | None) -> None:
    """Create the cluster if there is none: whole or not at all, whenever we are killed.

    Raises EmbeddedPostgresError for a directory that holds anything but a cluster of our major version.
    """
    if layout.cluster.exists() and any(layout.cluster.iterdir()):
        _check_version(layout)
        return
    unfinished = Path(tempfile.mkdtemp(prefix=UNFINISHED, dir=layout.data_dir))
    if account is not None:
        os.chown(unfinished, account.uid, account.gid)
    done = subprocess.run(  # noqa: S603 - a fixed program and our own paths
        [str(prefix / "bin" / "initdb"), f"--pgdata={unfinished}", *_INITDB_OPTIONS],
        check=False,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        **child_options(layout, account),
    )
    if done.returncode != 0:
        words = " ".join(done.stderr.decode(errors="replace").split())
        raise EmbeddedPostgresError(f"cannot create a PostgreSQL cluster in {layout.data_dir}: {words}")
    unfinished.rename(layout.cluster)


def _check_version(layout: Layout) -> None:
    try:
        version = (layout.cluster / "PG_VERSION").read_text().strip()
    except FileNotFoundError:
        raise EmbeddedPostgresError(
            f"{layout.cluster} is not empty and not a PostgreSQL cluster; "
            "move it away, or set another database.data_dir"
        ) from None
    if not version:
        raise EmbeddedPostgresError(
            f"{layout.cluster} is damaged: its file PG_VERSION is empty; "
            "restore it from a backup, or move it away to begin with an empty one"
        )
    if version != MAJOR_VERSION:
        raise EmbeddedPostgresError(
            f"{layout.cluster} belongs to PostgreSQL {version} and this is {MAJOR_VERSION}; "
            f"dump it with version {version} and restore it, or set another database.data_dir"
        )
