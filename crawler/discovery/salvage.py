"""What feedparser can save of a feed whose tags are broken."""

from datetime import tzinfo
from io import BytesIO
from typing import Any

import feedparser

from crawler.discovery.claims import make_link
from crawler.discovery.full_text import read_markup
from crawler.discovery.links import Discovered, DocumentKind, DocumentUnreadableError, Link
from crawler.discovery.refresh import read_refresh
from crawler.text import absolute_url

# feedparser fetches what looks like a URL, and opens what looks like a file: it is only ever given a stream.
# Named as HTTP would name it, the charset is not guessed at.
_HEADERS = {"content-type": "application/xml; charset=utf-8"}


def salvage_feed(content: bytes, kind: DocumentKind, url: str, zone: tzinfo) -> Discovered:
    """Read UTF-8 that is not XML, and holds no DOCTYPE, as a feed of ``kind``."""
    try:
        feed = feedparser.parse(
            BytesIO(content), response_headers=_HEADERS, sanitize_html=False, resolve_relative_uris=False
        )
    except Exception as error:  # on odd tags feedparser fails in many ways: KeyError, TypeError, ValueError...
        raise DocumentUnreadableError(f"is not well-formed XML, and feedparser failed: {error!r:.200}") from error
    head = feed.feed
    links = [_read_entry(entry, kind, url, zone, head.get("language")) for entry in feed.entries]
    return Discovered(
        kind,
        [link for link in links if link],
        refresh=read_refresh(head.get("ttl"), head.get("sy_updateperiod"), head.get("sy_updatefrequency")),
        pages=_further_pages(head, url),
    )


def _further_pages(head: Any, url: str) -> list[str]:
    links = [link for rel in ("next", "prev-archive") for link in head.get("links", ()) if link.get("rel") == rel]
    pages = (absolute_url(link.get("href"), url) for link in links)
    return list(dict.fromkeys(page for page in pages if page and page.startswith("http") and page != url))


def _read_entry(entry: Any, kind: DocumentKind, url: str, zone: tzinfo, language: str | None) -> Link | None:
    address = absolute_url(_listed_url(entry, kind), url)
    if address is None:
        return None
    times = [entry.get("published"), dict.get(entry, "updated")]  # its own get() puts one for the other
    terms = [tag["label"] or tag["term"] for tag in entry.get("tags", ())]
    contents = [content for content in entry.get("content", ()) if content.get("value") != entry.get("summary")]
    return make_link(
        address,
        zone,
        headline=entry.get("title"),
        published=times[:1] if kind == "atom" else times,  # feedparser calls dc:date an update
        modified=times[1:] if kind == "atom" else (),
        authors=[author.get("name") for author in entry.get("authors", ())],
        section=next((term for term in terms if term and "://" not in term), None),
        language=language,
        keywords=terms,
        article_body=next((body for content in contents if (body := _article_body(content, kind))), None),
    )


def _listed_url(entry: Any, kind: DocumentKind) -> str | None:
    """The link; an identity in its place must be a URL, and an Atom entry's, always a URI, is none."""
    original: str | None = entry.get("feedburner_origlink")
    listed: str | None = entry.get("link")
    if original or not listed or not entry.get("guidislink"):
        return original or listed
    enclosed = [enclosure.get("href") for enclosure in entry.get("enclosures", ())]
    return listed if kind != "atom" and listed.startswith("http") and listed not in enclosed else None


def _article_body(content: Any, kind: DocumentKind) -> str | None:
    """Full text; what feedparser calls content of plain text in RSS is a second summary."""
    types = ("text/", "application/xhtml") if kind == "atom" else ("text/html", "application/xhtml")
    is_text = str(content.get("type")).startswith(types)
    return read_markup(content["value"]) if is_text and content.get("value") else None
