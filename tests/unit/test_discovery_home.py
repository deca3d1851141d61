"""Feeds that a home page announces."""

import pytest

from crawler.discovery import find_feeds, guess_feeds, guess_sitemaps


def page(*links, base="", body="Hello"):
    return f"<html><head>{base}{''.join(links)}</head><body>{body}</body></html>".encode()


RSS = '<link rel="alternate" type="application/rss+xml" href="/feed.xml">'


def test_feeds_are_found_and_absolute():
    """Each announced RSS and Atom feed, as an absolute URL, in order."""
    atom = '<link type="application/atom+xml" title="News" rel="Alternate" href="https://other.example/atom">'
    found = find_feeds(page(RSS, atom), "https://gazette.example/news/")
    assert found == ["https://gazette.example/feed.xml", "https://other.example/atom"]


def test_the_base_of_the_page_counts():
    """A relative address is relative to the page's base element."""
    link = '<link rel="alternate" type="application/rss+xml" href="feed.xml">'
    found = find_feeds(page(link, base='<base href="https://cdn.example/a/">'), "https://gazette.example/")
    assert found == ["https://cdn.example/a/feed.xml"]


def test_other_links_are_no_feeds():
    """Style sheets, translations, comment feeds and odd schemes are left out, and a feed comes once."""
    others = (
        '<link rel="stylesheet" href="a.css">',
        '<link rel="alternate" hreflang="fr" href="/fr/">',
        '<link rel="alternate" type="application/rss+xml" title="Comments" href="/comments">',
        '<link rel="alternate" type="application/rss+xml" href="javascript:alert(1)">',
        '<link rel="alternate" type="application/rss+xml" href="http://[x">',
    )
    assert find_feeds(page(RSS, RSS, *others), "https://gazette.example/") == ["https://gazette.example/feed.xml"]


def test_no_page_no_feeds():
    """Nothing, and what is no HTML, announces nothing."""
    assert find_feeds(b"", "https://gazette.example/") == []
    assert find_feeds(b"\x00\x01 not html", "https://gazette.example/") == []


@pytest.mark.parametrize(
    "link",
    [
        '<link rel="alternate" type="application/feed+json" href="/x">',
        '<link rel="alternate" type="application/json" title="JSON Feed" href="/x">',
        '<link rel="alternate" type="text/xml" title="RSS" href="/x">',
        '<link rel="alternate" type="application/rss xml" href="/x">',
        '<link rel="alternate" type="application/rss+xml; charset=utf-8" href="/x">',
        '<link rel="feed" href="/x">',
    ],
)
def test_feeds_are_announced_in_many_ways(link):
    """JSON feeds, and types that are vague or misspelt, are known by what is said with them."""
    assert find_feeds(page(link), "https://gazette.example/") == ["https://gazette.example/x"]


@pytest.mark.parametrize(
    "link",
    [
        '<link rel="alternate" type="application/json" href="/wp-json/wp/v2/feeds/1">',
        '<link rel="alternate" type="application/json+oembed" href="/oembed?url=feed">',
        '<link rel="alternate" type="application/json" href="/data">',
        '<link rel="alternate" type="text/xml" href="/sitemap.xml">',
    ],
)
def test_other_data_is_no_feed(link):
    """What a site says to programs in JSON or XML is mostly no feed."""
    assert find_feeds(page(link), "https://gazette.example/") == []


def test_feeds_that_are_only_linked_to_are_a_second_choice():
    """Links to the usual paths count, in their order, on the site itself, where no feed is announced."""
    paths = ("/rss", "/feed/", "/feeds/world", "/world.rss", "/rss/world.xml", "/world_rss.xml", "/feed.json?a=1")
    others = ("/feedback", "/comments/feed/", "/arss", "/sitemap.xml", "https://social.example/feed", "//[x/rss")
    listed = "".join(f'<a href="{path}">x</a>' for path in (*paths, *others, "https://feeds.example.org/rss"))
    found = find_feeds(page(body=listed), "https://www.example.org/")
    assert found == [*(f"https://www.example.org{path}" for path in paths), "https://feeds.example.org/rss"]
    assert find_feeds(page(RSS, body=listed), "https://gazette.example/") == ["https://gazette.example/feed.xml"]


def test_usual_places_of_feeds_are_guessed():
    """The likeliest first; for a section's address, the section's before the site's."""
    guesses = guess_feeds("https://gazette.example")
    assert guesses[:2] == ["https://gazette.example/feed", "https://gazette.example/rss"]
    assert {"/rss.xml", "/atom.xml", "/feed.xml", "/index.xml", "/feeds/posts/default"} <= {
        guess.removeprefix("https://gazette.example") for guess in guesses
    }
    section = guess_feeds("https://gazette.example/world?page=2")
    assert section[0] == "https://gazette.example/world/feed"
    assert section[len(guesses) :] == guesses


def test_usual_places_of_sitemaps_are_guessed():
    """Those of news come before those of everything."""
    guesses = guess_sitemaps("https://gazette.example/world/")
    assert guesses[0] == "https://gazette.example/news-sitemap.xml"
    assert {f"https://gazette.example/{name}.xml" for name in ("sitemap", "sitemap_index", "sitemap-news")} <= set(
        guesses
    )


def test_what_is_no_address_has_no_places():
    """Nothing is guessed for what cannot be asked."""
    assert guess_feeds("http://[x") == guess_sitemaps("http://[x") == guess_feeds("gazette") == []
