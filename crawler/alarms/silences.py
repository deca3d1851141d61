"""Raises and clears the alarm ``silence``: with the cause that distinguishes a frozen feed from a failing one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from crawler.alarms.alarm import Evidence, Kind
from crawler.alarms.hours import HOUR
from crawler.alarms.silence import NEVER_ANYTHING, Silence, is_over, measure_silence
from crawler.alarms.watched import Watched, ago, stamp
from sql.database import AsyncConnection, fetch


@dataclass(frozen=True, slots=True)
class Silent:
    """A source that is silent, to be told of."""

    watched: Watched
    silence: Silence | None
    """None of one that has never brought an article."""


def find_silent(watched: Watched, now: datetime) -> Silent | None:
    """Whether a source is silent, by its baseline. Nothing is known of one that was not visited."""
    if (until := watched.last_look) is None and not watched.is_failing:
        return None
    last = watched.row["last_new_hour"]
    if last is None:
        return Silent(watched, None) if now - watched.row["created_at"] >= NEVER_ANYTHING else None
    silence = measure_silence(watched.baseline, last, until or now, watched.zone)
    return Silent(watched, silence) if silence.is_alarm else None


def has_ended(watched: Watched) -> bool:
    """Whether an alarm that is up is over: with one new article, of a fast source with some."""
    raised_at = watched.raised_at(Kind.SILENCE)
    num_new = sum(hour.num_new for hour in watched.since(raised_at - HOUR))
    return is_over(num_new, watched.baseline)


async def raise_silence(connection: AsyncConnection, silent: Silent, now: datetime) -> None:
    """Raise the alarm of a source that is silent, or bring its cause up to date."""
    watched = silent.watched
    params = {"source_id": watched.source_id, "now": now}
    (last,) = await fetch(connection, "find_last_article", params)
    documents = await fetch(connection, "list_documents_asked", params)
    since = last["first_seen_at"] or watched.row["last_new_hour"]
    visits = []
    if hour := watched.row["last_new_hour"]:
        visits = await fetch(connection, "count_visits_since", {**params, "hour": hour})
    why, evidence = explain(watched, documents, visits, pause=last["pause"])
    if last["url"]:
        evidence.append(Evidence(f"its last new article, of {stamp(since)}", url=last["url"]))
    cause = f"{_how_long(silent, since, now)}; {why}"
    await watched.raise_(connection, Kind.SILENCE, cause, now=now, since=since, evidence=evidence)


def _how_long(silent: Silent, since: datetime | None, now: datetime) -> str:
    if silent.silence is None or since is None:
        return f"no article since it was added {ago(now - silent.watched.row['created_at'])} ago"
    longest = silent.watched.baseline.longest_silence
    beside = f", at most {ago(longest)} between two" if longest else ""
    return f"no new article since {stamp(since)}: {silent.silence.usual:.0f} are usual by now{beside}"


def explain(
    watched: Watched, documents: Sequence[dict[str, Any]], visits: Sequence[dict[str, Any]], *, pause: str | None
) -> tuple[str, list[Evidence]]:
    """Why nothing new comes, as far as its documents and visits tell, and what that rests on."""
    evidence = [
        Evidence(_of_poll(one), run_id=one["run_id"], document=one["url"]) for one in documents if one["run_id"]
    ]
    if pause:
        return f"its host is left alone for now ({pause})", evidence
    if watched.is_failing:
        reasons = watched.row["reasons"]
        run = Evidence("its last run, which failed", run_id=watched.row["run_ids"][0])
        since = stamp(watched.row["failing_since"])
        return f"its runs have been failing since {since}: {reasons[0] or 'no reason'}", [run, *evidence]
    if rejected := _rejected(visits):
        return rejected, evidence
    return _of_documents([one for one in documents if one["run_id"]], watched.row["last_new_hour"]), evidence


def _of_documents(asked: Sequence[dict[str, Any]], last: datetime | None) -> str:
    if not asked:
        return "no feed, sitemap or listing of it was asked for"
    first = asked[0]
    if all(one["outcome"] == "failed" for one in asked):
        return f"{first['url']} cannot be read: {first['reason']}"
    if all(one["outcome"] == "read" and not one["num_links"] for one in asked):
        return f"{first['url']} answers {first['http_status'] or 200} and lists nothing"
    return _of_frozen(first, last)


def _rejected(visits: Sequence[dict[str, Any]]) -> str | None:
    """Of the pages that were visited meanwhile, for what none of them was new."""
    of_interest = [one for one in visits if one["outcome"] in {"rejected", "failed", "duplicate"}]
    num = sum(one["num_pages"] for one in of_interest)
    if not num:
        return None
    reasons = ", ".join(f"{one['reason']} ({one['num_pages']})" for one in of_interest[:3])
    return f"of the {num} links that it listed since none was a new article: {reasons}"


def _of_frozen(document: dict[str, Any], last: datetime | None) -> str:
    url, status = document["url"], document["http_status"] or 200
    changed_at = document["changed_at"]
    if document["outcome"] == "unchanged" or (changed_at and last and changed_at < last + timedelta(hours=2)):
        same = f" since {stamp(changed_at)}" if changed_at else ""
        listed = f"the same {document['num_links']} entries" if document["num_links"] else "the same"
        return f"{url} answers {status} and lists {listed}{same}"
    return f"{url} answers {status} and lists {document['num_links']} entries, all of them known"


def _of_poll(document: dict[str, Any]) -> str:
    if document["outcome"] == "failed":
        return f"polled last at {stamp(document['polled_at'])}: {document['reason']}"
    outcome = "not changed" if document["outcome"] == "unchanged" else f"{document['num_links']} entries"
    return f"polled last at {stamp(document['polled_at'])}: {outcome}, {document['num_unknown']} of them unknown"
