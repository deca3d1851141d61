"""Page in, article out: plain functions on plain values."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from crawler.article import Article, Hints, NotAnArticle
from crawler.extraction import json_ld, live_blog, markup, metadata, microdata
from crawler.extraction.body import Body, read_body
from crawler.extraction.boilerplate import sift
from crawler.extraction.claims import Choice, Claims
from crawler.extraction.datelines import choose_dateline
from crawler.extraction.evidence import Witness
from crawler.extraction.fields import (
    choose_authors,
    choose_canonical,
    choose_keywords,
    choose_section,
    choose_text,
    sign,
)
from crawler.extraction.headline import choose_alternative, choose_headline, read_labels, read_names_of
from crawler.extraction.language import choose_language
from crawler.extraction.marks import read_marks
from crawler.extraction.opt_outs import read_opt_outs
from crawler.extraction.page import Page, read_page
from crawler.extraction.pagination import find_pages
from crawler.extraction.picture import choose_picture
from crawler.extraction.row import as_row
from crawler.extraction.rules import missed_fields, read_claims, remove_parts, settle, settle_headline
from crawler.extraction.sections import read_trail
from crawler.extraction.times import choose_times
from crawler.extraction.verdict import read_signs, reject
from crawler.extraction.walls import find_wall, read_access, wall_of
from crawler.paragraphs import Paragraph
from crawler.text import count_words

__all__ = ["Article", "Hints", "NotAnArticle", "Reading", "as_row", "extract", "read", "wall_of"]

_NO_HINTS = Hints()


@dataclass(frozen=True, slots=True)
class Reading:
    """What a page is, and what its publisher asks not to be done with it.

    ``missed_rules`` names the fields of an article for which a rule of its source found nothing.
    """

    result: Article | NotAnArticle
    opt_outs: tuple[str, ...] = ()
    missed_rules: tuple[str, ...] = ()
    next_page: str | None = None  # where the article goes on
    first_page: str | None = None  # where it began, if this is a further page of it
    paragraphs: tuple[Paragraph, ...] = ()
    """Those of an article, with the boilerplate that was dropped: from them a site's boilerplate is learned."""
    whole_body: str | None = None
    """An article's text with the boilerplate that was dropped from it; None if nothing was."""
    num_dropped: int = 0
    """How many paragraphs of boilerplate were dropped."""


def extract(
    body: bytes, url: str, *, content_type: str | None = None, hints: Hints = _NO_HINTS
) -> Article | NotAnArticle:
    """Extract the article from a page, or say why it is none.

    ``body`` is the response's body without its transfer and content encodings, ``content_type`` the header of
    that name, ``url`` the absolute URL that answered. The page is parsed once. Its claims are trusted in the
    order JSON-LD, ``<meta>``, HTML, feed (``hints``); the body is found by reading the page itself. Where the
    source has rules (``hints``), what they find counts before all that.
    """
    return read(body, url, headers={"content-type": content_type or ""}, hints=hints).result


def read(
    body: bytes, url: str, *, headers: Mapping[str, str], hints: Hints = _NO_HINTS, agent: str = "tidings"
) -> Reading:
    """Extract the article from a response, as :func:`extract` does, and read its opt-outs.

    ``headers`` have lower-case names; of one that came several times the values are joined by commas. ``agent`` is
    the product token by which publishers would address us.
    """
    page = read_page(body, url, headers.get("content-type"))
    if isinstance(page, NotAnArticle):
        return Reading(page, read_opt_outs(headers, {}, agent))
    meta = metadata.read_meta(page)
    trimmed = remove_parts(page, hints.rules)
    ruled = read_claims(trimmed, hints.rules, ZoneInfo(hints.timezone))
    reading = replace(_read(trimmed, meta, hints, ruled, whole=page), opt_outs=read_opt_outs(headers, meta, agent))
    if not isinstance(reading.result, Article):
        return reading
    pages = find_pages(page)
    return replace(
        reading,
        missed_rules=missed_fields(ruled, hints.rules),
        next_page=pages.next_page,
        first_page=pages.first_page,
    )


def _read(page: Page, meta: metadata.Meta, hints: Hints, ruled: Claims, *, whole: Page) -> Reading:
    """Read a page as its source's rules leave it; whether it is an article or a wall shows on the ``whole``."""
    items = json_ld.read_items(page)
    item = json_ld.find_article(items, page)
    blog = live_blog.find_live_blog(items, item, page)
    item = live_blog.choose_item(item, blog)
    marks = read_marks(page)
    ld = json_ld.read_claims(item, items)
    tags = metadata.read_claims(meta if page is whole else metadata.read_meta(page))
    micro = microdata.read_claims(marks)
    feed = _feed_claims(hints)
    trail = read_trail(items, marks)
    names = read_names_of((ld, tags, micro, feed), page, trail)
    title = markup.read_title(page)
    titles = list(filter(None, (ld.headline, tags.headline, title)))
    html = markup.read_claims(page, marks, names, titles)
    if blog:
        ld, html = live_blog.with_times(ld, blog), live_blog.own_claims(html, blog)
        micro = live_blog.own_claims(micro, blog)
    claims = (ruled, ld, tags, micro, html, feed)

    headline = settle_headline(ruled, choose_headline(claims, title, names))
    name = headline.value if headline else None
    described = choose_text(claims, "description")
    authors = choose_authors((ruled, ld, micro, tags, html, feed), names)
    description = described.value if described else None
    if ruled.article_body:
        shown = Body(ruled.article_body, "rule")
    else:
        witness = Witness(name, description, ld.article_body, authors.value if authors else ())
        shown = read_body(page, witness, feed=hints.article_body)
        shown = replace(shown, text=live_blog.complete(shown.text, blog)) if blog else shown
    sifted = sift(shown.text, hints.boilerplate, description or "")
    text = replace(shown, text=sifted.text)
    access = read_access(item, meta)
    signs = read_signs(whole, item, items, meta, hints)
    is_article = signs.json_ld_article or signs.og_type == "article"
    if wall := find_wall(whole, title, shown, access, is_article=is_article, asked_url=hints.asked_url):
        return Reading(wall)
    if rejection := reject(name, shown, signs):
        if sifted.is_boilerplate:
            rejection = replace(rejection, detail=f"{rejection.detail}; all of its text recurs across the site")
        return Reading(rejection)

    zone = ZoneInfo(hints.timezone)
    language = choose_language((html, ld, tags, feed), text.text)
    chosen: dict[str, Choice | None] = {
        "headline": headline,
        "article_body": Choice(text.text, text.origin),
        "alternative_headline": headline and choose_alternative(claims, title, headline.value, names),
        "description": described,
        "authors": sign(authors, names, text.text, page),
        "article_section": choose_section(
            claims, trail, page, names, read_labels([*titles, html.headline or ""], marks, name or "")
        ),
        "keywords": choose_keywords(claims),
        "in_language": language,
        **choose_times(page, claims, meta, zone, headline=name, language=_tag(language, html)),
        **choose_picture(claims, marks, page, name),
        "dateline": choose_text(claims, "dateline") or choose_dateline(text.text),
        "canonical_url": choose_canonical((html, tags, ld), page),
    }
    found = {name: choice for name, choice in {**chosen, **settle(ruled, chosen, zone)}.items() if choice}
    article = Article(
        url=page.url,
        is_accessible_for_free=access.is_free,
        is_live_blog=blog is not None,
        date_published_source=found["date_published"].origin if "date_published" in found else None,
        word_count=count_words(text.text),
        origins={name: choice.origin for name, choice in found.items()},
        **{name: choice.value for name, choice in found.items()},
    )
    return Reading(
        article,
        paragraphs=sifted.paragraphs,
        whole_body=shown.text if sifted.num_dropped else None,
        num_dropped=sifted.num_dropped,
    )


def _tag(language: Choice | None, html: Claims) -> str | None:
    """Name the language with the region that the page declares, which says how it writes dates."""
    primary = language.value if language else None
    declared = html.in_language or ""
    return declared if primary and declared.lower().startswith(primary) else primary


def _feed_claims(hints: Hints) -> Claims:
    return Claims(
        hints.origin,
        headline=hints.headline,
        authors=hints.authors,
        article_section=hints.article_section,
        keywords=hints.keywords,
        in_language=hints.in_language,
        date_published=hints.date_published,
        date_modified=hints.date_modified,
    )
