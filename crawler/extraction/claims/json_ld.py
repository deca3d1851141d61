"""JSON-LD: the article that a page's ``<script type="application/ld+json">`` blocks describe."""

import json
import re
from collections.abc import Iterator
from itertools import chain, islice
from typing import Any
from urllib.parse import urlsplit

from crawler.extraction.claims.claims import Claims
from crawler.extraction.fields.names import read_names
from crawler.extraction.page import Page
from crawler.text import clean_line, clean_markup

Item = dict[str, Any]

# schema.org's Article and the types below it, as of version 29, without forum postings.
ARTICLE_TYPES = frozenset(
    {
        "AdvertiserContentArticle",
        "AnalysisNewsArticle",
        "Article",
        "AskPublicNewsArticle",
        "BackgroundNewsArticle",
        "BlogPosting",
        "LiveBlogPosting",
        "NewsArticle",
        "OpinionNewsArticle",
        "Report",
        "ReportageNewsArticle",
        "ReviewNewsArticle",
        "SatiricalArticle",
        "ScholarlyArticle",
        "SocialMediaPosting",
        "TechArticle",
    }
)
_NESTED = ("@graph", "mainEntity", "mainEntityOfPage")
_WRAPPING = re.compile(r"^\s*(?:<!--|//\s*<!\[CDATA\[|<!\[CDATA\[|/\*.*?\*/)?\s*", re.DOTALL)
_TRAILING_COMMA = re.compile(r",(?=\s*[}\]])")
_DECODER = json.JSONDecoder(strict=False)  # not strict: raw newlines inside strings are common
_MOST_TEXT = 3_000_000  # characters of all blocks: parsed they take up to thirty times their length in memory
_DEEPEST = 8  # levels of lists, graphs and main entities that are followed
_MOST = 100  # names, or images, of one list; further ones are nobody's
_SITES = frozenset({"WebSite", "NewsMediaOrganization"})
_CREDITS = ("creditText", "copyrightHolder", "copyrightNotice", "creator", "author", "credit")
_LISTING = 3  # this many articles, none of them this page: a listing describes its teasers


def read_items(page: Page) -> list[Item]:
    """Read every object at the top of a block, in ``@graph``, or named as main entity.

    Blocks that cannot be parsed are skipped.
    """
    blocks = (element.text_content() for element in page.tree.iter("script") if _is_json_ld(element))
    return [item for block in _bounded(blocks) for item in _flatten(_parse(block))]


def _bounded(blocks: Iterator[str]) -> Iterator[str]:
    """Pass blocks on until they are together longer than those of any page are; a longer one is left out."""
    left = _MOST_TEXT
    for block in blocks:
        if len(block) <= left:
            left -= len(block)
            yield block


def find_article(items: list[Item], page: Page) -> Item | None:
    """Find the item that describes this page: an article with this URL, else the fullest one."""
    articles = [item for item in items if types_of(item) & ARTICLE_TYPES]
    here = [item for item in articles if any(_same_page(url, page.url) for url in _urls(item))]
    headlines = {item.get("headline") for item in articles if isinstance(item.get("headline"), str)}
    if not here and len(headlines) >= _LISTING:
        return None
    return max(here or articles, key=_fullness, default=None)


def read_claims(item: Item | None, items: list[Item]) -> Claims:
    """Read what the article's item claims.

    References (``{"@id": ...}``) are looked up among the page's other items.
    """
    if item is None:
        return Claims("json_ld")
    known = {found["@id"]: found for found in items if isinstance(found.get("@id"), str) and len(found) > 1}
    image, caption, credit = _image(item, known)
    return Claims(
        "json_ld",
        headline=clean_line(item.get("headline")) or clean_line(item.get("name")),
        article_body=clean_markup(item.get("articleBody")),
        description=clean_line(item.get("description")),
        alternative_headline=next(_lines(item.get("alternativeHeadline")), None),
        authors=read_names(_names(item.get("author") or item.get("creator"), known)),
        article_section=next(_lines(item.get("articleSection")), None),
        keywords=_keywords(item.get("keywords")),
        in_language=_language(item.get("inLanguage")),
        date_published=_scalar(item.get("datePublished")) or _scalar(item.get("dateCreated")),
        date_modified=_scalar(item.get("dateModified")),
        main_image_url=image,
        main_image_caption=caption,
        main_image_credit=credit,
        dateline=clean_line(item.get("dateline")),
        canonical_url=_url(item.get("url"), {}) or _url(item.get("mainEntityOfPage"), {}),
        site_names=_site_names(item, items, known),
    )


def types_of(item: Item) -> frozenset[str]:
    """Name an item's types without their vocabulary: ``https://schema.org/NewsArticle`` is ``NewsArticle``."""
    return frozenset(re.split(r"[/:#]", name)[-1] for name in _lines(item.get("@type")))


def _is_json_ld(element: Any) -> bool:
    return "ld+json" in (element.get("type") or "").lower()


def _parse(block: str) -> Any:
    """Parse one block, with what publishers' templates add around and inside it taken off."""
    text = block[_WRAPPING.match(block).end() :]  # type: ignore[union-attr]  # it also matches nothing
    for candidate in (text, _TRAILING_COMMA.sub("", text)):
        try:
            return _DECODER.raw_decode(candidate)[0]
        except (ValueError, RecursionError):
            continue
    return None


def _flatten(value: Any, depth: int = _DEEPEST) -> Iterator[Item]:
    for entry in _each(value) if depth else ():
        if isinstance(entry, list):
            yield from _flatten(entry, depth - 1)
        elif isinstance(entry, dict):
            yield entry
            for key in _NESTED:
                yield from _flatten(entry.get(key), depth - 1)


def _each(value: Any) -> list[Any]:
    """Treat every property as the list that schema.org lets it be."""
    return value if isinstance(value, list) else [value]


def _lines(value: Any) -> Iterator[str]:
    return (line for entry in _each(value) if (line := clean_line(entry)))


def _scalar(value: Any) -> str | int | float | None:
    first = next(iter(_each(value)), None)
    return first if isinstance(first, str | int | float) and not isinstance(first, bool) else None


def _resolve(entry: Any, known: dict[str, Item]) -> Any:
    """Follow a reference to another item of the page; an entry that says something itself stays."""
    if isinstance(entry, dict) and isinstance(reference := entry.get("@id"), str):
        return {**known.get(reference, {}), **entry}
    return entry


def _names(value: Any, known: dict[str, Item]) -> Iterator[str]:
    for entry in (_resolve(entry, known) for entry in islice(_each(value), _MOST)):
        yield from islice(_lines(_name(entry) if isinstance(entry, dict) else entry), _MOST)


def _name(entry: Item) -> Any:
    """The name of a person or organisation, in one piece or two."""
    parts = filter(None, (clean_line(entry.get(key)) for key in ("givenName", "familyName")))
    return entry.get("name") or " ".join(parts) or entry.get("byline")


def _site_names(item: Item, items: list[Item], known: dict[str, Item]) -> tuple[str, ...]:
    """What the page's publisher and site are called."""
    sites = (found for found in items if types_of(found) & _SITES)
    named = [
        _resolve(entry, known) for entry in (*islice(_each(item.get("publisher")), _MOST), *islice(sites, _MOST))
    ]
    names = [
        _names(named, {}),
        *(_lines(entry.get("alternateName")) for entry in named if isinstance(entry, dict)),
    ]
    return tuple(dict.fromkeys(islice(chain.from_iterable(names), _MOST)))


def _image(item: Item, known: dict[str, Item]) -> tuple[str | None, str | None, str | None]:
    """Read the address, the caption and the credit of the first image (https://schema.org/ImageObject)."""
    for entry in islice(_each(item.get("image")), _MOST):
        found = _resolve(entry, known)
        if url := _url(found, {}):
            return (url, *_said_of(found, known)) if isinstance(found, dict) else (url, None, None)
    return _url(item.get("thumbnailUrl"), known), None, None


def _said_of(image: Item, known: dict[str, Item]) -> tuple[str | None, str | None]:
    caption = next(_lines(image.get("caption")), None) or next(_lines(image.get("description")), None)
    credits_ = (next(_names(image.get(key), known), None) for key in _CREDITS)
    return caption, next(filter(None, credits_), None)


def _keywords(value: Any) -> tuple[str, ...]:
    words = (word.strip() for line in _lines(value) for word in line.split(","))
    return tuple(dict.fromkeys(word for word in words if word))


def _language(value: Any) -> str | None:
    entry = next(iter(_each(value)), None)
    return clean_line(entry.get("alternateName") or entry.get("name") if isinstance(entry, dict) else entry)


def _url(value: Any, known: dict[str, Item]) -> str | None:
    for entry in _each(value):
        found = _resolve(entry, known)
        if isinstance(found, dict):
            found = found.get("url") or found.get("contentUrl") or found.get("@id")
        if line := next(_lines(found), None):
            return line
    return None


def _urls(item: Item) -> Iterator[str]:
    for key in ("url", "mainEntityOfPage", "@id"):
        if url := _url(item.get(key), {}):
            yield url


def _same_page(left: str, right: str) -> bool:
    """Compare host and path only: queries and fragments say how a page was reached."""
    try:
        return _place(left) == _place(right)
    except ValueError:
        return False


def _place(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return (parts.hostname or "").removeprefix("www."), parts.path.rstrip("/")


def _fullness(item: Item) -> int:
    return sum(1 for key in ("headline", "articleBody", "datePublished", "author", "image") if item.get(key))
