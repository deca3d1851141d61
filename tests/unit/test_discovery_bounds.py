"""What documents of bad intent may cost."""

import gzip
import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.discovery import Discovered, DocumentUnreadableError, discover

URL = "https://paper.example/feed"
MIB = 2**20


def peak_memory(body):
    """What reading, or refusing, takes at most beyond the document itself, in bytes."""
    tracemalloc.start()
    try:
        discover(body, URL)
    except DocumentUnreadableError:
        pass
    finally:
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    return peak


@pytest.mark.parametrize("layers", [1, 2, 3, 4])
def test_a_gzip_bomb_takes_less_than_64_mib(layers):
    """Zipped once or many times, no more is unzipped than a sitemap may be large."""
    body = bytes(200 * MIB)
    for _ in range(layers):
        body = gzip.compress(body, 1 if len(body) > MIB else 9)
    assert peak_memory(body) < 64 * MIB


def test_a_large_sitemap_is_read_in_bounded_memory():
    """Whatever its length, no more is held than the links that are handed on, twice."""
    body = "".join(
        ["<urlset>", *map("<url><loc>http://a/{}</loc></url>".format, range(101_000)), "</urlset>"]
    ).encode()
    assert peak_memory(body) < 64 * MIB


@pytest.mark.parametrize(
    "make",
    [
        lambda: b"<urlset>" + b"<a>" * MIB,
        lambda: b"<urlset>" + b"<url>" * MIB,
        lambda: b"<urlset>" + b"<a/>" * (MIB // 2) + b"</urlset>",
        lambda: b"<urlset><url>" + b"<loc/>" * (MIB // 4) + b"</url></urlset>",
        lambda: b"<urlset><url><loc>" + b"x" * 8 * MIB + b"</loc></url></urlset>",
        lambda: b"<urlset " + b"".join(b'a%d="" ' % number for number in range(MIB)) + b"/>",
        lambda: b"<urlset " + b"".join(b'xmlns:a%d="" ' % number for number in range(MIB // 4)) + b"/>",
        lambda: b"<rss>" + b"<a>" * MIB,
        lambda: b"<rss>" + b"<a/>" * MIB + b"</rss>",
        lambda: b"<rss " + b"".join(b'a%d="" ' % number for number in range(MIB)) + b"/>",
        lambda: b"<rss><item><title>" + b"x" * 12 * MIB + b"</title></item></rss>",
        lambda: b"<feed>" + b"<entry><link href='/1'/></entry>" * 20_000 + b"</feed>",
        lambda: b"<rss><item><link>/1</link><title>" + b"<![CDATA[" * MIB,
        lambda: b"<rss><item><link>/1</link></item>" + b"&" * 4 * MIB,
        lambda: b"<" * 4 * MIB,
        lambda: b"<!--" * MIB,
        lambda: b"<?xml " * MIB,
        lambda: b'{"items":' * MIB,
        lambda: b'{"version": "jsonfeed", "items": [' + b"[]," * MIB + b"[]]}",
    ],
    ids=range(19),
)
def test_nesting_attributes_and_repetition_are_bounded(make):
    """Trees, attributes and texts without end are read in part or refused, and in little memory."""
    assert peak_memory(make()) < 128 * MIB


def test_an_element_without_end_is_refused():
    """A tag of over a MiB ends the reading of a sitemap that is otherwise whole."""
    attributes = "".join(f'a{number}="" ' for number in range(200_000))
    document = f"<urlset><url><loc>/1</loc></url><url {attributes}/></urlset>"
    with pytest.raises(DocumentUnreadableError, match="a tag or text of over 1 MiB"):
        discover(document.encode(), URL)


def test_nesting_without_end_is_refused():
    """Deeper than 256 levels nothing is read."""
    with pytest.raises(DocumentUnreadableError, match="nested more than 256 levels"):
        discover(b"<urlset>" + b"<a>" * 300 + b"</a>" * 300 + b"</urlset>", URL)


_PIECES = st.sampled_from(
    b"""<rss> </rss> <rss <channel> </channel> <ttl>5</ttl> <feed> </feed> <entry> </entry> <item> </item> <link/>
    <link>/1</link> <link/href='/2'> <guid>x</guid> <title> </title> <content:encoded> </content:encoded> <content>
    <p> <br> <script> <urlset> </urlset> <url> </url> <loc> </loc> <loc>/1</loc> <news:news> <image:loc> <sitemap>
    <sitemapindex> <rdf:RDF/> <html> <!DOCTYPE <!ENTITY [ ]> <![CDATA[ ]]> <!-- --> <?xml encoding='utf-16'?> &
    &amp; &nbsp; &#0; &#xD800; { } [ ] "items" : , "version":"jsonfeed" "url":"/1" 1 http://a/""".split()
)
_BYTES = st.sampled_from(
    [b"\0", b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf", b"\xe2\x80", b"\x1b$B", b"\x1f\x8b", b"\xed\xa0\x80"]
)
_BODIES = st.lists(_PIECES | _BYTES | st.binary(max_size=5), max_size=40).map(b"".join)
_CONTENT_TYPES = st.none() | st.sampled_from(
    ["text/plain", "text/xml; charset=utf-16", "a/b; charset=gb18030", "a; charset=utf-7", "a; charset=hz"]
)


@settings(max_examples=300, deadline=None)
@given(
    _BODIES | _BODIES.map(lambda body: gzip.compress(body)[:-3]) | _BODIES.map(lambda body: b"<rss>" + body),
    _CONTENT_TYPES,
)
def test_pieces_of_documents_are_read_or_refused(body, content_type):
    """Whatever is put together: a result or DocumentUnreadableError, and nothing that UTF-8 cannot spell."""
    try:
        found = discover(body, URL, content_type=content_type)
    except DocumentUnreadableError:
        return
    assert isinstance(found, Discovered)
    assert "\0" not in repr(found)
    for link in found.links:
        for text in (link.url, link.headline, link.article_body, *link.keywords, *link.authors):
            assert "\0" not in (text or "")
            (text or "").encode()
