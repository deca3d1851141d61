"""What feedparser can save of a feed whose tags are broken."""

from datetime import tzinfo
from io import BytesIO
from typing import Any

import feedparser

from crawler.discovery.claims import make_link
from crawler.discovery.links import DocumentUnreadableError, Link
from crawler.text import absolute_url

# feedparser fetches what looks like a URL, and opens what looks like a file: it is only ever given a stream.
# Named as HTTP would name it, the charset is not guessed at.
_HEADERS = {"content-type": "application/xml; charset=utf-8"}


def salvage_feed(content: bytes, kind: str, url: str, zone: tzinfo) -> list[Link]:
    """Read UTF-8 that is not XML, and holds no DOCTYPE, as a feed of ``kind``."""
    try:
        feed = feedparser.parse(
            BytesIO(content), response_headers=_HEADERS, sanitize_html=False, resolve_relative_uris=False
        )
    except Exception as error:  # on odd tags feedparser fails in many ways: KeyError, TypeError, ValueError...
        raise DocumentUnreadableError(f"is not well-formed XML, and feedparser failed: {error!r:.200}") from error
    language = feed.feed.get("language")
    return [link for entry in feed.entries if (link := _read_entry(entry, kind, url, zone, language))]


def _read_entry(entry: Any, kind: str, url: str, zone: tzinfo, language: str | None) -> Link | None:
    listed = entry.get("feedburner_origlink") or entry.get("link")
    address = absolute_url(listed, url)
    if address is None or (entry.get("guidislink") and not listed.startswith("http")):
        return None
    times = [entry.get("published"), dict.get(entry, "updated")]  # its own get() puts one for the other
    return make_link(
        address,
        zone,
        headline=entry.get("title"),
        published=times[:1] if kind == "atom" else times,  # feedparser calls dc:date an update
        modified=times[1:] if kind == "atom" else (),
        authors=[author.get("name") for author in entry.get("authors", ())],
        section=next((tag["label"] or tag["term"] for tag in entry.get("tags", ())), None),
        language=language,
    )
