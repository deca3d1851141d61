"""JSON Feed 1 and 1.1."""

import json
from datetime import UTC, datetime

import pytest

from crawler.discovery import DocumentUnreadableError, Link, discover

URL = "https://paper.example/feed.json"
VERSION = "https://jsonfeed.org/version/1.1"


def feed(*items, **claims):
    return {"version": VERSION, "title": "Paper", "items": list(items)} | claims


def read(document, **options):
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    return discover(body, URL, **options)


def urls(document):
    return [link.url for link in read(document).links]


def test_an_item_is_read_whole():
    """Every claim of an item arrives in its field."""
    item = {
        "id": "1",
        "url": "https://paper.example/1",
        "title": "Rivers rise",
        "summary": "They do.",
        "content_html": "<p>Rivers rise.</p><p>Lakes, too.</p>",
        "date_published": "2024-02-05T10:00:00+05:30",
        "date_modified": "2024-02-05T06:00:00Z",
        "authors": [{"name": "Asha Rao"}, {"name": "Ben Okri", "url": "https://paper.example/ben"}],
        "tags": ["World", "Floods", "world"],
        "attachments": [{"url": "https://paper.example/1.mp3", "mime_type": "audio/mpeg"}],
    }
    found = read(feed(item, language="en-GB"))
    assert (found.kind, found.damage, found.pages) == ("json_feed", None, [])
    assert found.links == [
        Link(
            url="https://paper.example/1",
            headline="Rivers rise",
            date_published=datetime(2024, 2, 5, 4, 30, tzinfo=UTC),
            date_modified=datetime(2024, 2, 5, 6, tzinfo=UTC),
            authors=("Asha Rao", "Ben Okri"),
            in_language="en",
            keywords=("World", "Floods"),
            article_body="Rivers rise.\nLakes, too.",
        )
    ]


def test_version_1_is_read():
    """The one author of version 1 counts, and text that is no HTML is full text as well."""
    item = {"id": "1", "url": "/1", "author": {"name": "Asha Rao"}, "content_text": "Rivers rise.\n\n5 < 6 <b>"}
    (link,) = read(feed(item, version="https://jsonfeed.org/version/1")).links
    assert link.authors == ("Asha Rao",)
    assert link.article_body == "Rivers rise.\n5 < 6 <b>"


@pytest.mark.parametrize(
    ("item", "url"),
    [
        ({"url": "/1", "external_url": "https://other.example/"}, "https://paper.example/1"),
        ({"external_url": "https://other.example/1", "id": "https://paper.example/2"}, "https://other.example/1"),
        ({"id": "https://paper.example/2"}, "https://paper.example/2"),
    ],
)
def test_an_item_names_its_page(item, url):
    """The page is the item's own URL, else the one it speaks of, else its identity."""
    assert urls(feed(item)) == [url]


@pytest.mark.parametrize(
    "item",
    [{"id": "1"}, {"id": 1}, {"url": ""}, {"url": 7}, {"attachments": [{"url": "/1.mp3"}]}, [], None, "x"],
)
def test_items_without_a_page_are_left_out(item):
    """What names no page is no link, and its neighbours are kept."""
    assert urls(feed(item, {"url": "/1"})) == ["https://paper.example/1"]


def test_claims_of_another_type_are_missing():
    """A title that is a number, or tags that are a string, cost nothing else."""
    odd = {"url": "/1", "title": 5, "tags": "a, b", "authors": {"name": "x"}, "content_html": [], "language": 1}
    assert read(feed(odd)).links == [Link(url="https://paper.example/1")]


def test_a_line_break_inside_a_string_is_understood():
    """What JSON forbids but cannot mean anything else is read."""
    assert read(b'{"feed_url": "/", "items": [{"url": "/1", "title": "a\nb"}]}').links[0].headline == "a b"


def test_a_summary_is_no_full_text():
    """Neither the summary nor a content that repeats it becomes the body."""
    assert read(feed({"url": "/1", "summary": "Short.", "content_text": "Short."})).links[0].article_body is None


def test_the_next_page_is_named():
    """The next page of a feed is a further page, absolute."""
    assert read(feed(next_url="feed.json?page=2")).pages == ["https://paper.example/feed.json?page=2"]
    assert read(feed(next_url=URL)).pages == []


def test_an_empty_feed_is_no_error():
    """A feed may list nothing."""
    assert read(feed()).links == []


@pytest.mark.parametrize("charset", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_every_unicode_is_read(charset):
    """UTF-8 and UTF-16, with and without a byte order mark."""
    body = json.dumps(feed({"url": "/1", "title": "Überschwemmung"}), ensure_ascii=False).encode(charset)
    found = read(body, content_type="text/html")
    assert (found.links[0].headline, found.damage) == ("Überschwemmung", None)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (
            b'{"version": "https://jsonfeed.org/version/1", "items": [{"url": "/1"}',
            "not well-formed JSON: Expecting",
        ),
        (b'{"items": [{"url" "/1"}]}', r"not well-formed JSON: Expecting ':' delimiter, line 1, column 19"),
        (b'{"items": [' + b"9" * 5000 + b"]}", "not well-formed JSON: Exceeds the limit"),
        (b'{"items": ' + b"[" * 100_000, "not well-formed JSON"),
        (b'{"items": [{"url": "/1"}]}', "is JSON, but no JSON Feed"),
        (b'{"version": "https://jsonfeed.org/version/1", "items": {}}', "is JSON, but no JSON Feed"),
        (b"[]", "neither feed nor sitemap"),
    ],
)
def test_what_is_no_json_feed_is_refused_in_words(body, message):
    """Damaged JSON, and JSON of another kind, is unreadable; the error says where or why."""
    with pytest.raises(DocumentUnreadableError, match=message):
        read(body)


def test_what_postgres_refuses_does_not_arrive():
    """NUL and lone surrogates, which JSON can spell, are dropped."""
    body = rb"""{"feed_url": "/", "items": [{"url": "/\u00001\ud800", "title": "a\u0000\udfffb",
        "content_html": "<p>c\u0000\ud800d</p>", "content_text": "", "tags": ["e\u0000"]}]}"""
    assert read(body).links == [
        Link(url="https://paper.example/1", headline="ab", keywords=("e",), article_body="cd")
    ]


def test_a_flood_is_cut():
    """Of more than 10,000 items the first 10,000 are read, and the damage says so."""
    found = read(feed(*({"url": f"/{number}"} for number in range(10_001))))
    assert len(found.links) == 10_000
    assert "more than 10,000 items" in found.damage
