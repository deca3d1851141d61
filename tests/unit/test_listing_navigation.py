"""Where a listing leads beside its articles, what is refused, and what is bounded."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.discovery import Discovered, DocumentUnreadableError, read_listing
from tests.support.fronts import FRONTS, SECTIONS, menu, page, slug

URL = "https://paper.example/politics/"


def read(markup, *, url=URL, head=""):
    return read_listing(page(markup, head=head).encode(), url)


# Pages and sections


@pytest.mark.parametrize("name", FRONTS)
def test_the_pages_of_a_front_page_are_found(name):
    """Whatever the style of the page: those that follow it, nearest first."""
    assert read_listing(FRONTS[name].body, FRONTS[name].url).pages == FRONTS[name].pages


@pytest.mark.parametrize(
    "anchor",
    [
        '<a href="/politics/page/2/">2</a>',
        '<a href="?page=2">Weitere</a>',
        '<a href="?a=1" rel="next">more of it</a>',
        '<a href="/politics/before-march">« Older posts</a>',
        '<a href="/politics/?start=20">Ältere Beiträge</a>',
        '<a href="/politics/p2">下一页</a>',
        '<a href="/politics/seite-2"><img alt="Nächste Seite"></a>',
        '<link rel="next" href="/politics/2">',
    ],
)
def test_a_next_page_is_known_by_its_number_or_its_words(anchor):
    """Numbers in path or query, rel=next, and "older" in several languages."""
    assert len(read(anchor).pages) == 1


@pytest.mark.parametrize(
    "anchor",
    [
        '<a href="/politics/page/1/">1</a>',
        '<a href="/sport/page/2/">2</a>',
        '<a href="/next/">Next</a>',
        '<a href="#">Next</a>',
        '<a href="https://other.example/politics/page/2/" rel="next">Next</a>',
        '<link rel="next" href="https://other.example/politics/page/2/">',
        '<a href="/politics/newer" rel="prev">Newer posts</a>',
    ],
)
def test_no_other_list_is_a_next_page(anchor):
    """The first page, other lists, a section by the name of "Next", carousels and other sites are none."""
    assert read(anchor).pages == []


def test_pages_come_nearest_first_and_are_bounded():
    """Of a long list ten pages are named, from the one after this one."""
    anchors = "".join(f'<a href="/politics/?page={n}">{n}</a>' for n in range(40, 0, -1))
    found = read(anchors, url="https://paper.example/politics/?page=3")
    assert found.pages == [f"https://paper.example/politics/?page={n}" for n in range(4, 14)]


def test_the_sections_of_a_menu_are_found():
    """A menu's short names without numbers are section fronts; home and log-in are none."""
    found = read(menu() + '<h2><a href="/harbour">Harbour</a></h2>', url="https://paper.example/")
    assert found.sections == [f"https://paper.example/{slug(name)}/" for name in SECTIONS]


def test_sections_are_found_without_a_menu():
    """On a page that marks no menu they are looked for everywhere, and bounded."""
    anchors = "".join(f'<p><a href="/category/{n}/">Place {n}</a></p>' for n in range(60))
    assert len(read(anchors).sections) == 50


# What is refused, and what is bounded


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "is empty"),
        (b" \n", "is empty"),
        (b"%PDF-1.7 <html>", "is a PDF"),
        (b"\x89PNG\r\n", "is a picture"),
        (b"plain words", "has no HTML element"),
        (b'{"html": "<p><a href=/a>"}', "is JSON"),
        (b"<?xml version='1.0'?><rss><channel><description><p></description></channel></rss>", "feed or sitemap"),
        (b"<!-- <html> --><urlset></urlset>", "feed or sitemap"),
    ],
)
def test_what_is_no_page_is_refused_in_words(body, message):
    """The error says what the document is instead."""
    with pytest.raises(DocumentUnreadableError, match=message):
        read_listing(body, URL)


def test_a_page_of_thousands_of_links_is_bounded():
    """The first thousand articles of a page are read."""
    anchors = "".join(f'<p><a href="/story/{n}">Ferry returns to islands, part {n}</a></p>' for n in range(1200))
    found = read(anchors)
    assert (len(found.links), found.links[-1].url) == (1000, "https://paper.example/story/999")


def test_a_page_without_end_is_read_to_its_bound():
    """Of more than four MiB the beginning is read, and the damage says so."""
    anchor = '<p><a href="/story/ferry-returns-to-islands">Ferry returns to the islands</a></p>'
    found = read(anchor + "<p>x</p>" * 2**19 + anchor.replace("ferry", "boat"))
    assert (len(found.links), found.damage) == (1, "is longer than 4 MiB; the rest is left out")


@pytest.mark.parametrize("opening", ["<div class='menu'>", "<a href='/a-b-c-d'><span>", "<h2>", "<nav><main>"])
def test_elements_nested_without_end_are_survived(opening):
    """A page that nests a hundred thousand elements costs neither the stack nor the process."""
    assert isinstance(read(opening * 100_000), Discovered)


_PIECES = st.sampled_from(
    b"<html> <base/href='//['> <a/href='/2026/03/02/a-b-c-d'> <a/href='http://[x'> <a/href='?page=2'> </a> <h2>"
    b" <nav> <main> <time/datetime='2026-03-02'> <link/rel=next/href='/b'> "
    b" <img/alt='a-b'> words of a headline"
    b" &#0; &#xD800; <!-- <meta/charset=utf-7> \x00 \xff\xfe \xe4 %ff".split(b" ")
)


@given(
    st.binary() | st.lists(_PIECES | st.binary(max_size=9)).map(b" ".join),
    st.sampled_from([URL, "https://paper.example", "http://[", "", "about:blank"]),
    st.none() | st.sampled_from(["text/html; charset=utf-16"]) | st.text(),
)
def test_any_bytes_are_read_or_refused(body, url, content_type):
    """Any bytes in: a result or DocumentUnreadableError, nothing else, and no string Postgres would refuse."""
    try:
        found = read_listing(body, url, content_type=content_type)
    except DocumentUnreadableError:
        return
    texts = [text for link in found.links for text in (link.url, link.headline or "")]
    assert not re.search("[\0\ud800-\udfff]", "".join([*texts, *found.pages, *found.sections]))
