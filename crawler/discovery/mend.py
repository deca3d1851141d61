"""Repairs of what most often breaks XML."""

import html
import re
from collections.abc import Iterator
from xml.sax.saxutils import escape

from lxml import etree

from crawler.discovery.document import Document

# All characters that XML 1.0 allows (https://www.w3.org/TR/xml/#charsets) but the C1 controls.
_FORBIDDEN = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_CDATA = "<![CDATA["
_REFERENCE = re.compile(
    r"(?P<cdata><!\[CDATA\[.*?(?:\]\]>|\Z))|(?P<stray>\]\]>|<!(?=[A-Za-z]))|&(?:#?\w{1,32};)?", re.DOTALL
)

_MEMBERS = {"rss": "item", "rdf": "item", "atom": "entry", "sitemap": "url", "sitemap_index": "sitemap"}
_CHANNEL = re.compile(rb"<((?:[\w.-]{1,40}:)?channel)[\s>]", re.IGNORECASE)
_CHUNK = 1024 * 1024


def mend(document: Document) -> bytes:
    """Return the content without what most often breaks XML, and without an item that its end cuts in two.

    A bare ``&`` is escaped, HTML's named characters are put in place of their names, characters that XML
    forbids are dropped, as is what follows the end of the root element. An unknown entity becomes the text of
    its name; of a CDATA section in another only its text stays. Declarations, as of entities, are taken apart.
    """
    return b"".join([*mend_pieces(document), _missing_ends(document)])


def mend_pieces(document: Document) -> Iterator[bytes]:
    """Mend piece by piece, to hold no second copy of a large document; what lacks its end is left without."""
    member_end = _tag(rb"</", document)
    start, end = 0, _end(document)
    while start < end:
        member = member_end.search(document.content, min(start + _CHUNK, end), end)
        stop = member.end() if member else end
        text = document.content[start:stop].decode(errors="replace")
        yield _REFERENCE.sub(_mend_reference, _FORBIDDEN.sub("", text)).encode()
        start = stop


def is_cut_short(document: Document) -> bool:
    """Whether the end of the root element is missing."""
    return _root_end(document) is None


def parse_error(error: etree.XMLSyntaxError) -> str:
    """Say in words what the XML parser stumbled over, and where."""
    cause = (error.msg or "nothing in it").partition(", line ")[0].partition("\n")[0][:100]
    if "EntityRef" in cause:
        cause = "an & that is not written &amp;"
    line, column = error.position
    return f"is not well-formed XML: {cause}, line {line}, column {column}"


def _mend_reference(match: re.Match[str]) -> str:
    if cdata := match["cdata"]:
        return _CDATA + cdata.replace(_CDATA, "")
    return "" if match["stray"] else escape(html.unescape(match[0]))


def _tag(opening: bytes, document: Document) -> re.Pattern[bytes]:
    """The start or end tags of the document's members, whatever their prefix and case."""
    name = _MEMBERS[document.kind].encode()
    return re.compile(opening + rb"(?:[\w.-]{1,40}:)?" + name + rb"[\s>]", re.IGNORECASE)


def _end(document: Document) -> int:
    """Where the root element ends, or, in a document that is cut short, the last member that has an end."""
    if root_end := _root_end(document):
        return root_end
    if last := _last_end(_tag(rb"</", document), document.content):
        return document.content.find(b">", last - 1) + 1 or last
    first = _tag(rb"<", document).search(document.content)
    return first.start() if first else len(document.content)


def _root_end(document: Document) -> int | None:
    root = re.escape(document.root)
    end = re.compile(rb"</" + root + rb"\s*>|\A\s*<" + root + rb"\b[^<>]*/>", re.IGNORECASE)
    return _last_end(end, document.content)


def _last_end(tag: re.Pattern[bytes], content: bytes) -> int | None:
    return max((match.end() for match in tag.finditer(content)), default=None)


def _missing_ends(document: Document) -> bytes:
    """The end tags of the elements that hold the members of a feed that is cut short."""
    if not is_cut_short(document):
        return b""
    ends = b"</" + document.root + b">"
    channel = _CHANNEL.search(document.content)
    if not channel or channel[1] == document.root or b"</" + channel[1] in document.content:
        return ends
    return b"</" + channel[1] + b">" + ends
