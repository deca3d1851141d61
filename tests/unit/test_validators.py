"""What is said back to a server, and what is not."""

import pytest
from scrapy.http import Headers

from crawler.validators import Validators, is_conditional, validators_of


@pytest.mark.parametrize(
    "etag", ['"strong"', 'W/"weak"', "unquoted", '"with space"', '"gr\xfcn"', '""', "x" * 512]
)
def test_an_etag_comes_back_as_it_came(etag):
    """Byte for byte, in order or not: its server will know it."""
    found = validators_of(Headers({"ETag": etag.encode("latin-1")}))
    assert found.headers == {"If-None-Match": etag.encode("latin-1")}


@pytest.mark.parametrize(
    "value", [b"", b'"a"\r\nX-Evil: 1', b'"a"\nb', b'"nul\0"', b'"tab\t"', b"\x7f", b"x" * 513]
)
def test_what_could_do_harm_is_not_said_back(value):
    """Nothing that ends a header, and nothing of absurd length."""
    found = validators_of(Headers({"ETag": value, "Last-Modified": value}))
    assert found == Validators()
    assert found.headers == {}


def test_a_request_is_conditional_by_its_headers():
    """By either of them, however it is spelt."""
    assert is_conditional(Headers({"if-none-match": b'"1"'}))
    assert is_conditional(Headers({"If-Modified-Since": b"Mon, 02 Mar 2026 12:00:00 GMT"}))
    assert not is_conditional(Headers({"Accept": b"text/html"}))
