"""What stands inside a feed, a channel or an entry, by the names that the formats give it."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from crawler.text import absolute_url

# The vocabularies that feeds mix; "" for the feed's own under each name it has had.
_PREFIXES = {
    "http://purl.org/rss/1.0/": "",
    "http://my.netscape.com/rdf/simple/0.9/": "",
    "http://channel.netscape.com/rdf/simple/0.9/": "",
    "http://www.w3.org/2005/Atom": "atom:",
    "http://purl.org/atom/ns#": "atom:",
    "http://purl.org/dc/elements/1.1/": "dc:",
    "http://purl.org/dc/elements/1.0/": "dc:",
    "http://purl.org/dc/terms/": "dcterms:",
    "http://purl.org/rss/1.0/modules/content/": "content:",
    "http://purl.org/rss/1.0/modules/syndication/": "sy:",
    "http://rssnamespace.org/feedburner/ext/1.0": "feedburner:",
    "http://search.yahoo.com/mrss/": "media:",
    "http://search.yahoo.com/mrss": "media:",
    "http://www.itunes.com/dtds/podcast-1.0.dtd": "itunes:",
    "http://www.w3.org/1999/xhtml": "xhtml:",
    "http://news.yandex.ru": "yandex:",
}
_XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_XML_BASE = "{http://www.w3.org/XML/1998/namespace}base"

Fields = defaultdict[str, list[Any]]  # the elements inside another, by prefix and lower-case name


def fields_of(element: Any) -> Fields:
    """Sort children by name. Those in the element's own namespace are bare, those of unknown ones left out."""
    fields: Fields = defaultdict(list)
    own = element.tag.rpartition("}")[0]
    for child in element:
        namespace, _, name = child.tag.rpartition("}")
        prefix = "" if namespace in {own, ""} else _PREFIXES.get(namespace[1:])
        if prefix is not None:
            fields[prefix + name.lower()].append(child)
    return fields


def first_text(fields: Fields, *names: str) -> str | None:
    """The first text that is not empty, the names in their order."""
    return next((text for text in texts_of(fields, *names) if text), None)


def texts_of(fields: Fields, *names: str) -> Iterator[str]:
    """Yield the text of every element of these names."""
    return (text_of(element) for name in names for element in fields[name])


def text_of(element: Any) -> str:
    """All text in an element; where a feed has forgotten to escape HTML, the tags are passed over."""
    return "".join(element.itertext()).strip()


def attribute(element: Any, name: str) -> str | None:
    """An attribute by its name in any case."""
    value: str | None = element.get(name)
    if value is None and element.attrib:
        return next((value for key, value in element.items() if key.lower() == name.lower()), None)
    return value


def relations_of(link: Any) -> set[str]:
    """What an Atom link is to its feed or entry (RFC 4287, section 4.2.7.2)."""
    relations = (attribute(link, "rel") or "alternate").lower().split()
    return {relation.removeprefix("http://www.iana.org/assignments/relation/") for relation in relations}


def language_of(element: Any, fields: Fields) -> str | None:
    """The language that an element names: as one of its ``fields``, or as ``xml:lang``."""
    return first_text(fields, "language", "dc:language") or element.get(_XML_LANG)


def base_of(element: Any, url: str) -> str:
    """Resolve the ``xml:base`` of an element and of all it is in, from the document's URL inwards."""
    bases = [base for outer in (element, *element.iterancestors()) if (base := outer.get(_XML_BASE))]
    for base in reversed(bases):
        url = absolute_url(base, url) or url
    return url
