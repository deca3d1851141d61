"""What hosts ask for, and how robots.txt names us."""

from datetime import UTC, datetime

import pytest

from crawler.download.agents import product_token
from crawler.download.pauses import pause_asked
from crawler.sites import host_of, politeness_key, site_of

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("status", "retry_after", "seconds"),
    [
        (429, b"120", 120),
        (503, b"120", 120),
        (429, b"Mon, 02 Mar 2026 12:01:00 GMT", 60),
        (503, b"Monday, 02-Mar-26 12:01:00 GMT", 60),
        (429, b"Mon, 02 Mar 2026 11:00:00 GMT", 1),
        (429, b"0", 1),
        (429, b"99999999999999999999", 86400),
        (429, b"Fri, 01 Jan 2100 00:00:00 GMT", 86400),
        (429, None, 60),
        (429, b"soon", 60),
        (429, "\u0664".encode(), 60),
        (503, None, None),
        (503, b"-5", None),
        (500, b"120", None),
        (200, b"120", None),
        (403, b"120", None),
    ],
)
def test_retry_after_comes_in_two_forms(status, retry_after, seconds):
    """Seconds or a date, a day at most; a 429 without it asks for a minute, a 503 for nothing."""
    assert pause_asked(status, retry_after, NOON) == seconds


@pytest.mark.parametrize(
    ("user_agent", "token"),
    [
        ("examplebot/1.0 (+https://example.org/bot)", "examplebot"),
        ("Mozilla/5.0 (compatible; ExampleBot/2.1; +https://example.org/)", "examplebot"),
        ("news_reader-9 beta", "news_reader-"),
        ("tidings", "tidings"),
        ("1.0", "tidings"),
    ],
)
def test_robots_txt_knows_us_by_our_product_token(user_agent, token):
    """RFC 9309 matches the product's name, not whatever else the header says."""
    assert product_token(user_agent) == token


@pytest.mark.parametrize(
    ("url", "host", "site", "key"),
    [
        ("https://News.Example.co.uk/a", "news.example.co.uk", "example.co.uk", "example.co.uk"),
        ("http://example.org:80/", "example.org", "example.org", "example.org"),
        ("http://example.org:8080/", "example.org:8080", "example.org", "example.org:8080"),
        ("http://127.0.0.1:8080/", "127.0.0.1:8080", "127.0.0.1", "127.0.0.1:8080"),
        ("http://[::1]/", "::1", "::1", "::1"),
        ("http://localhost/", "localhost", "localhost", "localhost"),
        ("http://example.org./", "example.org", "example.org", "example.org"),
        ("nonsense", "", "", ""),
        ("http://[broken/", "", "", ""),
    ],
)
def test_hosts_sites_and_whom_to_be_polite_to(url, host, site, key):
    """A host has a pace, a site owns its pages, and one run at a time visits a site at a port."""
    assert (host_of(url), site_of(url), politeness_key(url)) == (host, site, key)
