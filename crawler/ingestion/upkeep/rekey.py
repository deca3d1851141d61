"""Gives the URLs of a database the keys of this version; those that turn out to be one merge, records and all."""

import time
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any

import psycopg
import structlog
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from crawler.ingestion.identity import KEY_VERSION, url_key
from crawler.ingestion.loading.claims import canonical_key
from sql.advisory import REKEY, TRY_LOCK
from sql.database import Connection, Row, connection_string, rows
from sql.errors import translated
from sql.queries import query

log = structlog.get_logger("crawler.ingestion.upkeep.rekey")

_BATCH = 5000  # URLs of a transaction: a fraction of a second, which is what a kill costs
_POLL_SECONDS = 0.2


def has_older_keys(url: str) -> bool:
    """Whether the database has URLs with keys of an older version, and so needs :func:`rekey`."""
    with translated(), _connected(url) as connection:
        return bool(rows(connection, "find_older_keys")[0]["found"])


def rekey(url: str) -> int:
    """Key all URLs anew whose key is of an older version; returns how many there were.

    Nothing may be loaded meanwhile. Of several processes that try at once one does it, and the others wait. A kill
    costs the batch under way; the next process goes on from there.

    Raises:
        DatabaseUnavailableError: the database went away; what was committed is kept.
    """
    if not has_older_keys(url):
        return 0
    with translated(), _connected(url) as connection:
        while connection.execute(TRY_LOCK, (REKEY,)).fetchone() != {"pg_try_advisory_lock": True}:
            time.sleep(_POLL_SECONDS)
        return _rekey(connection) if has_older_keys(url) else 0


def _connected(url: str) -> Connection:
    dsn = connection_string(url, application_name="tidings rekey")
    return psycopg.connect(dsn, autocommit=True, row_factory=dict_row)


def _rekey(connection: Connection) -> int:
    log.info("rekeying.started", key_version=KEY_VERSION)
    begun = time.monotonic()
    num_urls = num_merged = after = 0
    while True:
        with connection.transaction():
            batch = rows(connection, "list_urls_of_older_keys", {"after": after, "limit": _BATCH})
            if not batch:
                break
            num_merged += _rekey_batch(connection, batch)
        num_urls += len(batch)
        after = batch[-1]["url_id"]
    log.info(
        "rekeying.finished",
        num_urls=num_urls,
        num_merged=num_merged,
        duration_ms=round((time.monotonic() - begun) * 1000),
    )
    return num_urls


def _rekey_batch(connection: Connection, batch: Sequence[Row]) -> int:
    """Key these URLs, and merge those that others have become one with; returns how many went."""
    keys = {row["url_id"]: url_key(row["url"]).hex() for row in batch}
    _set_canonical_keys(connection, {row["url_id"]: row["url"] for row in batch})
    # A key that is there already is of this version, for those of others differ: its URL was keyed before.
    owners = {
        row["url_key"]: row["url_id"]
        for row in rows(connection, "lock_urls", {"url_keys": list(set(keys.values()))})
    }
    fresh = {}
    for url_id, key in keys.items():  # the one that was seen first comes first
        if key not in owners:
            owners[key] = fresh[url_id] = url_id
    _execute(
        connection,
        "set_url_keys",
        [{"url_id": url_id, "url_key": keys[url_id]} for url_id in fresh],
        key_version=KEY_VERSION,
    )
    merged = {url_id: owners[key] for url_id, key in keys.items() if owners[key] != url_id}
    if merged:
        _merge(connection, merged)
    return len(merged)


def _set_canonical_keys(connection: Connection, urls: Mapping[int, str]) -> None:
    named = rows(connection, "list_canonical_urls", {"url_ids": list(urls)})
    found = []
    for row in named:
        key = canonical_key(urls[row["url_id"]], row["canonical_url"])
        if row["canonical_key"] != (key and key.hex()):
            found.append(_place(row) | {"canonical_key": key and key.hex()})
    _execute(connection, "set_canonical_keys", found)


def _merge(connection: Connection, merged: Mapping[int, int]) -> None:
    """Merge each of these URLs into the other (id to id), with all that is recorded of it."""
    members = [{"url_id": url_id, "into_id": into_id} for url_id, into_id in merged.items()]
    members += [{"url_id": into_id, "into_id": into_id} for into_id in set(merged.values())]
    into = {member["url_id"]: member["into_id"] for member in members}
    revisions = rows(connection, "list_histories", {"url_ids": list(into)})
    kept, dropped = _one_history(revisions, into)
    _execute(connection, "delete_revisions", dropped)
    _execute(connection, "move_revisions", kept)
    _execute(connection, "number_revisions", kept)
    _execute(connection, "move_pages", members)
    _execute(connection, "merge_urls", members)
    params = {"article_ids": sorted({row["article_id"] for row in revisions})}
    connection.execute(query("lock_articles"), params)
    connection.execute(query("settle_firsts"), params)
    connection.execute(query("delete_urls"), {"url_ids": list(merged)})


def _one_history(
    revisions: Iterable[Row], into: Mapping[int, int]
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The revisions of URLs that are one, in the order of time: those kept, and those that say what others say."""

    def order(row: Row) -> tuple[Any, ...]:
        return into[row["url_id"]], row["first_seen_at"], row["last_seen_at"], row["url_id"], row["revision"]

    kept: list[dict[str, Any]] = []
    dropped: list[dict[str, Any]] = []
    for into_id, group in groupby(sorted(revisions, key=order), key=lambda row: into[row["url_id"]]):
        runs = [list(run) for _, run in groupby(group, key=lambda row: row["article_id"])]
        latest = [max(run, key=lambda row: row["last_seen_at"]) for run in runs]
        current = max(latest, key=lambda row: (row["last_seen_at"], row["first_seen_at"]))
        before: list[Row] = []
        for number, (run, last) in enumerate(zip(runs, latest, strict=True), start=1):
            kept.append(
                _place(last) | _as_one(run, before)
                | {"into_id": into_id, "number": number, "is_current": last is current}
            )  # fmt: skip
            dropped += [_place(row) for row in run if row is not last]
            before = run
    return kept, dropped


def _place(row: Row) -> dict[str, Any]:
    return {"url_id": row["url_id"], "revision": row["revision"]}


def _as_one(run: Sequence[Row], before: Sequence[Row]) -> dict[str, Any]:
    """What becomes of revisions that follow each other with one text; an edit was one of what stood before it."""
    first = run[0]
    compared_with = (first["url_id"], first["revision"] - 1)
    is_edit_of = any((row["url_id"], row["revision"]) == compared_with for row in before)
    dates = [row["date_published"] for row in run if row["date_published"]]
    published = [row["published_before"] for row in run if row["published_before"]]
    return {
        "first_seen_at": first["first_seen_at"].isoformat(),
        "date_published": dates[0].isoformat() if dates else None,
        "published_before": min(published).isoformat() if published else None,
        "edit_kind": first["edit_kind"] if is_edit_of else None,
    }


def _execute(connection: Connection, name: str, found: Sequence[Mapping[str, Any]], **params: Any) -> None:
    if found:
        connection.execute(query(name), {"rows": Jsonb(found), **params})
