"""Dates that readers see: those near the headline that are neither the masthead's today nor another article's."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, tzinfo
from itertools import islice
from typing import Any, NamedTuple

from crawler.date_words import Order
from crawler.dates import Moment, find_moment, read_moment
from crawler.extraction.fields.time_words import label_of, split_at_labels
from crawler.extraction.page import Page
from crawler.text import comparable

_ELEMENTS = 20_000  # that are looked at; what an article says of itself stands before
_LONGEST = 160  # characters of a line with a byline and two dates
_HEADLINES = 50  # headings that may be the article's
_LONGEST_HEADLINE = 1_000  # characters
_LONGEST_NAME = 200  # characters of a class or an address that are looked at
_CANDIDATES = 60  # a page of dates is a listing or a table
_LEVELS = 12  # ancestors that are asked

_DATE_LIKE = re.compile(r"\d{4}|\d[./-]\s?\d")
_SILENT = frozenset({"script", "style", "noscript", "template", "title", "option", "select", "textarea", "svg"})
_HEADINGS = frozenset({"h1", "h2", "h3"})
_STAMPED = frozenset({"time", "abbr", "relative-time", "date"})

# What speaks for a date and against it, in points; so many must be left. Worked out on pages of 107 publishers.
_ENOUGH = 3
_BY_CLASS = re.compile(
    r"(?:^|[\s_-])(?:date|datum|fecha|data|time|datetime|pub|publi|posted|byline|meta|info|stamp|dateline|created|entry)"
    r"|(?:date|time|stamp|pubdate|meta|byline)(?:$|[\s_-])|published|datetime|timestamp|technicalline",
    re.IGNORECASE,
)
_MODIFIED_CLASS = re.compile(r"updat|modif|lastmod", re.IGNORECASE)
_PUBLISHED_CLASS = re.compile(r"publi|posted|pubdate|created|entry-date", re.IGNORECASE)
_ELSEWHERE = re.compile(
    r"(?:^|[\s_-])(?:related|teaser|recommend|sidebar|widget|comment|disqus|ticker|weather|calendar|trending|popular|"
    r"promo|newsletter|today|clock|now|current|masthead|topbar|top-bar|menu|navbar|nav|navigation|breadcrumb|footer|"
    r"copyright|card|carousel|latest|most-read|mostread|outbrain|taboola|sponsored|event|gallery|playlist|"
    r"archive|read-more|more-news|listing|feed|(?:media|image|photo|picture|figure|wp|video)[_-]+caption)s?(?:ed)?"
    r"(?:$|[\s_-])",
    re.IGNORECASE,
)
_PICTURES = frozenset({"figcaption", "figure"})
_ELSEWHERE_TAGS = frozenset({"nav", "footer", "table", "blockquote", "button", "form", "video"})
_NEAR = 1_500  # characters of text after the headline: standfirst, byline, share buttons
_JUST_BEFORE = 300  # characters before it: a kicker, the section, the date
_REPEATED = 3  # dates that look alike, of different days: a list of articles
_LEFT_OVER = 25  # characters beside a date: "Uhr | Von"


class Habits(NamedTuple):
    """How a page writes dates: by which clock, in which language and order of numbers."""

    zone: tzinfo
    language: str | None
    order: Order | None

    def find(self, text: str) -> Moment | None:
        """Find a date in a line written by these habits."""
        return find_moment(text, self.zone, language=self.language, order=self.order)


class Seen(NamedTuple):
    """A date on the page: whose it is by its label, and how much speaks for it."""

    kind: str | None
    moment: Moment
    points: int


@dataclass(frozen=True, slots=True)
class _Candidate:
    element: Any
    line: str
    stamp: str | None  # the machine-readable form beside it
    place: int  # characters of text before it


def find_seen(page: Page, headline: str | None, habits: Habits, day: date | None) -> list[Seen]:
    """Find the dates that may be the article's own, the most credible first; ``day`` is what its URL says."""
    candidates, heading = _walk(page.tree, headline)
    read = [
        (candidate, kind, moment)
        for candidate in candidates
        for kind, moment in _read(candidate, habits)
        if kind != "other"
    ]
    alike = {(_look(candidate.element), moment.time.date()) for candidate, _, moment in read}
    looks = Counter(look for look, _ in alike)
    seen = []
    for candidate, kind, moment in read:
        points = _points(candidate, page, heading) + _of_day(moment.time.astimezone(habits.zone).date(), day)
        points += 3 if kind else 0
        points -= 4 if looks[_look(candidate.element)] >= _REPEATED else 0
        if points >= _ENOUGH:
            seen.append(Seen(kind, moment, points))
    return sorted(seen, key=lambda one: -one.points)


def _walk(tree: Any, headline: str | None) -> tuple[list[_Candidate], tuple[int, Any] | None]:
    """Collect the lines with a date in page order, and where the headline stands."""
    found: list[_Candidate] = []
    headings: list[tuple[int, Any]] = []
    place = 0
    for element in islice(tree.iter(), _ELEMENTS):
        tag = element.tag
        if tag in _HEADINGS and len(headings) < _HEADLINES:
            headings.append((place, element))
        if tag not in _SILENT:
            text = (element.text or "").strip()
            place += len(text)
            stamped = tag in _STAMPED and _DATE_LIKE.search(element.get("datetime") or element.get("title") or "")
            if stamped or (text and len(text) <= _LONGEST and _DATE_LIKE.search(text)):
                found.append(_candidate(element, text, place))
        tail = (element.tail or "").strip()
        place += len(tail)
        if tail and len(tail) <= _LONGEST and _DATE_LIKE.search(tail):
            found.append(_candidate(element.getparent(), tail, place))
        if len(found) > _CANDIDATES:
            break
    return found, _main_heading(headings, headline)


def _candidate(element: Any, text: str, place: int) -> _Candidate:
    stamp = element.get("datetime") or (element.get("title") if element.tag in _STAMPED else None)
    return _Candidate(element, " ".join(text.split()), stamp, place)


def _main_heading(headings: list[tuple[int, Any]], headline: str | None) -> tuple[int, Any] | None:
    wanted = comparable(headline or "")
    first = [one for one in headings if one[1].tag == "h1"]
    same = (one for one in first or headings if wanted and wanted in comparable(_text(one[1], _LONGEST_HEADLINE)))
    return next(same, next(iter(first), None))


def _read(candidate: _Candidate, habits: Habits) -> Iterator[tuple[str | None, Moment]]:
    """Read the dates of a line; where its own words lack the time of day, those around it are read too."""
    line, around = candidate.line, _around(candidate.element)
    own = _label_by_class(candidate.element) or _label_before(line, around)
    own = own or _label_by_class(candidate.element.getparent())
    if candidate.stamp and (moment := read_moment(candidate.stamp, habits.zone)):
        shown = habits.find(line) if not moment.has_time_of_day else None
        yield label_of(line) or own, shown if shown and _adds_time(shown, moment, habits.zone) else moment
        return
    found = list(_labelled(line, own, habits))
    if len(found) == 1:
        wider = [one for one in _labelled(around, own, habits) if _adds_time(one[1], found[0][1], habits.zone)]
        yield wider[0] if len(wider) == 1 else found[0]
    else:
        yield from found or _labelled(around, own, habits)


def _labelled(text: str, own: str | None, habits: Habits) -> Iterator[tuple[str | None, Moment]]:
    for kind, piece in split_at_labels(text):
        if moment := habits.find(piece):
            yield kind or own, moment


def _adds_time(finer: Moment, coarse: Moment, zone: tzinfo) -> bool:
    same = finer.time.astimezone(zone).date() == coarse.time.astimezone(zone).date()
    return same and finer.has_time_of_day and not coarse.has_time_of_day


def _around(element: Any) -> str:
    """Read the line that an element is part of: its parent's text, or its grandparent's, while that is short."""
    text = ""
    for ancestor in islice(element.iterancestors(), 2):
        wider = _text(ancestor, _LONGEST)
        if len(wider) > _LONGEST:
            break
        text = wider
    return text


def _text(element: Any, longest: int) -> str:
    """Read an element's text in one line; as soon as it is longer, what has been read."""
    line = ""
    for text in element.itertext():
        line = f"{line} {' '.join(text[: longest * 4].split())}".strip()
        if len(line) > longest:
            break
    return line


def _label_before(line: str, around: str) -> str | None:
    """Read the label in front of a line, unless another date has it."""
    before = around.partition(line)[0] if line and line in around else ""
    kind, piece = list(split_at_labels(before))[-1]
    return None if _DATE_LIKE.search(piece) else kind


def _label_by_class(element: Any) -> str | None:
    if element is None:
        return None
    names = " ".join((element.get(name) or "")[:_LONGEST_NAME] for name in ("class", "itemprop"))
    if _PUBLISHED_CLASS.search(names):
        return "date_published"
    return "date_modified" if _MODIFIED_CLASS.search(names) else None


def _look(element: Any) -> tuple[str, ...]:
    parent = element.getparent()
    names = (element.get("class"), parent.get("class") if parent is not None else None)
    return element.tag, *((name or "")[:_LONGEST_NAME] for name in names)


def _points(candidate: _Candidate, page: Page, heading: tuple[int, Any] | None) -> int:
    chain = [candidate.element, *islice(candidate.element.iterancestors(), _LEVELS)]
    # What holds the headline too is the article's own, whatever its name: "main widget", "sidebar-grid".
    shared = set(heading[1].iterancestors()) if heading else set()
    chain = [one for one in chain if one not in shared and one.tag not in {"body", "html"}]
    names = [
        f"{(one.get('class') or '')[:_LONGEST_NAME]} {(one.get('id') or '')[:_LONGEST_NAME]}" for one in chain
    ]
    is_near = heading is not None and 0 <= candidate.place - heading[0] <= _NEAR
    points = 2 if candidate.element.tag == "time" else 0
    points += 2 if candidate.element.get("pubdate") is not None else 0
    points += 2 if any(_BY_CLASS.search(name) for name in names[:3]) else 0
    points += 1 if _is_nothing_but_a_date(candidate.line) else 0
    points -= 5 if any(one.tag in _ELSEWHERE_TAGS for one in chain) else 0
    # Photographs are dated in words; a stamp under the lead picture is the article's.
    points -= 5 if not candidate.stamp and any(one.tag in _PICTURES for one in chain) else 0
    points += 3 if "date" in (candidate.element.get("itemprop") or "").lower() else 0
    points -= (1 if is_near else 3) if any(one.tag == "aside" for one in chain) else 0
    points -= 4 if any(_ELSEWHERE.search(name) for name in names) else 0
    points -= 4 if _is_link_elsewhere(chain, page) else 0
    return points + (_of_place(candidate, heading) if heading else 0)


def _is_nothing_but_a_date(line: str) -> bool:
    letters = sum(1 for letter in line if letter.isalpha())
    return letters <= _LEFT_OVER


def _is_link_elsewhere(chain: list[Any], page: Page) -> bool:
    """Tell whether a date is part of a link to another page; an archive's link of the day alone is not."""
    link = next((one for one in chain if one.tag == "a" and one.get("href")), None)
    if link is None or "bookmark" in (link.get("rel") or ""):
        return False
    href = link.get("href")
    url = (page.absolute(href) or page.url) if len(href) <= _LONGEST_NAME else href
    return not (url.split("#")[0] == page.url or re.search(r"/\d{4}/\d\d?/?(?:\d\d?/?)?$", url))


def _of_place(candidate: _Candidate, heading: tuple[int, Any]) -> int:
    place, element = heading
    distance = candidate.place - place
    if 0 <= distance <= _NEAR:
        return 3
    if distance > 0:
        return 0
    container = set(islice(element.iterancestors(), 4)) & set(islice(candidate.element.iterancestors(), 5))
    together = any(one.tag not in {"body", "html"} for one in container)
    return 2 if together and distance >= -_JUST_BEFORE else -2


def _of_day(found: date, day: date | None) -> int:
    if day is None:
        return 0
    return 3 if abs((found - day).days) <= 1 else -6
