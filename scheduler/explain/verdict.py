"""The answer: what state a URL is in, where its story is in a sentence or two, and what may be done about it."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from shlex import quote
from urllib.parse import urlsplit

from crawler.outcomes import Reason
from scheduler.explain.explanation import (
    Advice,
    Alarm,
    Candidate,
    DocumentState,
    Listing,
    Record,
    State,
    StoredText,
)
from scheduler.explain.reasons import words_of
from scheduler.explain.recorded import remedy_of
from scheduler.explain.unseen import day_of
from scheduler.explain.words import moment, sentence, span, when
from scheduler.wording import counted

_FRESHLY = timedelta(days=1)
_SHORTEST_WORD = 4  # shorter ones are articles and prepositions, in many languages
_FEWEST_WORDS, _MOST_WORDS = 2, 6


@dataclass(frozen=True, slots=True)
class Case:
    """All that was found of a URL, before it is judged."""

    asked: str
    records: tuple[Record, ...]
    article: StoredText | None
    alarms: tuple[Alarm, ...]
    listings: tuple[Listing, ...]
    candidates: tuple[Candidate, ...]
    now: datetime

    @property
    def record(self) -> Record:
        """The one that counts: where the URL leads."""
        return self.records[-1]


def state_of(case: Case) -> State:
    """What the URL comes to, in a word."""
    if not case.records:
        return State.OFF_SITE if case.listings else State.NEVER_SEEN if case.candidates else State.UNWATCHED
    record = case.record
    if case.article is not None:
        return State.GONE if record.gone_at else State.STORED
    if record.quarantine is not None or record.reason == Reason.QUARANTINED:
        return State.QUARANTINED
    if record.reason == Reason.EXPIRED:
        return State.EXPIRED
    if record.outcome is None or record.reason == Reason.OVER_BUDGET:
        return State.WAITING
    return State.FAILED if record.outcome == "failed" else State.REJECTED


def verdict_of(case: Case, state: State) -> str:
    """Where the story is, in a sentence or two."""
    return " ".join([*_ways(case), *(sentence(text) for text in _VERDICTS[state](case) if text)])


def advice_of(case: Case, state: State) -> tuple[Advice, ...]:
    """What an operator may do; nothing, where all is as it should be."""
    return tuple(dict.fromkeys(filter(None, _advice(case, state))))


_ROLES = {
    "redirected_to": "redirects to",
    "canonical_of": "is named as its own URL by the page at",
    "part_of": "is a further page of the article at",
}


def _ways(case: Case) -> Iterator[str]:
    """How the URL that was asked for leads to the one that counts."""
    before = case.asked
    for record in case.records:
        if record.role != "asked":
            yield f"{before} {_ROLES[record.role]} {record.url}."
        before = record.url


def _stored(case: Case) -> Iterator[str]:
    record, article = case.record, case.article
    if article is None:
        raise AssertionError("a text is stored")
    revision = next((one for one in article.revisions if one.is_current), None)
    since = revision.first_seen_at if revision and len(article.revisions) > 1 else record.found.at
    edits = f", revision {revision.revision} since {moment(since)}" if revision and revision.revision > 1 else ""
    yield f"stored as article {article.article_id}, '{article.headline}', found {record.found.words}{edits}"
    if article.duplicates:
        yield f"the text is a copy: it was seen first at {article.duplicates}"
    if record.outcome in {"failed", "rejected"}:
        yield f"its last visit, {when(record.last_visit_at, case.now)}, brought nothing: {record.why}"


def _gone(case: Case) -> Iterator[str]:
    yield from _stored(case)
    yield f"the site has not shown it since {moment(case.record.gone_at)}; what was stored is kept"


def _waiting(case: Case) -> Iterator[str]:
    yield f"not stored yet: it was found {case.record.found.words}, but {_because(case.record)}"
    yield f"next visit: {case.record.next_visit}"


def _failed(case: Case) -> Iterator[str]:
    record = case.record
    yield f"not stored: {_because(record)}"
    times = "once" if record.num_failures == 1 else f"{record.num_failures} times in a row"
    last = (
        f"it failed {times}, the last time {when(record.last_visit_at, case.now)}; " if record.num_failures else ""
    )
    yield f"{last}next try: {record.next_visit}"
    for alarm in case.alarms[:1]:
        yield f"its source has the alarm '{alarm.kind}' since {when(alarm.raised_at, case.now)}: {alarm.cause}"


def _rejected(case: Case) -> Iterator[str]:
    record = case.record
    yield f"not stored: {_because(record)}"
    yield f"found {record.found.words}; that was decided {when(record.last_visit_at, case.now)}"


def _quarantined(case: Case) -> Iterator[str]:
    record, kept = case.record, case.record.quarantine
    since = f" since {moment(kept.since)}" if kept else ""
    yield f"not stored: in quarantine{since}, for reading it crashed, hung or bloated the reader time and again"
    if kept:
        detail = f" ({kept.detail})" if kept.detail else ""
        yield f"the last of {counted(kept.num_attempts, 'attempt')}: {kept.reason}{detail}"
    elif record.next_visit:
        yield f"next visit: {record.next_visit}"


def _expired(case: Case) -> Iterator[str]:
    yield f"not stored any more: {_because(case.record)}"
    yield f"it had been found {case.record.found.words}"


def _off_site(case: Case) -> Iterator[str]:
    first = case.listings[-1]
    sources = ", ".join(dict.fromkeys(listing.source for listing in case.listings))
    listed = f"{sources} listed it, {when(first.at, case.now)}"
    yield f"not stored: {listed}, but its host is on none of the source's own sites"
    if case.candidates:
        watching = case.candidates[0]
        yield f"{watching.source} watches this site, and none of its own documents has ever listed it"


def _never_seen(case: Case) -> Iterator[str]:
    watching = case.candidates[0]
    yield f"never seen: {watching.source} watches this site, and nothing has ever listed this URL"
    yield next(_suspicions(case, watching), "")
    yield f"next poll: {watching.next_poll}"


def _suspicions(case: Case, watching: Candidate) -> Iterator[str]:
    """What is most likely to be the cause, the most telling first."""
    documents = [document for document in watching.documents if document.kind != "home"] or list(
        watching.documents
    )
    if watching.refusal:
        yield f"it would not be visited if it were: {watching.refusal}"
    if watching.state != "enabled":
        yield f"the source is {watching.state}: nobody asks its feeds; its last run {watching.last_run}"
    if listing := next((document for document in documents if document.is_listed), None):
        yield f"{listing.url} lists it right now, and its visit is still to come: a run may be under way"
    if not documents or all(document.polled_at is None for document in documents):
        yield f"its feeds have never been asked: {watching.last_run}"
    polled = [document for document in documents if document.outcome is not None]
    if polled and all(document.outcome == "failed" for document in polled):
        why = f"{words_of(polled[0].reason).why}, {when(polled[0].polled_at, case.now)}"
        last = f"it could be had last {when(polled[0].last_good_at, case.now)}"
        yield f"none of its documents could be read when they were asked last: {polled[0].url}: {why}; {last}"
    news = max((document.last_news_at for document in documents if document.last_news_at), default=None)
    if news and case.now - news > (watching.longest_silence or _FRESHLY):
        yield f"its documents have listed nothing new since {when(news, case.now)}: {_unusual(watching)}"
    if alarm := next((alarm for alarm in watching.alarms), None):
        over = "" if alarm.cleared_at is None else f", until {moment(alarm.cleared_at)}"
        yield f"its alarm '{alarm.kind}' was raised {when(alarm.raised_at, case.now)}{over}: {alarm.cause}"
    yield from _past(case, documents)
    if polled:
        latest = max(polled, key=lambda document: document.polled_at or case.now - timedelta(days=9999))
        failed = sum(document.outcome == "failed" for document in polled)
        some = f"; {counted(failed, 'document')} could not be read" if failed else ""
        num = counted(len(documents), "document")
        asked = f"of its {num} the last was asked {when(latest.polled_at, case.now)}"
        yield f"{asked}{some}"


def _unusual(watching: Candidate) -> str:
    if watching.longest_silence is None:
        return "a feed may be stuck"
    return f"it is {span(watching.longest_silence)} at the most as a rule, so a feed may be stuck"


def _past(case: Case, documents: list[DocumentState]) -> Iterator[str]:
    """Whether the URL is of a day that the feeds do not reach back to, or lost articles of."""
    gap = max((document.last_gap_at for document in documents if document.last_gap_at), default=None)
    day = day_of(case.asked)
    if gap:
        yield f"a feed lost articles between two polls before {moment(gap)}: this may be one of them"
    oldest = [document.oldest_entry_at for document in documents if document.oldest_entry_at]
    if day and oldest and day + _FRESHLY < min(oldest):
        yield f"it is of {day:%Y-%m-%d} by its URL, and its feeds reach back to {moment(min(oldest))} alone"


def _unwatched(case: Case) -> Iterator[str]:
    yield f"never seen: no source watches {_host(case.asked)}"


_VERDICTS: Mapping[State, Callable[[Case], Iterator[str]]] = {
    State.STORED: _stored,
    State.GONE: _gone,
    State.WAITING: _waiting,
    State.FAILED: _failed,
    State.REJECTED: _rejected,
    State.QUARANTINED: _quarantined,
    State.EXPIRED: _expired,
    State.OFF_SITE: _off_site,
    State.NEVER_SEEN: _never_seen,
    State.UNWATCHED: _unwatched,
}


def _because(record: Record) -> str:
    """Why a visit brought nothing: the reason in words, with what was measured, and the rule of robots.txt."""
    last = record.visits[-1] if record.visits else None
    robots = last.trace.get("robots", {}) if last else {}
    if "rule" in robots:
        return f"{record.why}: '{robots['rule']}' for '{robots['group']}'"
    return f"{record.why} ({last.detail})" if last and last.detail else record.why


def _advice(case: Case, state: State) -> Iterator[Advice | None]:
    asked = quote(case.asked)
    if state is State.QUARANTINED:
        yield remedy_of(Reason.QUARANTINED, case.record.url)
    elif case.records and not case.article:
        yield case.record.remedy
    if state is State.FAILED:
        yield Advice("ask for it now, and see what comes", f"tidings extract {quote(case.record.url)}")
    if state is State.OFF_SITE:
        yield Advice(
            f"name {_host(case.asked)} in the hosts of {case.listings[0].source}, if its pages are its own"
        )
    if state in {State.OFF_SITE, State.UNWATCHED, State.NEVER_SEEN} and (words := _words(case.asked)):
        yield Advice("look for its text at another URL", f"tidings articles search {quote(words)}")
    if state in {State.OFF_SITE, State.UNWATCHED} and not case.candidates:
        yield Advice("watch it from now on", f"tidings sources add {quote(_home(case.asked))}")
    if state is State.NEVER_SEEN:
        yield from _advice_on_unseen(case.candidates[0])
        yield Advice("ask for the page itself, and for robots.txt before it", f"tidings extract {asked}")


def _advice_on_unseen(watching: Candidate) -> Iterator[Advice]:
    name = watching.source
    if watching.state == "disabled":
        yield Advice("have the source visited again", f"tidings sources enable {name}")
    elif watching.state == "enabled" and not watching.refusal:
        yield Advice("ask its feeds now", f"tidings once {name}")
        yield Advice("see which feeds and sitemaps the site has", f"tidings sources test {name}")


def _words(url: str) -> str | None:
    """What a URL says of its story in words, as most papers' do; None if it says too little."""
    longest = max(urlsplit(url).path.split("/"), key=len)
    words = [
        word for word in re.split(r"[^a-z]+", longest.partition(".")[0].lower()) if len(word) >= _SHORTEST_WORD
    ]
    return " ".join(words[:_MOST_WORDS]) if len(words) >= _FEWEST_WORDS else None


def _host(url: str) -> str:
    return urlsplit(url).hostname or url


def _home(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}/"
