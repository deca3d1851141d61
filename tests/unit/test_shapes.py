"""What URLs of one kind have in common."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.discovery import learn_shapes, url_shape

SHAPES = {
    "https://www.paper.example/2026/03/02/ferry-returns-to-islands.html": "{year}/{month}/{day}/{slug}.html",
    "https://paper.example/world/2026/mar/2/ferry-returns-to-islands": "{word}/{year}/{month}/{day}/{slug}",
    "https://paper.example/20260302/ferry-returns": "{date}/{words}",
    "https://paper.example/story/2026-03-02-ferry-returns-to-islands": "story/{slug}",
    "https://paper.example/politics/ferry-returns-to-islands-480112.html": "{word}/{slug}-{number}.html",
    "https://paper.example/480112-ferry-returns-to-islands": "{number}-{slug}",
    "https://paper.example/news/articles/c4gz5x9j2rlo": "news/articles/{id}",
    "https://paper.example/a/141e61e9-8a07-42e4-a527-0a1b2c3d4e5f": "a/{id}",
    "https://paper.example/sport/article253202060/Ferry.html": "{word}/{id}/{word}.html",
    "https://paper.example/sport/formula1": "{word}/{word}",
    "https://paper.example/real-estate/": "{words}/",
    "https://paper.example/tag/ferry": "tag/{word}",
    "https://paper.example/view.php?id=47&utm_source=rss": "view.php?id={number}",
    "https://paper.example/?p=12": "?p={number}",
    "https://paper.example/news/%D1%82%D0%B0%D0%BA-%D0%B8-%D0%BD%D0%B5-%D1%82%D0%B0%D0%BA": "news/{slug}",
    "https://paper.example/article/離島へのフェリー運航再開": "article/{slug}",
}


@pytest.mark.parametrize("url", SHAPES)
def test_what_differs_between_articles_is_abstracted(url):
    """Dates, numbers, identities and words of titles become their kinds; what tells the kind of page stays."""
    assert url_shape(url) == f"paper.example/{SHAPES[url]}".removesuffix("/")


def test_a_host_counts_but_for_its_www():
    """The articles of a blog's host may look otherwise than those of the paper's."""
    assert url_shape("https://www.paper.example/politics") == url_shape("http://paper.example/politics")
    assert url_shape("https://blog.paper.example/politics") != url_shape("http://paper.example/politics")


def test_shapes_are_counted():
    """The share of a shape is its part of all URLs, and nothing has a share of none."""
    shapes = learn_shapes([f"https://paper.example/story/{n}" for n in range(3)] + ["https://paper.example/live"])
    assert (shapes.total, shapes.share("paper.example/story/{number}")) == (4, 0.75)
    assert (shapes.share("paper.example/tag/{word}"), learn_shapes([]).share("")) == (0, 0)


@given(st.text() | st.text().map("https://paper.example/{}".format))
def test_any_text_has_a_shape(text):
    """What is no URL has a shape too, if an empty one: nothing is raised."""
    assert isinstance(url_shape(text), str)
