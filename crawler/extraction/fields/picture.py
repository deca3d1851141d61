"""The main image: its address, what its caption says, and whose it is."""

import re
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from itertools import islice
from typing import Any
from urllib.parse import unquote, urlsplit

from crawler.extraction.claims.claims import Choice, Claims
from crawler.extraction.claims.marks import Marks, is_elsewhere, short_text
from crawler.extraction.fields.credits import bare_credit, labelled_credit, split_caption
from crawler.extraction.page import Page
from crawler.text import clean_line, comparable

_CREDIT = re.compile(
    r"(?:^|[\s_-])(?:credits?|copy-?right|photographer|photo-?credit|image-?credit|fotograf|foto-?credit|autor|author|source"
    r"|quelle|rights|licen[cs]e|attribution|agency|courtesy|byline|crédit)(?:[_-]{0,2}\w{0,12})?(?=\s|$)",
    re.IGNORECASE,
)
_CAPTION = re.compile(
    r"(?:^|[\s_-])(?:caption|legend|bildunterschrift|bild-?text|pie-?de-?foto|didascalia|leyenda)", re.IGNORECASE
)
_CREDIT_PROPERTIES = frozenset(
    {"copyrightholder", "credittext", "author", "creator", "copyrightnotice", "creditline"}
)
_SOURCES = ("src", "data-src", "srcset", "data-srcset", "data-original", "data-lazy-src", "data-srcs")
_STEM = re.compile(r"(?:[-_](?:scaled|\d{2,4}x\d{2,4}|w?\d{3,4}|e\d{10,}))+$")
_IDENTITY = re.compile(r"[0-9a-f]{12,}|[A-Za-z0-9]*\d{6,}[A-Za-z0-9]*", re.IGNORECASE)
_DATE = re.compile(r"(?:19|20)\d{6}")
_LONGEST = 1_000  # characters of a caption; what is longer is text
_LONGEST_ADDRESS = 4_000  # characters of an address that are looked at
_LONGEST_LINE = 120  # characters of a credit and its label
_MOST_FIGURES = 20
_MOST_PARTS = 80  # elements of a figure that are looked at
_FEWEST_LETTERS = 6  # of a file's name that tells one picture from another


def choose_picture(
    claims: Sequence[Claims], marks: Marks, page: Page, headline: str | None
) -> dict[str, Choice | None]:
    """Choose the main image: the first with an http address; its caption and credit are those of its figure.

    What the claim of the image itself says of it is trusted before the figure.
    """
    found = next(((claim, url) for claim in claims if (url := page.absolute(claim.main_image_url))), None)
    own = (figure for figure in marks.figures[:_MOST_FIGURES] if not is_elsewhere(figure, marks))
    figure = _figure_of(found[1], marks) if found else next(own, None)
    caption, credit = _said(found[0], headline) if found else (None, None)
    caption_below, credit_below = _below(figure)
    if figure is None:
        figure, credit_below = _labelled(marks)
    image = Choice(found[1], found[0].origin) if found else _image_of(figure, page)
    return {
        "main_image_url": image,
        "main_image_caption": caption or (caption_below if image else None),
        "main_image_credit": credit or (credit_below if image else None),
    }


def _labelled(marks: Marks) -> tuple[Any | None, Choice | None]:
    """Find the image near the headline that a line such as "Image: Bo Lind/Wire" stands beside."""
    for element in marks.nearby:
        credit = labelled_credit(short_text(element, _LONGEST_LINE) or "")
        beside = islice(element.iterancestors(), 2) if credit else ()
        for place in beside:
            if place not in marks.spine and next(_sources(place), None):
                return place, Choice(credit, "html")
    return None, None


def _said(claim: Claims, headline: str | None) -> tuple[Choice | None, Choice | None]:
    caption, credit = split_caption(claim.main_image_caption or "")
    credit = bare_credit(claim.main_image_credit) or credit
    if caption and comparable(caption) == comparable(headline or ""):
        caption = None
    return Choice(caption, claim.origin) if caption else None, Choice(credit, claim.origin) if credit else None


def _figure_of(url: str, marks: Marks) -> Any | None:
    """Find the figure of the article that shows an image, in whatever size."""
    wanted = _identities(url)
    for figure in marks.figures[:_MOST_FIGURES]:
        is_shown = any(identity in source for source in map(str.lower, _sources(figure)) for identity in wanted)
        if is_shown and not is_elsewhere(figure, marks):
            return figure
    return None


def _sources(figure: Any) -> Iterator[str]:
    for part in islice(figure.iter("img", "source", "amp-img"), _MOST_PARTS):
        for name in _SOURCES:
            if value := part.get(name):
                yield value[:_LONGEST_ADDRESS].split(", ")[0].split(" ")[0]


def _identities(url: str) -> set[str]:
    """What tells an image in all its sizes: its file's name, and long numbers in its address."""
    address = unquote(url[:_LONGEST_ADDRESS])
    path = address.partition("?")[0].rstrip("/")
    stem = _STEM.sub("", path.rpartition("/")[2].rpartition(".")[0] or path.rpartition("/")[2]).lower()
    numbers = {number.lower() for number in _IDENTITY.findall(path) if not _DATE.fullmatch(number)}
    return numbers | ({stem} if len(stem) >= _FEWEST_LETTERS else set())


def _image_of(figure: Any | None, page: Page) -> Choice | None:
    for source in _sources(figure) if figure is not None else ():
        url = page.absolute(source)
        if url and urlsplit(url).path:
            return Choice(url, "html")
    return None


def _below(figure: Any | None) -> tuple[Choice | None, Choice | None]:
    """Read what a figure says of its image: the credit by its mark or its wording, the caption without it."""
    if figure is None:
        return None, None
    parts = list(islice(figure.iter(), _MOST_PARTS))
    owners = [part for part in parts if _is_credit(part)]
    place = next((part for part in parts if part.tag == "figcaption"), None)
    if place is None:
        place = next((part for part in parts if _CAPTION.search(part.get("class", "")[:_LONGEST])), None)
    marked = next(filter(None, (bare_credit(_text(part)) for part in owners if len(part) < _MOST_PARTS)), None)
    text = _text(place, set(owners)) if place is not None else None
    caption, credit = split_caption(text or "")
    credit = marked or credit
    return Choice(caption, "html") if caption else None, Choice(credit, "html") if credit else None


def _is_credit(part: Any) -> bool:
    if part.tag in {"figure", "figcaption", "img", "picture"}:
        return False
    properties = (part.get("itemprop") or "").lower().split()
    return bool(_CREDIT_PROPERTIES.intersection(properties) or _CREDIT.search(part.get("class", "")[:_LONGEST]))


def _text(element: Any, left_out: AbstractSet[Any] = frozenset()) -> str | None:
    """The text of an element without that of some in it."""
    if element in left_out:
        return None
    pieces = islice(element.xpath(".//text()"), 2 * _MOST_PARTS)
    hidden = {inner for part in left_out for inner in islice(part.iter(), _MOST_PARTS)}
    text = clean_line(" ".join(piece for piece in pieces if _holder(piece) not in hidden and _is_text(piece)))
    return text if text and len(text) <= _LONGEST else None


def _holder(piece: Any) -> Any:
    return piece.getparent().getparent() if piece.is_tail else piece.getparent()


def _is_text(piece: Any) -> bool:
    return piece.is_tail or piece.getparent().tag not in {"script", "style", "noscript", "svg", "button"}
