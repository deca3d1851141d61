"""Home pages, section fronts and paginated lists: which of their links lead to articles."""

from zoneinfo import ZoneInfo

from crawler.discovery.anchors import Anchor, read_anchors
from crawler.discovery.cards import Card, read_cards, with_times
from crawler.discovery.claims import make_link
from crawler.discovery.evidence import THRESHOLD, find_peers, score
from crawler.discovery.links import Discovered
from crawler.discovery.navigation import read_pages, read_sections
from crawler.discovery.page import WebPage, open_page
from crawler.discovery.shapes import Shapes, path_segments

_MAX_LINKS = 1_000
_MAY_OWN_TIME = 1  # the score of a card before its time is known; a menu item beside a date is no card

_HOME_PAGES = frozenset({"index.html", "index.htm", "index.php", "default.aspx", "home"})


def read_listing(
    body: bytes,
    url: str,
    *,
    content_type: str | None = None,
    timezone: str = "UTC",
    shapes: Shapes | None = None,
) -> Discovered:
    """Read the links to articles off a page that lists some, in document order, at most 1,000.

    Articles are told from everything else by the evidence that :mod:`crawler.discovery.evidence` weighs;
    ``shapes``, from :func:`learn_shapes`, is what the source's earlier articles looked like. ``timezone`` is the
    IANA name of the zone of times that name none. A link has its headline, where its words look like one, and
    the time that stands beside it. Only links on the page's own site count, its other hosts included. Beside
    them come the next ``pages`` of the list and the ``sections`` that its menus lead to.

    Raises :class:`DocumentUnreadableError`, saying in words what the document is instead of a page.
    """
    page = open_page(body, url, content_type)
    anchors = read_anchors(page)
    pages = read_pages(anchors, page)
    cards = read_cards(anchor for anchor in anchors if _may_be_article(anchor, pages))
    articles = _find_articles(cards, page, shapes)
    known = {card.url for card in articles}
    return Discovered(
        "listing",
        [
            make_link(card.url, ZoneInfo(timezone), headline=card.headline, published=[card.published])
            for card in articles[:_MAX_LINKS]
        ],
        damage=page.damage,
        pages=pages,
        sections=read_sections(card for card in cards if card.url not in known),
    )


def _find_articles(cards: list[Card], page: WebPage, shapes: Shapes | None) -> list[Card]:
    """First those cards that might be articles get their times, then the plain ones speak for their peers."""
    promising = with_times([card for card in cards if score(card, shapes) >= _MAY_OWN_TIME], page)
    peers = find_peers(promising, shapes)
    return [card for card in promising if score(card, shapes, peers) >= THRESHOLD]


def _may_be_article(anchor: Anchor, pages: list[str]) -> bool:
    """Leave out home pages and the pages of the list."""
    segments = path_segments(anchor.path)
    is_home = not segments or (len(segments) == 1 and segments[0].lower() in _HOME_PAGES)
    return not (is_home and not anchor.query) and anchor.url not in pages
