"""Asks the database for all that is known of a URL, and puts the explanation together."""

import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from crawler.ingestion.identity import url_key
from crawler.outcomes import Reason
from crawler.text import storable
from scheduler.explain.explanation import Alarm, Candidate, Explanation, Listing, Record, State, StoredText
from scheduler.explain.recorded import MOST_COPIES, record_of, text_of
from scheduler.explain.unseen import alarms_of, find_candidates
from scheduler.explain.verdict import Case, advice_of, state_of, verdict_of

Fetch = Callable[[str, Mapping[str, Any]], Awaitable[list[dict[str, Any]]]]
"""Like :meth:`sql.database.Database.fetch`: the rows of a named query."""

MOST_VISITS = 50
_MOST_LISTINGS = 20
_MOST_STEPS = 4  # from URL to URL
_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f]")
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)
_SERVER = re.compile(r"(?:[^/:]+\.[^/:]+|localhost):\d")  # looks like one
_FIRST_PAGE = re.compile(r"page(?: \d+)? of (https?://[^\s:]+(?::\d+)?[^\s:]*)")
_SHOWS_NO_TEXT = frozenset({Reason.PART_OF_ARTICLE})


async def explain(
    fetch: Fetch,
    url: str,
    *,
    allow_ports: Iterable[int] = (80, 443),
    allow_networks: Iterable[str] = (),
    now: datetime | None = None,
) -> Explanation:
    """Tell the story of ``url``, in whatever spelling, from what is recorded: nothing is asked of its site.

    ``allow_ports`` and ``allow_networks`` are those of ``[crawl]``: by them is judged what was never seen. Raises
    what ``fetch`` does.
    """
    now = now or datetime.now(UTC)
    asked = _cleaned(url)
    if asked is None:
        return _no_url(url)
    records, rows = await _follow(fetch, asked, now)
    article = await _text(fetch, rows[-1], records[-1]) if rows and rows[-1]["article_id"] else None
    listings = await _listings(fetch, asked, records)
    alarms: tuple[Alarm, ...] = ()
    candidates: tuple[Candidate, ...] = ()
    if records and article is None:
        alarms = await alarms_of(fetch, rows[-1]["source_id"], now, now)
    if not records:
        if not listings and not asked.lower().startswith(("http:", "https:")):
            return _no_url(url)
        candidates = await find_candidates(
            fetch, asked, now, allow_ports=allow_ports, allow_networks=allow_networks
        )
    case = Case(asked, tuple(records), article, alarms, listings, candidates, now)
    state = state_of(case)
    return Explanation(
        url,
        state,
        verdict_of(case, state),
        advice=advice_of(case, state),
        records=case.records,
        article=article,
        alarms=alarms,
        listings=listings,
        candidates=candidates,
    )


def _no_url(url: str) -> Explanation:
    return Explanation(
        url, State.NO_URL, "This is no URL of a web page: write it like https://site.example/story."
    )


def _cleaned(url: str) -> str | None:
    """The URL as it was meant: with a scheme, without the space around it; None if it is none."""
    text = _CONTROLS.sub("", storable(url)).strip().strip("<>")  # mails break long ones into lines
    if not _SCHEME.match(text) or _SERVER.match(text):
        text = f"https://{text.removeprefix('//')}"
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return None
    if parts.scheme not in {"http", "https"}:
        return text
    is_host = " " not in host and (host == "localhost" or "." in host or ":" in host)
    return text if is_host else None


async def _follow(fetch: Fetch, url: str, now: datetime) -> tuple[list[Record], list[dict[str, Any]]]:
    """The record of a URL, and of where it leads as long as no text stands there; with their rows."""
    records: list[Record] = []
    rows: list[dict[str, Any]] = []
    role, met = "asked", set[bytes]()
    following: str | None = url
    while following and len(met) < _MOST_STEPS and (key := url_key(following)) not in met:
        met.add(key)
        row = await _row(fetch, key)
        if row is not None:
            visits, num_visits = await _visits(fetch, row)
            records.append(record_of(row, visits, num_visits, role, now))
            rows.append(row)
            if row["article_id"] or row["quarantined_at"]:
                break
            if following := _leads_to(row, visits, key):
                role = "part_of" if row["reason"] in _SHOWS_NO_TEXT else "redirected_to"
                continue
        found = await fetch("find_by_canonical_url", {"url_key": key.hex()})
        following, role = (found[0]["url"] if found else None), "canonical_of"
    return records, rows


async def _row(fetch: Fetch, key: bytes) -> dict[str, Any] | None:
    entry_key = int.from_bytes(key[:8], signed=True)
    rows = await fetch("explain_url", {"url_key": key.hex(), "entry_key": entry_key})
    return rows[0] if rows else None


async def _visits(fetch: Fetch, row: Mapping[str, Any]) -> tuple[list[dict[str, Any]], int]:
    """The latest visits to a URL and those that were led to it, the oldest first; and how many there are."""
    own = await fetch("explain_visits", {"url_id": row["url_id"], "limit": MOST_VISITS})
    entry = row["entry"] or {}
    origin = entry["from"] if entry.get("by") == "redirect" else row["url"]
    params = {"url_id": row["url_id"], "from_key": url_key(origin).hex(), "limit": MOST_VISITS}
    key = bytes.fromhex(row["url_key"])
    led = [one for one in await fetch("explain_arrivals", params) if url_key(one["final_url"]) == key]
    visits = sorted([*own, *led], key=lambda visit: visit["fetched_at"])[-MOST_VISITS:]
    return visits, (own[0]["num_visits"] if own else 0) + len(led)


def _leads_to(row: Mapping[str, Any], visits: list[dict[str, Any]], key: bytes) -> str | None:
    """Where the text is that a URL has none of: its redirects led there, or it is a further page of it."""
    entry = row["entry"] or {}
    if row["reason"] in _SHOWS_NO_TEXT:
        named = _FIRST_PAGE.search((visits[-1]["detail"] if visits else None) or "")
        return entry["from"] if entry.get("by") == "part" else named[1] if named else None
    ends = (visit["final_url"] for visit in reversed(visits) if visit["final_url"])
    return next((end for end in ends if url_key(end) != key), None)


async def _text(fetch: Fetch, row: Mapping[str, Any], record: Record) -> StoredText | None:
    found = await fetch("find_article", {"article_id": row["article_id"]})
    if not found:
        return None
    copies = await fetch("explain_copies", {"article_id": row["article_id"], "limit": MOST_COPIES})
    revisions = await fetch("list_revisions", {"url_id": row["url_id"], "with_texts": False})
    return text_of(found[0], row, record, copies, revisions)


async def _listings(fetch: Fetch, url: str, records: list[Record]) -> tuple[Listing, ...]:
    """Who listed the URL as one of another site; it is looked for as written, and as usually written otherwise."""
    spellings = [url, *(record.url for record in records), *_spellings(url)]
    params = {"urls": list(dict.fromkeys(spellings)), "limit": _MOST_LISTINGS}
    return tuple(
        Listing(row["source"], row["url"], row["fetched_at"], row["run_id"], row["document"], row["headline"])
        for row in await fetch("explain_listings", params)
    )


def _spellings(url: str) -> list[str]:
    """The URL with http and https, with and without www and the last slash, without a query."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return []
    hosts = {parts.netloc, parts.netloc.removeprefix("www."), f"www.{parts.netloc.removeprefix('www.')}"}
    paths = {parts.path, parts.path.rstrip("/"), f"{parts.path.rstrip('/')}/"}
    queries = {parts.query, ""}
    return [
        parts._replace(scheme=scheme, netloc=host, path=path, query=query, fragment="").geturl()
        for scheme in ("http", "https")
        for host in sorted(hosts)
        for path in sorted(paths)
        for query in sorted(queries)
    ]
