import json
from datetime import UTC, datetime

import pytest

from crawler.article import Article, Hints
from crawler.extraction import as_row, extract
from tests.support.articles import BODY, FERRY, MARKUP, URL, article, ld, news, page, rejection


def test_full_page():
    """A page with JSON-LD yields every field, in UTC and with absolute URLs."""
    item = news(
        description="The boat is back.",
        author=[{"@type": "Person", "name": "Ines Varga"}, {"@type": "Organization", "name": "Harbour Wire"}],
        articleSection=["Islands", "Transport"],
        keywords="ferry, islands, ferry",
        inLanguage="en-GB",
        datePublished="2024-05-03T18:19:08+02:00",
        dateModified="2024-05-03T17:00:00Z",
        image={"@type": "ImageObject", "url": "/img/ferry.jpg"},
    )
    head = ld(item) + '<link rel="canonical" href="/news/ferry-returns?src=canonical">'
    assert article(page(head=head)) == Article(
        url=URL,
        headline="Ferry returns",
        article_body=BODY,
        description="The boat is back.",
        authors=("Ines Varga", "Harbour Wire"),
        article_section="Islands",
        keywords=("ferry", "islands"),
        in_language="en",
        date_published=datetime(2024, 5, 3, 16, 19, 8, tzinfo=UTC),
        date_published_source="json_ld",
        date_modified=datetime(2024, 5, 3, 17, tzinfo=UTC),
        main_image_url="https://www.harbour-post.example/img/ferry.jpg",
        canonical_url="https://www.harbour-post.example/news/ferry-returns?src=canonical",
        word_count=len(BODY.split()),
        origins={
            "headline": "json_ld",
            "article_body": "html",
            "description": "json_ld",
            "authors": "json_ld",
            "article_section": "json_ld",
            "keywords": "json_ld",
            "in_language": "html",
            "date_published": "json_ld",
            "date_modified": "json_ld",
            "main_image_url": "json_ld",
            "canonical_url": "html",
        },
    )


def test_row():
    """The JSON form has the public column names, lists, and times that end in Z."""
    row = as_row(article(page(head=ld(news(author="Ines Varga", datePublished="2024-05-03T18:19:08+02:00")))))
    assert json.loads(json.dumps(row)) == row
    assert row["authors"] == ["Ines Varga"]
    assert row["date_published"] == "2024-05-03T16:19:08Z"
    assert row["date_modified"] is None
    assert set(row) == set(Article.__slots__)


# Where claims come from


@pytest.mark.parametrize(
    "block",
    [
        [news(author="Ines Varga")],
        {"@graph": [{"@type": "WebSite", "name": "Harbour Post"}, news(author="Ines Varga")]},
        {"@type": "WebPage", "mainEntity": news(author="Ines Varga")},
        news(author="Ines Varga") | {"@type": ["Thing", "http://schema.org/ReportageNewsArticle"]},
        {"@graph": [news(author={"@id": "#iv"}), {"@id": "#iv", "@type": "Person", "name": "Ines Varga"}]},
        '{"@type": "NewsArticle", "headline": "Ferry\nreturns", "author": ["Ines Varga",],}',
        '<!-- {"@type": "BlogPosting", "author": {"name": "Ines Varga"}} -->',
        '/*<![CDATA[*/ {"@type": "LiveBlogPosting", "author": {"name": ["Ines Varga"]}} /*]]>*/',
        '{"@type": "NewsArticle", "author": "Ines Varga"}; window.x = 1',
    ],
)
def test_json_ld_shapes(block):
    """JSON-LD is read from lists, graphs, main entities and references, and from slightly broken blocks."""
    assert article(page(head=ld("{not json", block))).authors == ("Ines Varga",)


def test_json_ld_item_of_this_page():
    """Of several articles in JSON-LD the one with this page's URL counts, however full the others are."""
    other = news(headline="Storm warning", url="/news/storm", author="Bo Lind", datePublished="2024-01-01")
    here = news(url=URL + "?from=home", author="Ines Varga")
    found = article(page(head=ld([other, here])))
    assert (found.headline, found.authors) == ("Ferry returns", ("Ines Varga",))


def test_meta_tags():
    """Without JSON-LD the meta tags speak: Open Graph, article:, Parse.ly and plain names."""
    head = """
        <title>ignored</title><meta property="og:title" content="Ferry returns &amp; stays">
        <meta property="og:site_name" content="Harbour Post"><meta name="description" content="The boat is back.">
        <meta name="parsely-author" content="Ines Varga"><meta property="article:section" content="Islands">
        <meta property="article:tag" content="ferry"><meta property="article:tag" content="islands">
        <meta property="og:image" content="//img.example/ferry.jpg">
        <meta property="article:published_time" content="2024-05-03T16:19:08.123Z">"""
    found = article(page(head=head))
    assert found.headline == "Ferry returns & stays"
    assert (found.description, found.article_section) == ("The boat is back.", "Islands")
    assert (found.authors, found.keywords) == (("Ines Varga",), ("ferry", "islands"))
    assert found.main_image_url == "https://img.example/ferry.jpg"
    assert found.date_published == datetime(2024, 5, 3, 16, 19, 8, tzinfo=UTC)
    assert found.date_published_source == "meta"


@pytest.mark.parametrize(
    "byline",
    [
        '<a rel="author" href="/u/1">Ines Varga</a>',
        '<span itemprop="author"><b itemprop="name">Ines Varga</b>, aged 40</span>',
        '<p class="byline">By Ines Varga | 3 May 2024</p>',
    ],
)
def test_html_claims(byline):
    """Without metadata the markup speaks: h1, the marked or classed byline, the first time element."""
    body = f'<h1>Ferry <em>returns</em></h1>{byline}<time datetime="2024-05-03T16:19Z">May</time>{MARKUP}'
    found = article(page(body=body))
    assert (found.headline, found.authors) == ("Ferry returns", ("Ines Varga",))
    assert found.date_published == datetime(2024, 5, 3, 16, 19, tzinfo=UTC)
    assert found.date_published_source == "html"


def test_hints_fill_gaps_only():
    """What the feed says is used where the page is silent, and nowhere else."""
    when = datetime(2024, 5, 3, 16, 19, tzinfo=UTC)
    hints = Hints(
        headline="From the feed", date_published=when, authors=("Ines Varga",), article_section="Islands"
    )
    found = article(page(), hints=hints)
    assert found.headline == "Ferry returns"
    assert (found.date_published, found.date_published_source) == (when, "feed")
    assert (found.authors, found.article_section) == (("Ines Varga",), "Islands")


# Single fields


@pytest.mark.parametrize(
    "written",
    [
        "Ferry returns - Harbour Post",
        "Ferry returns | Harbour Post",
        "Ferry returns \u2013 harbour-post",
        "Ferry returns | Islands",
        "  Ferry&#32;returns\n",
    ],
)
def test_headline_without_site(written):
    """The site's name, or whatever the page's own h1 leaves out, is taken off the end of a headline."""
    head = f'<meta property="og:site_name" content="Harbour Post"><meta property="og:title" content="{written}">'
    assert article(page(head=head)).headline == "Ferry returns"


def test_headline_keeps_its_own_dash():
    """A dash inside the headline that no site name follows stays."""
    head = '<meta property="og:title" content="Ferry returns - at last">'
    assert article(page(head=head, body=f"<h1>At last</h1>{MARKUP}")).headline == "Ferry returns - at last"


def test_long_headline():
    """A headline of 5,000 characters is kept whole."""
    assert len(article(page(head=ld(news(headline="x" * 5000)))).headline) == 5000


def test_people_before_the_site():
    """A person named in the byline is preferred to a site that names itself as author in JSON-LD."""
    item = news(author={"@type": "Organization", "name": "Harbour Post"}, publisher={"name": "Harbour Post"})
    assert article(page(head=ld(item) + '<meta name="author" content="Ines Varga">')).authors == ("Ines Varga",)
    assert article(page(head=ld(item))).authors == ("Harbour Post",)


@pytest.mark.parametrize(("tag", "language"), [("sco-GB", "sco"), ("EN_us", "en"), ("English", "fr")])
def test_language(tag, language):
    """A language is the declared tag's primary subtag in lower case; words are no tags, and others are asked."""
    markup = page(head='<meta name="language" content="fr">', body="<h1>Eo</h1><p>" + "Lorenz Abend Bremen. " * 30)
    assert article(markup.replace(b"lang='en'", f"lang='{tag}'".encode())).in_language == language


def test_canonical_url():
    """The canonical URL is absolute and http; a template's link to the home page is passed over."""
    head = (
        '<base href="https://cdn.example/"><link rel="canonical" href="{}"><meta property="og:url" content="/a">'
    )
    assert article(page(head=head.format("/b"))).canonical_url == "https://cdn.example/b"
    for useless in ("https://www.harbour-post.example/", "javascript:void(0)", "http://[broken"):
        assert article(page(head=head.format(useless))).canonical_url == "https://cdn.example/a"


def test_date_with_time_wins():
    """A day without a time gives way to a later claim of the same day that has one, but not of another day."""
    tag = '<meta property="article:published_time" content="{}">'
    day = ld(news(datePublished="2024-05-03"))
    found = article(page(head=day + tag.format("2024-05-03T16:19:00Z")))
    assert (found.date_published, found.date_published_source) == (
        datetime(2024, 5, 3, 16, 19, tzinfo=UTC),
        "meta",
    )
    found = article(page(head=day + tag.format("2024-06-01T16:19:00Z")))
    assert (found.date_published, found.date_published_source) == (datetime(2024, 5, 3, tzinfo=UTC), "json_ld")


def test_impossible_date_gives_way():
    """A date that cannot be is passed over for the next claim."""
    head = ld(news(datePublished="0001-01-01T00:00:00Z")) + '<meta name="date" content="2024-05-03T16:19:00Z">'
    assert article(page(head=head)).date_published == datetime(2024, 5, 3, 16, 19, tzinfo=UTC)


# The body


def test_body_without_furniture():
    """The body is the paragraphs, one a line: no headline, menu, script, comment section or footer."""
    body = f"""<nav><a href="/">Home</a></nav><article><h1>Ferry returns</h1>{MARKUP}</article>
        <div id="comments"><p>I liked the old boat much better than this one, said nobody ever.</p></div>
        <script>var tracking = 1;</script><footer><p>All rights reserved by the harbour</p></footer>"""
    assert article(page(body=body)).article_body == BODY


def test_body_claimed_in_json_ld():
    """JSON-LD's articleBody stands in where the page's own markup holds little of it."""
    claimed = MARKUP.replace("</p><p>", "<br/>")
    found = article(page(head=ld(news(articleBody=claimed)), body="<h1>Ferry returns</h1><p>Loading text</p>"))
    assert found.article_body == BODY


def test_body_survives_a_failing_extractor(monkeypatch):
    """Where trafilatura is asked and dies, the rejection says what it died of."""

    def die(*_args, **_options):
        raise RecursionError("too deep")

    monkeypatch.setattr("trafilatura.bare_extraction", die)
    nothing = page(body="<h1>Ferry returns</h1><ul><li><a href='/a'>A</a></li></ul>")
    assert rejection(nothing).evidence["trouble"] == "RecursionError: too deep"


@pytest.mark.parametrize(
    "opening", ["<title>t</title>", "<head><title>t</title></head>", "<html><head><title>t</title>"]
)
def test_body_without_body_tag(opening):
    """Pages that leave out the optional body tag keep their text."""
    assert article(f"<!doctype html>{opening}<article><h1>h</h1>{MARKUP}</article>".encode()).article_body == BODY


def test_shared_tree_is_not_changed():
    """Extracting twice gives the same: no state stays behind."""
    markup = page(head=ld(news(author="Ines Varga")))
    assert extract(markup, URL) == extract(markup, URL)


# Bytes and text


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("windows-1251", "Паром снова ходит по вечерам, и билеты стоят столько же, сколько весной. "),
        ("shift_jis", "夕方のフェリーは十一週間ぶりに運航を再開し、最初の便は満席だった。"),
        ("gb18030", "傍晚的渡轮在停航十一周后恢复运行。首班船座无虚席。票价不变。"),
    ],
)
def test_encodings(encoding, text):
    """Text is decoded by header, by meta tag and, where neither speaks, by detection."""
    markup = f"<html><head>{{}}</head><body><h1>{text[:9]}</h1><p>{text * 4}</p></body></html>"
    meta = f'<meta charset="{encoding}">'
    for head, content_type in (("", f"text/html; charset={encoding}"), (meta, "text/html"), ("", None)):
        found = article(markup.format(head).encode(encoding), content_type=content_type)
        assert found.headline == text[:9]
        assert text.strip() in found.article_body


def test_declared_encoding_may_be_wrong():
    """Valid UTF-8 is read as such whatever header and meta say, a byte order mark goes, nonsense is survived."""
    text = page(body=f"<h1>Fähre zurück</h1>{MARKUP}")
    assert article(b"\xef\xbb\xbf" + text, content_type="text/html; charset=iso-8859-1").headline == "Fähre zurück"
    assert article(text.decode().encode("utf-16")).headline == "Fähre zurück"
    garbled = article(text.decode().encode("cp1252"), content_type="text/html; charset=base64")
    assert garbled.headline.startswith("F")


def test_text_that_postgres_takes():
    """NUL, lone surrogates, control and invisible characters are gone; composed characters are in NFC."""
    item = news(headline="Fa\u0308hre\0 zu\u00adru\u0308ck \ud800", author="I\x07nes")
    found = article(page(head=ld(item), body=f"<p>a&#1;b &#146;c&#146; \x00d\x0be {FERRY}</p>{MARKUP}"))
    assert (found.headline, found.authors) == ("Fähre zurück", ("Ines",))
    assert found.article_body.startswith("ab \u2019c\u2019 de The evening")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("The ferry - it's back, again. ", 5 * 20),
        ("夕方の船が再開した。", 9 * 20 / 2),
        ("यह नाव फिर चल रही है। ", 6 * 20),
    ],
)
def test_word_count(text, words):
    """Words are what stands between spaces; scripts without spaces count half their characters."""
    assert article(page(body=f"<h1>h</h1><p>{text * 20}</p>")).word_count == words
