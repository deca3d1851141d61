import gzip
from datetime import UTC, datetime

import pytest

from crawler.discovery import DocumentUnreadableError, Link, discover

URL = "https://paper.example/sitemap.xml"
SITEMAP = "http://www.sitemaps.org/schemas/sitemap/0.9"
NAMESPACES = (
    f'xmlns="{SITEMAP}" xmlns:news="http://www.google.com/schemas/sitemap-news/0.9" '
    'xmlns:image="http://www.google.com/schemas/sitemap-image/1.1" '
    'xmlns:video="http://www.google.com/schemas/sitemap-video/1.1"'
)
NEWS = """<news:news><news:publication><news:name>Paper</news:name><news:language>en</news:language>
    </news:publication><news:publication_date>2024-02-05T10:00:00+05:30</news:publication_date>
    <news:title>Rivers &amp; lakes</news:title><news:keywords>Rivers, Rain, rain</news:keywords></news:news>"""


def urlset(*entries):
    listed = "".join(f"<url>{entry}</url>" for entry in entries)
    return f'<?xml version="1.0" encoding="UTF-8"?><urlset {NAMESPACES}>{listed}</urlset>'


def index(*entries):
    listed = "".join(f"<sitemap>{entry}</sitemap>" for entry in entries)
    return f'<sitemapindex xmlns="{SITEMAP}">{listed}</sitemapindex>'


def loc(path, lastmod=None):
    return f"<loc>https://paper.example{path}</loc>" + (f"<lastmod>{lastmod}</lastmod>" if lastmod else "")


def read(text, **options):
    return discover(text.encode() if isinstance(text, str) else text, URL, **options)


def paths(found):
    return [link.url.removeprefix("https://paper.example") for link in found.links]


def test_a_url_is_read_with_its_last_change():
    """A plain sitemap gives the URL and when its page last changed."""
    found = read(urlset("<loc>\n https://paper.example/1 </loc><lastmod>2024-02-05T10:00:00Z</lastmod>"))
    assert (found.kind, found.damage) == ("sitemap", None)
    assert found.links == [
        Link(url="https://paper.example/1", origin="sitemap", date_modified=datetime(2024, 2, 5, 10, tzinfo=UTC))
    ]


def test_a_news_sitemap_is_read_whole():
    """The news fields arrive as headline, time of publication and language."""
    assert read(urlset(loc("/1", "2024-02-06") + NEWS)).links == [
        Link(
            url="https://paper.example/1",
            origin="sitemap",
            headline="Rivers & lakes",
            date_published=datetime(2024, 2, 5, 4, 30, tzinfo=UTC),
            date_modified=datetime(2024, 2, 6, tzinfo=UTC),
            in_language="en",
            keywords=("Rivers", "Rain"),
        )
    ]


def test_a_day_begins_where_the_source_is():
    """A date without a time is midnight in the source's zone."""
    found = read(urlset(loc("/1", "2024-02-05")), timezone="Asia/Kolkata")
    assert found.links[0].date_modified == datetime(2024, 2, 4, 18, 30, tzinfo=UTC)


def test_an_unreadable_last_change_is_missing():
    """A bad lastmod costs the date and nothing else."""
    assert read(urlset(loc("/1", "recently"))).links == [Link(url="https://paper.example/1", origin="sitemap")]


def test_pictures_and_films_are_passed_over():
    """The URLs and titles of images and videos are not the page's."""
    media = """<image:image><image:loc>https://paper.example/i.jpg</image:loc><image:title>I</image:title></image:image>
        <video:video><video:title>V</video:title><video:publication_date>2024-01-01</video:publication_date>
        </video:video>"""
    assert read(urlset(media + loc("/1"))).links == [Link(url="https://paper.example/1", origin="sitemap")]


def test_links_come_newest_first():
    """Publication counts before change; undated links come last, in document order."""
    entries = loc("/undated"), loc("/old", "2024-02-01"), loc("/published", "2024-02-09") + NEWS
    found = read(urlset(*entries, loc("/new", "2024-02-08"), loc("/undated-2")))
    assert paths(found) == ["/new", "/published", "/old", "/undated", "/undated-2"]


def test_links_of_one_time_keep_their_order():
    """Sorting moves nothing that is equally new."""
    assert paths(read(urlset(loc("/b", "2024-02-01"), loc("/a", "2024-02-01")))) == ["/b", "/a"]


def test_a_url_listed_twice_is_kept_as_listed_first():
    """One URL is one link."""
    found = read(urlset(loc("/1", "2024-02-01"), loc("/1", "2024-02-02")))
    assert [link.date_modified for link in found.links] == [datetime(2024, 2, 1, tzinfo=UTC)]


def test_entries_without_a_url_are_left_out():
    """An empty loc is no link."""
    assert paths(read(urlset("<loc> </loc>", "<lastmod>2024-02-05</lastmod>", loc("/1")))) == ["/1"]


def test_an_index_lists_further_sitemaps_newest_first():
    """The sitemaps of an index are absolute, the newest first, undated ones last."""
    found = read(index("<loc>/undated.xml</loc>", loc("/old.xml", "2024-02-01"), loc("/new.xml", "2024-02-02")))
    assert (found.kind, found.links) == ("sitemap_index", [])
    assert found.sitemaps == [f"https://paper.example/{name}.xml" for name in ("new", "old", "undated")]


@pytest.mark.parametrize(
    "document",
    [
        "<urlset><url><loc>https://paper.example/1</loc></url></urlset>",
        '<urlset xmlns="http://www.google.com/schemas/sitemap/0.84"><url><loc>/1</loc></url></urlset>',
        f'<s:urlset xmlns:s="{SITEMAP}"><s:url><s:loc>/1</s:loc></s:url></s:urlset>',
        "<URLSet><url><loc>/1</loc></url></URLSet>",
    ],
)
def test_namespaces_may_be_missing_or_odd(document):
    """Elements are known by their local names."""
    assert read(document).links == [Link(url="https://paper.example/1", origin="sitemap")]


def test_news_fields_with_an_undeclared_prefix_are_read():
    """A forgotten xmlns:news is damage, and costs no field."""
    found = read(f"<urlset><url>{loc('/1')}{NEWS}</url></urlset>")
    assert found.links[0].headline == "Rivers & lakes"
    assert found.links[0].in_language == "en"
    assert "prefix news" in found.damage


@pytest.mark.parametrize("broken", ["/1?a=1&b=2", "/1?a=1&amp;b\x01=2"])
def test_a_malformed_sitemap_is_read_and_its_damage_named(broken):
    """A bare ampersand or a control character costs no link."""
    found = read(urlset(loc("/0"), loc(broken), loc("/2")))
    assert paths(found) == ["/0", "/1?a=1&b=2", "/2"]
    assert "is not well-formed XML" in found.damage


def test_a_truncated_sitemap_is_read_to_its_last_whole_url():
    """A URL cut in two is left out."""
    document = urlset(loc("/1"), loc("/2"), loc("/345"))
    found = read(document[: document.index("45</loc>")])
    assert paths(found) == ["/1", "/2"]
    assert "is not well-formed XML" in found.damage


def test_a_zipped_sitemap_is_opened():
    """A .xml.gz file is known by its first bytes, in one member or several."""
    document = urlset(loc("/1")).encode()
    body = gzip.compress(document[:50]) + gzip.compress(document[50:])
    assert paths(read(body, content_type="application/octet-stream")) == ["/1"]


def test_a_zipped_sitemap_that_is_cut_short_is_read_so_far():
    """What was unzipped before the end is read, and both damages are named."""
    entries = [loc(f"/{number * 7919 % 10007}") for number in range(9000)]
    body = gzip.compress(urlset(*entries).encode())
    found = read(body[: len(body) // 2])
    assert 0 < len(found.links) < len(entries)
    assert "broken gzip file" in found.damage
    assert "not well-formed" in found.damage


def test_a_gzip_bomb_is_refused():
    """More than 50 MiB is never held in memory."""
    with pytest.raises(DocumentUnreadableError, match="larger than 50 MiB"):
        read(gzip.compress(bytes(51 * 1024 * 1024)))


def test_a_list_of_urls_is_a_sitemap():
    """Plain text with one URL a line is a sitemap; other lines are passed over."""
    found = read(
        "\ufeffhttps://paper.example/1\r\n\n# more\n https://paper.example/2\n",
        content_type="text/plain; charset=utf-8",
    )
    assert (found.kind, paths(found)) == ("sitemap", ["/1", "/2"])


@pytest.mark.parametrize(
    ("text", "content_type"),
    [("https://paper.example/1\n", None), ("User-agent: *\nDisallow: /\n", "text/plain")],
)
def test_other_plain_text_is_no_sitemap(text, content_type):
    """Text counts as a list only when it is served as text and lists URLs."""
    with pytest.raises(DocumentUnreadableError, match="neither feed nor sitemap"):
        read(text, content_type=content_type)


def test_no_entity_of_a_sitemap_is_expanded():
    """A sitemap's own entities stay unread."""
    found = read(f'<!DOCTYPE urlset [<!ENTITY x "evil">]><urlset><url>{loc("/&x;")}</url></urlset>')
    assert paths(found) == ["/&x;"]


@pytest.mark.parametrize("prefix", ["n", "news", ""])
def test_the_prefix_of_the_news_fields_does_not_matter(prefix):
    """News fields are known by their local names, also without a namespace of their own."""
    mark = f"{prefix}:" if prefix else ""
    declared = f'xmlns:{prefix}="http://www.google.com/schemas/sitemap-news/0.9"' if prefix else ""
    fields = NEWS.replace("news:", mark)
    assert (
        read(f"<urlset {declared}><url>{loc('/1')}{fields}</url></urlset>").links[0].headline == "Rivers & lakes"
    )


@pytest.mark.parametrize(
    "media",
    [
        "<image:loc>https://paper.example/1.jpg</image:loc>",
        "<image:image><image:loc>/1.jpg</image:loc><image:title>Photo</image:title></image:image>",
        "<video:video><video:title>Film</video:title><video:loc>/v</video:loc></video:video>",
        '<xhtml:link xmlns:xhtml="http://www.w3.org/1999/xhtml" rel="alternate" hreflang="de" href="/de/1"/>',
    ],
)
@pytest.mark.parametrize("is_first", [True, False])
def test_media_and_translations_are_never_the_page(media, is_first):
    """Wherever they stand, pictures, films and other languages leave the page's own fields alone."""
    entry = media + loc("/1") if is_first else loc("/1") + media
    assert read(urlset(entry)).links == [Link(url="https://paper.example/1", origin="sitemap")]


@pytest.mark.parametrize(
    ("written", "utc"),
    [
        ("2024-02-05", "2024-02-05T00:00"),
        ("2024-02-05T10:00Z", "2024-02-05T10:00"),
        ("2024-02-05T10:00+05:30", "2024-02-05T04:30"),
        ("2024-02-05T10:00:30.45-05:00", "2024-02-05T15:00:30"),
        ("<![CDATA[2024-02-05]]>", "2024-02-05T00:00"),
        ("Mon, 05 Feb 2024 10:00:00 GMT", "2024-02-05T10:00"),
        ("2024", None),
        ("2024-02", None),
        ("0000-00-00", None),
        ("2024-02-31T25:00:00Z", None),
    ],
)
def test_last_changes_are_read_as_they_are_written(written, utc):
    """All forms of https://www.w3.org/TR/NOTE-datetime that name a day, and what else names one."""
    modified = read(urlset(loc("/1", written))).links[0].date_modified
    assert modified == (utc and datetime.fromisoformat(utc).replace(tzinfo=UTC))


def test_an_index_does_not_list_itself():
    """A sitemap is listed once, and an index never leads back to itself."""
    found = read(index(loc("/sitemap.xml"), loc("/1.xml"), loc("/1.xml", "2024-02-01")))
    assert found.sitemaps == ["https://paper.example/1.xml"]


@pytest.mark.parametrize("document", [urlset(), index(), "<urlset/>", "<sitemapindex />"])
def test_an_empty_sitemap_is_no_error(document):
    """A sitemap may list nothing."""
    found = read(document)
    assert (found.links, found.sitemaps, found.damage) == ([], [], None)


def test_a_feed_in_the_place_of_a_sitemap_is_read():
    """A sitemap may be a feed, which the protocol allows."""
    found = read("<rss version='2.0'><channel><item><link>/1</link></item></channel></rss>")
    assert (found.kind, paths(found)) == ("rss", ["/1"])


def test_a_sitemap_that_is_zipped_twice_is_opened():
    """A file zipped by its author and again by the server is opened to the bottom, whole or cut short."""
    document = urlset(*(loc(f"/{number * 7919 % 10007}") for number in range(9000))).encode()
    assert len(read(gzip.compress(gzip.compress(document))).links) == 9000
    assert 0 < len(read(gzip.compress(gzip.compress(document)[:9000])).links) < 9000


def test_an_odd_namespace_is_no_damage():
    """What only a validator would mind is not complained of."""
    assert read(urlset(loc("/1")).replace(SITEMAP, "sitemap")).damage is None


def test_a_flood_is_cut_at_what_the_protocol_allows():
    """Of a sitemap with more than 50,000 URLs the newest 50,000 are read, and the damage says so."""
    dated = loc("/new", "2024-02-05"), loc("/newer", "2024-02-06")
    found = read(urlset(*(loc(f"/{number}") for number in range(120_000)), *dated))
    assert len(found.links) == 50_000
    assert paths(found)[:3] == ["/newer", "/new", "/0"]
    assert "more than 50,000 URLs: the newest 50,000 are read" in found.damage


def test_a_long_list_of_urls_is_cut_as_well():
    """A plain list keeps its first 50,000 URLs."""
    body = "\n".join(f"https://paper.example/{number}" for number in range(50_010))
    found = read(body, content_type="text/plain")
    assert (len(found.links), paths(found)[0]) == (50_000, "/0")
    assert "more than 50,000 URLs" in found.damage


def test_many_copies_of_a_url_are_no_flood():
    """What is listed twice counts once."""
    found = read(urlset(*(loc(f"/{number % 10}") for number in range(100_001))))
    assert (len(found.links), found.damage) == (10, None)
