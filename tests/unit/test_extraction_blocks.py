"""A page as blocks of text: what is one, where it stands, and which of them are the article."""

import pytest

from crawler.extraction import read
from crawler.extraction.page import read_page
from crawler.extraction.text.appeal_words import APPEAL
from crawler.extraction.text.block_words import kinds_of
from crawler.extraction.text.blocks import read_blocks
from crawler.extraction.text.choice import judge
from crawler.extraction.text.evidence import Witness
from crawler.extraction.text.weights import read_weights
from tests.support import prose
from tests.support.articles import BODY, CAPTAIN, FARES, FERRY, MARKUP, URL, article, page

LONG = prose.text(prose.ENGLISH, 6)


def blocks(body):
    return read_blocks(read_page(page(body=body), URL, None).tree)


def texts(body):
    return [block.text for block in blocks(body)]


# What is a block


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("<p>One <b>and</b> two</p><p>Three</p>", ["One and two", "Three"]),
        ("One<br>line<br><br>Two", ["One line", "Two"]),
        ("One<br> <br>\n<br>Two", ["One", "Two"]),
        ("<div>One<div>Two</div>Three</div>", ["One", "Two", "Three"]),
        ("<ul><li>One<li>Two</ul>", ["One", "Two"]),
        ("<my-text>One</my-text>Two", ["One", "Two"]),
        ("<p>One <a href=/a>two</a></p>", ["One two"]),
        ("<p><a href=/a>One</a></p><p>Two</p>", ["Two"]),
        ("<p><a href=/a>One</a> <a href=/b>Two</a></p>", []),
        ("<p>1 2 3</p><p>3 : 2</p>", []),
        ("<nav>One</nav><p>Two<script>x</script></p><button>Three</button><style>y</style>", ["Two"]),
        ("<figure><img src=/a><figcaption>One</figcaption></figure>Two", ["Two"]),
        ('<blockquote class="twitter-tweet"><p>One</p></blockquote><blockquote>Two</blockquote>', ["Two"]),
        ("", []),
    ],
)
def test_what_is_a_block(body, expected):
    """A run of text between two breaks, if it is more than links, figures, a caption or what is not read."""
    assert texts(body) == expected


def test_the_place_of_a_block():
    """A block knows what holds it, and what the names of all around it speak of."""
    text = '<p><span class="x1">One <em>or</em> <a href=/>two</a></span></p>'
    (block,) = blocks(f'<article id="story"><div class="related-box">{text}</div></article>')
    assert block.place.tag == "p"
    assert block.place.container.names == "related-box"
    assert block.place.article is not None
    assert block.place.within == {"about:body", "about:related", "about:box"}
    assert (block.link_chars, block.italic_chars, block.bold_chars, block.opens_with_link) == (3, 2, 0, False)


@pytest.mark.parametrize("mark", ["hidden", 'style="color: red; display: none"'])
def test_what_is_not_shown(mark):
    """What the markup hides is known to be hidden, with all that is in it."""
    assert [block.place.is_hidden for block in blocks(f"<div {mark}><p>One</p></div><p>Two</p>")] == [True, False]


def test_links_between_blocks_are_counted():
    """Headlines that are links are no blocks, but it is known where they stood."""
    link = "<p><a href=/a>Storm over the harbour</a></p>"
    found = blocks(f"{link * 2}<p>One</p><p><a href=/b>b</a></p><p>Two</p>{link}")
    assert [block.links_before for block in found] == [2, 0]


@pytest.mark.parametrize(
    ("names", "kinds"),
    [
        ("articleBody-text", {"body"}),
        ("c-Newsletter__signUp", {"appeal"}),
        ("onetrust-banner-sdk", {"consent", "advertisement"}),
        ("a1b2 x", set()),
        ("", set()),
    ],
)
def test_what_names_speak_of(names, kinds):
    """Class names are read word by word, however they are written."""
    assert kinds_of(names) == kinds


# Which are the article


def body_of(markup):
    return read(page(body=markup), URL, headers={}).body


def test_the_text_among_everything_else():
    """What surrounds a text is told from it: menus, teasers, share bars, appeals, comments, footers."""
    around = (
        '<header><div class="menu">News <a href=/a>Sport</a></div></header>'
        '<div class="share">Share this story <a href=/s>Mail</a></div>'
    )
    after = (
        '<div class="newsletter-signup"><p>Subscribe to our letter and read the best of the islands.</p></div>'
        '<section class="related"><h3>More</h3><p>A storm is expected on Monday, forecasters said.</p></section>'
        '<div class="comments"><p>I was on that ferry, and it was late by an hour.</p></div>'
        "<footer><p>Copyright of the Harbour Post, all rights reserved, and so on for ever.</p></footer>"
    )
    found = article(
        page(body=f"{around}<article><h1>Ferry returns</h1><div class=text>{MARKUP}</div></article>{after}")
    )
    assert found.article_body == BODY


@pytest.mark.parametrize(
    "shape",
    ["<div><div>{}</div></div>", "<div>{}</div>", "<p>{}</p>", "{}<br><br>", "<section><p>{}</p></section>"],
)
def test_a_text_however_it_is_marked_up(shape):
    """Paragraphs are found in whatever element they stand."""
    markup = "".join(shape.format(text) for text in (FERRY, CAPTAIN, FARES))
    assert article(page(body=f"<main><h1>Ferry returns</h1><div>{markup}</div></main>")).article_body == BODY


def test_subheads_lists_and_quotations_belong_to_the_text():
    """They are lines of their own, in their place."""
    markup = (
        f"<p>{FERRY}</p><h2>What the captain says</h2><blockquote><p>{CAPTAIN}</p></blockquote>"
        f"<ul><li>{FARES}</li></ul>"
    )
    found = article(
        page(body=f"<article><h1>Ferry returns</h1><div class=article-body>{markup}<p>{LONG}</p></div></article>")
    )
    assert found.article_body.split("\n") == [FERRY, "What the captain says", CAPTAIN, FARES, LONG]


def test_a_second_article_is_another():
    """Of pages that go on with the next article as one scrolls, the first is read."""
    second = "".join(f"<p>{prose.text(prose.ENGLISH, 3, start=n)}</p>" for n in range(4))
    first = f"<article><h1>Ferry returns</h1>{MARKUP}</article>"
    assert body_of(f"<main>{first}<article><h1>Storm over the harbour</h1>{second}</article></main>").text == BODY


def test_questions_about_cookies_are_no_text():
    """Unless the page has nothing else: a site may call its whole page so."""
    question = f"<div id=onetrust-consent-sdk><p>{LONG}</p><p>{LONG}</p></div>"
    assert body_of(f"<article><h1>Ferry returns</h1>{MARKUP}</article>{question}").text == BODY
    assert (
        body_of(f"<div class=cookies-accepted><article><h1>Ferry returns</h1>{MARKUP}</article></div>").text
        == BODY
    )


@pytest.mark.parametrize(
    ("appeal", "is_dropped"),
    [
        ("<div><h3>Support our journalism</h3><p>Whatever you give helps those who report.</p></div>", True),
        ("<p>Unterstützen Sie uns mit einer Spende.</p>", True),
        (f"<div><h3>Support our journalism</h3><p>{FERRY}</p><p>{LONG}</p><p>{FARES}</p></div>", False),
        ("<p>The union asked the public to donate to the fund of the fishermen.</p>", False),
    ],
)
def test_appeals_for_money(appeal, is_dropped):
    """They go where they stand last; under a heading with what it heads, if that is short."""
    lines = body_of(f"<article><h1>Ferry returns</h1>{MARKUP}{appeal}</article>").text.split("\n")
    assert (lines[3:] == []) is is_dropped


@pytest.mark.parametrize(
    "text", ["Soutenez notre rédaction", "Apóyanos", "поддержите нас", "Become a member today"]
)
def test_appeals_in_many_languages(text):
    """An appeal is told by what it says."""
    assert APPEAL.search(text)


def test_a_page_of_no_one_mould():
    """Where the usual threshold would take next to nothing, a lower one counts."""
    found = judge(
        read_blocks(read_page(page(body=f"<div>{FERRY}</div>"), URL, None).tree), Witness(), {"always:on": -2.0}
    )
    assert [one.is_taken for one in found] == [True]


def test_the_headline_is_no_paragraph():
    """It is dropped from the head of the text, however it is marked up there."""
    assert body_of(f"<h1>Ferry returns</h1><article><p>Ferry returns</p>{MARKUP}</article>").text == BODY


def test_of_very_many_blocks_the_first_are_read():
    """A page's blocks are bounded."""
    assert len(blocks("<p>word</p>" * 6_000)) == 5_000


def test_weights_and_evidence_agree():
    """Every weight is of evidence that can be found, or it would be read for nothing."""
    kinds = {name.partition(":")[0] for name in read_weights()}
    body = body_of(f"<article class=story><h1>Ferry returns</h1>{MARKUP}<p>{LONG}</p></article>")
    seen = {name.partition(":")[0] for one in body.judged for name in one.evidence}
    assert kinds <= seen | {"text"}
