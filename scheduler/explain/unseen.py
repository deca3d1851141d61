"""URLs that were never seen: which source should have listed them, and what is known of that."""

import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from typing import Any
from urllib.parse import urlsplit

from crawler.ingestion.identity import url_key
from crawler.sites import host_of, politeness_key, site_of
from scheduler.explain.explanation import Alarm, Candidate, DocumentState
from scheduler.explain.reasons import words_of
from scheduler.explain.words import due, moment, when
from scheduler.wording import counted

_LOOKED_BACK = timedelta(days=30)
_AROUND = timedelta(days=3)
_MOST_CANDIDATES = 5
_MOST_DOCUMENTS = 20
_MOST_ALARMS = 5
_DAY_IN_URL = re.compile(r"(?<!\d)((?:19|20)\d\d)[/-]?(0[1-9]|1[0-2])[/-]?(0[1-9]|[12]\d|3[01])(?!\d)")


async def find_candidates(
    fetch: Callable[[str, Mapping[str, Any]], Awaitable[list[dict[str, Any]]]],
    url: str,
    now: datetime,
    *,
    allow_ports: Iterable[int],
    allow_networks: Iterable[str],
) -> tuple[Candidate, ...]:
    """The sources that watch the site of ``url``, the one of its very host first."""
    site = site_of(url)
    params = {"host_lock": politeness_key(url), "domain": site.lower()}
    watching = [(row, source) for row in await fetch("find_watchers", params) if (source := _source(row, site))]
    watching.sort(key=lambda found: _bare(found[1].url) != _bare(url))  # stable: enabled ones before the others
    day = min(day_of(url) or now, now)
    candidates = []
    for row, source in watching[:_MOST_CANDIDATES]:
        candidates.append(
            Candidate(
                source=row["name"],
                state=row["state"],
                refusal=_refusal(url, source, allow_ports, allow_networks),
                last_run_id=row["last_run_id"],
                last_run=_last_run(row, now),
                next_poll_at=row["due_at"],
                next_poll=_next_poll(row, now),
                longest_silence=row["longest_silence"],
                documents=await _documents(fetch, row, url, day, now),
                alarms=await alarms_of(fetch, row["source_id"], day - _AROUND, min(day + _AROUND, now)),
            )
        )
    return tuple(candidates)


def day_of(url: str) -> datetime | None:
    """The day that a URL has in its path, as those of many papers do."""
    found = _DAY_IN_URL.search(urlsplit(url).path)
    try:
        return datetime.strptime("-".join(found.groups()), "%Y-%m-%d").replace(tzinfo=UTC) if found else None
    except ValueError:
        return None


def _source(row: Mapping[str, Any], site: str) -> Any:
    """The source of a row, if the site is one of its own; None for one that another version wrote."""
    from pydantic import ValidationError

    from crawler.source import Source

    try:
        source = Source.model_validate(row["definition"])
    except ValidationError:
        return None
    return source if site in source.sites else None


def _bare(url: str) -> str:
    return host_of(url).removeprefix("www.")


def _refusal(url: str, source: Any, ports: Iterable[int], networks: Iterable[str]) -> str | None:
    """Why a run of the source would not even ask for the URL."""
    from crawler.download.admission import admission  # Twisted is behind it, and few need it

    rules = admission({*ports, *source.ports}, map(ip_network, map(str, networks)), source.sites)
    refusal = rules.refusal(url, on_site=True)
    if refusal is None:
        return None
    why = words_of(refusal.reason).why
    return f"{why} ({refusal.detail})" if refusal.detail else why


def _last_run(row: Mapping[str, Any], now: datetime) -> str:
    if row["last_run_id"] is None:
        return "it has had no run yet"
    reason = f" ({row['reason']})" if row["reason"] else ""
    return f"{row['outcome']}{reason}, {when(row['finished_at'], now)}"


def _next_poll(row: Mapping[str, Any], now: datetime) -> str:
    if row["state"] != "enabled":
        return f"none: the source is {row['state']}"
    return "a run is under way or queued" if row["run_id"] else due(row["due_at"], now)


async def _documents(
    fetch: Any, row: Mapping[str, Any], url: str, day: datetime, now: datetime
) -> tuple[DocumentState, ...]:
    params = {
        "source_id": row["source_id"],
        "entry_key": int.from_bytes(url_key(url)[:8], signed=True),
        "long_ago": now - _LOOKED_BACK,
        "since": day - _AROUND,
        "until": day + _AROUND,
        "limit": _MOST_DOCUMENTS,
    }
    return tuple(_document(found, now) for found in await fetch("explain_documents", params))


def _document(row: Mapping[str, Any], now: datetime) -> DocumentState:
    return DocumentState(
        url=row["url"],
        kind=row["kind"],
        polled_at=row["asked_at"] or row["polled_at"],
        outcome=row["outcome"],
        reason=row["reason"],
        detail=row["detail"],
        num_links=row["num_links"],
        oldest_entry_at=row["oldest_entry_at"],
        is_listed=row["is_listed"],
        last_gap_at=row["last_gap_at"],
        last_good_at=row["last_good_at"],
        last_news_at=row["last_news_at"],
        words="; ".join(_facts(row, now)),
    )


def _facts(row: Mapping[str, Any], now: datetime) -> Iterable[str]:
    if row["retired_at"]:
        yield f"gone for good (410), not asked any more since {moment(row['retired_at'])}"
    if row["outcome"] is None:
        yield "never asked yet" if row["polled_at"] is None else f"asked {when(row['polled_at'], now)}"
        return
    if row["outcome"] == "failed":
        detail = f" ({row['detail']})" if row["detail"] else ""
        yield f"failed {when(row['asked_at'], now)}: {words_of(row['reason']).why}{detail}"
        yield f"could be had last {when(row['last_good_at'], now)}"
    else:
        yield f"{row['outcome']} {when(row['asked_at'], now)}"
    if row["num_links"] is not None:
        oldest = f", the oldest of {moment(row['oldest_entry_at'])}" if row["oldest_entry_at"] else ""
        yield f"{counted(row['num_links'], 'link')} when it was read last{oldest}"
    if row["last_news_at"]:
        yield f"listed something new last {when(row['last_news_at'], now)}"
    if row["is_listed"] is not None:
        yield "lists this URL" if row["is_listed"] else "does not list this URL"
    if row["last_gap_at"]:
        yield f"lost articles between two polls before {moment(row['last_gap_at'])}"


async def alarms_of(fetch: Any, source_id: int, since: datetime, until: datetime) -> tuple[Alarm, ...]:
    """The alarms of a source that were up at some time between these two, the latest first."""
    params = {"source_id": source_id, "since": since, "until": until, "limit": _MOST_ALARMS}
    found = await fetch("explain_alarms", params)
    return tuple(Alarm(one["kind"], one["cause"], one["raised_at"], one["cleared_at"]) for one in found)
