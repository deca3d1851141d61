"""Which links of a page that lists articles lead to articles."""

from datetime import UTC, datetime

import pytest

from crawler.discovery import learn_shapes, read_listing
from tests.support.fronts import ENGLISH, FRONTS, page, slug

URL = "https://paper.example/"
DATED = "/2026/03/02/ferry-returns-to-the-islands"


def read(markup, *, url=URL, head="", **options):
    return read_listing(page(markup, head=head).encode(), url, **options)


def urls(markup, **options):
    return [link.url for link in read(markup, **options).links]


def link_to(href, text="Ferry returns to the outer islands"):
    return f'<p><a href="{href}">{text}</a></p>'


# What is an article


@pytest.mark.parametrize("name", FRONTS)
def test_the_articles_of_a_front_page_are_found_and_nothing_else(name):
    """Whatever the style of the page: all its articles, in its order, and no menu, tag, author or footer."""
    front = FRONTS[name]
    found = read_listing(front.body, front.url)
    assert [link.url for link in found.links] == front.articles
    assert (found.kind, found.damage) == ("listing", None)


@pytest.mark.parametrize(
    "href",
    [
        "/",
        "#top",
        "/index.html",
        "mailto:desk@paper.example?subject=a-b-c-d",
        "javascript:go()",
        "https://other.example/2026/03/02/ferry-returns-to-the-islands",
        "http://[x/2026/03/02/ferry-returns",
        "/2026/03/02/ferry-returns-to-the-islands.jpg",
        "/2026/03/02/ferry-returns-to-the-islands.PDF?download=1",
        "/tag/ferry-returns-to-the-islands",
        "/author/the-ferry-of-the-islands",
        "/category/ferries-of-the-outer-islands",
        "/login?next=/2026/03/02/ferry-returns",
        "/privacy.html",
        "/2026/03/",
        "/2026/03/02/",
        "?view=as-a-list",
    ],
)
def test_what_is_no_article_is_left_out_under_the_words_of_one(href):
    """Home pages, files, other sites, tags, authors, services and archives, even if they read like headlines."""
    assert urls(link_to(href)) == []


@pytest.mark.parametrize(
    ("href", "expected"),
    [
        ("//paper.example/2026/03/02/ferry-returns", "https://paper.example/2026/03/02/ferry-returns"),
        (" \n/2026/03/02/ferry\n-returns\t", "https://paper.example/2026/03/02/ferry-returns"),
        ("/2026/03/02/ferry-returns#comments", "https://paper.example/2026/03/02/ferry-returns"),
        ("/view?id=47001&amp;amp;cat=2", "https://paper.example/view?id=47001&cat=2"),
        (
            "2026/03/02/ferry-returns?utm_source=front",
            "https://paper.example/2026/03/02/ferry-returns?utm_source=front",
        ),
    ],
)
def test_an_address_is_absolute_and_as_listed(href, expected):
    """Damage is mended and the fragment dropped; parameters stay."""
    assert urls(link_to(href)) == [expected]


def test_the_other_hosts_of_the_site_count():
    """A link from www.example.com to sport.example.com stays on the site, one to example.org does not."""
    markup = link_to(f"https://sport.example.com{DATED}") + link_to(f"https://example.org{DATED}")
    assert urls(markup, url="https://www.example.com/") == [f"https://sport.example.com{DATED}"]


def test_the_base_of_the_page_counts():
    """A relative address is relative to the page's base element."""
    head = '<base href="https://paper.example/en/">'
    assert urls(link_to("story/ferry-returns-to-the-islands"), head=head) == [
        "https://paper.example/en/story/ferry-returns-to-the-islands"
    ]


def test_a_menu_is_none_if_the_page_is_in_it():
    """A wrapper that is styled by its menu, as in class="with open menu", hides no article."""
    markup = f"<article><h2>{link_to(DATED)}</h2></article>"
    assert len(urls(f'<div class="with open menu">{markup}</div>')) == 1


def test_what_a_menu_and_the_page_both_link_to_is_judged_by_the_page():
    """A headline repeated in a drop-down menu stays an article."""
    anchor = '<a href="/story/ferry-returns">Ferry returns to the outer islands</a>'
    assert len(urls(f"<nav>{anchor}</nav><main><h2>{anchor}</h2></main>")) == 1
    assert len(urls(f"<nav>{anchor}</nav>")) == 0


def test_the_same_words_for_many_urls_say_nothing():
    """What says "read on" in a way that nobody thought of is known by its repetition."""
    assert len(urls(link_to("/news/1", "Lesen Sie hier den ganzen Text"))) == 1
    many = "".join(link_to(f"/news/{n}", "Lesen Sie hier den ganzen Text") for n in range(3))
    assert urls(many) == []


def test_earlier_articles_speak_for_their_likes():
    """A link that nothing else speaks for is an article if it looks like those of the source."""
    markup = link_to("/k/ferry", "Ferry") + link_to("/x/ferry-boat-on-the-sea", "Ferry")
    earlier = learn_shapes(f"https://paper.example/x/{slug(headline)}" for headline in ENGLISH)
    assert urls(markup) == []
    assert urls(markup, shapes=earlier) == ["https://paper.example/x/ferry-boat-on-the-sea"]


def test_what_no_earlier_article_looks_like_needs_more_evidence():
    """Ten articles of another shape outweigh a slug and a headline, but not a date and a heading as well."""
    strange = link_to("/offers/the-best-of-all-ferries")
    earlier = learn_shapes(
        f"https://paper.example/{slug(headline)}-{n + 10**6}" for n, headline in enumerate(ENGLISH)
    )
    assert len(urls(strange)) == 1
    assert urls(strange, shapes=earlier) == []
    assert len(urls(f"<h2>{link_to(DATED)}</h2>", shapes=earlier)) == 1


def test_few_earlier_articles_speak_against_nothing():
    """Of nine articles the tenth may differ."""
    earlier = learn_shapes(f"https://paper.example/{n + 10**6}" for n in range(9))
    assert len(urls(link_to("/offers/the-best-of-all-ferries"), shapes=earlier)) == 1


# What is said of an article


@pytest.mark.parametrize(
    "card",
    [
        (
            '<a href="{0}"><img alt="A boat at sea in the rain"></a><h3><a href="{0}">Ferry returns</a></h3>'
            '<a href="{0}">Read more</a>'
        ),
        (
            '<a href="{0}"><span>Islands</span><h3>Ferry <b>re</b>turns</h3>'
            "<p>The long summary of what there is to say.</p></a>"
        ),
        (
            '<a href="{0}"><span class="kicker">Islands</span><span class="card-title">Ferry returns</span></a>'
            '<h2><a href="{0}"> Ferry&nbsp;returns </a></h2>'
        ),
        (
            '<a href="{0}" aria-label="More"></a>'
            '<h3><a href="{0}?utm_medium=title">Ferry returns<script>x()</script></a></h3>'
        ),
    ],
)
def test_the_best_words_of_a_card_are_its_headline(card):
    """Of picture, headline, summary and "read more" the heading counts, and the card is one link."""
    assert [(link.url, link.headline) for link in read(card.replace("{0}", DATED)).links] == [
        (f"https://paper.example{DATED}", "Ferry returns")
    ]


def test_words_that_are_no_headline_are_none():
    """An article under "more" has no headline, rather than a wrong one."""
    assert [(link.url, link.headline) for link in read(link_to(DATED, "More")).links] == [
        (f"https://paper.example{DATED}", None)
    ]


def test_the_time_beside_a_link_is_its_own():
    """A time in the card dates the article, in the source's zone; one beside several articles dates none."""
    cards = "".join(
        f'<li><a href="/story/{n}">Ferry returns to the islands, part {n}</a>'
        f'<p><time datetime="2026-03-0{n}">{n} March'
        "</time></p></li>"
        for n in (1, 2)
    )
    found = read(f'<ul><time datetime="2026-03-09">Today</time>{cards}</ul>', timezone="Asia/Kolkata")
    assert [link.date_published for link in found.links] == [
        datetime(2026, 2, 28, 18, 30, tzinfo=UTC),
        datetime(2026, 3, 1, 18, 30, tzinfo=UTC),
    ]
    assert (
        read(f'<div><time datetime="2026-03-09"></time>{cards.replace("time", "b")}</div>').links[0].date_published
        is None
    )


@pytest.mark.parametrize("charset", ["koi8-r", "windows-1251", "utf-16"])
@pytest.mark.parametrize("is_in_header", [True, False])
def test_the_charset_is_that_of_header_or_page(charset, is_in_header):
    """Headlines are read in the charset that the header names, or the page itself."""
    headline = "Паром на дальние острова"
    meta = "" if is_in_header else f'<meta http-equiv="Content-Type" content="text/html; charset={charset}">'
    body = f"<html><head>{meta}</head><body>{link_to(DATED, headline)}</body></html>".encode(charset)
    found = read_listing(body, URL, content_type=f"text/html; charset={charset}" if is_in_header else "text/html")
    assert [link.headline for link in found.links] == [headline]
