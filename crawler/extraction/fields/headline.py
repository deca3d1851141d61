"""The headline, without what templates put around it: the site's name, the section, a kicker."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any
from urllib.parse import urlsplit

from crawler.extraction.claims.claims import Choice, Claims
from crawler.extraction.claims.marks import Marks, short_text
from crawler.extraction.page import Page
from crawler.text import clean_line, comparable

_SEPARATOR = re.compile(
    r"\s+(?:[-\u2013\u2014~*|/\\·•»«\u203a:]|//|::|\|\|)\s+|\s*[|\uff5c]\s*|\uff1a|\s[-\u2013\u2014](?=\S)"
)
_BAR = re.compile(r"\s*[|\uff5c]\s*|\s+(?:::|[»\u203a])\s+")  # hardly ever part of a headline
_COLON = re.compile(r"^([^:]{2,60}):\s+(?=\S)")
_BRACKETS = re.compile(r"\(([^()]{2,40})\)")
_HEAD = 1_000  # characters within which names are looked for, at either end
_MOST_SEPARATORS = 12  # looked at, from either end
_FEWEST_WORDS = 3  # of a headline; what is shorter is a kicker, or a site's name
_FEWEST_LETTERS = 8  # of a headline in a script without spaces
_LONGEST_TAIL = 4  # words after a bar that are taken for a section's name
_SHARED = 1 / 3  # of its words that another headline of the same article shares

# Class tokens of what stands in a heading beside the headline.
_KICKER = re.compile(
    r"(?:^|[\s_-])(?:kicker|over-?line|overtitle|eyebrow|top-?line|top-?title|pre-?title|roof-?line|dachzeile|spitzmarke"
    r"|ober-?(?:zeile|titel)|super-?title|sup(?:er)?-?head(?:line)?|antetitulo|surtitre|occhiello|flag|label|badge|tags?"
    r"|categor(?:y|ies|ia)|cat|section|rubri[ck]|topic|ressort|channel|visually-?hidden|sr-only|off-?screen|screen-reader\S*"
    r"|premium|paywall|plus|share|icon)(?=[\s_-]|$)",
    re.IGNORECASE,
)
_MOST_PARTS = 60  # elements of a heading
_NO_TEXT = frozenset({"script", "style", "svg", "button", "noscript"})
_AROUND = " |:-\u2013\u2014\u00b7•/\uff5c"
_LONGEST = 10_000  # characters of a heading
_LONGEST_HEADLINE = 2_000  # characters; what is longer is left as it is
_LONGEST_ALTERNATIVE = 200  # characters; what is longer is a description
_LONGEST_NAME = 60  # characters of a section's name
_LONGEST_ADDITION = 10  # characters, as of "News" or "Online" beside a site's name
_MOST_HEADINGS = 5
_OUTSIDE_HEADINGS = frozenset({"json_ld", "meta", "feed", "sitemap"})
_MOST_NAMES = 4  # around one headline


@dataclass(frozen=True, slots=True)
class Names:
    """What the site and its sections are called, in comparable form."""

    sites: frozenset[str]
    sections: frozenset[str]

    def is_site(self, text: str) -> bool:
        """Tell whether a text names the site: as it does itself, with a word more, or by its initials."""
        name = comparable(text)
        if not name or name in self.sites:
            return bool(name)
        return any(
            len(site) >= _FEWEST_WORDS + (site.isascii()) * 2
            and len(name) - len(site) <= _LONGEST_ADDITION
            and (name.startswith(site) or name.endswith(site))
            for site in self.sites
        )

    def is_name(self, text: str) -> bool:
        """Tell whether a text names the site or a section."""
        return comparable(text) in self.sections or self.is_site(text)


def read_names_of(claims: Sequence[Claims], page: Page, trail: Sequence[str]) -> Names:
    """Collect what the site calls itself and its sections; from ``www.daily.example`` also ``daily``."""
    labels = (urlsplit(page.url).hostname or "").removeprefix("www.").split(".")
    joined = ["".join(labels[n:]) for n in range(max(len(labels) - 1, 1))]
    claimed = [name for claim in claims for name in claim.site_names]
    inner = [match[1] for name in claimed for match in _BRACKETS.finditer(name[:_HEAD])]
    outer = [_BRACKETS.sub("", name[:_HEAD]) for name in claimed]
    initials = [
        "".join(word[0] for word in name.split()[:8]) for name in outer if len(name.split()) >= _FEWEST_WORDS
    ]
    sites = {*map(comparable, (*claimed, *inner, *outer, *initials, *joined, *labels[:-1]))}
    headlines = {comparable(claim.headline) for claim in claims if claim.headline}
    sections = {*map(comparable, trail), *(comparable(claim.article_section or "") for claim in claims)}
    return Names(frozenset(sites - {""}), frozenset(sections - sites - headlines - {""}))


def read_heading(marks: Marks, names: Names, titles: Sequence[str]) -> str | None:
    """Read the first heading that says anything but the site's name, without the kicker or section inside it.

    ``titles`` are the page's own, as they stand elsewhere: what a heading has beside one is no part of it.
    """
    known = {comparable(part) for title in titles for part in _SEPARATOR.split(title[:_HEAD])[:1]}
    headings = (_without_kicker(heading, names, known) for heading in marks.headings[:_MOST_HEADINGS])
    return next((heading for heading in headings if heading and not names.is_site(heading)), None)


def choose_headline(claims: Sequence[Claims], title: str | None, names: Names) -> Choice | None:
    """Choose the first headline claimed, else the title, without the names of site and section around it.

    What stands before or after a separator is taken off too where another claim is the rest alone.
    """
    named = [Choice(claim.headline, claim.origin) for claim in claims if claim.headline]
    found = next((choice for choice in named if not names.is_site(choice.value)), None)
    found = found or (Choice(title, "html") if title else None)
    if not found:
        return None
    claimed = {comparable(choice.value): choice for choice in named}
    repeated = len(claimed) > 1
    if title:
        claimed.setdefault(comparable(title), Choice(title, "html"))
    bare = _without_names(found.value, names, claimed)
    if not repeated and comparable(found.value) == comparable(title or ""):
        bare = _without_tail(bare)
    return Choice(bare, found.origin)


def choose_alternative(claims: Sequence[Claims], title: str | None, headline: str, names: Names) -> Choice | None:
    """Choose another headline of the article: the one called so, else one that truly differs.

    A description under that name is none. What differs is what a page says elsewhere (``og:title`` beside the
    heading): it has words in common with the headline, and neither holds the other.
    """
    taken = {comparable(headline), *(comparable(claim.description or "") for claim in claims)}
    for claim in claims:
        named = _without_names((claim.alternative_headline or "")[:_HEAD], names, {})
        if named and len(named) <= _LONGEST_ALTERNATIVE and comparable(named) not in taken:
            return Choice(named, claim.origin)
    others = [Choice(claim.headline, claim.origin) for claim in claims if claim.headline]
    if title:
        others.append(Choice(title, "html"))
    bare = (
        Choice(_without_names(other.value, names, {}), other.origin)
        for other in others
        if other.value != headline and len(other.value) <= _LONGEST_HEADLINE
    )
    return next((other for other in bare if _differs(other.value, headline)), None)


def read_labels(values: Sequence[str], marks: Marks, headline: str) -> set[str]:
    """Collect what stands behind a bar after the headline, or beside it in the heading, in comparable form."""
    bare = comparable(headline)
    headed = [value[:_HEAD] for value in values if bare in comparable(value[:_HEAD])]
    labels = [part for value in headed for part in _BAR.split(value)[1:]]
    found = {label for label in map(comparable, labels) if label}
    for heading in marks.headings[:_MOST_HEADINGS]:
        whole = comparable(heading.text_content()[:_LONGEST])
        found.update((whole.removeprefix(bare), whole.removesuffix(bare)) if whole != bare else ())
    return found - {bare}


def _differs(other: str, headline: str) -> bool:
    left, right = comparable(other), comparable(headline)
    if left in right or right in left or not _is_headline(other):
        return False
    words, shared = _words(other), _words(other) & _words(headline)
    return bool(shared) and len(shared) >= _SHARED * min(len(words), len(_words(headline)))


def _words(text: str) -> set[str]:
    """The words of a text, without the shortest, which any two texts share."""
    return {word for part in text[:_HEAD].split() if len(word := comparable(part)) >= _FEWEST_WORDS}


def _without_kicker(heading: Any, names: Names, known: set[str]) -> str | None:
    whole = clean_line(heading.text_content()[:_LONGEST])
    parts = list(islice(heading.iter(), 1, _MOST_PARTS))
    if not whole or not parts:
        return whole
    if (
        _is_title(rest := _without_parts(heading, [part for part in parts if _is_beside(part, names)]))
        and rest != whole
    ):
        return rest
    for part in () if comparable(whole) in known else (heading[0], heading[-1]):
        if comparable(rest := _without_parts(heading, [part])) in known and _is_title(rest):
            return rest
    return whole


def _without_parts(heading: Any, parts: Sequence[Any]) -> str:
    left_out = {inner for part in parts for inner in islice(part.iter(), _MOST_PARTS)}
    pieces = islice(heading.xpath(".//text()"), 2 * _MOST_PARTS)
    return (clean_line("".join(piece for piece in pieces if _holder(piece) not in left_out)) or "").strip(_AROUND)


def _holder(piece: Any) -> Any:
    """The element that a text node of lxml's lies in."""
    return piece.getparent().getparent() if piece.is_tail else piece.getparent()


def _is_beside(part: Any, names: Names) -> bool:
    if part.tag in _NO_TEXT or part.get("aria-hidden") == "true" or _KICKER.search(part.get("class", "")[:_HEAD]):
        return True
    text = short_text(part, _LONGEST_NAME)
    return text is not None and names.is_name(text.strip(_AROUND))


def _without_names(headline: str, names: Names, claimed: Mapping[str, Choice]) -> str:
    for _ in range(_MOST_NAMES if len(headline) <= _LONGEST_HEADLINE else 0):
        shorter = _without_one(headline, names, claimed)
        if shorter == headline:
            break
        headline = shorter
    return headline


def _without_one(headline: str, names: Names, claimed: Mapping[str, Choice]) -> str:
    """Take off what stands behind the last separators or before the first, if it is no part of the headline."""
    separators = list(_SEPARATOR.finditer(headline))
    for separator in reversed(separators[-_MOST_SEPARATORS:]):
        before, after = headline[: separator.start()].strip(), headline[separator.end() :].strip()
        if before and (names.is_name(after) or comparable(before) in claimed):
            return before
    for separator in separators[:2]:
        before, after = headline[: separator.start()].strip(), headline[separator.end() :].strip()
        if (_is_title(after) and names.is_name(before)) or (_is_headline(after) and comparable(after) in claimed):
            return after
    if (prefix := _COLON.match(headline[:_HEAD])) and _is_title(rest := headline[prefix.end() :]):
        other = claimed.get(comparable(rest)) if _is_headline(rest) else None
        is_opening = any(
            choice.value.startswith(prefix[0]) for choice in claimed.values() if choice.value != headline
        )
        # A heading often has before it, in an element of its own, what belongs to the headline.
        if (other and other.origin in _OUTSIDE_HEADINGS) or (names.is_site(prefix[1]) and not is_opening):
            return rest
    return headline


def _without_tail(title: str) -> str:
    """Take a few words after a bar off a headline that nothing else on the page repeats."""
    bars = list(_BAR.finditer(title[-_HEAD:]))
    if not bars:
        return title
    cut = max(len(title) - _HEAD, 0) + bars[-1].start()
    before, after = title[:cut].strip(), title[cut:].strip(_AROUND)
    return before if len(after.split()) <= _LONGEST_TAIL and _is_headline(before) else title


def _is_title(text: str) -> bool:
    """Tell what may be a headline where something else says that it is one."""
    return len(text.split()) > 1 or (not text.isascii() and len(text) >= _FEWEST_LETTERS // 2)


def _is_headline(text: str) -> bool:
    """Tell a headline from a label by its length."""
    if text.isascii() or " " in text:
        return len(text.split()) >= _FEWEST_WORDS
    return len(text) >= _FEWEST_LETTERS
