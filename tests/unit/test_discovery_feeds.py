from datetime import UTC, datetime, timedelta

import pytest

from crawler.discovery import Link, discover

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
        keywords=("World", "Floods"),
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
        keywords=("World",),
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
        keywords=("Monde",),
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
        ('<guid isPermaLink="true">/g</guid>', "https://paper.example/g"),
        ("<guid>https://paper.example/g</guid><enclosure url='/1.mp3'/>", "https://paper.example/g"),
        ("<link/><atom:link href='/1'/>", "https://paper.example/1"),
        ("<link></link><guid>https://paper.example/g</guid>", "https://paper.example/g"),
        (
            '<atom:link type="application/json" href="/j"/><atom:link type="text/html" href="/1"/>',
            "https://paper.example/1",
        ),
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
        '<guid isPermaLink="true">12345</guid>',
        '<enclosure url="https://paper.example/1.mp3" type="audio/mpeg"/>',
        '<guid>https://paper.example/1.mp3</guid><enclosure url="https://paper.example/1.mp3"/>',
        '<atom:link rel="enclosure" href="/1.mp3"/>',
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


def test_an_atom_entry_with_an_enclosure_alone_is_left_out():
    """Neither what is enclosed nor the identity, which Atom demands of every entry, is a page."""
    entry = '<id>https://paper.example/id</id><link rel="enclosure" href="/1.mp3"/>'
    assert urls(atom(entry, '<link href="/1"/>')) == ["https://paper.example/1"]
    assert urls(atom(entry, '<title>a<br></title><link href="/1"/>')) == ["https://paper.example/1"]


def test_relative_links_of_a_feed_kept_elsewhere_are_the_sites():
    """Where a feed is served for a site by another host, its relative links are relative to the site."""
    document = rss("<link>/1</link>", "<link xml:base='https://cdn.paper.example/'>/2</link>", channel="{link}")
    away = document.format(link="<link>https://gazette.example/news/</link>")
    assert urls(away) == ["https://gazette.example/1", "https://cdn.paper.example/2"]
    assert urls(document.format(link="<link>https://paper.example/de/</link>"))[0] == "https://paper.example/1"
    assert urls(document.format(link="<link>https://[x/</link>"))[0] == "https://paper.example/1"


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
        ("2024-02-05T10:00:00-05:00", "2024-02-05T15:00"),
        # no zone, or one whose name means several: the source's own
        ("Mon, 05 Feb 2024 10:00:00", "2024-02-05T04:30"),
        ("Mon, 05 Feb 2024 10:00:00 IST", "2024-02-05T04:30"),
        ("Mon, 05 Feb 2024 10:00:00 CST", "2024-02-05T04:30"),
        ("2024-02-05", "2024-02-04T18:30"),
    ],
)
def test_times_are_read_into_utc(written, utc):
    """A feed's times come out in UTC; without a zone they are local to the source."""
    link = only(rss(f"{LINK}<pubDate>\n{written} </pubDate>"), timezone="Asia/Kolkata")
    assert link.date_published == datetime.fromisoformat(utc).replace(tzinfo=UTC)
    assert link.date_published.tzinfo is UTC


@pytest.mark.parametrize("written", ["", "yesterday", "05/02/2024", "2924-02-05"])
def test_what_is_no_time_is_missing(written):
    """An unreadable, ambiguous or impossible time is None, and costs nothing else."""
    assert only(rss(f"{LINK}<pubDate>{written}</pubDate>")).date_published is None


def test_an_unreadable_time_gives_way_to_the_next():
    """The first time that can be read counts."""
    item = f"{LINK}<pubDate>soon</pubDate><dc:date>2024-02-05T10:00:00Z</dc:date>"
    assert only(rss(item)).date_published == datetime(2024, 2, 5, 10, tzinfo=UTC)


# The feed itself


@pytest.mark.parametrize(
    "document",
    [
        "<rss version='0.91'><channel><item><link>/1</link></item></channel></rss>",
        "<RSS><CHANNEL><ITEM><TITLE>A</TITLE><LINK>/1</LINK></ITEM></CHANNEL></RSS>",
        "<rss xmlns='http://backend.userland.com/rss2'><channel><item><link>/1</link></item></channel></rss>",
        "<rss xmlns='http://www.w3.org/2005/Atom'><channel><item><link>/1</link></item></channel></rss>",
        "<rss xmlns:r='http://purl.org/rss/1.0/'><channel><item><r:link>/1</r:link></item></channel></rss>",
        "<channel><item><link>/1</link></item></channel>",
        "<r:RDF xmlns:r='http://www.w3.org/1999/02/22-rdf-syntax-ns#'><channel/><item><link>/1</link></item></r:RDF>",
        "<r:RDF xmlns:r='r' xmlns='http://my.netscape.com/rdf/simple/0.9/'><item><link>/1</link></item></r:RDF>",
        "<feed><entry><link href='/1'/></entry></feed>",
        "<a:feed xmlns:a='http://www.w3.org/2005/Atom'><a:entry><a:link href='/1'/></a:entry></a:feed>",
        "<FEED><ENTRY><LINK REL='Alternate' HREF='/1'/></ENTRY></FEED>",
    ],
)
def test_every_dialect_is_read(document):
    """RSS 0.90 to 2.0 and Atom, under whatever namespace, prefix and case."""
    assert urls(document) == ["https://paper.example/1"]


@pytest.mark.parametrize("document", [rss(), atom(), "<rss/>", "<rdf:RDF xmlns:rdf='r'/>", "<feed></feed>"])
def test_an_empty_feed_is_no_error(document):
    """A feed may list nothing."""
    found = read(document)
    assert (found.links, found.damage) == ([], None)


@pytest.mark.parametrize(
    ("channel", "minutes"),
    [
        ("", None),
        ("<ttl>15</ttl>", 15),
        ("<ttl> 15 </ttl>", 15),
        ("<ttl>10080</ttl>", 1440),
        ("<ttl>0</ttl>", None),
        ("<ttl>-5</ttl>", None),
        ("<ttl>soon</ttl>", None),
        ("<ttl>99999999</ttl>", None),
        ("<sy:updatePeriod>hourly</sy:updatePeriod>", 60),
        ("<sy:updatePeriod> hourly </sy:updatePeriod><sy:updateFrequency>4</sy:updateFrequency>", 15),
        ("<sy:updatePeriod>hourly</sy:updatePeriod><sy:updateFrequency>7200</sy:updateFrequency>", 1),
        ("<sy:updateFrequency>2</sy:updateFrequency>", 720),
        ("<sy:updatePeriod>weekly</sy:updatePeriod>", 1440),
        ("<sy:updatePeriod>hourly</sy:updatePeriod><sy:updateFrequency>0</sy:updateFrequency>", None),
        ("<sy:updatePeriod>often</sy:updatePeriod>", None),
        ("<sy:updatePeriod>hourly</sy:updatePeriod><ttl>5</ttl>", 5),
    ],
)
@pytest.mark.parametrize("title", ["a", "a<br>"])
def test_how_often_a_feed_is_updated_is_read(channel, minutes, title):
    """``ttl`` and ``sy:update*`` between a minute and a day; absurd ones are ignored, on every way of reading."""
    document = rss(f"{LINK}<title>{title}</title>", channel=channel)
    document = document.replace("<rss ", '<rss xmlns:sy="http://purl.org/rss/1.0/modules/syndication/" ')
    assert read(document).refresh == (minutes and timedelta(minutes=minutes))


@pytest.mark.parametrize("title", ["a", "a<br>"])
def test_further_pages_are_named_nearest_first(title):
    """The next page and the next archive of a feed (RFC 5005), absolute; not the feed itself."""
    links = '<{0}link rel="prev-archive" href="/2023.xml"/><{0}link rel="next" href="?page=2"/>'
    links += '<{0}link rel="self" href="/self.xml"/><{0}link rel="next" href="javascript:more()"/>'
    pages = ["https://paper.example/rss/world.xml?page=2", "https://paper.example/2023.xml"]
    item = f"<title>{title}</title>"
    assert read(rss(LINK + item, channel=links.format("atom:"))).pages == pages
    entry = f'{item}<link rel="alternate" href="/1"/><link rel="next" href="/other.xml"/>'
    feed = atom(entry).replace("<title>Paper</title>", links.format(""))
    assert read(feed).pages == pages
    assert read(atom(entry).replace("<title>Paper</title>", f'<link rel="next" href="{URL}"/>')).pages == []


def test_a_flood_is_cut():
    """Of more than 10,000 items the first 10,000 are read, and the damage says so."""
    found = read(rss(*(f"<link>/{number}</link>" for number in range(10_001))))
    assert len(found.links) == 10_000
    assert "more than 10,000 items" in found.damage
