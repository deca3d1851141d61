"""What a page says that it is: JSON-LD, microdata, ``<meta>``, and the document that listed it."""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from crawler.article import Origin
from crawler.extraction.claims.json_ld import ARTICLE_TYPES, types_of
from crawler.extraction.page import Page
from crawler.extraction.verdict.layout import Layout
from crawler.extraction.verdict.sign import Findings, Sign
from crawler.text import comparable

_DATE_TAGS = ("article:published_time", "og:article:published_time", "datepublished", "parsely-pub-date")
_JSON_LD = {
    "json_ld_list": frozenset({"CollectionPage", "SearchResultsPage"}),
    "json_ld_profile": frozenset({"ProfilePage"}),
    "json_ld_static": frozenset({"AboutPage", "ContactPage", "FAQPage", "CheckoutPage"}),
    "json_ld_items": frozenset({"ItemList"}),
    "json_ld_product": frozenset({"Product", "ProductGroup", "OfferCatalog"}),
    "json_ld_pictures": frozenset({"ImageGallery", "MediaGallery"}),
    "json_ld_video": frozenset({"VideoObject", "VideoGallery"}),
}
_BESIDE_ARTICLES = frozenset({"json_ld_pictures", "json_ld_video", "json_ld_product"})  # articles have them, too
_OTHER_OG = re.compile(r"profile|music|product|book|restaurant|author")
_LONGEST_LINE = 500  # characters of a headline that are looked at
_HEADINGS = 3  # <h1> that are looked at
_ORIGINS: tuple[Origin, ...] = ("json_ld", "meta", "html")


def read_markup_signs(found: Findings, layout: Layout) -> Iterator[Sign]:
    """Name what the page and its feed say of it."""
    is_article = found.item is not None and _is_of_this_page(found, layout)
    yield from _of_types(found, is_article=is_article)
    yield from _of_meta(found)
    ld, tags, html = (found.claimed(origin) for origin in _ORIGINS)
    if (is_article and ld.date_published) or any(found.meta.get(name) for name in _DATE_TAGS):
        yield Sign("dated")
    elif next(found.page.tree.iter("time"), None) is not None:
        yield Sign("time")
    authors = (ld.authors if is_article else ()) or html.authors or tags.authors
    if authors:
        yield Sign("byline", ", ".join(authors)[:60])
    if found.hints.headline or found.hints.date_published:
        yield Sign("listed", f"listed by a {found.hints.origin}")


def _of_types(found: Findings, *, is_article: bool) -> Iterator[Sign]:
    if is_article and found.item is not None:
        yield Sign("json_ld_article", f"JSON-LD says {min(types_of(found.item) & ARTICLE_TYPES)}")
    elif microdata := _microdata(found.page):
        yield Sign("microdata_article", f"microdata says {microdata}")
    types = {name for item in found.items for name in types_of(item)}
    for name, listed in _JSON_LD.items():
        if (said := types & listed) and not (is_article and name in _BESIDE_ARTICLES):
            yield Sign(name, f"JSON-LD says {min(said)}")


def _of_meta(found: Findings) -> Iterator[Sign]:
    og_type = next((value.strip().lower()[:40] for value in found.meta.get("og:type", ())), "")
    if og_type.startswith("article") or "news" in og_type:
        name = "og_article"
    elif og_type.startswith("video"):
        name = "og_video"
    else:
        name = "og_other" if _OTHER_OG.search(og_type) else "og_website"
    if og_type:
        yield Sign(name, f"og:type is {og_type}")


def _is_of_this_page(found: Findings, layout: Layout) -> bool:
    """Tell whether the item is about this page: by its URL, else by its headline, unless it has no URL."""
    page = found.page
    ld, tags, html = (found.claimed(origin) for origin in _ORIGINS)
    if not (url := page.absolute(ld.canonical_url)):
        return True
    here = {_place(page.url), *(_place(page.absolute(claim.canonical_url) or "") for claim in (tags, html))}
    if _place(url) in here - {""}:
        return True
    said = comparable((ld.headline or "")[:_LONGEST_LINE])
    lines = [
        comparable(line[:_LONGEST_LINE])
        for line in (*layout.headings[:_HEADINGS], tags.headline, found.title)
        if line
    ]
    return bool(said) and any(said in line or line in said for line in lines if line)


def _place(url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return f"{(parts.hostname or '').removeprefix('www.')}{parts.path.rstrip('/')}" if parts.hostname else ""


def _microdata(page: Page) -> str | None:
    for value in page.tree.xpath("//@itemtype")[:50]:
        if (name := value.strip().rpartition("/")[2]) in ARTICLE_TYPES:
            return str(name)
    return None
