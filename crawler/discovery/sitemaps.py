"""Sitemaps and their indexes (https://www.sitemaps.org/protocol.html), with Google's news fields."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, tzinfo
from io import BytesIO
from itertools import islice

from lxml import etree

from crawler.discovery.claims import make_link, split_keywords
from crawler.discovery.document import Document, also
from crawler.discovery.links import Discovered, DocumentUnreadableError, Link
from crawler.discovery.members import Member, Members
from crawler.discovery.mend import is_cut_short, mend_pieces, parse_error
from crawler.text import absolute_url

# What the protocol allows in one file. A file that lists more would cost memory without bound.
_MAX_MEMBERS = 50_000
_MAX_LOOKED_AT = 500_000  # some seconds of work; what a file holds beyond ten times what it may is not looked at
_FLOOD = f"lists more than {_MAX_MEMBERS:,} URLs: the newest {_MAX_MEMBERS:,} are read"

_BEFORE_ALL = datetime.min.replace(tzinfo=UTC)

_Listed = tuple[bool, Link]  # whether it is a sitemap, and what is said of it


def read_sitemap(document: Document, url: str, zone: tzinfo) -> Discovered:
    """Read what a sitemap or an index of sitemaps lists, newest first; undated links last, in their order."""
    listed, damage = _read(document, url, zone)
    return Discovered(
        document.kind,
        [link for is_sitemap, link in listed if not is_sitemap],
        [link.url for is_sitemap, link in listed if is_sitemap and link.url != url],
        damage=also(document.damage, damage),
    )


def read_url_list(document: Document, url: str) -> Discovered:
    """Read a sitemap of plain text: one absolute URL a line."""
    lines = (line.strip() for line in BytesIO(document.content))
    addresses = (absolute_url(line.decode(errors="replace"), url) for line in lines if line.startswith(b"http"))
    listed, flood = _newest((False, make_link(address, UTC, origin="sitemap")) for address in addresses if address)
    if not listed:
        raise DocumentUnreadableError("is neither feed nor sitemap: it is plain text that lists no URL")
    return Discovered("sitemap", [link for _, link in listed], damage=also(document.damage, flood))


def _read(document: Document, url: str, zone: tzinfo) -> tuple[list[_Listed], str | None]:
    if is_cut_short(document):
        return _read_damaged(document, url, zone, "is not well-formed XML: its end is missing")
    members = Members([document.content])
    try:
        listed, flood = _newest(_listed(members, url, zone))
    except etree.XMLSyntaxError as error:
        return _read_damaged(document, url, zone, parse_error(error))
    return listed, also(members.complaint, flood)


def _read_damaged(document: Document, url: str, zone: tzinfo, damage: str) -> tuple[list[_Listed], str | None]:
    try:
        listed, flood = _newest(_listed(Members(mend_pieces(document), recover=True), url, zone))
    except etree.XMLSyntaxError as error:
        raise DocumentUnreadableError(parse_error(error)) from None
    return listed, also(damage, flood)


def _listed(members: Iterable[Member], url: str, zone: tzinfo) -> Iterator[_Listed]:
    for is_sitemap, claims in islice(members, _MAX_LOOKED_AT):
        if address := absolute_url(claims.get("loc"), url):
            yield (
                is_sitemap,
                make_link(
                    address,
                    zone,
                    headline=claims.get("title"),
                    published=[claims.get("publication_date")],
                    modified=[claims.get("lastmod")],
                    language=claims.get("language"),
                    keywords=split_keywords(claims.get("keywords")),
                    origin="sitemap",
                ),
            )


def _newest(listed: Iterable[_Listed]) -> tuple[list[_Listed], str | None]:
    """Keep the newest in bounded memory: whenever there are twice as many as may be, the older half goes."""
    kept: list[_Listed] = []
    is_flood = False
    for one in listed:
        kept.append(one)
        if len(kept) >= 2 * _MAX_MEMBERS:
            kept = _newest_first(kept)
            is_flood = is_flood or len(kept) > _MAX_MEMBERS
            del kept[_MAX_MEMBERS:]
    kept = _newest_first(kept)
    is_flood = is_flood or len(kept) > _MAX_MEMBERS
    return kept[:_MAX_MEMBERS], _FLOOD if is_flood else None


def _newest_first(listed: list[_Listed]) -> list[_Listed]:
    """Sort, and of what names the same URL keep what was listed first."""
    first: dict[tuple[bool, str], _Listed] = {}
    for is_sitemap, link in listed:
        first.setdefault((is_sitemap, link.url), (is_sitemap, link))
    return sorted(first.values(), key=_time, reverse=True)


def _time(listed: _Listed) -> datetime:
    return listed[1].date_published or listed[1].date_modified or _BEFORE_ALL
