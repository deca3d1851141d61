"""Pages that are visited again because a person says so, and those that only a person frees from quarantine."""

from collections.abc import Sequence
from typing import Any

from crawler.ingestion.identity import url_key
from sql.database import Connection, rows
from sql.queries import query


class NotInQuarantineError(Exception):
    """A page that is to leave quarantine is not in it; holds its URL."""

    def __init__(self, url: str) -> None:
        super().__init__(f"{url} is not in quarantine")
        self.url = url


class NotRetriedError(Exception):
    """A URL cannot be visited again; the message says why, and what would help."""


def find_quarantined(connection: Connection, urls: Sequence[str], *, every: bool = False) -> list[dict[str, Any]]:
    """The pages in quarantine with these URLs, in any spelling, or all; raises NotInQuarantineError."""
    keys = {url_key(url).hex(): url for url in urls}
    found = rows(connection, "find_quarantined", {"url_keys": list(keys), "every": every})
    missing = keys.keys() - {row["url_key"] for row in found}
    if missing:
        raise NotInQuarantineError(keys[min(missing)])
    return found


def retry_quarantined(connection: Connection, pages: Sequence[dict[str, Any]]) -> None:
    """Have pages visited by the next run of their source; three more attempts are made."""
    now = rows(connection, "read_clock")[0]["now"]
    connection.execute(query("retry_quarantined"), {"url_ids": [page["url_id"] for page in pages], "now": now})


def drop_quarantined(connection: Connection, pages: Sequence[dict[str, Any]]) -> None:
    """Take pages off the list for good: their URLs stay recorded, and are never visited again."""
    connection.execute(query("drop_quarantined"), {"url_ids": [page["url_id"] for page in pages]})


def retry_url(connection: Connection, url: str) -> dict[str, Any]:
    """Have a URL visited by the next run of its source, however its last visit ended; its row with its source.

    Raises:
        NotRetriedError: nobody knows it, it was never visited, it is in quarantine, or it was deleted for good.
    """
    found = rows(connection, "find_retried_url", {"url_key": url_key(url).hex()})
    if not found:
        raise NotRetriedError("no source has ever listed this URL, so there is nothing to visit again")
    (page,) = found
    if page["is_quarantined"]:
        raise NotRetriedError("it is in quarantine, or was dropped from it: only a retry there frees it")
    if page["reason"] == "expired":
        raise NotRetriedError("its article was deleted by [retention] articles, and is to stay away")
    if page["outcome"] is None:
        raise NotRetriedError("it has not been visited yet: the next run that finds it listed does that")
    if page["state"] == "removed":
        raise NotRetriedError(f"its source {page['source']} is not watched any more")
    connection.execute(query("retry_url"), {"url_id": page["url_id"]})
    return page
