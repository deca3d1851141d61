import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.article import Article, Hints, NotAnArticle
from crawler.extraction import as_row, explain, extract
from tests.support.articles import BODY, CAPTAIN, FERRY, MARKUP, URL, article, ld, news, page, rejection
from tests.support.kinds import NEGATIVES

# Article or not


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"%PDF-1.7 <html>", "text/html"),
        (b"\x89PNG\r\n<p>", None),
        (b'{"html": "<p>text</p>"}', "text/html"),
        (b'<?xml version="1.0"?><!-- c --><rss><item><title>t</title></item></rss>', "text/xml"),
        (page(), "application/json; charset=utf-8"),
        (b"plain words", "text/plain"),
        (b"", "text/html"),
        (b" \n\x00 ", None),
    ],
)
def test_not_html(body, content_type):
    """What is served as something else, looks like something else or holds no markup is not_html."""
    assert rejection(body, content_type=content_type).reason == "not_html"


@pytest.mark.parametrize(
    "content_type", [None, "", "text/html;charset=utf-8", "application/xhtml+xml", "text/plain"]
)
def test_html_types(content_type):
    """HTML is read under every type that servers put on it."""
    assert article(page(), content_type=content_type).article_body == BODY


def test_no_headline_or_body():
    """A page without a headline or without text is not an article, and says which."""
    assert rejection(page(body=MARKUP)).detail == "no headline"
    assert rejection(page(body="<h1>Ferry returns</h1>")).detail == "no body text"


def test_too_short():
    """A body of a few words is too short, unless JSON-LD says the page is an article."""
    short = "<h1>Ferry returns</h1><p>The ferry runs again tonight.</p>"
    found = rejection(page(body=short))
    assert (found.reason, found.evidence["num_words"]) == ("too_short", 5)
    assert article(page(head=ld(news()), body=short)).word_count == 5


TEASERS = "".join(
    f"<article><h2><a href='/n/{n}'>Headline number {n}</a></h2><p>Teaser {n} tells in one sentence of"
    " fifteen or so words what the story is about.</p></article>"
    for n in range(9)
)


@pytest.mark.parametrize(
    ("head", "path"),
    [
        ("", "/islands"),
        ('<meta property="og:type" content="website">', "/islands"),
        (ld({"@type": "CollectionPage", "name": "Islands"}), "/islands"),
        (ld([news(headline=f"Headline number {n}", url=f"/n/{n}") for n in range(9)]), "/islands"),
        ("", "/"),
    ],
)
def test_fronts_and_listings(head, path):
    """Home pages and section fronts are not articles, even when JSON-LD describes their teasers."""
    found = rejection(
        page(head=head, body=f"<h1>Islands</h1>{TEASERS}"), url=f"https://www.harbour-post.example{path}"
    )
    assert found.reason == "not_article"
    assert found.evidence["linked_headings"] == 9


@pytest.mark.parametrize(
    ("head", "hints"),
    [
        (ld(news()), Hints()),
        ('<meta property="og:type" content="article">', Hints()),
        ('<meta property="article:published_time" content="2024-05-03">', Hints()),
        ("", Hints(headline="Ferry returns")),
    ],
)
def test_articles_among_teasers(head, hints):
    """Any sign of an article outweighs a page full of teasers: JSON-LD, og:type, a date tag, the feed."""
    found = article(
        page(head=head, body=f"<article><h1>Ferry returns</h1><p>{FERRY}</p></article>{TEASERS}"), hints=hints
    )
    assert FERRY in found.article_body


def test_running_text_outweighs_og_type():
    """An article whose template calls every page a website is recognised by its long paragraphs."""
    long = "".join(f"<p>{number}. {FERRY} {CAPTAIN}</p>" for number in range(3))
    head = '<meta property="og:type" content="website">'
    assert article(page(head=head, body=f"<h1>Ferry returns</h1>{long}")).word_count > 120


# Robustness

NAMES = [
    "@id",
    "@type",
    "@graph",
    "author",
    "image",
    "keywords",
    "publisher",
    "inLanguage",
    "datePublished",
    "dateModified",
    "url",
    "mainEntityOfPage",
    "articleBody",
    "articleSection",
    "headline",
    "name",
    "hasPart",
    "isAccessibleForFree",
    "wordCount",
    "mainEntity",
    "description",
]


@pytest.mark.parametrize(
    "markup",
    [
        b"<html><body><!--" + b"x" * 100_000,
        b"<" * 300_000,
        b"<div>" * 50_000 + b"text",
        b"<h1>t</h1>" + b"<b><i>" * 3_000 + b"text",
        b'<html><script type="application/ld+json">' + b"[" * 50_000 + b"</script><p>x",
        b'<html><script type="application/ld+json">{"@type":"Article","headline":'
        + b"9" * 6_000
        + b"}</script><p>x",
        b"<?xml version='1.0' encoding='utf-16'?><?php echo ?><html><h1>t</h1><p>x</html>",
        b"<frameset><frame src='a'></frameset>",
        b"<!-- only a comment --><html></html>",
        b"<!---->" * 500 + b"<p>x",
        b"<p>&#xD800;&#0;&#99999999999999999999;",
    ],
)
def test_hostile_markup(markup):
    """Endless comments, endless nesting, endless numbers and empty shells get a reason, not an exception."""
    assert rejection(markup).reason in {"not_html", "not_article", "too_short"}


@pytest.mark.parametrize(
    "value", [[[]], None, 1, True, {"name": {"a": 1}}, [{"url": [{}]}, 1e400], {"@id": "#self"}]
)
def test_json_ld_of_any_shape(value):
    """Properties of the wrong type are passed over, whatever they are."""
    names = (
        "author image keywords publisher inLanguage datePublished url mainEntityOfPage articleBody articleSection"
    )
    item = news(**dict.fromkeys(names.split(), value), **{"@id": "#self"})
    assert article(page(head=ld(item))).article_body == BODY


@settings(max_examples=60, deadline=None)
@given(
    st.binary(max_size=400),
    st.sampled_from([None, "text/html; charset=utf-16", "text/html; charset=rot13", "text/html; charset=\x00"]),
)
def test_any_bytes(noise, content_type):
    """Any bytes, alone or inside a page, end in an article or a reason, and in text that UTF-8 can carry."""
    for markup in (noise, b"<h1>" + noise + b"</h1><p>" + FERRY.encode() + noise, page(head=ld(news())) + noise):
        result = extract(markup, URL, content_type=content_type)
        if isinstance(result, Article):
            assert "\0" not in json.dumps(as_row(result), ensure_ascii=False).encode().decode()


ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(["NewsArticle"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=5),
    max_leaves=12,
)


@settings(max_examples=80, deadline=None)
@given(st.dictionaries(st.sampled_from(NAMES), ANYTHING, max_size=8))
def test_json_ld_of_wrong_types_everywhere(item):
    """Whatever shape JSON-LD has, there is an answer, and an explanation that JSON can carry."""
    markup = page(head=ld({"@type": "NewsArticle", **item}, item))
    assert isinstance(extract(markup, URL), Article | NotAnArticle)
    json.dumps(explain(markup, URL), ensure_ascii=False).encode()


WHOLE = NEGATIVES["front that calls itself an article"]().html.encode()


@settings(max_examples=60, deadline=None)
@given(st.integers(0, len(WHOLE)), st.binary(max_size=20))
def test_a_page_cut_anywhere(length, noise):
    """A page that breaks off at any byte, and goes on with noise, has an answer and an explanation."""
    markup = WHOLE[:length] + noise
    assert isinstance(extract(markup, URL), Article | NotAnArticle)
    json.dumps(explain(markup, URL), ensure_ascii=False).encode()


@pytest.mark.parametrize(
    "url", ["about:blank", "", "https://a.example:bad/x", "https://a.example/%ff?q=%ff&s", "file:///x.html"]
)
def test_any_url(url):
    """What is no web address is no sign of anything."""
    assert isinstance(extract(page(head=ld(news())), url), Article)
