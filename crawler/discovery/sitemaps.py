"""Sitemaps and their indexes (https://www.sitemaps.org/protocol.html), with Google's news fields."""

from collections.abc import Iterator
from datetime import UTC, datetime, tzinfo
from io import BytesIO
from itertools import islice
from typing import Any

from lxml import etree

from crawler.discovery.claims import first_of_each, make_link
from crawler.discovery.document import PARSER_OPTIONS, Document, also, mend, parse_error
from crawler.discovery.links import Discovered, DocumentUnreadableError, Link
from crawler.text import absolute_url

# What the protocol allows in one file. A file that lists more would cost memory without bound.
_MAX_MEMBERS = 50_000

_BEFORE_ALL = datetime.min.replace(tzinfo=UTC)


def read_sitemap(document: Document, url: str, zone: tzinfo) -> Discovered:
    """Read what a sitemap or an index of sitemaps lists, newest first; undated links last, in their order."""
    damage = None
    try:
        members = list(islice(_read_members(document.content, url, zone), _MAX_MEMBERS + 1))
    except etree.XMLSyntaxError as error:
        damage = parse_error(error)
        members = list(islice(_read_members(mend(document), url, zone, recover=True), _MAX_MEMBERS + 1))
    if len(members) > _MAX_MEMBERS:
        del members[_MAX_MEMBERS:]
        damage = also(damage, f"lists more than {_MAX_MEMBERS:,} URLs; the rest is left out")
    links = first_of_each(link for is_sitemap, link in members if not is_sitemap)
    sitemaps = first_of_each(link for is_sitemap, link in members if is_sitemap)
    return Discovered(
        document.kind,
        sorted(links, key=_time, reverse=True),
        [link.url for link in sorted(sitemaps, key=_time, reverse=True)],
        damage=also(document.damage, damage),
    )


def read_url_list(document: Document, url: str) -> Discovered:
    """Read a sitemap of plain text: one absolute URL a line."""
    lines = (line.strip() for line in document.content.decode().splitlines())
    links = [
        make_link(address, UTC)
        for line in lines
        if line.startswith("http") and (address := absolute_url(line, url))
    ]
    if not links:
        raise DocumentUnreadableError("is neither feed nor sitemap: it is plain text that lists no URL")
    return Discovered("sitemap", first_of_each(links), damage=document.damage)


def _read_members(content: bytes, url: str, zone: tzinfo, *, recover: bool = False) -> Iterator[tuple[bool, Link]]:
    """Yield each member of the document, and whether it is a sitemap; memory is that of one member."""
    options = {**PARSER_OPTIONS, "recover": recover, "tag": ("{*}url", "{*}sitemap")}
    for _, member in etree.iterparse(BytesIO(content), **options):
        claims = _claims(member)
        if address := absolute_url(claims.get("loc"), url):
            yield (
                member.tag.endswith("sitemap"),
                make_link(
                    address,
                    zone,
                    headline=claims.get("title"),
                    published=[claims.get("publication_date")],
                    modified=[claims.get("lastmod")],
                    language=claims.get("language"),
                ),
            )
        member.clear()
        while member.getprevious() is not None:
            del member.getparent()[0]


def _claims(element: Any) -> dict[str, str]:
    """Collect the texts that count, by local name: prefixes and namespaces are often wrong or missing."""
    claims: dict[str, str] = {}
    for child in element:
        name = child.tag.rpartition("}")[2].rpartition(":")[2]
        if name in {"news", "publication"}:
            claims |= _claims(child)
        elif text := child.text:
            claims[name] = text
    return claims


def _time(link: Link) -> datetime:
    return link.date_published or link.date_modified or _BEFORE_ALL
