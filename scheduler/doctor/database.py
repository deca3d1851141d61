"""Does the database do what we ask of it, and will it go on?"""

import os
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from scheduler.doctor.finding import Finding, Patient, ok, problem, warning
from scheduler.sizes import size
from sql.embedded import EmbeddedPostgresError, default_data_dir
from sql.errors import DatabaseError, SchemaError

if TYPE_CHECKING:
    from sql.embedded.layout import Layout

_OLDEST_VERSION = 150_000
_MOST_OFFSET_SECONDS = 2.0
_SLOW_SECONDS = 0.5
_LONGEST_IDLE = timedelta(minutes=10)

# See deploy/scaling.md: of a supervisor, and of each of its workers.
_CONNECTIONS_OF_DAEMON = 10
_CONNECTIONS_OF_WORKER = 9
_FEW_CONNECTIONS = 5


def connect(patient: Patient, stack: ExitStack) -> Iterator[Finding]:
    """Find the database, starting the embedded one where there is one; it stays for as long as ``stack``."""
    settings = patient.settings.database
    url = settings.dsn
    if url is None:
        found = _embedded(patient, stack)
        if isinstance(found, Finding):
            yield found
            return
        url = found
    patient.url = url
    try:
        patient.rows("ping")
    except DatabaseError as error:
        patient.url = None
        mend = "start it, or see to [database] url; a daemon that runs waits for it"
        if settings.dsn is None:
            mend = f"see {(settings.data_dir or default_data_dir()) / 'postgres.log'}"
        yield problem(f"cannot be reached: {error}", mend)


def _embedded(patient: Patient, stack: ExitStack) -> str | Finding:
    from sql.access import database_url
    from sql.embedded.layout import locate

    data_dir = patient.settings.database.data_dir or default_data_dir()
    try:
        layout = locate(data_dir)
        if layout.cluster.exists() and _is_kept(layout):
            return layout.url("tidings", "tidings")  # one that does not answer would be waited for, else
        if not layout.cluster.exists():
            return warning(
                f"there is none yet; an embedded one will be made in {data_dir}",
                "'tidings run' makes it, or set [database] url",
            )
        return stack.enter_context(database_url(None, data_dir))
    except EmbeddedPostgresError as error:
        return problem(f"the embedded server cannot be used: {error}", f"see {data_dir / 'postgres.log'}")
    except PermissionError as error:
        return problem(f"{error.filename}: {error.strerror}", "run this as the user whom tidings runs as")


def _is_kept(layout: "Layout") -> bool:
    """Whether the server has a keeper, and so runs, or should."""
    import fcntl

    from sql.embedded.locks import try_lock

    lock = try_lock(layout.keeper_lock, fcntl.LOCK_SH)
    if lock is not None:
        os.close(lock)
    return lock is None


def look_at_server(patient: Patient) -> Iterator[Finding]:
    """Its version, and whether it may be written to."""
    begun = time.monotonic()
    (server,) = patient.rows("read_server")
    seconds = time.monotonic() - begun
    kind = "embedded " if patient.settings.database.dsn is None else ""
    said = f"{kind}PostgreSQL {server['version_text']}, database {server['name']} ({size(server['num_bytes'])})"
    if server["version"] < _OLDEST_VERSION:
        yield problem(f"{said}: tidings needs version 15 or later", "upgrade the server, or name another one")
    elif server["is_standby"]:
        yield problem(f"{said} is a standby, which cannot be written to", "[database] url: name the primary")
    elif server["read_only"]:
        yield problem(
            f"{said} cannot be written to",
            f"ALTER DATABASE {server['name']} RESET default_transaction_read_only, when it is known why",
        )
    else:
        yield ok(said)
    if server["encoding"] != "UTF8":
        yield problem(
            f"its encoding is {server['encoding']}, which has no room for most alphabets",
            f"CREATE DATABASE {server['name']} ENCODING 'UTF8' TEMPLATE template0, and move what is in this one",
        )
    if seconds > _SLOW_SECONDS:
        yield warning(f"an answer takes {seconds:.1f} s", "move tidings nearer to its database")


def look_at_schema(patient: Patient) -> Iterator[Finding]:
    """Is it ours, of this version, and may the role use it?"""
    from crawler.ingestion.upkeep.rekey import has_older_keys
    from sql.schema import applied_migrations, pending

    assert patient.url is not None  # noqa: S101 (for the type checker: the check needs it)
    (server,) = patient.rows("read_server")
    try:
        applied = applied_migrations(patient.url)
        missing = pending(applied)
    except SchemaError as error:
        yield problem(str(error), "install that version of tidings, or name another database")
        return
    if not server["has_schema"]:
        if server["may_create"]:
            yield warning(
                "there is no tidings schema yet", "'tidings db migrate'; the daemon does it at its start"
            )
        else:
            grant = f"GRANT CREATE ON DATABASE {server['name']} TO {server['role']}"
            yield problem("there is no tidings schema yet, and the role may not make one", grant)
        return
    yield from _rights(patient, str(server["role"]))
    if missing:
        names = ", ".join(migration.name for migration in missing)
        yield problem(
            f"lacks {len(missing)} migrations of this version ({names})",
            "'tidings db migrate'; the daemon does it at its start",
        )
    elif has_older_keys(patient.url):
        yield problem(
            "URLs have keys of an older version: nothing is loaded before that is done", "'tidings db migrate'"
        )
    else:
        yield ok(f"of this version ({len(applied)} migrations)")


def _rights(patient: Patient, role: str) -> Iterator[Finding]:
    lacking = patient.rows("list_missing_rights")
    if not lacking:
        return
    owners = sorted({row["owner"] for row in lacking})
    names = ", ".join(row["name"] for row in lacking[:5])
    more = f" and {len(lacking) - 5} more" if len(lacking) > 5 else ""  # noqa: PLR2004 (as many as are named)
    yield problem(
        f"the role {role} does not own {names}{more}, and migrations and new months need that",
        f"connect as {owners[0]}, or GRANT {owners[0]} TO {role}",
    )


def look_at_clock(patient: Patient) -> Iterator[Finding]:
    """This host's clock against the database's, by which the timetable goes."""
    with patient.connected() as connection:
        before = datetime.now(UTC)
        row = connection.execute("SELECT clock_timestamp() AS now").fetchone()
        after = datetime.now(UTC)
    assert row is not None  # noqa: S101 (for the type checker: the statement has one row)
    offset = (row["now"] - before - (after - before) / 2).total_seconds()
    if abs(offset) > _MOST_OFFSET_SECONDS:
        yield warning(
            f"the database's clock, by which the timetable goes, is {abs(offset):.1f} s"
            f" {'ahead of' if offset > 0 else 'behind'} this host's",
            "keep both right: timedatectl set-ntp true, on either host",
        )
    else:
        yield ok(f"the database's and this host's are {abs(offset):.2f} s apart")


def look_at_connections(patient: Patient) -> Iterator[Finding]:
    """Is there room for those that we need, and does nobody sit on a transaction?"""
    (found,) = patient.rows("count_connections")
    limits = (found["num_allowed"], found["limit_of_role"], found["limit_of_database"])
    allowed = min(limit for limit in limits if limit is not None)
    workers = patient.settings.crawl.workers
    needed = _CONNECTIONS_OF_DAEMON + _CONNECTIONS_OF_WORKER * workers
    free = allowed - found["num_open"]
    said = f"{found['num_open']} of {allowed} are in use, {found['num_ours']} of them by tidings"
    fitting = max(1, (allowed - _CONNECTIONS_OF_DAEMON) // _CONNECTIONS_OF_WORKER)
    mend = f"max_connections = {max(100, 2 * needed)} in postgresql.conf, or [crawl] workers = {fitting}"
    if allowed < needed:
        yield problem(f"{said}; a daemon with {workers} workers takes up to {needed}", mend)
    elif free < max(_FEW_CONNECTIONS, 0 if found["num_ours"] else needed):
        yield warning(f"{said}; {free} are free, and a daemon with {workers} workers takes up to {needed}", mend)
    else:
        yield ok(said)
    if found["longest_idle"] and found["longest_idle"] > _LONGEST_IDLE:
        yield warning(
            f"somebody has had a transaction open for {found['longest_idle']} and does nothing: rows that are"
            " deleted keep their room meanwhile",
            f"SELECT pg_terminate_backend({found['idle_pid']})",
        )
