"""An explanation on a terminal of 80 columns: the verdict first, then a section for each thing it tells of."""

from collections.abc import Iterable, Iterator, Mapping
from textwrap import wrap
from typing import Any

from scheduler.cli.differences_shown import printable
from scheduler.explain.explanation import (
    Advice,
    Alarm,
    Candidate,
    DocumentState,
    Explanation,
    FieldValue,
    Listing,
    Record,
    Revision,
    StoredText,
    Visit,
)
from scheduler.explain.words import moment, sentence

_WIDTH = 80
_MOST_VALUE = 300  # characters of a field's value
_ROLES = {
    "asked": "The URL",
    "redirected_to": "Where it redirects",
    "canonical_of": "Whose page names it as its own",
    "part_of": "The article that it is a page of",
}


def explanation_lines(explanation: Explanation) -> Iterator[str]:
    """The lines, none of them wider than 80 columns but for URLs and commands."""
    yield from _wrapped(explanation.verdict)
    for advice in explanation.advice:
        yield from _advice(advice)
    told: list[Visit] = []
    for record in explanation.records:
        yield from _record(record, told)
    if explanation.article:
        yield from _article(explanation.article)
    if explanation.alarms:
        yield from _section("Alarms of its source", map(_alarm, explanation.alarms))
    if explanation.listings:
        yield from _section("Listed by sources of other sites", map(_listing, explanation.listings))
    for candidate in explanation.candidates:
        yield from _candidate(candidate)


def _advice(advice: Advice) -> Iterator[str]:
    """On one line if there is room; a command is never broken, so that it can be copied."""
    words = f"  > {printable(advice.words[:1].upper() + advice.words[1:])}"
    if advice.command is None:
        yield from _wrapped(f"{advice.words[:1].upper()}{advice.words[1:]}.", first="  > ", rest="    ")
    elif len(words) + len(advice.command) + 2 <= _WIDTH:
        yield f"{words}: {printable(advice.command)}"
    else:
        yield f"{words}:"
        yield f"      {printable(advice.command)}"


def _record(record: Record, told: list[Visit]) -> Iterator[str]:
    facts = {
        "URL": record.url,
        "source": record.source + ("" if record.source_state == "enabled" else f" ({record.source_state})"),
        "found": record.found.words,
        "named there": _claims(record),
        "still listed": _still_listed(record),
        "last visit": f"{moment(record.last_visit_at)}: {record.outcome}, {record.reason}"
        if record.outcome
        else None,
        "next visit": record.next_visit,
    }
    yield from _facts(_ROLES[record.role], facts)
    shown = f", the latest {len(record.visits)}" if record.num_visits > len(record.visits) else ""
    yield ""
    yield f"Visits ({record.num_visits}{shown}; oldest first)"
    for visit in record.visits:
        if visit in told:
            yield f"  {moment(visit.at)}  {visit.outcome}, {visit.reason}  (as above)"
        else:
            yield from _visit(visit, record.url)
    told.extend(record.visits)


def _claims(record: Record) -> str | None:
    found = record.found
    dates = {"of": found.date_published, "modified": found.date_modified}
    told = [f"'{found.headline}'"] if found.headline else []
    told += [f"{name} {moment(date)}" for name, date in dates.items() if date]
    return ", ".join(told) or None


def _still_listed(record: Record) -> str | None:
    if record.found.listed_by:
        return f"by {', '.join(record.found.listed_by)}"
    return "not by the feed that it was found in" if record.found.is_listed is False else None


def _visit(visit: Visit, url: str) -> Iterator[str]:
    yield f"  {moment(visit.at)}  {visit.outcome}, {visit.reason}  (run {str(visit.run_id)[:8]}, {visit.trigger})"
    if visit.url != url:
        yield from _wrapped(f"At {visit.url}", first="    ", rest="      ")
    yield from _wrapped(
        sentence(visit.why + (f": {visit.detail}" if visit.detail else "")), first="    ", rest="      "
    )
    for step in visit.steps:
        yield from _wrapped(step, first="    ", rest="      ")
    if visit.opt_outs:
        yield from _wrapped(f"Its publisher asks for {', '.join(visit.opt_outs)}.", first="    ", rest="      ")


def _article(article: StoredText) -> Iterator[str]:
    facts = {
        "article": str(article.article_id),
        "content hash": article.content_hash,
        "first seen": moment(article.first_seen_at),
        "duplicate of": article.duplicates,
        "story": article.story,
        "text read by": article.reader,
    }
    yield from _facts("What is stored", facts)
    yield ""
    yield "Fields, and where each was found"
    for field in article.fields:
        yield from _field(field)
    copies = (
        f"{copy.url} ({copy.source}, {moment(copy.first_seen_at)}{', first' if copy.is_first_seen else ''}"
        f"{'' if copy.is_current else ', not there any more'})"
        for copy in article.copies
    )
    yield from _section(f"Copies ({article.num_copies})", copies)
    if len(article.revisions) > 1:
        yield from _section("Texts that stood at this URL", map(_revision, article.revisions))
        yield f"  What each edit changed: tidings articles show {article.article_id} --history"


def _field(field: FieldValue) -> Iterator[str]:
    origin = f"{field.origin or '-'}{f', {field.rule}' if field.rule else ''}"
    yield from _wrapped(f"{field.name} [{origin}]: {_value(field.value)}", first="  ", rest="    ")


def _revision(revision: Revision) -> str:
    kind = f", {revision.edit_kind}" if revision.edit_kind else ""
    now = " (current)" if revision.is_current else ""
    return f"{revision.revision}: {moment(revision.first_seen_at)}{kind}: {revision.headline}{now}"


def _listing(listing: Listing) -> str:
    where = f" in {listing.document}" if listing.document else ""
    return f"{listing.source}, {moment(listing.at)}{where} (run {str(listing.run_id)[:8]})"


def _candidate(candidate: Candidate) -> Iterator[str]:
    facts = {
        "source": candidate.source + ("" if candidate.state == "enabled" else f" ({candidate.state})"),
        "would visit it": f"no: {candidate.refusal}" if candidate.refusal else "yes, as far as its URL tells",
        "last run": candidate.last_run
        + (f" (run {str(candidate.last_run_id)[:8]})" if candidate.last_run_id else ""),
        "next poll": candidate.next_poll,
    }
    yield from _facts("Should have listed it", facts)
    yield from _section(f"Its documents ({len(candidate.documents)})", map(_document, candidate.documents))
    if candidate.alarms:
        yield from _section("Its alarms around that time", map(_alarm, candidate.alarms))


def _alarm(alarm: Alarm) -> str:
    over = f", cleared {moment(alarm.cleared_at)}" if alarm.cleared_at else ""
    return f"{alarm.kind}, raised {moment(alarm.raised_at)}{over}: {alarm.cause}"


def _document(document: DocumentState) -> str:
    return f"{document.kind} {document.url}: {document.words}"


def _facts(title: str, facts: Mapping[str, str | None]) -> Iterator[str]:
    yield ""
    yield title
    for name, value in facts.items():
        if value:
            yield from _wrapped(value, first=f"  {name:<16}", rest=" " * 18)


def _section(title: str, lines: Iterable[str]) -> Iterator[str]:
    yield ""
    yield title
    for line in lines:
        yield from _wrapped(line, first="  ", rest="    ")


def _value(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return moment(value) if hasattr(value, "tzinfo") else str(value)[:_MOST_VALUE]


def _wrapped(text: str, *, first: str = "", rest: str = "") -> Iterator[str]:
    """Lines of 80 columns. URLs are not broken, so that they can be copied."""
    yield from wrap(
        printable(text.replace("\n", " ")),
        _WIDTH,
        initial_indent=first,
        subsequent_indent=rest,
        break_long_words=False,
        break_on_hyphens=False,
    )
