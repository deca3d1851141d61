"""A document opened: unzipped, in UTF-8, its kind known, and nothing left before its root element."""

import re
from dataclasses import dataclass
from typing import Any

from crawler.discovery.charset import to_utf8
from crawler.discovery.links import DocumentKind, DocumentUnreadableError
from crawler.discovery.unzip import GZIP, unzip

_HEAD = 64 * 1024  # a root element that does not begin within this many bytes is not looked for

_KINDS: dict[str, DocumentKind] = {
    "rss": "rss",
    "channel": "rss",
    "rdf": "rdf",
    "feed": "atom",
    "urlset": "sitemap",
    "sitemapindex": "sitemap_index",
}

_ROOT = re.compile(
    rb"<!--.*?(?:-->|\Z)|<(?P<page>!doctype\s+html|html|head|body)\b"
    rb"|<(?P<root>(?:[\w.-]{1,40}:)?(?P<name>rss|channel|rdf|feed|urlset|sitemapindex))(?=[\s/>])",
    re.IGNORECASE | re.DOTALL,
)
_FIRST_ELEMENT = re.compile(rb"<([a-z_][\w:.-]{0,40})", re.IGNORECASE)
_BEFORE_JSON = b"\xef\xbb\xbf \t\r\n"

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
    """UTF-8 from the root element on, JSON, or one URL a line; and what was wrong with it so far, in words."""

    kind: DocumentKind
    content: bytes
    damage: str | None = None
    is_plain_text: bool = False
    root: bytes = b""
    """The name of the root element, as written."""


def open_document(body: bytes, content_type: str | None) -> Document:
    """Tell what a document is by its content, or raise :class:`DocumentUnreadableError`.

    What stands before the root element is replaced by as many empty lines: the charset is settled, a DOCTYPE
    can only do harm (with it goes every entity), and stray output of the server is no part of the document.
    """
    cut_short = None
    if body.startswith(GZIP):
        body, cut_short = unzip(body)
    content, wrong_charset = to_utf8(body, content_type)
    damage = also(cut_short, wrong_charset)
    if not content or content.isspace():
        raise DocumentUnreadableError(also(cut_short, "is empty") or "")
    if content[:_HEAD].lstrip(_BEFORE_JSON).startswith(b"{"):
        return Document("json_feed", content.lstrip(_BEFORE_JSON), damage)
    root = next((match for match in _ROOT.finditer(content, 0, _HEAD) if match[0][:4] != b"<!--"), None)
    if root and root["root"]:
        empty_lines = b"\n" * content.count(b"\n", 0, root.start())
        rest = b"".join((empty_lines, memoryview(content)[root.start() :])) if root.start() else content
        return Document(_KINDS[root["name"].decode().lower()], rest, damage, root=root["root"])
    if not root and (content_type or "").lower().startswith("text/plain"):
        return Document("sitemap", content, damage, is_plain_text=True)
    raise DocumentUnreadableError(_describe(content, is_page=root is not None))


def also(*damages: str | None) -> str | None:
    """Join what is known to be wrong."""
    return "; ".join(damage for damage in damages if damage) or None


def _describe(content: bytes, *, is_page: bool) -> str:
    if is_page:
        return "is a web page, neither feed nor sitemap"
    if element := _FIRST_ELEMENT.search(content, 0, _HEAD):
        return f"is neither feed nor sitemap: its first element is <{element[1].decode('ascii', 'replace')}>"
    return "is neither feed nor sitemap: it is not XML"
