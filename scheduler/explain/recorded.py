"""URLs that were seen: their rows as values, and what is to come of them in words."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from shlex import quote
from typing import Any

from crawler.ingestion.rhythm import USUAL, is_over
from crawler.outcomes import OF_THE_HOST, Reason
from scheduler.explain.explanation import (
    Advice,
    Copy,
    FieldValue,
    Found,
    Quarantine,
    Record,
    Revision,
    StoredText,
    Visit,
)
from scheduler.explain.reasons import words_of
from scheduler.explain.steps import steps_of
from scheduler.explain.words import due, moment, when
from scheduler.wording import counted

MOST_COPIES = 20
_MOST_TRIES = 5  # of what failed for its own sake; see finish_urls in sql/queries/loading.sql
_CRASHES_BORNE = 3
_MOST_TOLD = 300  # characters of a value
_NO_TEXT = frozenset({"rejected", "failed"})
_JUDGED_ANEW = frozenset(
    {Reason.ROBOTS_DISALLOWED, Reason.PRIVATE_ADDRESS, Reason.PORT_NOT_ALLOWED, Reason.TOO_OLD}
)
_FIELDS = (
    "headline", "alternative_headline", "authors", "article_section", "keywords", "in_language", "date_published",
    "date_modified", "dateline", "description", "main_image_url", "main_image_caption", "main_image_credit",
)  # fmt: skip
_STATUS_ALONE = re.compile(r"the server answered \d+")  # which the reason says as well
_KINDS = {"home": "home page", "feed": "feed", "sitemap": "sitemap", "listing": "listing"}
_LISTED = frozenset({"document", "gap"})
_FOUND = {
    "page": "on the page {where}",
    "part": "as a further page of {where}",
    "redirect": "because {where} redirects there",
    "import": "in a WARC file that was imported",
}


def record_of(
    row: Mapping[str, Any], visits: Sequence[Mapping[str, Any]], num_visits: int, role: str, now: datetime
) -> Record:
    """The record of a row of ``explain_url``."""
    words = words_of(row["reason"])
    return Record(
        url=row["url"],
        role=role,
        source=row["source"],
        source_state=row["source_state"],
        found=_found(row),
        outcome=row["outcome"],
        reason=row["reason"],
        why=words.why if row["reason"] else "it has not been visited yet",
        remedy=remedy_of(row["reason"], row["url"]) if row["outcome"] in _NO_TEXT else None,
        last_visit_at=row["last_fetched_at"],
        num_failures=row["num_failures"],
        next_visit_at=row["next_visit_at"],
        next_visit=_next_visit(row, visits, now),
        gone_at=row["gone_at"],
        quarantine=_quarantine(row),
        num_visits=num_visits,
        visits=tuple(_visit(visit) for visit in visits),
    )


def remedy_of(reason: str | None, url: str) -> Advice | None:
    """What would change that a URL ended for this reason."""
    words = words_of(reason)
    if words.remedy is None:
        return None
    return Advice(words.remedy, words.command.format(url=quote(url)) if words.command else None)


def _found(row: Mapping[str, Any]) -> Found:
    entry, at = row["entry"] or {}, row["first_seen_at"]
    by = entry.get("by") or ("document" if row["document"] else "unknown")
    kind = row["document_kind"]
    where = _FOUND.get(by, "").format(where=entry.get("from"))
    if row["document"] and by in _LISTED:
        where = f"in the {_KINDS[kind]} {row['document']}"
        where += ", which was searched for what a feed had lost" if by == "gap" else ""
    return Found(
        by=by,
        at=at,
        words=", ".join(filter(None, (f"{moment(at)} by {row['source']}", where))),
        document=row["document"],
        document_kind=kind,
        where=entry.get("from"),
        headline=entry.get("headline"),
        date_published=_time(entry.get("date_published")),
        date_modified=_time(entry.get("date_modified")),
        listed_by=tuple(row["listed_by"]),
        is_listed=row["is_listed"],
    )


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _quarantine(row: Mapping[str, Any]) -> Quarantine | None:
    if row["quarantined_at"] is None:
        return None
    return Quarantine(
        row["quarantined_at"], row["quarantine_reason"], row["quarantine_detail"], row["num_attempts"]
    )


def _visit(row: Mapping[str, Any]) -> Visit:
    return Visit(
        at=row["fetched_at"],
        run_id=row["run_id"],
        trigger="import" if row["file"] else row["trigger"],
        url=row["url"],
        outcome=row["outcome"],
        reason=row["reason"],
        why=words_of(row["reason"]).why,
        detail=None if _STATUS_ALONE.fullmatch(row["detail"] or "") else row["detail"],
        steps=steps_of(row),
        http_status=row["http_status"],
        final_url=row["final_url"],
        num_bytes=row["num_bytes"],
        duration_ms=row["duration_ms"],
        article_id=row["article_id"],
        opt_outs=tuple(row["opt_outs"]),
        trace=row["trace"] or {},
    )


def _next_visit(row: Mapping[str, Any], visits: Sequence[Mapping[str, Any]], now: datetime) -> str:
    """When the URL is visited next, and why; or why it is not."""
    if row["num_crashes"] >= _CRASHES_BORNE:
        crashed = f"reading it has crashed, hung or bloated the reader {row['num_crashes']} times in a row"
        return "none: it is in quarantine" if row["quarantined_at"] else f"none: {crashed}"
    at = row["next_visit_at"]
    if at is None:
        return f"none: {_why_none(row, visits, now)}"
    if row["source_state"] != "enabled":
        return f"none: the source is {row['source_state']}"
    by_run = f"by the next run of {row['source']}, {_due(row, now)}"
    if row["reason"] == Reason.OVER_BUDGET:
        return f"{by_run}; the newest of what waits comes first"
    if row["outcome"] == "failed":
        tries = (
            "for up to a month"
            if row["reason"] in OF_THE_HOST
            else f"try {row['num_failures'] + 1} of {_MOST_TRIES}"
        )
        return f"{by_run} ({tries})" if at <= now else f"from {when(at, now)} on, {tries}"
    why = "articles are looked at again for edits"
    return f"{by_run}: {why}" if at <= now else f"from {when(at, now)} on: {why}"


def _due(row: Mapping[str, Any], now: datetime) -> str:
    if row["run_id"] is not None:
        return "which is under way"
    return due(row["due_at"], now)


def _why_none(row: Mapping[str, Any], visits: Sequence[Mapping[str, Any]], now: datetime) -> str:
    """Why no visit is to come: the first of these that is so."""
    tries = f"{row['num_failures']} {'try' if row['num_failures'] == 1 else 'tries'}"
    first_seen_at = row["first_seen_at"]
    led_away = row["article_id"] is None and bool(visits) and visits[-1]["final_url"] is not None
    causes = {
        "nothing has asked for one": row["outcome"] is None,
        "but it is judged anew whenever a document lists it": row["reason"] in _JUDGED_ANEW,
        "a page that was decided against is not asked for again": row["outcome"] == "rejected",
        "the article is gone": row["gone_at"] is not None,
        f"it was given up after {tries}": row["outcome"] == "failed",
        "the source has revisit = false": not row["definition"].get("revisit", True),
        "where it redirects to is followed in its place": led_away,
        f"its page names {row['canonical_url']} as its own URL": not row["is_canonical"],
        "the feed has the text, and the page has not": row["is_of_feed"],
        f"articles are followed for {USUAL[-1].days} days, and its time is over": is_over(
            USUAL, first_seen_at, now
        ),
    }
    return next((words for words, is_so in causes.items() if is_so), "nothing has set a time for one")


def text_of(
    article: Mapping[str, Any],
    row: Mapping[str, Any],
    record: Record,
    copies: Sequence[Mapping[str, Any]],
    revisions: Sequence[Mapping[str, Any]],
) -> StoredText:
    """The text of a row of ``find_article``, as it stands at the URL of ``row``."""
    read = next((v.trace for v in reversed(record.visits) if "reader" in v.trace and v.article_id), {})
    rules = read.get("rules", {})
    first = next((copy for copy in copies if copy["is_first_seen"]), None)
    is_copy = first is not None and first["url_id"] != row["url_id"]
    return StoredText(
        article_id=article["article_id"],
        headline=article["headline"],
        content_hash=article["content_hash"],
        first_seen_at=article["first_seen_at"],
        word_count=article["word_count"],
        fields=_fields(article, rules),
        reader=read.get("reader"),
        duplicates=f"{first['url']} ({first['source']}, {moment(first['first_seen_at'])})"
        if first and is_copy
        else None,
        story_id=article["story_id"],
        story=_story(article),
        num_copies=copies[0]["num_copies"] if copies else 0,
        copies=tuple(
            Copy(
                copy["url"],
                copy["source"],
                copy["first_seen_at"],
                copy["is_current"],
                copy["is_first_seen"],
                copy["is_first_published"],
            )
            for copy in copies
        ),
        revisions=tuple(
            Revision(
                revision["revision"],
                revision["article_id"],
                revision["headline"],
                revision["edit_kind"],
                revision["first_seen_at"],
                revision["last_seen_at"],
                revision["is_current"],
            )
            for revision in revisions
        ),
    )


def _fields(article: Mapping[str, Any], rules: Mapping[str, str]) -> tuple[FieldValue, ...]:
    origins = article["origins"]
    found = [
        FieldValue(name, _told(article[name]), origins.get(name), rules.get(name))
        for name in _FIELDS
        if article[name] not in (None, [], "")
    ]
    body = f"{counted(article['word_count'], 'word')} beginning: {_told(article['article_body'])}"
    return (*found, FieldValue("article_body", body, origins.get("article_body"), rules.get("article_body")))


def _told(value: Any) -> Any:
    is_cut = isinstance(value, str) and len(value) > _MOST_TOLD
    return f"{value[:_MOST_TOLD]} ..." if is_cut else value


def _story(article: Mapping[str, Any]) -> str | None:
    if article["story_id"] is None:
        return None
    articles = counted(article["story_num_articles"] or 1, "article")
    size = f"{articles} of {counted(article['story_num_sources'] or 1, 'source')}"
    return f"story {article['story_id']} with {size}; this one is {_ROLES[article['story_role']]}"


_ROLES = {
    "first": "the first of it",
    "copy": "nearly a copy of another one",
    "rewrite": "a rewrite of another one",
}
