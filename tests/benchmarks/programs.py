"""The programs that are compared, each as a function from a page to a row. What is missing is imported late."""

from collections.abc import Callable
from zoneinfo import ZoneInfo

from crawler.article import Article, Hints
from crawler.dates import read_moment
from crawler.extraction import extract
from crawler.extraction.claims import json_ld
from crawler.extraction.page import Page as Tree
from crawler.extraction.page import read_page
from tests.benchmarks.corpus import Page
from tests.benchmarks.scoring import Row

Program = Callable[[Page], Row]

REFERENCE = "trafilatura"
"""With whose time the others are compared."""


def tidings() -> Program:
    """What ``crawler.extraction`` finds, with all fields and the verdict; of a paywall its teaser."""

    def run(page: Page) -> Row:
        found = extract(page.content, page.url, hints=Hints(timezone=page.timezone))
        article = found if isinstance(found, Article) else found.article
        if article is None:
            return Row()
        published = article.date_published.isoformat() if article.date_published else None
        return Row(article.headline, article.article_body, article.authors, published)

    return run


def json_ld_alone() -> Program:
    """What the page's own JSON-LD says, of all but the body."""

    def run(page: Page) -> Row:
        tree = read_page(page.content, page.url, None)
        if not isinstance(tree, Tree):
            return Row()
        items = json_ld.read_items(tree)
        claims = json_ld.read_claims(json_ld.find_article(items, tree), items)
        moment = read_moment(claims.date_published, ZoneInfo(page.timezone))
        return Row(claims.headline, None, claims.authors, moment.time.isoformat() if moment else None)

    return run


def trafilatura() -> Program:
    """Its defaults, with metadata; it is given text, which spares it the detection of a charset."""
    return _trafilatura(fast=False)


def trafilatura_fast() -> Program:
    """Without its fallbacks."""
    return _trafilatura(fast=True)


def _trafilatura(*, fast: bool) -> Program:
    from trafilatura import bare_extraction

    def run(page: Page) -> Row:
        found = bare_extraction(page.text, url=page.url, with_metadata=True, fast=fast)
        if found is None:
            return Row()
        return Row(found.title, found.text, tuple((found.author or "").split("; ")), found.date)

    return run


def resiliparse() -> Program:
    """Its main content; the title is the page's ``<title>``, for it reads no other field."""
    from resiliparse.extract.html2text import extract_plain_text
    from resiliparse.parse.html import HTMLTree

    def run(page: Page) -> Row:
        tree = HTMLTree.parse(page.text)
        return Row(tree.title, extract_plain_text(tree, main_content=True, alt_texts=False))

    return run


IN_THIS_PROCESS: dict[str, Callable[[], Program]] = {
    "tidings": tidings,
    REFERENCE: trafilatura,
    "trafilatura fast": trafilatura_fast,
    "resiliparse": resiliparse,
    "JSON-LD alone": json_ld_alone,
}

# By name, with the requirements of the environment that each has for itself: they ask for older libraries than
# ours. Pinned, so that figures can be had again.
APART: dict[str, tuple[str, ...]] = {
    "newspaper4k": ("newspaper4k==0.9.6",),
    "news-please": ("news-please==1.6.16", "lxml_html_clean"),
}
