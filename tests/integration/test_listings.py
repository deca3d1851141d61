"""Sites with neither feed nor sitemap: their front pages, sections and further pages are read for articles."""

from types import SimpleNamespace

import pytest

from tests.support.cli import configuration, crawled
from tests.support.pages import article
from tests.support.sites import Site, with_validators

NAVIGATION = (
    "<header><a href='/'>The Gazette</a></header><nav><ul><li><a href='/harbour/'>Harbour</a></li>"
    "<li><a href='/council/'>Council</a></li><li><a href='/about'>About us</a></li>"
    "<li><a href='/subscribe'>Subscribe</a></li></ul></nav>"
)
FOOTER = "<footer><a href='/privacy'>Privacy notice of the Gazette</a><a href='/imprint'>Imprint</a></footer>"


def path(place, n):
    return f"/{place}/2026/03/{n:02}/the-ferry-sails-again-number-{n}"


def front(*paths, more=None, title="The Gazette"):
    """A front page or section front that lists these articles."""
    cards = "".join(
        f"<article><h2><a href='{where}'>The ferry of Lendmouth sails again after {n} quiet days</a></h2>"
        f"<p>What the harbour master says.</p><a href='{where}'>Read more</a></article>"
        for n, where in enumerate(paths, start=2)
    )
    older = f"<a rel='next' href='{more}'>Older stories</a>" if more else ""
    return (
        f"<!doctype html><html><head><title>{title}</title></head><body>{NAVIGATION}<main>{cards}{older}</main>"
        f"{FOOTER}</body></html>"
    )


def stories(place, numbers):
    return {path(place, n): article(f"Story {n} of {place}") for n in numbers}


def pages_of_paper():
    related = "</article><aside><h3>Read next</h3><a href='{}'>The lighthouse keeper of Lendmouth retires</a>"
    deep = article("Story 3 of news").replace("</article>", related.format(path("deep", 1)))
    return {
        "/": with_validators(front(*[path("news", n) for n in (1, 2, 3)], more="/page/2"), '"front"'),
        "/page/2": front(*[path("news", n) for n in (4, 5)], more="/page/3"),
        "/page/3": front(path("news", 6)),
        "/harbour/": front(*[path("harbour", n) for n in (1, 2)], title="Harbour"),
        "/council/": front(path("council", 1), title="Council"),
        "/about": "<html><body><h1>About us</h1><p>We are the Gazette.</p></body></html>",
        **stories("news", (1, 2, 4, 5, 6)),
        **stories("harbour", (1, 2)),
        **stories("council", (1,)),
        **stories("deep", (1,)),
        path("news", 3): deep,
    }


@pytest.fixture(scope="module")
def visited(server, template, tmp_path_factory):
    """Three papers of the same pages, visited twice: by its home page, by a listing, and by wandering."""
    url = server.create(template=template)
    with Site() as home, Site() as listed, Site() as wandered:
        for site in (home, listed, wandered):
            site.pages = pages_of_paper()
        sources = [
            {"name": "home", "url": home.url("/")},
            {"name": "listed", "url": listed.url("/"), "listings": [listed.url("/harbour/")]},
            {"name": "wandered", "url": wandered.url("/"), "max_depth": 1},
        ]
        config = configuration(tmp_path_factory.mktemp("config"), *sources)
        first = crawled(config, url)
        asked = {name: len(site.paths) for name, site in (("home", home), ("wandered", wandered))}
        second = crawled(config, url, "home", "wandered")
        yield SimpleNamespace(home=home, listed=listed, wandered=wandered, first=first, second=second, asked=asked)
    server.drop(url)


def found(log, source):
    return {
        line["url"].partition("/2026")[0].rpartition("/")[2] + line["url"][-2:]
        for line in log
        if line["event"] == "page.finished"
        and line["source"] == source
        and line["outcome"] in {"new", "duplicate"}
    }


def test_a_home_page_is_read_for_articles(visited):
    """Of a site without feeds and sitemaps, with all pages that follow; navigation and footer are left alone."""
    _, runs, log = visited.first
    assert runs["home"]["outcome"] == "succeeded"
    assert found(log, "home") == {f"news-{n}" for n in range(1, 7)}
    assert not {"/about", "/privacy", "/subscribe", "/imprint", "/harbour/"} & set(visited.home.paths)
    assert runs["home"]["num_rejected"] == 0


def test_a_listing_is_read_for_articles(visited):
    """A page that the source names as a listing, and no other."""
    _, _, log = visited.first
    assert found(log, "listed") == {"harbour-1", "harbour-2"}
    assert "/" not in visited.listed.paths


def test_a_recursive_crawl_goes_as_deep_as_it_may(visited):
    """With max_depth 1 the section fronts are read, and what an article of the front page leads to."""
    _, _, log = visited.first
    assert found(log, "wandered") >= {"news-6", "harbour-1", "harbour-2", "council-1", "deep-1"}


def test_a_listing_is_asked_for_conditionally(visited):
    """A front page that has not changed costs one small request."""
    _, runs, _ = visited.second
    again = visited.home.requests[visited.asked["home"] :]
    assert [request.path for request in again] == ["/robots.txt", "/"]
    assert again[1].headers["If-None-Match"] == '"front"'
    assert (runs["home"]["outcome"], runs["home"]["num_new"]) == ("succeeded", 0)
