"""A document opened: unzipped, in UTF-8, its kind known, and nothing left before its root element."""

import gzip
import html
import re
import zlib
from dataclasses import dataclass
from io import BytesIO
from typing import Any
from xml.sax.saxutils import escape

from lxml import etree

from crawler.discovery.charset import to_utf8
from crawler.discovery.links import DocumentKind, DocumentUnreadableError

# What the sitemap protocol allows a file, unzipped (https://www.sitemaps.org/protocol.html).
_MAX_BYTES = 50 * 1024 * 1024
_CHUNK = 1024 * 1024
_HEAD = 64 * 1024  # a root element that does not begin within this many bytes is not looked for

_KINDS: dict[str, DocumentKind] = {
    "rss": "rss",
    "rdf": "rdf",
    "feed": "atom",
    "urlset": "sitemap",
    "sitemapindex": "sitemap_index",
}
_MEMBERS = {"rss": b"item", "rdf": b"item", "atom": b"entry", "sitemap": b"url", "sitemap_index": b"sitemap"}

_ROOT = re.compile(
    rb"<!--.*?(?:-->|\Z)|<(?P<page>!doctype\s+html|html|head|body)\b"
    rb"|<(?:[\w.-]{1,40}:)?(?P<root>rss|rdf|feed|urlset|sitemapindex)(?=[\s/>])",
    re.IGNORECASE | re.DOTALL,
)
_FIRST_ELEMENT = re.compile(rb"<([a-z_][\w:.-]{0,40})", re.IGNORECASE)

# All characters that XML 1.0 allows (https://www.w3.org/TR/xml/#charsets) but the C1 controls.
_FORBIDDEN = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_REFERENCE = re.compile(r"(<!\[CDATA\[.*?(?:\]\]>|\Z))|&(?:#?\w{1,32};)?", re.DOTALL)

# Nothing that a document names is fetched or expanded, and libxml2's limits on depth and size stay on.
PARSER_OPTIONS: dict[str, Any] = {
    "resolve_entities": False,
    "load_dtd": False,
    "no_network": True,
    "huge_tree": False,
    "remove_comments": True,
    "remove_pis": True,
    "collect_ids": False,
    "encoding": "utf-8",
}


@dataclass(frozen=True, slots=True)
class Document:
    """UTF-8 from the root element on, or one URL a line, and what was wrong with it so far, in words."""

    kind: DocumentKind
    content: bytes
    damage: str | None = None
    is_plain_text: bool = False


def open_document(body: bytes, content_type: str | None) -> Document:
    """Tell what a document is by its content, or raise :class:`DocumentUnreadableError`.

    What stands before the root element is replaced by as many empty lines: the charset is settled, a DOCTYPE
    can only do harm (with it goes every entity), and stray output of the server is no part of the document.
    """
    cut_short = None
    if body.startswith(b"\x1f\x8b"):
        body, cut_short = _unzip(body)
    content, wrong_charset = to_utf8(body, content_type)
    damage = also(cut_short, wrong_charset)
    if not content or content.isspace():
        raise DocumentUnreadableError("is empty")
    root = next((match for match in _ROOT.finditer(content, 0, _HEAD) if match[0][:4] != b"<!--"), None)
    if root and root["root"]:
        prolog, rest = content[: root.start()], content[root.start() :]
        return Document(_KINDS[root["root"].decode().lower()], b"\n" * prolog.count(b"\n") + rest, damage)
    if not root and (content_type or "").lower().startswith("text/plain"):
        return Document("sitemap", content, damage, is_plain_text=True)
    raise DocumentUnreadableError(_describe(content, is_page=root is not None))


def parse_error(error: etree.XMLSyntaxError) -> str:
    """Say in words what the XML parser stumbled over, and where."""
    cause = (error.msg or "nothing in it").partition(", line ")[0].partition("\n")[0][:100]
    if "EntityRef" in cause:
        cause = "an & that is not written &amp;"
    line, column = error.position
    return f"is not well-formed XML: {cause}, line {line}, column {column}"


def mend(document: Document) -> bytes:
    """Return the content without what most often breaks XML, and without an item that its end cuts in two.

    A bare ``&`` is escaped, HTML's named characters are put in place of their names, characters that XML
    forbids are dropped. An unknown entity becomes the text of its name.
    """
    text = _REFERENCE.sub(_mend_reference, _FORBIDDEN.sub("", document.content.decode()))
    return _whole_part(text.encode(), _MEMBERS[document.kind])


def also(*damages: str | None) -> str | None:
    """Join what is known to be wrong."""
    return "; ".join(damage for damage in damages if damage) or None


def _mend_reference(match: re.Match[str]) -> str:
    return match[0] if match[1] else escape(html.unescape(match[0]))


def _whole_part(content: bytes, member: bytes) -> bytes:
    """Cut a document that lacks the end of its root element after the last member that has one."""
    if re.search(rb"</(?:[\w.-]{1,40}:)?(?:rss|rdf|feed|urlset|sitemapindex)\s*>", content, re.IGNORECASE):
        return content
    ends = re.finditer(rb"</(?:[\w.-]{1,40}:)?" + member + rb"\s*>", content, re.IGNORECASE)
    last = max((match.end() for match in ends), default=len(content))
    return content[:last]


def _unzip(body: bytes) -> tuple[bytes, str | None]:
    unzipped = bytearray()
    with gzip.GzipFile(fileobj=BytesIO(body)) as file:
        try:
            while chunk := file.read1(_CHUNK):
                unzipped += chunk
                if len(unzipped) > _MAX_BYTES:
                    raise DocumentUnreadableError(f"is larger than {_MAX_BYTES >> 20} MiB when unzipped")
        except (EOFError, OSError, zlib.error) as error:
            return bytes(unzipped), f"is a broken gzip file: {error}"
    return bytes(unzipped), None


def _describe(content: bytes, *, is_page: bool) -> str:
    if is_page:
        return "is a web page, neither feed nor sitemap"
    if element := _FIRST_ELEMENT.search(content, 0, _HEAD):
        return f"is neither feed nor sitemap: its first element is <{element[1].decode('ascii', 'replace')}>"
    return "is neither feed nor sitemap: it is not XML"
