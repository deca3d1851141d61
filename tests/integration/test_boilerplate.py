"""What a site puts around its articles is learned from it, dropped, and unlearned; no article changes for that."""

import json
from types import SimpleNamespace

import psycopg
import pytest
from psycopg.rows import dict_row

from tests.support.cli import configuration, crawled, out, tidings, told
from tests.support.newsdesk import FOOTER, TICKER, framed, headline, paragraphs, story
from tests.support.pages import rss
from tests.support.sites import Site

WIRE = [f"/wire/{desk}" for desk in ("city", "world", "island", "late", "night")]


def publish(site, numbers, *around):
    """Put these articles on the site, and list them and nothing else."""
    paths = [f"/news/{number}" for number in numbers]
    site.pages |= {path: story(number, *around) for path, number in zip(paths, numbers, strict=True)}
    site.pages["/feed"] = rss(*map(site.url, paths))


@pytest.fixture(scope="module")
def module_database(server, template):
    url = server.create(template=template)
    yield url
    server.drop(url)


@pytest.fixture(scope="module")
def history(module_database, tmp_path_factory):
    """A paper that gains a footer and a ticker, is visited time and again, and loses them."""
    with Site() as site:
        source = {"name": "gazette", "url": site.url("/"), "feeds": [site.url("/feed")]}
        config = configuration(tmp_path_factory.mktemp("config"), source)

        def visit(*arguments):
            code, runs, log = crawled(config, module_database, "gazette", *arguments)
            assert code == 0
            return SimpleNamespace(run=runs["gazette"], log=log)

        def listed(*arguments):
            name = ("sources", "boilerplate", "gazette", "--config", config)
            return json.loads(out(tidings(*name, "--json", *arguments, TIDINGS_DATABASE_URL=module_database)))

        found = SimpleNamespace(site=site, database=module_database, config=config, listed=listed)
        wire = {path: framed(headline(99), [f"From our desk {path}", *paragraphs(99)]) for path in WIRE}
        publish(site, range(8), *TICKER, FOOTER)
        site.pages |= wire | {"/feed": rss(*map(site.url, [*WIRE, *(f"/news/{number}" for number in range(8))]))}
        found.first = visit()
        found.learned = listed()
        publish(site, range(8, 12), *TICKER, FOOTER)
        found.second = visit()
        site.pages["/feed"] = rss()
        found.again = visit("--revisit")
        publish(site, range(12, 60))
        found.without = visit()
        found.unlearned = listed()
        site.pages["/feed"] = rss()
        found.afterwards = visit("--revisit")
        with psycopg.connect(module_database, row_factory=dict_row) as connection:
            copies = connection.execute("SELECT url, article_body FROM tidings.copies").fetchall()
            found.bodies = {row["url"].removeprefix(site.url("")): row["article_body"] for row in copies}
            found.pages = connection.execute("SELECT url, outcome::text, detail FROM tidings.pages").fetchall()
            found.lessons = connection.execute("SELECT article_id FROM tidings.lessons").fetchall()
        yield found


def said(visit, event):
    return {line["paragraph"] for line in visit.log if line["event"] == event}


def test_a_footer_and_a_ticker_are_learned(history):
    """What articles end with is learned, logged and listed; a wire story under five first lines is not."""
    assert history.first.run["num_new"] == 13
    assert said(history.first, "boilerplate.learned") == {FOOTER[:100], *TICKER}
    assert {row["paragraph"] for row in history.learned} == {FOOTER, *TICKER}
    assert {row["state"] for row in history.learned} == {"learned"}
    assert {row["num_articles"] for row in history.learned} == {8}


def test_the_next_articles_lack_them(history):
    """From then on bodies hold the article alone, and the page's record says what was left out."""
    for number in range(8, 12):
        assert history.bodies[f"/news/{number}"] == "\n".join(paragraphs(number))
        (detail,) = {
            row["detail"]
            for row in history.pages
            if row["url"] == history.site.url(f"/news/{number}") and row["outcome"] == "new"
        }
        assert detail == "boilerplate left out: 4 paragraphs"
    assert history.bodies["/news/0"].endswith(FOOTER)


def test_learning_changes_no_article(history):
    """Pages that were stored with what was learned afterwards are unchanged when they are visited again."""
    run = history.again.run
    assert (run["num_unchanged"], run["num_changed"], run["num_new"], run["num_failed"]) == (17, 0, 0, 0)


def test_what_stops_recurring_is_unlearned(history):
    """After many articles without them footer and ticker are unlearned, logged, and kept for the record."""
    assert said(history.without, "boilerplate.unlearned") == {FOOTER[:100], *TICKER}
    assert {(row["paragraph"], row["state"]) for row in history.unlearned} == {
        (line, "unlearned") for line in (FOOTER, *TICKER)
    }


def test_unlearning_changes_no_article(history):
    """Pages that were stored without what is now dropped no more are unchanged when they are visited again."""
    run = history.afterwards.run
    assert (run["num_unchanged"], run["num_changed"], run["num_new"], run["num_failed"]) == (65, 0, 0, 0)


def test_only_the_latest_articles_are_looked_at(history):
    """What is kept of a source to learn from is bounded."""
    assert len(history.lessons) == 50


def test_an_operator_overrules(history):
    """A paragraph that an operator keeps is kept, and one that may be dropped again is learned."""
    key = next(row["key"] for row in history.unlearned if row["paragraph"] == FOOTER)
    assert {row["state"] for row in history.listed("--keep", key) if row["key"] == key} == {"kept"}
    publish(history.site, range(100, 106), FOOTER)
    crawled(history.config, history.database, "gazette")
    assert {row["state"] for row in history.listed() if row["key"] == key} == {"kept"}
    assert {row["state"] for row in history.listed("--drop", key) if row["key"] == key} == {"learned"}


def test_what_is_shown_of_a_source(history):
    """``sources show`` has the paragraphs that are dropped; an unknown key or source is refused in one line."""
    settings = {"TIDINGS_DATABASE_URL": history.database}
    shown = out(tidings("sources", "show", "gazette", "--config", history.config, **settings))
    assert "tidings sources boilerplate gazette" in shown
    assert FOOTER[:40] in out(tidings("sources", "boilerplate", "gazette", "--config", history.config, **settings))
    for arguments in (("nobody",), ("gazette", "--keep", "00"), ("gazette", "--keep", "0" * 16)):
        told(tidings("sources", "boilerplate", *arguments, "--config", history.config, **settings), 2)
