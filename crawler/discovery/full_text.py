"""The full text of an article, where a feed carries it, as plain paragraphs."""

import re
from typing import Any

from lxml import etree

from crawler.text import clean_paragraphs

_MAX_CHARACTERS = 1024 * 1024  # of one item's markup; the text of a long book chapter is a tenth of that

_UNSEEN = (
    *("script", "style", "noscript", "template", "iframe", "object", "svg", "math", "video", "audio", "canvas"),
    *("form", "button", "select", "textarea", "figcaption", "head"),
)
_BLOCKS = (
    *("p", "div", "br", "hr", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "dl", "dt", "dd", "pre"),
    *("blockquote", "table", "tr", "td", "th", "section", "article", "aside", "header", "footer", "figure"),
)
_UNSEEN_TAGS = [f"{{*}}{name}" for name in _UNSEEN]
_BLOCK_TAGS = [f"{{*}}{name}" for name in _BLOCKS]
_BREAK = "\u2029"  # paragraph separator: a line break of the markup's source is none of the text's

_TAG = re.compile(r"</?[a-z][a-z0-9]*(?:\s[^<>]*)?/?>", re.IGNORECASE)
_REFERENCE = re.compile(r"&#?\w{1,32};")
# What WordPress adds to every text of a feed.
_SIGNATURE = re.compile(r"\nThe post .{1,500} (?:appeared first|first appeared) on .{1,200}\Z")


def read_markup(markup: str) -> str | None:
    """Read HTML, or plain text, whose lines are then its paragraphs. None for what holds no text."""
    return _without_signature(_read(markup[:_MAX_CHARACTERS].replace("\0", ""), is_escaped_twice=False))


def read_text(text: str) -> str | None:
    """Read plain text, whose lines are its paragraphs."""
    return _without_signature(clean_paragraphs(text[:_MAX_CHARACTERS]))


def read_element(element: Any) -> str | None:
    """Read XHTML that stands in the feed itself. The element is changed: what is no text goes."""
    return _without_signature(clean_paragraphs(_flatten(element)[:_MAX_CHARACTERS]))


def _read(markup: str, *, is_escaped_twice: bool) -> str:
    if not _TAG.search(markup) and not _REFERENCE.search(markup):
        return clean_paragraphs(markup)
    parser = etree.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, huge_tree=False)
    try:
        tree = etree.fromstring(f"<div>{markup}</div>".encode(errors="ignore"), parser)
    except etree.XMLSyntaxError:
        return ""
    text = "" if tree is None else _flatten(tree)
    if not is_escaped_twice and _TAG.search(text) and not _TAG.search(markup):
        return _read(text, is_escaped_twice=True)
    return clean_paragraphs(text)


def _flatten(tree: Any) -> str:
    etree.strip_elements(tree, *_UNSEEN_TAGS, with_tail=False)
    for block in tree.iterdescendants(*_BLOCK_TAGS):
        block.text = _BREAK + (block.text or "")
        block.tail = _BREAK + (block.tail or "")
    text = "".join(tree.itertext())
    return text.replace("\n", " ") if _BREAK in text.strip() else text


def _without_signature(text: str) -> str | None:
    return _SIGNATURE.sub("", text) or None
