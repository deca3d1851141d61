"""What a URL alone says about whether it may be asked for."""

from ipaddress import ip_address, ip_network

import pytest

from crawler.download.admission import admission, literal_address

RULES = admission({80, 443, 8080}, [ip_network("127.0.0.0/8")], {"example.org", "127.0.0.1"})


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("https://example.org/a", None),
        ("http://news.example.org:8080/a", None),
        ("http://127.0.0.1/a", None),
        ("ftp://example.org/a", "scheme_not_allowed"),
        ("javascript:alert(1)", "scheme_not_allowed"),
        ("mailto:desk@example.org", "scheme_not_allowed"),
        ("data:text/html,x", "scheme_not_allowed"),
        ("file:///etc/passwd", "scheme_not_allowed"),
        ("https:///a", "url_invalid"),
        ("https://example.org:0/", "url_invalid"),
        ("https://example.org:99999/", "url_invalid"),
        ("http://[::1/", "url_invalid"),
        ("/a", "url_invalid"),
        ("http://10.0.0.1/", "private_address"),
        ("http://0x0a000001/", "private_address"),
        ("http://012.1/", "private_address"),
        ("http://167772161/", "private_address"),
        ("http://[::ffff:10.0.0.1]/", "private_address"),
        ("http://[fe80::1%25eth0]/", "private_address"),
        ("http://169.254.169.254/latest/", "private_address"),
        ("https://example.org:25/", "port_not_allowed"),
        ("https://example.com/a", "off_site"),
        ("https://example.org.evil.com/a", "off_site"),
        ("http://127.0.0.2/", "off_site"),
        ("https://example.org/" + "a" * 2000, "url_too_long"),
    ],
)
def test_a_url_is_judged_by_itself(url, reason):
    """Scheme, address, port and site are told before anything is asked or resolved."""
    refusal = RULES.refusal(url, on_site=True)
    assert (refusal and refusal.reason) == reason


def test_a_document_may_stand_elsewhere():
    """Feeds are often served by others; only pages have to be the site's own."""
    assert RULES.refusal("https://feeds.example.com/x", on_site=False) is None


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("127.1", "127.0.0.1"),
        ("0x7f.1", "127.0.0.1"),
        ("2130706433", "127.0.0.1"),
        ("127.0.0.1.", "127.0.0.1"),
        ("::1", "::1"),
        ("1.example", None),
        ("4chan.example", None),
        ("", None),
    ],
)
def test_addresses_have_many_spellings(host, address):
    """Whatever the C library would connect to is seen as the address that it is."""
    assert literal_address(host) == (ip_address(address) if address else None)
