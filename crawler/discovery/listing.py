"""Pages that list articles: which of their links look like headlines."""

from urllib.parse import urldefrag
from zoneinfo import ZoneInfo

from lxml import etree, html

from crawler.discovery.claims import first_of_each, make_link
from crawler.discovery.links import Discovered, DocumentUnreadableError
from crawler.sites import site_of
from crawler.text import absolute_url

_HEADLINE_WORDS = 4  # menus and buttons have fewer


def read_listing(body: bytes, url: str, *, content_type: str | None = None, timezone: str = "UTC") -> Discovered:
    """Read the links of a page, on its own site, whose text is as long as a headline.

    Raises :class:`DocumentUnreadableError` for what is no page.
    """
    del content_type
    try:
        tree = html.document_fromstring(body)
    except (etree.ParserError, ValueError):
        raise DocumentUnreadableError("is no web page") from None
    texts = ((absolute_url(urldefrag(a.get("href", ""))[0], url), a.text_content()) for a in tree.iter("a"))
    links = [
        make_link(address, ZoneInfo(timezone), headline=text)
        for address, text in texts
        if address and len(text.split()) >= _HEADLINE_WORDS and site_of(address) == site_of(url)
    ]
    return Discovered("listing", first_of_each(links))
