"""RSS, RDF and Atom: well-formed feeds with lxml, what cannot be mended with feedparser.

Measured on 20 items: 1 ms this way, 8 ms with feedparser. But of feeds whose tags are broken feedparser saves
19.6 of 20 items where libxml2's own recovery saves 14.
"""

from collections import defaultdict
from collections.abc import Iterator
from datetime import tzinfo
from typing import Any

from lxml import etree

from crawler.discovery.claims import first_of_each, make_link
from crawler.discovery.document import PARSER_OPTIONS, Document, also, mend, parse_error
from crawler.discovery.links import Discovered, DocumentUnreadableError, Link
from crawler.discovery.salvage import salvage_feed
from crawler.text import absolute_url

_PREFIXES = {
    "http://www.w3.org/2005/Atom": "atom:",
    "http://purl.org/dc/elements/1.1/": "dc:",
    "http://purl.org/dc/terms/": "dcterms:",
    "http://rssnamespace.org/feedburner/ext/1.0": "feedburner:",
}
_ABOUT = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}about"
_XML_BASE = "{http://www.w3.org/XML/1998/namespace}base"
_XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_MAX_SALVAGED_BYTES = 2 * 1024 * 1024  # feedparser takes up to 3 s for one MiB of bad intent

# What each claim is called in RSS, Atom, Atom 0.3 and Dublin Core, the more trustworthy name first.
_PUBLISHED = ("published", "issued", "pubdate", "dc:date", "dcterms:issued", "created", "dcterms:created")
_MODIFIED = ("updated", "modified", "atom:updated", "dcterms:modified")
_AUTHORS = ("dc:creator", "author", "atom:author")

Fields = dict[str, list[Any]]  # the elements inside an entry or channel, by prefix and lower-case name


def read_feed(document: Document, url: str, zone: tzinfo) -> Discovered:
    """Read a feed's entries in document order; those without a link are left out."""
    damage = None
    try:
        links = _read_tree(document.content, document.kind, url, zone)
    except etree.XMLSyntaxError as error:
        damage = parse_error(error)
        links = _read_damaged(document, url, zone)
    return Discovered(document.kind, first_of_each(links), damage=also(document.damage, damage))


def _read_damaged(document: Document, url: str, zone: tzinfo) -> list[Link]:
    mended = mend(document)
    try:
        return _read_tree(mended, document.kind, url, zone)
    except etree.XMLSyntaxError as error:
        if len(mended) > _MAX_SALVAGED_BYTES:
            raise DocumentUnreadableError(f"{parse_error(error)}: too long a feed to be salvaged") from None
        return salvage_feed(mended, document.kind, url, zone)


def _read_tree(content: bytes, kind: str, url: str, zone: tzinfo) -> list[Link]:
    root = etree.fromstring(content, etree.XMLParser(**PARSER_OPTIONS))
    channel = root.find("{*}channel")
    language = _language(root, _fields(root)) or (
        None if channel is None else _language(channel, _fields(channel))
    )
    entries = root.iter("{*}entry" if kind == "atom" else "{*}item")
    return [link for entry in entries if (link := _read_entry(entry, url, zone, language))]


def _read_entry(entry: Any, url: str, zone: tzinfo, language: str | None) -> Link | None:
    fields = _fields(entry)
    listed = (absolute_url(value, _base(element, url)) for element, value in _listed_urls(entry, fields))
    address = next((value for value in listed if value), None)
    if address is None:
        return None
    return make_link(
        address,
        zone,
        headline=_first(fields, "title", "dc:title"),
        published=_texts(fields, *_PUBLISHED),
        modified=_texts(fields, *_MODIFIED),
        authors=next((names for field in _AUTHORS if (names := [_name(author) for author in fields[field]])), ()),
        section=next(filter(None, map(_term, fields["category"])), None) or _first(fields, "dc:subject"),
        language=_language(entry, fields) or language,
    )


def _fields(element: Any) -> Fields:
    """Sort children by name. Those in the element's own namespace are bare, those in a foreign one left out."""
    fields: Fields = defaultdict(list)
    own = element.tag.rpartition("}")[0]
    for child in element:
        namespace, _, name = child.tag.rpartition("}")
        prefix = "" if namespace in {own, ""} else _PREFIXES.get(namespace[1:])
        if prefix is not None:
            fields[prefix + name.lower()].append(child)
    return fields


def _listed_urls(entry: Any, fields: Fields) -> Iterator[tuple[Any, str | None]]:
    """Yield an entry's links, best first: behind the click counter, as a link, as its identity."""
    for element in fields["feedburner:origlink"]:
        yield element, _text(element)
    links = fields["link"] + fields["atom:link"]
    for element in sorted(links, key=lambda link: "html" not in link.get("type", "html")):
        if "href" not in element.attrib:
            yield element, _text(element)
        elif element.get("rel", "") in {"", "alternate"}:
            yield element, element.get("href")
    for element in fields["guid"]:
        if element.get("isPermaLink", "true").lower() != "false" and _text(element).startswith("http"):
            yield element, _text(element)
    yield entry, entry.get(_ABOUT)


def _base(element: Any, url: str) -> str:
    """Resolve the ``xml:base`` of an element and of all it is in, from the document's URL inwards."""
    for outer in reversed([element, *element.iterancestors()]):
        if base := outer.get(_XML_BASE):
            url = absolute_url(base, url) or url
    return url


def _language(element: Any, fields: Fields) -> str | None:
    return _first(fields, "language", "dc:language") or element.get(_XML_LANG)


def _name(author: Any) -> str:
    """Read Atom's ``<author><name>``, and RSS's plain text."""
    name = author.find("{*}name")
    return _text(author if name is None else name)


def _term(category: Any) -> str:
    """Read Atom's ``<category term="">``, and RSS's plain text."""
    return category.get("label") or category.get("term") or _text(category)


def _first(fields: Fields, *names: str) -> str | None:
    return next((text for text in _texts(fields, *names) if text), None)


def _texts(fields: Fields, *names: str) -> Iterator[str]:
    return (_text(element) for name in names for element in fields[name])


def _text(element: Any) -> str:
    return "".join(element.itertext()).strip()
