"""Full texts and keywords that feeds carry."""

import pytest

from crawler.discovery import discover

URL = "https://paper.example/rss/world.xml"
NAMESPACES = (
    'xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/" '
    'xmlns:media="http://search.yahoo.com/mrss/" xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd" '
    'xmlns:atom="http://www.w3.org/2005/Atom" xmlns:yandex="http://news.yandex.ru"'
)
LINK = "<link>/1</link>"


def rss(item):
    return f'<rss version="2.0" {NAMESPACES}><channel><item>{LINK}{item}</item></channel></rss>'


def atom(entry, namespace="http://www.w3.org/2005/Atom"):
    return f'<feed xmlns="{namespace}"><entry><link href="/1"/>{entry}</entry></feed>'


def only(document):
    found = discover(document.encode(), URL)
    (link,) = found.links
    return link


def encoded(html):
    return rss(f"<content:encoded><![CDATA[{html}]]></content:encoded>")


XHTML = 'xmlns="http://www.w3.org/1999/xhtml"'


@pytest.mark.parametrize(
    "document",
    [
        encoded("<p>Rivers &amp; lakes</p><p>rise.</p>"),
        rss("<content:encoded>&lt;p&gt;Rivers &amp;amp; lakes&lt;/p&gt;rise.</content:encoded>"),
        rss("<content:encoded><![CDATA[&lt;p&gt;Rivers &amp;amp; lakes&lt;/p&gt;rise.]]></content:encoded>"),
        rss(f"<body {XHTML}><p>Rivers &amp; <b>lakes</b></p><p>rise.</p></body>"),
        rss('<atom:content type="html">Rivers &amp;amp; lakes&lt;br&gt;rise.</atom:content>'),
        rss("<yandex:full-text>Rivers &amp; lakes\nrise.</yandex:full-text>"),
        atom('<content type="html">&lt;p&gt;Rivers &amp;amp; lakes&lt;/p&gt;&lt;p&gt;rise.&lt;/p&gt;</content>'),
        atom(f'<content type="xhtml"><div {XHTML}><p>Rivers &amp; lakes</p>\n<p>rise.</p></div></content>'),
        atom("<content>Rivers &amp; lakes\n\nrise.</content>"),
        atom('<content type="text">Rivers &amp; lakes\nrise.</content>'),
        atom(
            '<content type="text/html" mode="escaped">Rivers &amp;amp; lakes&lt;br/&gt;rise.</content>',
            namespace="http://purl.org/atom/ns#",
        ),
    ],
)
def test_a_full_text_is_plain_paragraphs(document):
    """The full text is read in each way feeds carry it, one paragraph a line."""
    assert only(document).article_body == "Rivers & lakes\nrise."


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>Rivers\n rise</p>\n<p>\nslowly.</p>", "Rivers rise\nslowly."),
        ("<p>A<script>track('<p>B</p>')</script></p><style>p { }</style><!-- C --><p>D</p>", "A\nD"),
        ("<figure><img src='x.jpg'><figcaption>Photo: dpa</figcaption></figure><p>A</p>", "A"),
        ("<ul><li>A<li>B</ul>C", "A\nB\nC"),
        ("<p>A</p>\n<p>The post <a href='/1'>A</a> appeared first on <a href='/'>Paper</a>.</p>", "A"),
        ("<p>A &lt;b&gt; B</p>", "A <b> B"),
        ("<img src='x.jpg'>", None),
        ("", None),
    ],
)
def test_markup_is_read_as_a_browser_shows_it(html, text):
    """Scripts, styles, captions and signatures are no text; a line break of the source is none of the text's."""
    assert only(encoded(html)).article_body == text


@pytest.mark.parametrize(
    "document",
    [
        rss("<description>&lt;p&gt;Rivers rise.&lt;/p&gt;</description>"),
        rss("<description>Rivers rise.</description><itunes:summary>They do.</itunes:summary>"),
        rss("<description>Rivers rise.</description><content:encoded>Rivers rise.</content:encoded>"),
        rss("<title>a<br></title><description>Rivers rise.</description><itunes:summary>Yes.</itunes:summary>"),
        rss("<description>Rivers rise.</description><media:content url='/1.jpg'/>"),
        atom("<summary>Rivers rise.</summary>"),
        atom("<summary>Rivers rise.</summary><content>Rivers rise.</content>"),
        atom('<content type="image/png">aGVsbG8=</content>'),
        atom('<content type="text/html" src="/1.html"/>'),
        atom('<content mode="base64">aGVsbG8=</content>', namespace="http://purl.org/atom/ns#"),
    ],
)
def test_a_summary_is_no_full_text(document):
    """Descriptions, what repeats them, and pictures are no body."""
    assert only(document).article_body is None


def test_a_full_text_survives_broken_tags():
    """The way of last resort reads full text and keywords, too."""
    item = """<title>a<br></title><description>Short.</description><category>World</category>
        <content:encoded><![CDATA[<p>Rivers</p><p>rise.</p>]]></content:encoded>
        <itunes:keywords>a, b</itunes:keywords>"""
    link = only(rss(item))
    assert (link.article_body, link.article_section) == ("Rivers\nrise.", "World")
    assert link.keywords == ("World", "a", "b")


def test_a_full_text_is_bounded():
    """Of one item no more than 1 MiB of markup is read."""
    assert len(only(encoded("<p>" + "x" * 2**21)).article_body) < 2**20


@pytest.mark.parametrize(
    "html", ["<div>" * 10_000 + "A", "<script " * 100_000, "<b>" * 100_000 + "A", "<" * 100_000]
)
def test_markup_of_bad_intent_costs_itself_alone(html):
    """Nesting without end and tags without end hinder no other claim."""
    assert only(encoded(html)).url == "https://paper.example/1"


@pytest.mark.parametrize(
    ("item", "keywords"),
    [
        ("<category>World</category><category domain='x'>Floods</category>", ("World", "Floods")),
        (
            "<category>World</category><dc:subject>world</dc:subject><dc:subject>Rain</dc:subject>",
            ("World", "Rain"),
        ),
        ("<media:keywords>rain, floods,rain , </media:keywords>", ("rain", "floods")),
        ("<itunes:keywords>rain</itunes:keywords><media:category>Pix</media:category>", ("rain",)),
        ("<atom:category term='t' label='Floods'/><atom:category term='Rain'/>", ("Floods", "Rain")),
        ("<category>http://schemas.google.com/blogger/2008/kind#post</category>", ()),
        (f"<category>{'x' * 101}</category><category> </category>", ()),
    ],
)
def test_keywords_are_gathered(item, keywords):
    """Categories, subjects and lists of keywords, each once, none that is a URL or a paragraph."""
    assert only(rss(item)).keywords == keywords


def test_keywords_are_bounded():
    """No more than fifty keywords are kept."""
    assert len(only(rss("".join(f"<category>{number}</category>" for number in range(99)))).keywords) == 50
