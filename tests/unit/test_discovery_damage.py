import gzip
import re
import socket
from datetime import UTC, datetime

import feedparser
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.discovery import Discovered, DocumentUnreadableError, Link, discover

URL = "https://paper.example/rss/world.xml"
LINK = "<link>https://paper.example/1</link>"


def rss(*items, channel=""):
    listed = "".join(f"<item>{item}</item>" for item in items)
    namespace = 'xmlns:dc="http://purl.org/dc/elements/1.1/"'
    return f'<rss version="2.0" {namespace}><channel><title>Paper</title>{channel}{listed}</channel></rss>'


def read(text, **options):
    return discover(text.encode() if isinstance(text, str) else text, URL, **options)


def urls(text, **options):
    return [link.url for link in read(text, **options).links]


def assert_nobody_called(server):
    server.settimeout(0)
    with pytest.raises(BlockingIOError):
        server.accept()


# What can still be read

BROKEN = {
    "a bare ampersand": "<title>Tom & Jerry</title>",
    "an undefined entity": "<title>Tom &amp;&nbsp;Jerry</title>",
    "a control character": "<title>Tom &amp; Jer\x0bry</title>",
    "an impossible reference": "<title>Tom &amp; Jer&#x1;ry</title>",
    "a tag left open": "<title>Tom &amp; Jerry</title><description>A<br>B</description>",
    "a CDATA section in another": "<title>Tom &amp; Jerry</title><x><![CDATA[a <![CDATA[ b ]]> c ]]></x>",
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
            keywords=("World",),
        )
    ]


def test_an_identity_that_is_no_url_is_no_link_in_a_broken_feed_either():
    """A guid like 12345 is not taken for a relative URL."""
    assert urls(rss("<guid>12345</guid>", f"{LINK}<br>")) == ["https://paper.example/1"]


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
    assert found.damage.endswith("its end is missing")


@pytest.mark.parametrize("end", ["<title>", "<![CDATA[ x", "</li", "<link>https://paper.ex", "<title a='"])
@pytest.mark.parametrize("whole", [[], [LINK]])
def test_of_an_item_that_is_cut_in_two_nothing_is_read(whole, end):
    """Also where it is the first: half a URL is none. The channel's own elements are none of its items' ends."""
    document = rss(*whole, channel="<image><url>/x.png</url></image>").removesuffix("</channel></rss>")
    found = read(f"{document}<item>{end}")
    assert [link.url for link in found.links] == ["https://paper.example/1"] * len(whole)
    assert found.damage.endswith("its end is missing")


def test_output_after_the_feed_is_passed_over():
    """What a server adds behind the end of the root element is damage, and costs nothing."""
    found = read(f"{rss(LINK)}<script>x</script>\n<b>Warning</b>: a & b")
    assert [link.url for link in found.links] == ["https://paper.example/1"]
    assert "Extra content at the end" in found.damage


def test_of_a_cdata_section_in_another_the_text_stays():
    """What is escaped twice is read once."""
    found = read(rss(f"{LINK}<title><![CDATA[Tom <![CDATA[& Jerry]]>]]></title>"))
    assert found.links[0].headline == "Tom & Jerry"


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
        ("no-such-charset", "utf-8", None),
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
    found = read(body, content_type="text/xml; charset=KOI8-R")
    assert (found.links[0].headline, found.damage) == ("Наводнение", None)


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
    assert urls(f'{warning}<?xml version="1.0"?>\n{rss(LINK)}') == ["https://paper.example/1"]


# What is refused, and what never happens


@pytest.mark.parametrize("title", ["&small;", "<b a='&small;'>&small;</b>", "&small;<br>"])
def test_no_entity_declared_behind_a_false_root_is_expanded(title):
    """A declaration that pretends to hold the root element gains nothing."""
    declared = """<!DOCTYPE rss [<!ENTITY a "<rss>">\n<!ENTITY small "evil">\n]>\n"""
    assert "evil" not in str(read(declared + rss(f"{LINK}<title>{title}</title>")).links)


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
        ('{"version": "https://jsonfeed.org/version/1.1"}', "is JSON, but no JSON Feed"),
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


@pytest.mark.parametrize(
    "document",
    [
        rss(LINK),
        rss(f"{LINK}<br>"),
        rss(f"{LINK}<title>&x;</title>"),
        rss('<link>{here}/1</link><xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="{here}/x"/>'),
    ],
)
def test_nothing_that_a_document_names_is_fetched(document):
    """Neither DTD, style sheet, entity, inclusion nor link is asked for."""
    prolog = """<?xml-stylesheet href="{here}/x.xsl" type="text/xsl"?>
        <!DOCTYPE rss SYSTEM "{here}/x.dtd" [<!ENTITY x SYSTEM "{here}/x">]>"""
    with socket.create_server(("127.0.0.1", 0)) as server:
        here = f"http://127.0.0.1:{server.getsockname()[1]}"
        assert len(read((prolog + document).replace("{here}", here)).links) == 1
        assert_nobody_called(server)


def test_a_document_that_is_a_url_is_not_fetched():
    """A body that looks like an address is refused, where feed parsers would go there."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        with pytest.raises(DocumentUnreadableError):
            read(f"http://127.0.0.1:{server.getsockname()[1]}/rss")
        assert_nobody_called(server)


def test_a_failure_inside_feedparser_is_a_refusal(monkeypatch):
    """What the library trips over is a document we cannot read, and is passed on in words."""

    def fail(*args, **kwargs):
        raise KeyError("textinput")

    monkeypatch.setattr(feedparser, "parse", fail)
    with pytest.raises(DocumentUnreadableError, match=r"feedparser failed: KeyError\('textinput'\)"):
        read(rss(f"{LINK}<br>"))


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
