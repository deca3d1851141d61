"""A source with rules: its rows are as the rules say, and a rule that no longer fits is told."""

from types import SimpleNamespace

import psycopg
import pytest
from psycopg.rows import dict_row

from tests.support.cli import configuration, crawled
from tests.support.pages import article, rss
from tests.support.sites import Site

AD = "Buy a boat of the yard at Lendmouth, which has built the best boats of the coast for ninety years and more."


def page(headline, byline=None):
    by = f"<p class=by>{byline}</p>" if byline else ""
    return article(f"{headline} for readers").replace(
        "<h1>", f"<p class=t>{headline}</p>{by}<p class=ad>{AD}</p><h1>"
    )


@pytest.fixture(scope="module")
def visited(server, template, tmp_path_factory):
    """One visit to three pages, one of them without a byline."""
    url = server.create(template=template)
    rules = [
        {"valid_until": "2020-12-31", "fields": {"headline": ".old"}},
        {
            "valid_from": "2021-01-01",
            "remove": [".ad"],
            "date_formats": ["%d.%m.%Y %H:%M"],
            "fields": {
                "headline": ".t",
                "authors": {"css": ".by", "match": "^[^|]+"},
                "date_published": {"css": ".by", "match": "[^|]+$"},
                "dateline": ".none",
            },
        },
    ]
    with Site() as site:
        site.pages = {
            "/1": page("Ferry", "Bo Li | 03.05.2024 08:30"),
            "/2": page("Bridge", "Ann Lee | 04.05.2024 09:30"),
            "/3": page("Lamps"),
            "/front": "<html><title>Front</title><body><h1>Front</h1></body></html>",
        }
        site.pages["/feed"] = rss(*map(site.url, site.pages))
        source = {
            "name": "gazette",
            "url": site.url("/"),
            "feeds": [site.url("/feed")],
            "timezone": "Asia/Kolkata",
        }
        config = configuration(tmp_path_factory.mktemp("config"), source | {"rules": rules})
        _, _, log = crawled(config, url)
    with psycopg.connect(url, row_factory=dict_row) as connection:
        copies = connection.execute("SELECT * FROM tidings.copies ORDER BY url").fetchall()
    yield SimpleNamespace(copies=copies, log=log)
    server.drop(url)


def test_a_crawl_reads_by_the_rules_of_the_day(visited):
    """What they find is stored, what they remove is not, and the general reading fills the rest."""
    found = [
        (row["headline"], row["authors"], row["date_published"].strftime("%d %H:%M")) for row in visited.copies
    ]
    assert found == [
        ("Ferry", ["Bo Li"], "03 03:00"),
        ("Bridge", ["Ann Lee"], "04 04:00"),
        ("Lamps", ["Ada Merrow"], "02 06:30"),
    ]
    assert not any(AD in row["article_body"] for row in visited.copies)


def test_what_the_rules_missed_is_told_once_a_run(visited):
    """A field that was missed on some pages, and one on all of them, which is a warning."""
    found = [line for line in visited.log if line["event"] == "rule.missed"]
    assert [(line["field"], line["num_pages"], line["num_read"], line["level"]) for line in found] == [
        ("authors", 1, 3, "info"),
        ("date_published", 1, 3, "info"),
        ("dateline", 3, 3, "warning"),
    ]
    assert {line["source"] for line in found} == {"gazette"}
    assert all(line["run_id"] for line in found)
