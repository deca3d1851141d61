"""A site that puts something else in an article's place, and one that asks not to be archived."""

from types import SimpleNamespace

import psycopg
import pytest
from psycopg.rows import dict_row

from tests.support.cli import configuration, crawled
from tests.support.pages import WORDS, article, rss
from tests.support.sites import Site, raw, redirect

CHALLENGE = "<html><head><title>Just a moment...</title></head><body>Verifying you are human.</body></html>"
TEASER = (
    "<html><head><title>Lamps</title>"
    '<script type="application/ld+json">'
    '{"@type": "NewsArticle", "headline": "Lamps", "isAccessibleForFree": false}'
    f"</script></head><body><article><h1>Lamps</h1><p>{WORDS}</p></article></body></html>"
)
LISTED = ("/challenge", "/gone", "/teaser", "/closed", "/archived", "/unarchived")
CARRIED = (
    "<content:encoded xmlns:content='http://purl.org/rss/1.0/modules/content/'><![CDATA["
    + "".join(f"<p>On day {n}: {WORDS}</p>" for n in range(4))
    + "]]></content:encoded>"
)


def answer(text, status=200, **headers):
    return raw(text.encode(), status=status, **{"Content-Type": "text/html; charset=utf-8"}, **headers)


def pages_of(site):
    return {
        "/challenge": answer(CHALLENGE, 403),
        "/gone": redirect("/"),
        "/": "<html><title>Gazette</title><body><h1>Gazette</h1></body></html>",
        "/teaser": TEASER,
        "/closed": TEASER.replace(WORDS, "</p><p>".join(f"In week {n}: {WORDS}" for n in range(5))),
        "/archived": answer(article("The bridge is open")),
        "/unarchived": answer(article("The bridge is shut"), **{"X-Robots-Tag": "noarchive, noai"}),
        "/carried": TEASER.replace("Lamps", "Ropes"),
        "/feed": rss(*map(site.url, LISTED)),
        "/full": rss(site.url("/carried")).replace("<title>Item", f"{CARRIED}<title>Ropes"),
    }


@pytest.fixture(scope="module")
def visited(server, template, tmp_path_factory):
    """One visit to the site: its pages and articles by path."""
    url = server.create(template=template)
    with Site() as site:
        site.pages = pages_of(site)
        source = {"name": "gazette", "url": site.url("/"), "feeds": [site.url("/feed"), site.url("/full")]}
        _, _, log = crawled(configuration(tmp_path_factory.mktemp("config"), source), url)
        with psycopg.connect(url, row_factory=dict_row) as connection:
            pages = connection.execute("SELECT * FROM tidings.pages").fetchall()
            copies = connection.execute("SELECT * FROM tidings.copies").fetchall()

        def by_path(rows):
            return {row["url"].removeprefix(site.url("")): row for row in rows}

        yield SimpleNamespace(pages=by_path(pages), copies=by_path(copies), log=log)
    server.drop(url)


def test_walls_are_recorded_as_what_they_are(visited):
    """Each with its reason; a challenge is tried again, a teaser is not stored as if it were the article."""
    found = {path: (row["outcome"], row["reason"]) for path, row in visited.pages.items()}
    assert found["/challenge"] == ("failed", "bot_wall")
    assert found["/gone"] == ("rejected", "soft_404")
    assert found["/teaser"] == ("rejected", "paywall")
    assert set(visited.copies) == {"/closed", "/archived", "/unarchived", "/carried"}


def test_a_feed_that_carries_the_text_is_read(visited):
    """What a page shows only the beginning of is stored as its feed has it."""
    body = visited.copies["/carried"]["article_body"]
    assert body.startswith("On day 0: ")
    assert body.count("\n") == 3


def test_whether_an_article_is_free_is_a_column(visited):
    """What the page says of it; NULL where it says nothing."""
    assert visited.copies["/closed"]["is_accessible_for_free"] is False
    assert visited.copies["/archived"]["is_accessible_for_free"] is None


def test_opt_outs_are_recorded(visited):
    """With each page; without a policy they change nothing."""
    assert visited.pages["/unarchived"]["opt_outs"] == ["noai", "noarchive"]
    assert visited.pages["/archived"]["opt_outs"] == []


def test_a_policy_may_heed_opt_outs(database_url, tmp_path):
    """With obey_opt_outs the page is not stored, and its record says why."""
    with Site() as site:
        site.pages = pages_of(site)
        site.pages["/feed"] = rss(site.url("/unarchived"), site.url("/archived"))
        source = {"name": "gazette", "url": site.url("/"), "feeds": [site.url("/feed")]}
        config = configuration(tmp_path, source, crawl={"obey_opt_outs": ["noarchive"]})
        _, runs, log = crawled(config, database_url)
    assert (runs["gazette"]["num_new"], runs["gazette"]["num_rejected"]) == (1, 1)
    (line,) = [line for line in log if line["event"] == "page.finished" and line["outcome"] == "rejected"]
    assert line["reason"] == "opted_out"
    assert line["detail"] == "noarchive; [crawl] obey_opt_outs heeds that"
