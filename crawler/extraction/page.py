"""A page as everything else reads it: decoded and parsed once, one tree for all stages."""

import re
from dataclasses import dataclass
from functools import lru_cache
from html import unescape
from itertools import dropwhile
from typing import Any
from urllib.parse import urljoin, urlsplit

import lxml.etree
import lxml.html

from crawler.article import NotAnArticle
from crawler.extraction.charset import decode

# Types that servers also put on HTML; every other type is believed.
_MAYBE_HTML = frozenset(
    {
        "",
        "text/html",
        "application/xhtml+xml",
        "text/xml",
        "application/xml",
        "text/plain",
        "application/octet-stream",
    }
)
_SIGNATURES = {
    b"%PDF-": "application/pdf",
    b"\x89PNG": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"GIF8": "image/gif",
    b"RIFF": "image/webp",
    b"PK\x03\x04": "application/zip",
    b"\x1f\x8b": "application/gzip",
}
_NOT_HTML_TEXT = {
    "application/json": re.compile(r"\s*+(?:\{|\[\s*[{\[\"\d])"),
    # Possessive, so that a thousand comments cannot be divided in a thousand ways.
    "a feed or sitemap": re.compile(
        r"(?:\s|<\?[^>]*>|<!--.*?-->)*+<(?:rss|feed|rdf:RDF|urlset|sitemapindex)\b", re.DOTALL
    ),
}
_HEAD = 4_096  # characters within which the kind of a document shows
_HTML_TAG = re.compile(
    r"<(?:!doctype\s+html|html|head|body|title|meta|main|article|section|div|h1|p)\b", re.IGNORECASE
)
_HEAD_ELEMENTS = frozenset({"base", "link", "meta", "noscript", "script", "style", "template", "title"})

_MOST_TAGS = 300_000  # every stage looks at every element; the longest live blogs have a fifth of these
_LONGEST_REFERENCE = 4_000  # characters: what is longer carries data, and twice too long to be asked for

_NOT_XML = re.compile("[\x00-\x08\x0b\x0e-\x1f\ufffe\uffff]")
# In the bytes of UTF-8, where they can be dropped a hundred times as fast.
_CONTROLS = bytes(byte for byte in range(0x20) if byte not in b"\t\n\f\r")
_FORM_FEED = bytes.maketrans(b"\f", b" ")
_NONCHARACTERS = re.compile(b"\xef\xbf[\xbe\xbf]")
_DATING = (b"ublish", b"reated")  # of what a script may call the article's time
_SHORT_SCRIPT = 2_000  # bytes of a script that may be that of a captcha
_SYNTAX = frozenset("<>&\"'\\")  # of HTML, and of the JSON inside it: these stay references
_NUMBER = re.compile(rb"(?:\d{1,7}|[xX][0-9a-fA-F]{1,6});?")
_ODD_NUMBER = re.compile(
    rb"&#(?:0{0,5}(?:[0-8]|1[124-9]|2\d|3[01]|12[7-9]|1[3-5]\d)(?!\d)|"
    rb"[xX]0{0,5}(?:[0-8bcefBCEF]|1[0-9a-fA-F]|7[fF]|[89][0-9a-fA-F])(?![0-9a-fA-F])|0{6}|[xX]0{6})"
)
# Every element one class, found without a call back into Python: lxml.html would ask for each.
_ELEMENTS = lxml.etree.ElementDefaultClassLookup(element=lxml.html.HtmlElement)


@dataclass(frozen=True, slots=True)
class Page:
    """One parsed page. The tree is shared by all stages: none of them may change it."""

    url: str
    base_url: str
    tree: Any  # lxml.html.HtmlElement, the root; comments and processing instructions left out

    def absolute(self, reference: str | None) -> str | None:
        """Resolve a reference of this page; None unless it is an http or https URL with a host."""
        if not reference or len(reference) > _LONGEST_REFERENCE:
            return None
        try:
            resolved = urljoin(self.base_url, reference.strip())
            parts = urlsplit(resolved)
        except ValueError:
            return None
        return resolved if parts.scheme in {"http", "https"} and parts.hostname else None


def read_page(body: bytes, url: str, content_type: str | None) -> Page | NotAnArticle:
    """Decode and parse a response body, or say what it is instead of HTML."""
    declared = (content_type or "").partition(";")[0].strip().lower()
    if declared not in _MAYBE_HTML:
        return NotAnArticle("not_html", f"served as {declared}")
    if signature := next((kind for magic, kind in _SIGNATURES.items() if body.startswith(magic)), None):
        return NotAnArticle("not_html", f"looks like {signature}")
    text = decode(_without_code(body), content_type)
    if kind := next((kind for kind, pattern in _NOT_HTML_TEXT.items() if pattern.match(text[:_HEAD])), None):
        return NotAnArticle("not_html", f"looks like {kind}")
    if not _HTML_TAG.search(text):
        return NotAnArticle("not_html", "no HTML element found" if text.strip() else "empty")
    if (num_tags := text.count("<")) > _MOST_TAGS:
        return NotAnArticle("too_large", f"{num_tags:,} tags, more than {_MOST_TAGS:,}")
    return _parse(text, url)


def _without_code(body: bytes) -> bytes:
    """Empty the elements of long scripts: they are most of a page, and nothing reads them.

    What stays is data (of a type with "json") and what may date the article.
    """
    view = memoryview(body)  # the pieces of a page of megabytes are not copied twice
    kept, copied, position = [], 0, 0
    while (start := body.find(b"<script", position)) >= 0:
        begin = body.find(b">", start) + 1
        position = body.find(b"</script", begin) if begin else -1
        if position < 0:
            break
        if position - begin > _SHORT_SCRIPT and not _is_read(body, start, begin, position):
            kept.append(view[copied:begin])
            copied = position
    return b"".join([*kept, view[copied:]]) if kept else body


def _is_read(body: bytes, start: int, begin: int, end: int) -> bool:
    return body.find(b"json", start, begin) >= 0 or any(body.find(word, begin, end) >= 0 for word in _DATING)


def _parse(text: str, url: str) -> Page | NotAnArticle:
    # One parser a page: lxml serialises the threads that share one. huge_tree stays off, so that nesting is
    # bounded (256 levels) and with it the recursion of whatever walks the tree.
    parser = lxml.html.HTMLParser(
        encoding="utf-8", remove_comments=True, remove_pis=True, collect_ids=False, huge_tree=False
    )
    parser.set_element_class_lookup(_ELEMENTS)
    # Bytes, because lxml refuses text that carries an encoding declaration.
    markup = _without_controls(_resolve_numbers(text.encode("utf-8", "replace")))
    try:
        tree = lxml.html.document_fromstring(markup, parser=parser)
    except (lxml.etree.LxmlError, AssertionError) as error:
        return NotAnArticle("not_html", f"cannot be parsed: {error}")
    _mend_head(tree)
    return Page(url=url, base_url=_base_url(tree, url), tree=tree)


def _mend_head(tree: Any) -> None:
    """Move content out of ``<head>``.

    HTML lets authors leave out ``<body>``, and libxml2 then keeps ``<article>`` and ``<main>`` in the head.
    """
    head = tree.find("head")
    strays = list(dropwhile(lambda element: element.tag in _HEAD_ELEMENTS, () if head is None else head))
    if strays:
        body = tree.find("body")
        body = lxml.etree.SubElement(tree, "body") if body is None else body
        body[0:0] = strays


def _without_controls(markup: bytes) -> bytes:
    """Drop what XML forbids and what other libraries choke on; a form feed is a space."""
    clean = markup.translate(_FORM_FEED, _CONTROLS)
    return _NONCHARACTERS.sub(b"", clean) if b"\xef\xbf" in clean else clean


def _resolve_numbers(markup: bytes) -> bytes:
    """Resolve numeric references as HTML does: ``&#146;`` is an apostrophe, ``&#1;`` nothing.

    libxml2 lets control characters through that other libraries then choke on; where none is named, it does well.
    """
    if not _ODD_NUMBER.search(markup):
        return markup
    first, *others = markup.split(b"&#")
    return first + b"".join(map(_resolve, others))


def _resolve(markup: bytes) -> bytes:
    """Resolve the reference of which ``markup`` is all that follows its ``&#``."""
    number = _NUMBER.match(markup)
    return _character(number[0]) + markup[number.end() :] if number else b"&#" + markup


@lru_cache(maxsize=4096)
def _character(number: bytes) -> bytes:
    character = unescape(f"&#{number.decode()}")
    return b"&#" + number if character in _SYNTAX else _NOT_XML.sub("", character).encode("utf-8", "replace")


def _base_url(tree: Any, url: str) -> str:
    for element in tree.iter("base"):
        if href := element.get("href"):
            return Page(url, url, tree).absolute(href) or url
    return url
