"""A web page opened: decoded, parsed, and the URL known that its links are relative to."""

import re
from dataclasses import dataclass
from typing import Any

from lxml import etree, html

from crawler.discovery.charset import to_utf8
from crawler.discovery.links import DocumentUnreadableError
from crawler.text import absolute_url

_MAX_BYTES = (
    4 * 1024 * 1024
)  # of a front page; the largest met are under 3 MiB, most of it scripts behind the links
_HEAD = 64 * 1024
_META_BYTES = 4096  # browsers look for <meta charset> in the first 1,024; long comments stand before it
_META_CHARSET = re.compile(rb"""<meta\b[^>]{0,300}?\bcharset\s*=\s*["']?\s*([\w.:-]{1,40})""", re.IGNORECASE)
_SIGNATURES = {
    b"%PDF-": "a PDF",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"GIF8": "a picture",
    b"PK\x03\x04": "a ZIP archive",
    b"\x1f\x8b": "a gzip file",
}
_ELEMENT = re.compile(
    rb"<!--.*?(?:-->|\Z)|<(?P<other>(?:[\w.-]{1,40}:)?(?:rss|rdf|feed|urlset|sitemapindex))(?=[\s/>])"
    rb"|<(?P<html>!doctype\s+html|html|head|body|title|meta|main|article|section|div|nav|ul|ol|h[1-4]|p|a|table)\b",
    re.IGNORECASE | re.DOTALL,
)
_JSON = re.compile(rb"\s*+(?:\{|\[\s*[{\[\"\d])")
_PARSER_OPTIONS: dict[str, Any] = {
    "encoding": "utf-8",
    "remove_comments": True,
    "remove_pis": True,
    "collect_ids": False,
    "no_network": True,
    "huge_tree": False,  # bounds how deep elements nest, and with it whatever walks the tree
}


@dataclass(frozen=True, slots=True)
class WebPage:
    """One parsed page. ``damage`` says in words what was wrong with it; None if nothing."""

    url: str
    base_url: str
    tree: Any  # lxml.html.HtmlElement, the root
    damage: str | None = None


def open_page(body: bytes, url: str, content_type: str | None) -> WebPage:
    """Decode and parse a page, or raise :class:`DocumentUnreadableError` with what it is instead.

    The content decides, not the type that the server states. Of a page over 4 MiB the beginning is read.
    """
    if kind := next((kind for magic, kind in _SIGNATURES.items() if body.startswith(magic)), None):
        raise DocumentUnreadableError(f"is {kind}, not a web page")
    content, damage = to_utf8(body[:_MAX_BYTES], _with_meta_charset(body, content_type))
    _require_html(content)
    try:
        tree = html.document_fromstring(content.replace(b"\0", b""), parser=html.HTMLParser(**_PARSER_OPTIONS))
    except (etree.LxmlError, AssertionError, ValueError) as error:
        raise DocumentUnreadableError(f"is a web page that cannot be parsed: {error}") from None
    if len(body) > _MAX_BYTES:
        damage = f"is longer than {_MAX_BYTES >> 20} MiB; the rest is left out"
    return WebPage(url.partition("#")[0], _base_url(tree, url), tree, damage)


def _with_meta_charset(body: bytes, content_type: str | None) -> str | None:
    """The Content-Type with the charset that the page itself names, where the header names none."""
    meta = _META_CHARSET.search(body[:_META_BYTES])
    if meta is None or "charset" in (content_type or "").lower():
        return content_type
    return f"text/html; charset={meta[1].decode('ascii', 'replace')}"


def _require_html(content: bytes) -> None:
    if not content or content.isspace():
        raise DocumentUnreadableError("is empty")
    if _JSON.match(content):
        raise DocumentUnreadableError("is JSON, not a web page")
    first = next((match for match in _ELEMENT.finditer(content, 0, _HEAD) if match[0][:4] != b"<!--"), None)
    if first is None:
        raise DocumentUnreadableError("is not a web page: it has no HTML element")
    if first["other"]:
        raise DocumentUnreadableError(f"is a feed or sitemap (<{first['other'].decode()}>), not a web page")


def _base_url(tree: Any, url: str) -> str:
    base = next((element.get("href") for element in tree.iter("base") if element.get("href")), None)
    return absolute_url(base, url) or url
