"""Pages of one article, put together by the part, for the tests of extraction."""

import json

from crawler.article import Article, NotAnArticle
from crawler.extraction import extract

URL = "https://www.harbour-post.example/news/ferry-returns"
FERRY = (
    "The evening ferry to the outer islands is running again after eleven weeks in dry dock, and the first"
    " crossing on Monday carried more passengers than the company had seats for."
)
CAPTAIN = (
    "Captain Ines Varga said the new engine needed no more than forty minutes for the passage, which used to"
    " take an hour, and that the winter timetable would be printed with the shorter time."
)
FARES = (
    "Fares stay as they were until the spring. The council has asked for a cheaper ticket for pupils, who have"
    " crossed free of charge on the fishing boats while the ferry was away."
)
BODY = f"{FERRY}\n{CAPTAIN}\n{FARES}"
MARKUP = f"<p>{FERRY}</p><p>{CAPTAIN}</p><p>{FARES}</p>"


def page(*, head: str = "", body: str = f"<article><h1>Ferry returns</h1>{MARKUP}</article>") -> bytes:
    """A page with this head and body."""
    return f"<!doctype html><html lang='en'><head>{head}</head><body>{body}</body></html>".encode()


def ld(*blocks: object) -> str:
    """JSON-LD blocks, as text or as what they say."""
    texts = (block if isinstance(block, str) else json.dumps(block) for block in blocks)
    return "".join(f'<script type="application/ld+json">{text}</script>' for text in texts)


def news(**properties: object) -> dict[str, object]:
    """A NewsArticle with these properties."""
    return {"@context": "https://schema.org", "@type": "NewsArticle", "headline": "Ferry returns", **properties}


def article(markup: bytes, *, url: str = URL, **arguments) -> Article:
    """The article of a page; fails if it has none."""
    result = extract(markup, url, **arguments)
    assert isinstance(result, Article), result
    return result


def rejection(markup: bytes, *, url: str = URL, **arguments) -> NotAnArticle:
    """Why a page has no article; fails if it has one."""
    result = extract(markup, url, **arguments)
    assert isinstance(result, NotAnArticle), result
    return result
