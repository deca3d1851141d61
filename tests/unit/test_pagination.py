"""Where an article goes on, and what only looks like it."""

import re

import pytest

from crawler.extraction.page import Page, read_page
from crawler.extraction.pages.pagination import find_pages

SITE = "https://www.harbour-post.example"
STORY = f"{SITE}/news/ferry-returns"


def pages(url: str, body: str = "", head: str = ""):
    markup = (
        f"<!doctype html><html><head>{head}</head><body><article><h1>Ferry returns</h1>{body}</article></body>"
    )
    page = read_page(markup.encode(), url, "text/html")
    assert isinstance(page, Page)
    return find_pages(page)


def of(url: str, markup: str):
    """The pages around one with this element, wherever in a page it belongs."""
    return pages(url, head=markup) if markup.startswith("<link") else pages(url, markup)


def link(href: str, text: str = "2", more: str = "") -> str:
    return f'<div class="pager"><a href="{href}" {more}>{text}</a></div>'


@pytest.mark.parametrize(
    ("url", "next_page"),
    [
        (STORY, f"{STORY}?page=2"),
        (STORY, f"{STORY}/page/2"),
        (STORY, f"{STORY}/seite-2"),
        (STORY, f"{STORY}/p2"),
        (f"{STORY}/", f"{STORY}/2/"),
        (f"{STORY}.html", f"{STORY}-2.html"),
        (f"{STORY}.html", f"{STORY}_2.html"),
        (f"{STORY}.html", f"{STORY},seite2.html"),
        (f"{STORY}.html", f"{STORY}-p2.html"),
        (f"{STORY}.html", f"{STORY}.html/2"),
        (f"{STORY}/index.html", f"{STORY}/page-2.html"),
        (f"{STORY}?id=7&utm_source=rss", f"{STORY}?id=7&seite=2"),
        (f"{STORY}?page=1", f"{STORY}?page=2"),
        (f"{STORY}?page=2", f"{STORY}?page=3"),
        (f"{STORY}/2/", f"{STORY}/3/"),
        (f"{SITE}/?id=7", f"{SITE}/?id=7&page=2"),
        (f"{SITE}/1?page=2", f"{SITE}/1?page=3"),
        (f"{STORY}-2.html", f"{STORY}-3.html"),
        (f"{SITE}/nachrichten/f%C3%A4hre", f"{SITE}/nachrichten/f%C3%A4hre?seite=2"),
    ],
)
def test_a_page_number_added_to_the_url_leads_on(url, next_page):
    """The next page is the one whose URL is this one's with the next number, however the site writes it."""
    assert pages(url, link(next_page, re.findall(r"\d", next_page)[-1])).next_page == next_page


@pytest.mark.parametrize(
    "markup",
    [
        link("?page=2", "Next page"),
        link("?page=2", "2 of 4"),
        link("?page=2", "&rsaquo;"),
        link("?page=2", "Page 2: what the council had to say of the new timetable", 'rel="next"'),
        link("ferry-returns?page=2#top", "2"),
        link("?page=3", "3") + link("?page=2", "2"),
    ],
)
def test_the_link_may_say_so_in_any_words(markup):
    """A number, an arrow, "next page" or rel=next: what counts is the URL, and that no other number is named."""
    assert pages(STORY, markup).next_page == f"{STORY}?page=2"


def test_the_head_may_say_so():
    """<link rel="next"> is believed for the next page of this article."""
    assert pages(STORY, head=f'<link rel="next" href="{STORY}/2">').next_page == f"{STORY}/2"


def test_the_canonical_url_is_the_articles_too():
    """Of a page with parameters of its own kind the canonical URL is what the numbers are added to."""
    found = pages(f"{STORY}?wt=feed", link(f"{STORY}?page=2"), f'<link rel="canonical" href="{STORY}">')
    assert found.next_page == f"{STORY}?page=2"


@pytest.mark.parametrize(
    "markup",
    [
        '<a rel="next" href="/news/storm-warning">Storm warning</a>',
        '<a rel="next" href="/news/storm-warning/2">2</a>',
        '<a rel="next" href="/news/ferry-returns-2">Ferry returns</a>',  # another article of that name
        '<a href="/news/ferry-returns-2">Ferry returns again</a>',
        '<a href="/news/ferry-returns/comment-page-2">2</a>',
        '<a href="/news/ferry-returns?cpage=2">2</a>',
        '<a href="/news/ferry-returns?page=2#comments">2</a>',
        '<section id="comments"><ul><li><a href="?page=2">2</a></li></ul></section>',
        '<div class="photo-gallery"><a href="?page=2">2</a></div>',
        '<a href="?slide=2">2</a>',
        '<a href="#2">2</a>',
        '<a href="?page=2">3</a>',  # counted from nought: this would be the third page
        '<a href="?page=3">3</a>',
        '<a href="?page=2">Another twelve articles about ferries, harbours and islands</a>',
        '<a href="https://harbour-post.example/news/ferry-returns?page=2">2</a>',
        '<a href="/news?page=2">2</a>',
        '<a href="/news/ferry-returns?page=20000">2</a>',
        '<a href="http://[/news/ferry-returns?page=2">2</a>',
    ],
)
def test_what_only_looks_like_a_next_page(markup):
    """Neither other articles nor the pages of comments, galleries and sections are pages of this article."""
    assert pages(STORY, markup).next_page is None


@pytest.mark.parametrize("path", ["/news/471", "/news?p=471", "/news/page-471"])
def test_an_id_is_no_page_number(path):
    """The article with the next id is the next article."""
    url, following = SITE + path, path.replace("471", "472")
    assert pages(url, f'<a rel="next" href="{following}">Next</a>').next_page is None


def test_the_home_page_has_no_further_pages():
    """The pages of a front are a listing's."""
    assert pages(f"{SITE}/", link("/?page=2"), '<link rel="next" href="/page/2">').next_page is None


@pytest.mark.parametrize(
    ("url", "markup"),
    [
        (f"{STORY}?page=2", '<a href="/news/ferry-returns">1</a>'),
        (f"{STORY}?page=2", '<a href="/news/ferry-returns?page=1">1</a>'),
        (f"{STORY}?page=2", '<link rel="prev" href="/news/ferry-returns">'),
        (f"{STORY}?page=3", '<link rel="canonical" href="/news/ferry-returns">'),
        (f"{STORY}/2/", '<a href="/news/ferry-returns/">1</a>'),
        (f"{STORY}-2.html", '<a href="/news/ferry-returns.html">1</a>'),
    ],
)
def test_a_later_page_knows_the_first(url, markup):
    """A page with a number names the first page of its article where it links to it as page 1."""
    assert (of(url, markup).first_page or "").startswith(STORY)


@pytest.mark.parametrize(
    ("url", "markup"),
    [
        (STORY, '<a href="/news/ferry-returns">1</a>'),
        (f"{STORY}-2", '<a rel="prev" href="/news/ferry-returns">Ferry returns</a>'),
        (f"{STORY}-2", '<link rel="canonical" href="/news/ferry-returns">'),
        (f"{SITE}/news/12", '<a href="/news">News</a>'),
        (f"{SITE}/news?p=12", '<a href="/news">News</a>'),
        (f"{SITE}/news/2026", '<link rel="canonical" href="/news">'),
        (f"{SITE}/?p=2", '<a href="/">1</a>'),
        (f"{STORY}?page=2", '<div id="comments"><a href="?page=1">1</a></div>'),
    ],
)
def test_a_number_in_the_url_alone_makes_no_later_page(url, markup):
    """An article whose name or id ends in a number is an article of its own."""
    assert of(url, markup).first_page is None


def test_a_million_links_are_not_looked_at_closely():
    """However many links have the number and the name in them, only so many are read."""
    markup = "<a href='/news/ferry-returns/x2'>2</a>" * 20_000 + link("?page=2")
    assert pages(STORY, markup).next_page is None
