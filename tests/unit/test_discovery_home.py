"""Feeds that a home page announces."""

from crawler.discovery.home import find_feeds


def page(*links, base=""):
    return f"<html><head>{base}{''.join(links)}</head><body>Hello</body></html>".encode()


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
