"""The pages of one article, made one article."""

from collections.abc import Sequence
from dataclasses import replace

from crawler.article import Article
from crawler.text import comparable, count_words

MOST_TEXT = 1_000_000
"""Characters of one article: a long book has as many."""

_LONG = 60  # letters of a paragraph that does not stand within another by chance
_SHARE_OF_WORDS = 1 / 2  # of the shorter headline that the other must have


def join(pages: Sequence[Article]) -> Article:
    """Put the pages' texts together, in their order; all else is the first page's, the latest change apart.

    What a page repeats of those before it (the standfirst, the author's box) is kept once. A text of over
    a million characters ends with the page before.
    """
    whole, *further = pages
    text, said, modified = whole.article_body, _Said([whole]), [whole.date_modified]
    num_pages = whole.num_pages
    for page in further:
        added = "\n".join([text, *said.new(page)])
        if len(added) > MOST_TEXT:
            break
        text, num_pages = added, num_pages + page.num_pages
        said.add(page)
        modified.append(page.date_modified)
    latest = max(filter(None, modified), default=None)
    origins = dict(whole.origins)
    if latest is not None and latest != whole.date_modified:
        newest = next(page for page in further if page.date_modified == latest)
        origins["date_modified"] = newest.origins.get("date_modified", "html")
    return replace(
        whole,
        article_body=text,
        date_modified=latest,
        num_pages=num_pages,
        word_count=count_words(text),
        origins=origins,
    )


def is_same_article(first: Article, page: Article) -> bool:
    """Tell whether a page goes on with an article: by its canonical URL, or as its headline says the same."""
    if page.canonical_url and page.canonical_url in {first.url, first.canonical_url}:
        return True
    left, right = comparable(first.headline), comparable(page.headline)
    if left in right or right in left:
        return True
    words, others = set(first.headline.casefold().split()), set(page.headline.casefold().split())
    return len(words & others) >= _SHARE_OF_WORDS * min(len(words), len(others))


def adds_text(pages: Sequence[Article], page: Article) -> bool:
    """Tell whether a page has a paragraph that none of those before it has."""
    return bool(_Said(pages).new(page))


def has_room(pages: Sequence[Article], page: Article) -> bool:
    """Tell whether the text of a page may be added to that of those before it."""
    return sum(len(one.article_body) + 1 for one in (*pages, page)) <= MOST_TEXT


class _Said:
    """What pages have said: their paragraphs by letters, and all letters, for JSON-LD runs paragraphs together."""

    def __init__(self, pages: Sequence[Article]) -> None:
        self._keys = {""}
        self._letters = ""
        for page in pages:
            self.add(page)

    def add(self, page: Article) -> None:
        """Remember what a page says."""
        keys = [comparable(line) for line in (page.headline, *page.article_body.split("\n"))]
        self._keys.update(keys)
        self._letters += "".join(keys)

    def new(self, page: Article) -> list[str]:
        """The paragraphs of a page that none before it has."""
        return [line for line in page.article_body.split("\n") if not self._has(comparable(line))]

    def _has(self, key: str) -> bool:
        return key in self._keys or (len(key) >= _LONG and key in self._letters)
