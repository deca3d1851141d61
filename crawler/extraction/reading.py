"""The spine of extraction: one page, from its bytes to an article or the reason why it is none."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from zoneinfo import ZoneInfo

from crawler.article import Article, Hints, NotAnArticle
from crawler.extraction.claims import json_ld, markup, metadata, microdata
from crawler.extraction.claims.claims import Choice, Claims
from crawler.extraction.claims.marks import Marks, read_marks
from crawler.extraction.fields.choosing import (
    choose_authors,
    choose_canonical,
    choose_keywords,
    choose_section,
    choose_text,
    sign,
)
from crawler.extraction.fields.datelines import choose_dateline
from crawler.extraction.fields.headline import (
    Names,
    choose_alternative,
    choose_headline,
    read_labels,
    read_names_of,
)
from crawler.extraction.fields.language import choose_language
from crawler.extraction.fields.picture import choose_picture
from crawler.extraction.fields.sections import read_trail
from crawler.extraction.fields.times import choose_times
from crawler.extraction.opt_outs import read_opt_outs
from crawler.extraction.page import Page, read_page
from crawler.extraction.pages import live_blog
from crawler.extraction.pages.pagination import find_pages
from crawler.extraction.rules import (
    missed_fields,
    read_claims,
    remove_parts,
    settle,
    settle_headline,
    used_rules,
)
from crawler.extraction.text.body import Body, read_body
from crawler.extraction.text.boilerplate import sift
from crawler.extraction.text.evidence import Witness
from crawler.extraction.verdict.sign import Findings
from crawler.extraction.verdict.verdict import Verdict, judge, reject
from crawler.extraction.verdict.walls import Access, find_wall, read_access
from crawler.paragraphs import Paragraph
from crawler.text import count_words

NO_HINTS = Hints()


@dataclass(frozen=True, slots=True)
class Reading:
    """What a page is, what its publisher asks not to be done with it, and why it came out as it did."""

    result: Article | NotAnArticle
    opt_outs: tuple[str, ...] = ()
    missed_rules: tuple[str, ...] = ()
    """The fields of an article for which a rule of its source found nothing."""
    next_page: str | None = None
    """Where the article goes on."""
    first_page: str | None = None
    """Where it began, if this is a further page of it."""
    paragraphs: tuple[Paragraph, ...] = ()
    """Those of an article, with the boilerplate that was dropped: from them a site's boilerplate is learned."""
    whole_body: str | None = None
    """An article's text with the boilerplate that was dropped from it; None if nothing was."""
    num_dropped: int = 0
    """How many paragraphs of boilerplate were dropped."""
    reader: str | None = None
    """What read the text (see :class:`Body`); None for what has none."""
    rules: Mapping[str, str] = field(default_factory=dict)
    """By field the expression of its source's rules that found it."""
    verdict: Verdict | None = None
    """Whether it is an article; None for what is no HTML, as is ``body``."""
    claims: tuple[Claims, ...] = ()
    """In the order of trust."""
    body: Body | None = None


def read(
    body: bytes, url: str, *, headers: Mapping[str, str], hints: Hints = NO_HINTS, agent: str = "tidings"
) -> Reading:
    """Extract the article from a response, as :func:`crawler.extraction.extract` does, and read its opt-outs.

    ``headers`` have lower-case names; of one that came several times the values are joined by commas. ``agent`` is
    the product token by which publishers would address us.
    """
    whole = read_page(body, url, headers.get("content-type"))
    if isinstance(whole, NotAnArticle):
        return Reading(whole, read_opt_outs(headers, {}, agent))
    meta = metadata.read_meta(whole)
    page = remove_parts(whole, hints.rules)
    reading = _read(page, _gather(page, meta, hints, whole), hints, whole)
    reading = replace(reading, opt_outs=read_opt_outs(headers, meta, agent))
    if not isinstance(reading.result, Article):
        return reading
    pages = find_pages(whole)
    missed = missed_fields(reading.claims[0], hints.rules)
    return replace(reading, missed_rules=missed, next_page=pages.next_page, first_page=pages.first_page)


@dataclass(frozen=True, slots=True)
class _Gathered:
    """What a page says of itself, read once for all that choose among it."""

    meta: metadata.Meta
    items: list[json_ld.Item]
    item: json_ld.Item | None
    blog: live_blog.LiveBlog | None
    access: Access
    marks: Marks
    title: str | None
    trail: list[str]
    names: Names
    ruled: Claims
    ld: Claims
    tags: Claims
    micro: Claims
    html: Claims
    feed: Claims

    @property
    def claims(self) -> tuple[Claims, ...]:
        """All claims, in the order of trust; a rule's come first."""
        return self.ruled, self.ld, self.tags, self.micro, self.html, self.feed

    @property
    def titles(self) -> list[str]:
        """What the page calls itself outside its markup."""
        return list(filter(None, (self.ld.headline, self.tags.headline, self.title)))


def _gather(page: Page, meta: metadata.Meta, hints: Hints, whole: Page) -> _Gathered:
    items = json_ld.read_items(page)
    item = json_ld.find_article(items, page)
    blog = live_blog.find_live_blog(items, item, page)
    item = live_blog.choose_item(item, blog)
    access = read_access(item, meta)
    marks = read_marks(page)
    ld = json_ld.read_claims(item, items)
    tags = metadata.read_claims(meta if page is whole else metadata.read_meta(page))
    micro = microdata.read_claims(marks)
    feed = _feed_claims(hints)
    trail = read_trail(items, marks)
    names = read_names_of((ld, tags, micro, feed), page, trail)
    title = markup.read_title(page)
    html = markup.read_claims(page, marks, names, list(filter(None, (ld.headline, tags.headline, title))))
    if blog:
        ld = live_blog.with_times(ld, blog)
        html, micro = live_blog.own_claims(html, blog), live_blog.own_claims(micro, blog)
    ruled = read_claims(page, hints.rules, ZoneInfo(hints.timezone))
    return _Gathered(
        meta, items, item, blog, access, marks, title, trail, names, ruled, ld, tags, micro, html, feed
    )


def _read(page: Page, said: _Gathered, hints: Hints, whole: Page) -> Reading:
    """Read a page as its source's rules leave it; whether it is an article or a wall shows on the ``whole``."""
    headline = settle_headline(said.ruled, choose_headline(said.claims, said.title, said.names))
    name = headline.value if headline else None
    described = choose_text(said.claims, "description")
    authors = choose_authors((said.ruled, said.ld, said.micro, said.tags, said.html, said.feed), said.names)
    description = described.value if described else None
    shown = _find_body(
        page, said, Witness(name, description, said.ld.article_body, authors.value if authors else ()), hints
    )
    sifted = sift(shown.text, hints.boilerplate, description or "")

    # What is known to recur is judged too: a text that was stored once does not become none by what is learned.
    num_words = count_words(shown.text)
    verdict, refusal = _judge(whole, said, name, shown, num_words=num_words, hints=hints)
    if refusal and sifted.is_boilerplate:
        refusal = replace(refusal, detail=f"{refusal.detail}; all of its text recurs across the site")
    if refusal and not (refusal.reason == "paywall" and name and shown.text):
        return Reading(refusal, reader=shown.reader, verdict=verdict, claims=said.claims, body=shown)

    text = sifted.text
    article = _assemble(
        page,
        said,
        hints,
        text=Choice(text, shown.origin),
        num_words=count_words(text) if sifted.num_dropped else num_words,
        headline=headline,
        description=described,
        authors=sign(authors, said.names, text, page),
        language=choose_language((said.html, said.ld, said.tags, said.feed), text),
    )
    return Reading(
        replace(refusal, article=article) if refusal else article,
        paragraphs=sifted.paragraphs,
        whole_body=shown.text if sifted.num_dropped else None,
        num_dropped=sifted.num_dropped,
        reader=shown.reader,
        rules=used_rules(page, hints.rules, said.ruled, ZoneInfo(hints.timezone)),
        verdict=verdict,
        claims=said.claims,
        body=shown,
    )


def _find_body(page: Page, said: _Gathered, witness: Witness, hints: Hints) -> Body:
    if said.ruled.article_body:
        return Body(said.ruled.article_body, "rule")
    body = read_body(page, witness, feed=hints.article_body)
    return replace(body, text=live_blog.complete(body.text, said.blog)) if said.blog else body


def _judge(
    whole: Page, said: _Gathered, name: str | None, shown: Body, *, num_words: int, hints: Hints
) -> tuple[Verdict, NotAnArticle | None]:
    """Judge whether a page is an article, and say why not."""
    found = Findings(
        whole, said.item, said.items, said.meta, said.claims, name, said.title, shown, num_words, hints
    )
    verdict = judge(found)
    is_article = verdict.has("json_ld_article") or verdict.has("og_article")
    refusal = find_wall(
        whole, said.title, shown, num_words, said.access, is_article=is_article, asked_url=hints.asked_url
    ) or reject(name, shown, num_words, verdict)
    return verdict, replace(refusal, evidence=verdict.as_dict()) if refusal else None


def _assemble(
    page: Page,
    said: _Gathered,
    hints: Hints,
    *,
    text: Choice,
    num_words: int,
    headline: Choice | None,
    description: Choice | None,
    authors: Choice | None,
    language: Choice | None,
) -> Article:
    """Choose what depends on nothing but what was gathered, and put the article together."""
    zone = ZoneInfo(hints.timezone)
    claims = said.claims
    name = headline.value if headline else None
    labels = read_labels([*said.titles, said.html.headline or ""], said.marks, name or "")
    chosen: dict[str, Choice | None] = {
        "headline": headline,
        "article_body": text,
        "alternative_headline": name and choose_alternative(claims, said.title, name, said.names),
        "description": description,
        "authors": authors,
        "article_section": choose_section(claims, said.trail, page, said.names, labels),
        "keywords": choose_keywords(claims),
        "in_language": language,
        **choose_times(page, claims, said.meta, zone, headline=name, language=_tag(language, said.html)),
        **choose_picture(claims, said.marks, page, name),
        "dateline": choose_text(claims, "dateline") or choose_dateline(text.value),
        "canonical_url": choose_canonical((said.html, said.tags, said.ld), page),
    }
    found = {field: choice for field, choice in {**chosen, **settle(said.ruled, chosen, zone)}.items() if choice}
    return Article(
        url=page.url,
        is_accessible_for_free=said.access.is_free,
        is_live_blog=said.blog is not None,
        date_published_source=found["date_published"].origin if "date_published" in found else None,
        word_count=num_words,
        origins={field: choice.origin for field, choice in found.items()},
        **{field: choice.value for field, choice in found.items()},
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
