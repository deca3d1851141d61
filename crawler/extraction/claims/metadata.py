"""``<meta>`` tags: Open Graph, Twitter cards, Dublin Core, Parse.ly, Sailthru and what else news sites use."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from itertools import islice

from crawler.extraction.claims.claims import Claims
from crawler.extraction.fields.names import read_names
from crawler.extraction.page import Page
from crawler.text import clean_line

Meta = Mapping[str, list[str]]

_HEADLINE = (
    "og:title",
    "twitter:title",
    "parsely-title",
    "sailthru.title",
    "citation_title",
    "dc.title",
    "dcterms.title",
    "title",
)
_DESCRIPTION = (
    "og:description",
    "description",
    "twitter:description",
    "sailthru.description",
    "dc.description",
    "dcterms.abstract",
)
_AUTHORS = (
    "author",
    "article:author",
    "article:author_name",
    "parsely-author",
    "sailthru.author",
    "byl",
    "citation_author",
    "dc.creator",
    "dcterms.creator",
    "dc.contributor",
    "cxenseparse:author",
)
_SECTION = (
    "article:section",
    "parsely-section",
    "og:article:section",
    "section",
    "dc.subject",
    "cxenseparse:category",
)
_KEYWORDS = ("news_keywords", "keywords", "article:tag", "parsely-tags", "sailthru.tags")
_LANGUAGE = ("inlanguage", "content-language", "og:locale", "dc.language", "dcterms.language", "language")
_IMAGE = (
    "og:image",
    "og:image:url",
    "og:image:secure_url",
    "twitter:image",
    "twitter:image:src",
    "parsely-image-url",
    "sailthru.image.full",
    "image",
)
_SITE_NAME = ("og:site_name", "application-name", "apple-mobile-web-app-title", "twitter:site", "publisher")
_MOST = 20  # values of a name that are read


def read_meta(page: Page) -> Meta:
    """Collect every ``<meta>`` by its name, property, itemprop or http-equiv in lower case, in page order."""
    found: dict[str, list[str]] = defaultdict(list)
    for element in page.tree.iter("meta"):
        content = element.get("content")
        for attribute in ("property", "name", "itemprop", "http-equiv"):
            if content and (name := element.get(attribute)):
                found[name.strip().lower()].append(content)
    return found


def read_claims(meta: Meta) -> Claims:
    """Read what the tags claim: of several names for one field, the one listed first above."""
    return Claims(
        "meta",
        headline=_line(meta, _HEADLINE),
        description=_line(meta, _DESCRIPTION),
        authors=_authors(meta),
        article_section=_line(meta, _SECTION),
        keywords=_keywords(meta),
        in_language=_line(meta, _LANGUAGE),
        main_image_url=_line(meta, _IMAGE),
        canonical_url=_line(meta, ("og:url",)),
        site_names=tuple(filter(None, map(clean_line, islice(_values(meta, _SITE_NAME), _MOST)))),
    )


def _values(meta: Meta, names: Iterable[str]) -> Iterable[str]:
    return (value for name in names for value in meta.get(name, ()))


def _line(meta: Meta, names: Iterable[str]) -> str | None:
    return next(filter(None, map(clean_line, _values(meta, names))), None)


def _authors(meta: Meta) -> tuple[str, ...]:
    """Take the first kind of tag that yields a name: ``article:author`` is often the URL of a profile."""
    return next(filter(None, (read_names(meta.get(name, ())) for name in _AUTHORS)), ())


def _keywords(meta: Meta) -> tuple[str, ...]:
    for name in _KEYWORDS:
        words = [clean_line(word) for value in meta.get(name, ()) for word in value.split(",")]
        if found := tuple(dict.fromkeys(filter(None, words))):
            return found
    return ()
