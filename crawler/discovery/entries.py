"""One item or entry of an XML feed."""

from collections.abc import Iterable, Iterator
from datetime import tzinfo
from typing import Any

from crawler.discovery.claims import make_link, split_keywords
from crawler.discovery.elements import (
    Fields,
    attribute,
    base_of,
    fields_of,
    first_text,
    language_of,
    relations_of,
    text_of,
    texts_of,
)
from crawler.discovery.full_text import read_element, read_markup
from crawler.discovery.links import Link
from crawler.text import absolute_url

_ABOUT = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}about"

# What each claim is called in RSS, Atom, Atom 0.3 and Dublin Core, the more trustworthy name first.
_PUBLISHED = ("published", "issued", "pubdate", "dc:date", "dcterms:issued", "created", "dcterms:created")
_MODIFIED = ("updated", "modified", "atom:updated", "dcterms:modified")
_AUTHORS = ("dc:creator", "author", "atom:author")
_CATEGORIES = ("category", "atom:category")
_KEYWORDS = ("itunes:keywords", "media:keywords")
_SUMMARIES = ("description", "summary", "atom:summary")


def read_entry(entry: Any, url: str, zone: tzinfo, language: str | None) -> Link | None:
    """Read an item or entry whose relative links are relative to ``url``; None for one without a link."""
    fields = fields_of(entry)
    listed = (absolute_url(value, base_of(element, url)) for element, value in _listed_urls(entry, fields))
    address = next((value for value in listed if value), None)
    if address is None:
        return None
    categories = _categories(fields)
    return make_link(
        address,
        zone,
        headline=first_text(fields, "title", "dc:title"),
        published=texts_of(fields, *_PUBLISHED),
        modified=texts_of(fields, *_MODIFIED),
        authors=next((names for field in _AUTHORS if (names := [_name(author) for author in fields[field]])), ()),
        section=next(iter(categories), None),
        language=language_of(entry, fields) or language,
        keywords=categories + [word for line in texts_of(fields, *_KEYWORDS) for word in split_keywords(line)],
        article_body=_article_body(fields),
    )


def _listed_urls(entry: Any, fields: Fields) -> Iterator[tuple[Any, str | None]]:
    """Yield an entry's links, best first: behind the click counter, as a link, as its identity."""
    for element in fields["feedburner:origlink"]:
        yield element, text_of(element)
    links = fields["link"] + fields["atom:link"]
    for element in sorted(links, key=lambda link: "html" not in (attribute(link, "type") or "html")):
        if (href := attribute(element, "href")) is None:
            yield element, text_of(element)
        elif "alternate" in relations_of(element):
            yield element, href
    enclosed = [attribute(element, "url") for element in fields["enclosure"]]
    for element in fields["guid"]:
        if (identity := _permanent_link(element)) not in enclosed:
            yield element, identity
    yield entry, _url_or_none(entry.get(_ABOUT))


def _permanent_link(guid: Any) -> str | None:
    """A guid as a link: one that says it is, and one that does not say but looks so."""
    says = (attribute(guid, "isPermaLink") or "").strip().lower()
    identity = text_of(guid)
    if says == "true" and identity.startswith("/"):
        return identity
    return None if says == "false" else _url_or_none(identity)


def _url_or_none(identity: str | None) -> str | None:
    return identity if identity and identity.lower().startswith(("http://", "https://")) else None


def _article_body(fields: Fields) -> str | None:
    """The full text, where an item carries it; what only repeats the summary is none."""
    return next(filter(None, _bodies(fields, set(texts_of(fields, *_SUMMARIES)))), None)


def _bodies(fields: Fields, summaries: Iterable[str]) -> Iterator[str | None]:
    for text in texts_of(fields, "content:encoded", "yandex:full-text"):
        yield None if text in summaries else read_markup(text)
    for element in fields["xhtml:body"] + fields["xhtml:div"]:
        yield read_element(element)
    for element in fields["content"] + fields["atom:content"]:
        yield _atom_content(element, summaries)


def _atom_content(element: Any, summaries: Iterable[str]) -> str | None:
    """Read the content of Atom (RFC 4287, section 4.1.3) or Atom 0.3; pictures and the like are no text."""
    kind = (element.get("type") or "text").lower()
    is_text = "/" not in kind or kind.startswith("text/") or kind == "application/xhtml+xml"
    if not is_text or element.get("src") or element.get("mode") == "base64":
        return None
    if len(element):
        return read_element(element)
    text = text_of(element)
    return None if text in summaries else read_markup(text)


def _name(author: Any) -> str:
    """Read Atom's ``<author><name>``, and RSS's plain text."""
    name = author.find("{*}name")
    return text_of(author if name is None else name)


def _categories(fields: Fields) -> list[str]:
    terms = [_term(element) for name in _CATEGORIES for element in fields[name]]
    return [term for term in (*terms, *texts_of(fields, "dc:subject")) if term]


def _term(category: Any) -> str | None:
    """Read Atom's ``<category term="">``, and RSS's plain text; a term that is a URL says nothing to readers."""
    term = attribute(category, "label") or attribute(category, "term") or text_of(category)
    return None if "://" in term else term
