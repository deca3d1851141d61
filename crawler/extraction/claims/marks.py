"""What the markup readers look for, collected in one walk over the tree."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from crawler.extraction.page import Page

# Words in class tokens by which templates mark bylines: "byline", "article__author-name", "StyledBylineAuthor".
_BYLINE = re.compile(
    r"(?:(?<![A-Za-z])(?:by-?line|author|autor|auteur|contributor|verfasser)"
    r"|By[Ll]ine|Author|Autor|Auteur|Contributor|Verfasser)(?:s|en|es|in)?(?:[Nn]ames?)?(?![a-z])"
)
_WORDS = ("author", "line", "autor", "auteur", "contributor", "verfasser")  # one of which it holds
# ... but not those of their pictures, biographies, and links to follow them.
_NO_BYLINE = re.compile(
    r"bio|image|img|avatar|photo|picture|follow|social|about|comment|more|related|caption|date|time|email|icon|button|credit",
    re.IGNORECASE,
)
_TRAIL = re.compile(r"bread-?crumb", re.IGNORECASE)
# Parts of a page that belong to other articles, readers and the site: nothing in them is of this article.
_ELSEWHERE = re.compile(
    r"(?:^|[\s_-])(?:comments?|kommentare?|related|recommend\w*|teasers?|sidebar|promo\w*|newsletter|most-?read|popular"
    r"|trending|outbrain|taboola|latest|cookie|modal|menu|nav|navigation|footer|read-?more|more-?(?:news|stories|from))(?=[\s_-]|$)",
    re.IGNORECASE,
)
_ELSEWHERE_TAGS = frozenset({"aside", "footer", "nav", "template", "noscript", "form"})
_LONGEST_CLASS = 500  # characters of a class attribute that are looked at
_MOST = 200  # elements of a kind; an article has a handful
_NEARBY = 80  # elements after a heading within which its byline stands
_AFTER = 400  # elements after a heading within which what is marked as a byline is the article's
_BEFORE = 100  # elements before it, as of a header above the headline
_WITHOUT_HEADING = 1_500  # elements that are looked through on a page without one
_SHORT = 200  # characters; a byline is shorter
_MOST_PARTS = 40  # elements within a byline; what has more is no line
_MOST_HEADINGS = 3  # the first may be the site's name


@dataclass(frozen=True, slots=True)
class Marks:
    """Elements in document order, at most 200 of a kind; those of other articles are still among them."""

    headings: list[Any] = field(default_factory=list)
    properties: list[Any] = field(default_factory=list)
    """What carries microdata."""
    bylines: list[Any] = field(default_factory=list)
    """What is marked as a byline by its class or ``rel``."""
    nearby: list[Any] = field(default_factory=list)
    """What holds text soon after the first heading."""
    trails: list[Any] = field(default_factory=list)
    """Breadcrumbs."""
    figures: list[Any] = field(default_factory=list)
    spine: set[Any] = field(default_factory=set)
    """What holds a heading: the containers of the article itself."""


def read_marks(page: Page) -> Marks:
    """Walk once over what stands around the headings; a page without one is walked from its beginning."""
    marks = Marks()
    for element in page.tree.iter("h1", "figure"):
        (marks.headings if element.tag == "h1" else marks.figures).append(element)
    headings = marks.headings[:_MOST_HEADINGS]
    marks.spine.update(part for heading in headings for part in heading.iterancestors())
    kinds: dict[str, list[Any] | None] = {}
    for element in _around(headings, marks.nearby) if headings else islice(page.tree.iter(), _WITHOUT_HEADING):
        if name := element.get("class"):
            if name not in kinds:
                kinds[name] = _kind(marks, name[:_LONGEST_CLASS])
            if (kind := kinds[name]) is not None:
                kind.append(element)
        if element.get("itemprop"):
            marks.properties.append(element)
        if "author" in element.get("rel", ""):
            marks.bylines.append(element)
    known = set(marks.properties)
    marks.properties.extend(meta for meta in page.tree.iter("meta") if meta.get("itemprop") and meta not in known)
    for found in (marks.headings, marks.properties, marks.bylines, marks.trails, marks.figures):
        del found[_MOST:]
    return marks


def _around(headings: list[Any], nearby: list[Any]) -> list[Any]:
    """The elements before the first heading, nearest containers first, the heading's own, and those after each.

    Those that hold text soon after a heading are added to ``nearby``.
    """
    first = headings[0]
    found = dict.fromkeys([*islice(_beside(first, preceding=True), _BEFORE), *first.iterancestors()])
    found.update(dict.fromkeys(islice(first.iter(), _BEFORE)))
    for heading in headings:
        after = list(islice(_beside(heading), _AFTER))
        nearby.extend(part for part in after[:_NEARBY] if (text := part.text) and not text.isspace())
        found.update(dict.fromkeys(after))
    return list(found)


def _beside(element: Any, *, preceding: bool = False) -> Iterator[Any]:
    """Yield what comes after an element, or before it, in the document."""
    for container in (element, *element.iterancestors()):
        for sibling in container.itersiblings(preceding=preceding):
            yield from sibling.iter()


def is_elsewhere(element: Any, marks: Marks) -> bool:
    """Tell whether an element lies in a part of the page that is not of this article."""
    for part in (element, *element.iterancestors()):
        if part in marks.spine:
            return False  # what a template says of all its content says nothing
        if part.tag in _ELSEWHERE_TAGS:
            return True
        if _ELSEWHERE.search(f"{part.get('class', '')[:_LONGEST_CLASS]} {part.get('id', '')[:_LONGEST_CLASS]}"):
            return True
    return False


def short_text(element: Any, longest: int = _SHORT) -> str | None:
    """The text of an element and of all in it, on one line; None for none, and where it is too long."""
    if sum(1 for _ in islice(element.iter(), _MOST_PARTS + 1)) > _MOST_PARTS:
        return None
    text = " ".join(" ".join(element.itertext()).split())
    return text if text and len(text) <= longest else None


def _kind(marks: Marks, name: str) -> list[Any] | None:
    lower = name.lower()
    if "crumb" in lower and _TRAIL.search(name):
        return marks.trails
    if any(word in lower for word in _WORDS) and _BYLINE.search(name) and not _NO_BYLINE.search(name):
        return marks.bylines
    return None
