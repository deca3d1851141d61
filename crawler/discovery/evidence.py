"""What speaks for and against a link leading to an article: named evidence, each with its weight."""

from collections import Counter
from collections.abc import Iterable, Iterator
from functools import lru_cache

from crawler.discovery.anchors import Region
from crawler.discovery.cards import Card
from crawler.discovery.shapes import Shapes
from crawler.url_words import ARTICLE_WORDS, FRONT_WORDS, INDEX_WORDS, SERVICE_WORDS

# The sum must reach THRESHOLD. The weights were set so that
# - no single piece decides: words of a headline are found in menus, slugs in footers, dates in archives;
# - two strong pieces do, such as a dated URL and the words of a headline, wherever on the page they stand;
# - a menu or footer outweighs a long slug or a headline, but not both together with a heading or a date;
# - a list of tags, an author or a log-in stays out even if its name is long and stands in a heading.
# Tried on the links of 148 articles' pages and on the fronts in tests/support/fronts.py: if one weight changes by
# one, at most 4 % of the links that are taken for articles change; those of the URL and the headline move most.
THRESHOLD = 5
WEIGHTS = {
    # The URL
    "dated": 3,  # /2026/03/02/...: sections and services have no day
    "slug": 3,  # four words or more: a headline's, but also a footer's
    "number": 2,  # articles are numbered, but so are sections in some systems
    "article_word": 1,  # /story/...
    "document": 1,  # .html: sections are rather called /politics/
    "plain": -2,  # nothing but names: /politics/, /en/sport/; two or three words may be either
    "archive": -6,  # ends in its date: all that appeared on that day
    "front_word": -4,  # /category/...: but publishers name folders of articles so, too
    "index_word": -6,  # /tag/..., /author/...: lists, whose names are often long
    "service_word": -6,  # /login, /privacy
    # The position
    "heading": 3,  # headlines are headings, but so are the titles of blocks
    "content": 1,  # inside <main> or <article>
    "aside": -1,  # "most read" is made of articles, the rest of an aside is not
    "header": -3,
    "navigation": -5,
    # The words
    "headline": 3,
    "label": -2,  # one or two words
    "silent": -1,  # none, or "read more"
    "repeated": -3,  # several URLs have the same words
    # The card
    "picture": 1,
    "time": 2,  # a <time> stands in the card: rarely beside anything but articles
    # What articles here look like
    "usual_shape": 4,  # as the source's earlier articles: the only evidence that is of this very source
    "usual_plain_shape": 2,  # the same, but section fronts may have that shape as well
    "strange_shape": -3,  # as none of ten earlier articles or more: publishers seldom change their URLs
    "peer_shape": 2,  # as what this page shows plainly to be its articles
}

_ENOUGH_EARLIER = 10  # articles, before the absence of a shape says anything
_USUAL = 0.05  # of the earlier articles; less may be a page once taken for an article
_ENOUGH_PEERS = 3
_PLAIN_PEER = THRESHOLD + 2  # the score of a card that needs no peers

_REGIONS = {
    Region.CONTENT: "content",
    Region.ASIDE: "aside",
    Region.HEADER: "header",
    Region.NAVIGATION: "navigation",
}
_DATE_PARTS = frozenset({"{year}", "{month}", "{day}", "{date}"})
_TELLING_PARTS = ("{slug}", "{number}", "{id}", "{day}", "{date}")


def score(card: Card, shapes: Shapes | None = None, peers: frozenset[str] = frozenset()) -> int:
    """Add up what speaks for and against an article; ``THRESHOLD`` or more is one."""
    return sum(WEIGHTS[name] for name in evidence(card, shapes, peers))


def evidence(card: Card, shapes: Shapes | None = None, peers: frozenset[str] = frozenset()) -> list[str]:
    """The names of all evidence there is on a card, for and against."""
    return [*_of_url(card.shape), *_of_page(card), *_of_shape(card.shape, shapes, peers)]


def find_peers(cards: Iterable[Card], shapes: Shapes | None) -> frozenset[str]:
    """The shapes of the URLs that a page plainly shows to be its articles'."""
    counts = Counter(card.shape for card in cards if is_telling(card.shape) and score(card, shapes) >= _PLAIN_PEER)
    return frozenset(shape for shape, count in counts.items() if count >= _ENOUGH_PEERS)


def is_telling(shape: str) -> bool:
    """Tell whether a shape has a part that section fronts seldom have."""
    return any(part in shape for part in _TELLING_PARTS)


@lru_cache(maxsize=1_000)  # a page has some hundred links, but a dozen shapes
def _of_url(shape: str) -> tuple[str, ...]:
    """What the shape of a URL says, word by word."""
    path, _, query = shape.partition("/")[2].partition("?")
    *outer, last = path.rstrip("/").split("/")
    words = {*outer, last.partition(".")[0]}
    found = {
        "archive": last in _DATE_PARTS,
        "dated": last not in _DATE_PARTS and any(part in path for part in ("{month}", "{day}", "{date}")),
        "slug": "{slug}" in path,
        "number": any(part in f"{path}?{query}" for part in ("{number}", "{id}")),
        "plain": not is_telling(shape) and "{words}" not in last,
        "article_word": not ARTICLE_WORDS.isdisjoint(outer),
        "document": "." in last and not last.startswith("index."),
        "front_word": not FRONT_WORDS.isdisjoint(outer),
        "index_word": not INDEX_WORDS.isdisjoint(words),
        "service_word": not SERVICE_WORDS.isdisjoint(words),
    }
    return tuple(name for name, is_found in found.items() if is_found)


def _of_page(card: Card) -> Iterator[str]:
    if card.region in _REGIONS:
        yield _REGIONS[card.region]
    if card.is_heading and card.text:
        yield "heading"
    if card.has_picture:
        yield "picture"
    if card.published:
        yield "time"
    if card.is_repeated:
        yield "repeated"
    if card.text is None:
        yield "silent"
    elif card.looks_like:
        yield card.looks_like


def _of_shape(shape: str, shapes: Shapes | None, peers: frozenset[str]) -> Iterator[str]:
    if shape in peers:
        yield "peer_shape"
    if shapes is None:
        return
    if shapes.share(shape) >= _USUAL:
        yield "usual_shape" if is_telling(shape) else "usual_plain_shape"
    elif shape not in shapes.counts and shapes.total >= _ENOUGH_EARLIER:
        yield "strange_shape"
