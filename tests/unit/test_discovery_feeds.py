import gzip
import re
import socket
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.discovery import Discovered, DocumentUnreadableError, Link, discover

URL = "https://paper.example/rss/world.xml"
NAMESPACES = (
    'xmlns:dc="http://purl.org/dc/elements/1.1/" '
    'xmlns:atom="http://www.w3.org/2005/Atom" '
    'xmlns:media="http://search.yahoo.com/mrss/" '
    'xmlns:feedburner="http://rssnamespace.org/feedburner/ext/1.0"'
)
LINK = "<link>https://paper.example/1</link>"


def rss(*items, channel=""):
    listed = "".join(f"<item>{item}</item>" for item in items)
    return f'<rss version="2.0" {NAMESPACES}><channel><title>Paper</title>{channel}{listed}</channel></rss>'


def atom(*entries, attributes=""):
    listed = "".join(f"<entry>{entry}</entry>" for entry in entries)
    return f'<feed xmlns="http://www.w3.org/2005/Atom" {attributes}><title>Paper</title>{listed}</feed>'


def read(text, **options):
    return discover(text.encode() if isinstance(text, str) else text, URL, **options)


def only(text, **options) -> Link:
    """The one link of a document, which must be whole."""
    found = read(text, **options)
    assert found.damage is None
    (link,) = found.links
    return link


def urls(text, **options):
    return [link.url for link in read(text, **options).links]


# What is said of a link


def test_an_rss_item_is_read_whole():
    """Every claim of an RSS item arrives in its field."""
    item = f"""<title>Rivers rise</title>{LINK}<pubDate>Mon, 05 Feb 2024 10:00:00 +0530</pubDate>
        <atom:updated>2024-02-05T06:00:00Z</atom:updated>
        <dc:creator>Asha Rao</dc:creator><dc:creator>Ben Okri</dc:creator>
        <category>World</category><category>Floods</category>"""
    assert only(rss(item, channel="<language>en-GB</language>")) == Link(
        url="https://paper.example/1",
        headline="Rivers rise",
        date_published=datetime(2024, 2, 5, 4, 30, tzinfo=UTC),
        date_modified=datetime(2024, 2, 5, 6, tzinfo=UTC),
        authors=("Asha Rao", "Ben Okri"),
        article_section="World",
        in_language="en",
    )


def test_an_atom_entry_is_read_whole():
    """Every claim of an Atom entry arrives in its field."""
    entry = """<title type="html">Rivers &lt;b&gt;rise&lt;/b&gt;</title><link href="https://paper.example/1"/>
        <published>2024-02-05T10:00:00+05:30</published><updated>2024-02-05T06:00:00Z</updated>
        <author><name>Asha Rao</name><email>asha@paper.example</email></author><category term="World"/>"""
    assert only(atom(entry, attributes='xml:lang="hi-IN"')) == Link(
        url="https://paper.example/1",
        headline="Rivers rise",
        date_published=datetime(2024, 2, 5, 4, 30, tzinfo=UTC),
        date_modified=datetime(2024, 2, 5, 6, tzinfo=UTC),
        authors=("Asha Rao",),
        article_section="World",
        in_language="hi",
    )


def test_an_rdf_item_is_read_whole():
    """RSS 1.0, whose items stand beside the channel, is read."""
    document = f"""<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
        xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/">
        <channel rdf:about="https://paper.example/"><title>Paper</title><dc:language>fr</dc:language></channel>
        <item rdf:about="https://paper.example/1"><title>La crue</title>{LINK}
        <dc:date>2024-02-05T10:00:00Z</dc:date><dc:subject>Monde</dc:subject></item></rdf:RDF>"""
    assert read(document).kind == "rdf"
    assert only(document) == Link(
        url="https://paper.example/1",
        headline="La crue",
        date_published=datetime(2024, 2, 5, 10, tzinfo=UTC),
        article_section="Monde",
        in_language="fr",
    )


def test_rss_without_a_version_is_read():
    """RSS 0.9x is read as RSS."""
    found = read(f"<rss><channel><item>{LINK}</item></channel></rss>")
    assert (found.kind, len(found.links)) == ("rss", 1)


def test_atom_0_3_dates_are_read():
    """The element names of Atom 0.3 mean what their successors mean."""
    document = (
        '<feed xmlns="http://purl.org/atom/ns#"><entry><link rel="alternate" href="/1"/>'
        "<issued>2024-02-05T10:00:00Z</issued><modified>2024-02-05T11:00:00Z</modified></entry></feed>"
    )
    assert only(document).date_published == datetime(2024, 2, 5, 10, tzinfo=UTC)
    assert only(document).date_modified == datetime(2024, 2, 5, 11, tzinfo=UTC)


def test_elements_of_other_namespaces_do_not_stand_in():
    """The title and category of a picture are not those of the article."""
    link = only(rss(f"<media:title>Photo</media:title><media:category>Pix</media:category>{LINK}"))
    assert (link.headline, link.article_section) == (None, None)


@pytest.mark.parametrize(
    ("title", "headline"),
    [
        ("  Rivers\n   rise ", "Rivers rise"),
        ("<![CDATA[Tom & <i>Jerry</i>]]>", "Tom & Jerry"),
        ("Tom &amp;amp; Jerry&amp;#8217;s", "Tom & Jerry\N{RIGHT SINGLE QUOTATION MARK}s"),
        ("5 &lt; 6", "5 < 6"),
        ("Rivers <b>rise</b><!-- twice --> again", "Rivers rise again"),
        ("&#xAD;Ri&#x200B;vers&#x81;", "Rivers"),
        ("<![CDATA[ ]]>", None),
    ],
)
def test_headlines_are_plain_text(title, headline):
    """A headline is one line without tags, entities or invisible characters; an empty one is None."""
    assert only(rss(f"<title>{title}</title>{LINK}")).headline == headline


@pytest.mark.parametrize(
    ("author", "names"),
    [
        ("<author>desk@paper.example (Asha Rao)</author>", ("Asha Rao",)),
        ("<author>Asha Rao &lt;desk@paper.example&gt;</author>", ("Asha Rao",)),
        ("<author>desk@paper.example</author>", ()),
        ("<author>Asha Rao (PTI)</author>", ("Asha Rao (PTI)",)),
        ("<dc:creator>Asha Rao</dc:creator><author>a@paper.example (Desk)</author>", ("Asha Rao",)),
        ("<atom:author><atom:name>Asha Rao</atom:name></atom:author>", ("Asha Rao",)),
        ("<dc:creator>Asha Rao</dc:creator><dc:creator> Asha  Rao</dc:creator>", ("Asha Rao",)),
    ],
)
def test_authors_are_names(author, names):
    """Names are read in each way feeds write them, once each; a mail address is no name."""
    assert only(rss(LINK + author)).authors == names


# Which URL


@pytest.mark.parametrize(
    ("item", "url"),
    [
        ("<link>\n https://paper.example/1\n</link>", "https://paper.example/1"),
        ("<link>/news/1?a=b&amp;c=d</link>", "https://paper.example/news/1?a=b&c=d"),
        ("<link><![CDATA[/1?a=b&amp;c=d]]></link>", "https://paper.example/1?a=b&c=d"),
        ("<guid>https://paper.example/g</guid>", "https://paper.example/g"),
        ('<guid isPermaLink="true">https://paper.example/g</guid>', "https://paper.example/g"),
        ("<guid>https://paper.example/g</guid><link>/1</link>", "https://paper.example/1"),
        ('<atom:link rel="self" href="/s"/><atom:link href="/1"/>', "https://paper.example/1"),
        (f"{LINK}<feedburner:origLink>https://paper.example/o</feedburner:origLink>", "https://paper.example/o"),
        ("<link>http://[paper.example/1</link>", "http://[paper.example/1"),
        ("<link>//[paper.example/1</link>", "//[paper.example/1"),
    ],
)
def test_an_rss_item_names_its_page(item, url):
    """The page is the link, else the permanent identity; a click counter's original comes first."""
    assert only(rss(item)).url == url


@pytest.mark.parametrize(
    "item",
    [
        "<title>No link</title>",
        "<link> </link>",
        "<guid>12345</guid>",
        '<guid isPermaLink="false">https://paper.example/g</guid>',
        '<atom:link rel="self" href="/s"/>',
    ],
)
def test_items_without_a_link_are_left_out(item):
    """What names no page is no link, and its neighbours are kept."""
    assert urls(rss(item, LINK)) == ["https://paper.example/1"]


@pytest.mark.parametrize(
    ("links", "url"),
    [
        ('<link rel="replies" href="/r"/><link rel="alternate" href="/1"/>', "https://paper.example/1"),
        ('<link rel="self" href="/s"/><link href="/1"/>', "https://paper.example/1"),
        ('<link type="application/json" href="/j"/><link type="text/html" href="/1"/>', "https://paper.example/1"),
    ],
)
def test_an_atom_entry_names_its_page(links, url):
    """Of an entry's links the page is the alternate one, HTML first."""
    assert only(atom(links)).url == url


def test_xml_base_is_followed():
    """Relative links are resolved against every xml:base they stand in."""
    base = 'xml:base="https://cdn.paper.example/a/"'
    assert urls(atom('<link xml:base="b/" href="1"/>', attributes=base)) == ["https://cdn.paper.example/a/b/1"]


def test_the_first_of_two_entries_with_one_url_is_kept():
    """A URL that a document lists twice is one link, as listed first."""
    assert only(rss(f"<title>One</title>{LINK}", f"<title>Two</title>{LINK}")).headline == "One"


def test_a_feed_keeps_its_order():
    """Links come in document order, whatever their dates."""
    old = "<link>/old</link><pubDate>Mon, 05 Feb 2024 10:00:00 GMT</pubDate>"
    new = "<link>/new</link><pubDate>Tue, 06 Feb 2024 10:00:00 GMT</pubDate>"
    assert urls(rss(old, new)) == ["https://paper.example/old", "https://paper.example/new"]


# When


@pytest.mark.parametrize(
    ("written", "utc"),
    [
        ("Mon, 05 Feb 2024 10:00:00 GMT", "2024-02-05T10:00"),
        ("Mon, 05 Feb 2024 10:00:00 +0530", "2024-02-05T04:30"),
        ("Mon, 05 Feb 2024 10:00:00 +05:30", "2024-02-05T04:30"),
        ("Mon, 05 Feb 2024 10:00:00 GMT+0530", "2024-02-05T04:30"),
        ("Mon,05 Feb 2024 10:00:00 -0800 (PST)", "2024-02-05T18:00"),
        ("5 Feb 24 10:00 EST", "2024-02-05T15:00"),
        ("Mon, 05 Feb 2024 10:00:00 CET", "2024-02-05T09:00"),
        ("Monday, 5 February 2024 10:00:00 Z", "2024-02-05T10:00"),
        ("Tues, 05 Sept 2023 10:00:00 GMT", "2023-09-05T10:00"),
        ("Feb 5, 2024 10:00 pm UTC", "2024-02-05T22:00"),
        ("Feb 5, 2024 12:10 AM UTC", "2024-02-05T00:10"),
        ("2024-02-05T10:00:00.1234567-05", "2024-02-05T15:00:00.123456"),
        ("2024-02-05 10:00:00 +0530", "2024-02-05T04:30"),
        ("2024-02-05 10:00:00 UTC", "2024-02-05T10:00"),
        # no zone, or one whose name means several: the source's own
        ("Mon, 05 Feb 2024 10:00:00", "2024-02-05T04:30"),
        ("Mon, 05 Feb 2024 10:00:00 IST", "2024-02-05T04:30"),
        ("Mon, 05 Feb 2024", "2024-02-04T18:30"),
        ("2024-02-05T10:00", "2024-02-05T04:30"),
        ("2024-02-05", "2024-02-04T18:30"),
    ],
)
def test_times_are_read_into_utc(written, utc):
    """RFC 822, ISO 8601 and their sloppy forms are read; without a zone they are local to the source."""
    link = only(rss(f"{LINK}<pubDate>\n{written} </pubDate>"), timezone="Asia/Kolkata")
    assert link.date_published == datetime.fromisoformat(utc).replace(tzinfo=UTC)
    assert link.date_published.tzinfo is UTC


@pytest.mark.parametrize(
    "written",
    [
        "",
        "yesterday",
        "05/02/2024",
        "Mon, 31 Feb 2024 10:00:00 GMT",
        "0001-01-01T00:00:00Z",
        "2924-02-05",
        "9" * 99,
    ],
)
def test_what_is_no_time_is_missing(written):
    """An unreadable, ambiguous or impossible time is None, and costs nothing else."""
    assert only(rss(f"{LINK}<pubDate>{written}</pubDate>")).date_published is None


def test_an_unreadable_time_gives_way_to_the_next():
    """The first time that can be read counts."""
    item = f"{LINK}<pubDate>soon</pubDate><dc:date>2024-02-05T10:00:00Z</dc:date>"
    assert only(rss(item)).date_published == datetime(2024, 2, 5, 10, tzinfo=UTC)


# Damage

BROKEN = {
    "a bare ampersand": "<title>Tom & Jerry</title>",
    "an undefined entity": "<title>Tom &amp;&nbsp;Jerry</title>",
    "a control character": "<title>Tom &amp; Jer\x0bry</title>",
    "an impossible reference": "<title>Tom &amp; Jer&#x1;ry</title>",
    "a tag left open": "<title>Tom &amp; Jerry</title><description>A<br>B</description>",
    "an unknown prefix": "<title>Tom &amp; Jerry</title><slash:comments>3</slash:comments>",
}


@pytest.mark.parametrize("damage", BROKEN)
def test_a_malformed_feed_is_read_and_its_damage_named(damage):
    """What most often breaks a feed costs none of its items, and is said in words."""
    whole = "<title>Next</title><link>https://paper.example/2</link>"
    found = read(rss(BROKEN[damage] + LINK, whole))
    assert [(link.url, link.headline) for link in found.links] == [
        ("https://paper.example/1", "Tom & Jerry"),
        ("https://paper.example/2", "Next"),
    ]
    assert "is not well-formed XML" in found.damage


def test_a_feed_with_broken_tags_keeps_every_claim():
    """The way of last resort fills the same fields."""
    item = f"""<title>Rivers rise<br></title>{LINK}<pubDate>Mon, 05 Feb 2024 10:00:00</pubDate>
        <dc:creator>Asha Rao</dc:creator><category>World</category>"""
    found = read(rss(item, channel="<language>en-GB</language>"), timezone="Asia/Kolkata")
    assert found.links == [
        Link(
            url="https://paper.example/1",
            headline="Rivers rise",
            date_published=datetime(2024, 2, 5, 4, 30, tzinfo=UTC),
            authors=("Asha Rao",),
            article_section="World",
            in_language="en",
        )
    ]


def test_damage_names_the_line_of_the_document():
    """The line is counted from the document's start, prolog included."""
    document = f'<?xml version="1.0"?>\n<!-- made\nby hand -->\n{rss(LINK + "<title>a & b</title>")}'
    assert "an & that is not written &amp;, line 4," in read(document).damage


def test_an_ampersand_in_cdata_is_none_to_mend():
    """Mending one item leaves the CDATA sections of others as they were written."""
    items = "<link>/1</link><title>a & b</title>", "<link><![CDATA[/2?a=1&copy=2]]></link>"
    assert urls(rss(*items)) == ["https://paper.example/1", "https://paper.example/2?a=1&copy=2"]


def test_a_truncated_feed_is_read_to_its_last_whole_item():
    """An item cut in two is left out: its link might be, too."""
    document = rss(LINK, "<title>x</title><link>https://paper.example/2</link>")
    found = read(document[: document.index("/2</link>") + 1])
    assert [link.url for link in found.links] == ["https://paper.example/1"]
    assert found.damage


@pytest.mark.parametrize(
    ("declared", "charset", "damage"),
    [
        (None, "utf-8", None),
        (None, "utf-8-sig", None),
        (None, "utf-16", None),
        ("iso-8859-1", "utf-8", "says it is cp1252, but is utf-8"),
        ("utf-8", "cp1252", "is not valid utf-8: read as cp1252"),
        ("windows-1252", "cp1252", None),
        ("iso-8859-1", "cp1252", None),
        ("unicode_escape", "cp1252", "is not valid utf-8: read as cp1252"),
    ],
)
def test_the_charset_is_that_of_the_text(declared, charset, damage):
    """Text is read as what it is; where that is not what it claims, the damage says so."""
    prolog = f'<?xml version="1.0" encoding="{declared}"?>' if declared else ""
    found = read((prolog + rss(f"{LINK}<title>é€</title>")).encode(charset))
    assert (found.links[0].headline, found.damage) == ("é€", damage)


def test_the_charset_of_the_header_is_heard():
    """A charset that only the HTTP header names is used."""
    body = rss(f"{LINK}<title>Наводнение</title>").encode("koi8-r")
    assert only(body, content_type="text/xml; charset=KOI8-R").headline == "Наводнение"


def test_one_broken_character_does_not_spoil_the_others():
    """UTF-8 with an excerpt cut in mid-character stays UTF-8."""
    body = rss(f"{LINK}<title>Überschwemmung für Köln, gestürzt</title>").encode()
    found = read(body.replace("ü".encode(), b"\xc3", 1))
    assert found.links[0].headline.startswith("Überschwemmung f")
    assert found.links[0].headline.endswith("Köln, gestürzt")
    assert found.damage == "is not valid utf-8: read as utf-8"


def test_output_before_the_feed_is_passed_over():
    """Empty lines and a server's warnings before the root element hinder nothing."""
    warning = "\n<br />\n<b>Warning</b>: headers already sent\n"
    assert only(f'{warning}<?xml version="1.0"?>\n{rss(LINK)}').url == "https://paper.example/1"


# What is refused, and what never happens


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("", "is empty"),
        (" \n", "is empty"),
        ("<!DOCTYPE html><html><body>Not found</body></html>", "is a web page"),
        ("<html><head></head></html>", "is a web page"),
        ("<!-- <rss> --><html></html>", "is a web page"),
        ('<?xml version="1.0"?><opml version="2.0"></opml>', "its first element is <opml>"),
        ("https://paper.example/rss", "it is not XML"),
        ("/etc/passwd", "it is not XML"),
        ('{"version": "https://jsonfeed.org/version/1.1"}', "it is not XML"),
    ],
)
def test_what_is_no_feed_is_refused_in_words(body, message):
    """The error says what the document is instead."""
    with pytest.raises(DocumentUnreadableError, match=message):
        read(body)


@pytest.mark.parametrize("content_type", [None, "text/html", "application/json", "text/plain; charset=utf-8"])
def test_the_content_type_does_not_decide(content_type):
    """A feed is known by its content."""
    assert read(rss(LINK), content_type=content_type).kind == "rss"


def test_no_entity_is_expanded():
    """A document's own entities stay unread, be they small, nested by the billion, or a file."""
    nested = "".join(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' for i in range(1, 10))
    declared = f'<!ENTITY small "x"><!ENTITY l0 "lol">{nested}<!ENTITY file SYSTEM "file:///etc/passwd">'
    found = read(f"<!DOCTYPE rss [{declared}]>{rss(f'{LINK}<title>&small; &l9; &file;</title>')}")
    assert found.links[0].headline == "&small; &l9; &file;"


def test_no_entity_is_expanded_on_the_way_of_last_resort():
    """A feed with broken tags has no more power than another."""
    declared = '<!DOCTYPE rss [\n<!ENTITY small "x">\n]>\n'
    assert read(f"{declared}{rss(f'{LINK}<title>&small;<br></title>')}").links[0].headline == "&small;"


@pytest.mark.parametrize("item", [LINK, f"{LINK}<br>"])
def test_nothing_is_fetched(monkeypatch, item):
    """Neither a DTD, nor a style sheet, nor anything else that a document names is asked for."""

    def refuse(*args, **kwargs):
        raise AssertionError("a connection was opened")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    prolog = '<?xml-stylesheet href="http://127.0.0.1:1/x"?><!DOCTYPE rss SYSTEM "http://127.0.0.1:1/x.dtd">'
    assert urls(prolog + rss(item)) == ["https://paper.example/1"]


def test_a_long_feed_with_broken_tags_is_refused():
    """The slow way of last resort is kept from documents that would take it minutes."""
    with pytest.raises(DocumentUnreadableError, match="too long a feed to be salvaged"):
        read(rss(f"{LINK}<br>", f"<title>{'x' * 2**21}</title>"))


_PIECES = st.sampled_from(
    b"<rss> <feed> <urlset> <item> </item> <entry> <url> <loc> </loc> <title> <link> </link> <name> </name>"
    b" <link/href='//['/> <textinput> <width> </width> &#xD800; & <![CDATA[ <!-- \x00 \xff\xfe \x1f\x8b".split()
)


@given(
    st.binary() | st.binary().map(gzip.compress) | st.lists(_PIECES | st.binary(max_size=9)).map(b"".join),
    st.none() | st.sampled_from(["text/plain", "text/xml; charset=utf-16"]) | st.text(),
)
def test_any_bytes_are_read_or_refused(body, content_type):
    """Any bytes in: a result or DocumentUnreadableError, nothing else, and no string Postgres would refuse."""
    try:
        found = discover(body, URL, content_type=content_type)
    except DocumentUnreadableError:
        return
    assert isinstance(found, Discovered)
    texts = [(link.url, link.headline, link.article_section, *link.authors) for link in found.links]
    assert not re.search("[\0\ud800-\udfff]", "".join(text or "" for claims in texts for text in claims))
