"""Article or not: which signs a page gives, and the one place that turns a page away."""

from dataclasses import asdict, dataclass

from crawler.article import Hints, NotAnArticle
from crawler.extraction.body import Body
from crawler.extraction.fields import is_home
from crawler.extraction.json_ld import Item, types_of
from crawler.extraction.metadata import Meta
from crawler.extraction.page import Page
from crawler.text import count_words

# A body below this is a stub, a caption or a notice, unless the page's JSON-LD says that it is an article.
_FEWEST_WORDS = 25
_LISTING_TYPES = frozenset({"CollectionPage", "ItemList", "SearchResultsPage", "ProfilePage"})
_DATE_TAGS = ("article:published_time", "og:article:published_time", "datepublished", "parsely-pub-date")
_MOST_TEASERS = 5  # headings that are links, on a page that gives no sign of being an article
_LONG_PARAGRAPH = 40  # words; teasers are shorter
_FEWEST_LONG_PARAGRAPHS = 3  # so many of them make an article of a page that says it is a website


@dataclass(frozen=True, slots=True)
class Signs:
    """What speaks for and against a page being an article."""

    json_ld_article: bool
    og_type: str | None
    dated: bool
    listed: bool
    home: bool
    listing_type: str | None
    linked_headings: int

    @property
    def for_article(self) -> bool:
        """An article by its own account, or by that of the feed that listed it."""
        return self.json_ld_article or self.og_type == "article" or self.dated or self.listed

    @property
    def against(self) -> str | None:
        """What makes the page a front or a listing in the absence of all signs for an article."""
        if self.og_type == "website":
            return "og:type is website"
        if self.listing_type:
            return f"JSON-LD says {self.listing_type}"
        if self.linked_headings >= _MOST_TEASERS:
            return f"{self.linked_headings} linked headings"
        return None


def read_signs(page: Page, item: Item | None, items: list[Item], meta: Meta, hints: Hints) -> Signs:
    """Collect the signs; ``item`` is the JSON-LD item that describes the page."""
    types = {name for found in items for name in types_of(found)}
    return Signs(
        json_ld_article=item is not None,
        og_type=next((value.strip().lower() for value in meta.get("og:type", ())), None),
        dated=any(meta.get(name) for name in _DATE_TAGS),
        listed=bool(hints.headline or hints.date_published),
        home=is_home(page.url),
        listing_type=min(types & _LISTING_TYPES, default=None),
        linked_headings=len(page.tree.xpath("//h2[.//a] | //h3[.//a] | //a[.//h2 or .//h3]")),
    )


def reject(headline: str | None, body: Body, signs: Signs) -> NotAnArticle | None:
    """Say why a page is not stored; None for an article.

    A page that says in JSON-LD that it is an article is stored with whatever headline and body it has. One
    that says nothing is one too, unless it looks like a front or listing and has little running text.
    """
    num_words = count_words(body.text)
    evidence = {**asdict(signs), "num_words": num_words, "body_reader": body.reader}
    if body.trouble:
        evidence["trouble"] = body.trouble
    if not headline or not body.text:
        missing = "no body text" if headline else "no headline"
        return NotAnArticle("not_article", missing, evidence)
    if signs.home and not signs.json_ld_article:
        return NotAnArticle("not_article", "the home page", evidence)
    if not signs.for_article and signs.against and not _reads_on(body.text):
        return NotAnArticle("not_article", signs.against, evidence)
    if not signs.json_ld_article and num_words < _FEWEST_WORDS:
        return NotAnArticle("too_short", f"{num_words} words, fewer than {_FEWEST_WORDS}", evidence)
    return None


def _reads_on(text: str) -> bool:
    long = sum(count_words(line) >= _LONG_PARAGRAPH for line in text.split("\n"))
    return long >= _FEWEST_LONG_PARAGRAPHS
