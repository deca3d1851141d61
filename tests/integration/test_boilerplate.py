"""What a site puts around its articles is learned from it, dropped, and unlearned; no article changes for that."""

import json
from contextlib import ExitStack
from types import SimpleNamespace

import psycopg
import pytest
from psycopg.rows import dict_row

from tests.support.cli import configuration, crawled, out, tidings, told
from tests.support.newsdesk import FOOTER, TICKER, framed, headline, paragraphs, story
from tests.support.pages import rss
from tests.support.sites import Site

WIRE = [f"/wire/{desk}" for desk in ("city", "world", "island", "late", "night")]


# The first numbers of the papers' articles: no two have one in common.
FIRST = {"gazette": 0, "courier": 100, "ledger": 200}


class Paper:
    """A site, its source, and what becomes of its articles, which are numbered from ``first``."""

    def __init__(self, name, site):
        self.name = name
        self.site = site
        self.first = FIRST[name]
        self.source = {"name": name, "url": site.url("/"), "feeds": [site.url("/feed")]}
        self.feed = []

    def add(self, numbers, *around):
        """Put these articles on the site, and in the feed, with these paragraphs at their ends."""
        added = {f"/news/{number}": story(self.first + number, *around) for number in numbers}
        self._list(added)

    def add_wire(self):
        """The same story, as it came from several desks."""
        number = self.first + 99
        self._list(
            {path: framed(headline(number), [f"From our desk {path}", *paragraphs(number)]) for path in WIRE}
        )

    def publish(self):
        """Let the feed list what was added since the last time, and nothing else."""
        self.site.pages["/feed"] = rss(*map(self.site.url, self.feed))
        self.feed = []

    def _list(self, pages):
        self.site.pages |= pages
        self.feed += pages


@pytest.fixture(scope="module")
def module_database(server, template):
    url = server.create(template=template)
    yield url
    server.drop(url)


@pytest.fixture(scope="module")
def history(module_database, tmp_path_factory):
    """Papers with a footer and a ticker, visited three times: the gazette keeps them, the others lose them.

    The ledger brings its footer back, after an operator has decided to keep it.
    """
    with ExitStack() as stack:
        papers = {name: Paper(name, stack.enter_context(Site())) for name in FIRST}
        gazette, courier, ledger = papers.values()
        folder = tmp_path_factory.mktemp("config")
        config = configuration(folder, *(paper.source for paper in papers.values()))

        def visit(*arguments):
            for paper in papers.values():
                paper.publish()
            code, runs, log = crawled(config, module_database, *FIRST, *arguments)
            assert code == 0
            return SimpleNamespace(runs=runs, log=log)

        def listed(name, *arguments):
            command = ("sources", "boilerplate", name, "--config", config, "--json", *arguments)
            return json.loads(out(tidings(*command, TIDINGS_DATABASE_URL=module_database)))

        found = SimpleNamespace(database=module_database, config=config, listed=listed)
        for paper in (gazette, courier):
            paper.add_wire()
            paper.add(range(8), *TICKER, FOOTER)
        ledger.add(range(8), FOOTER)
        found.first = visit()
        found.learned = listed("gazette")
        gazette.add(range(8, 12), *TICKER, FOOTER)
        courier.add(range(8, 60))
        ledger.add(range(8, 32))
        found.second = visit()
        found.unlearned = listed("courier")
        found.overruled = listed("ledger")
        found.kept = listed("ledger", "--keep", found.overruled[0]["key"])
        ledger.add(range(32, 38), FOOTER)
        found.again = visit("--revisit")
        found.kept_still = listed("ledger")
        with psycopg.connect(module_database, row_factory=dict_row) as connection:
            copies = connection.execute("SELECT url, article_body FROM tidings.copies").fetchall()
            found.bodies = {row["url"]: row["article_body"] for row in copies}
            found.pages = connection.execute("SELECT url, outcome::text, detail FROM tidings.pages").fetchall()
            found.lessons = connection.execute(
                "SELECT l.article_id FROM tidings.lessons l JOIN tidings.sources s USING (source_id)"
                " WHERE s.name = 'courier'"
            ).fetchall()
        found.papers = papers
        yield found


def said(visit, event, name):
    return {line["paragraph"] for line in visit.log if line["event"] == event and line["source"] == name}


def counts(run):
    return (run["num_unchanged"], run["num_changed"], run["num_new"], run["num_failed"])


@pytest.mark.parametrize("name", ["gazette", "courier"])
def test_a_footer_and_a_ticker_are_learned(history, name):
    """What articles end with is learned, and logged; a wire story under five first lines is not."""
    assert history.first.runs[name]["num_new"] == 13
    assert said(history.first, "boilerplate.learned", name) == {FOOTER[:100], *TICKER}


def test_what_is_learned_is_listed(history):
    """With its state, and the number of articles that it was in."""
    assert {row["paragraph"] for row in history.learned} == {FOOTER, *TICKER}
    assert {row["state"] for row in history.learned} == {"learned"}
    assert {row["num_articles"] for row in history.learned} == {8}


def test_the_next_articles_lack_them(history):
    """From then on bodies hold the article alone, and the page's record says what was left out."""
    paper = history.papers["gazette"]
    for number in range(8, 12):
        url = paper.site.url(f"/news/{number}")
        assert history.bodies[url] == "\n".join(paragraphs(paper.first + number))
        (detail,) = {row["detail"] for row in history.pages if row["url"] == url and row["outcome"] == "new"}
        assert detail == "boilerplate left out: 4 paragraphs"
    assert history.bodies[paper.site.url("/news/0")].endswith(FOOTER)


def test_learning_changes_no_article(history):
    """Pages that were stored with what was learned afterwards are unchanged when they are visited again."""
    assert counts(history.again.runs["gazette"]) == (17, 0, 0, 0)


def test_what_stops_recurring_is_unlearned(history):
    """After many articles without them footer and ticker are unlearned, logged, and kept for the record."""
    assert said(history.second, "boilerplate.unlearned", "courier") == {FOOTER[:100], *TICKER}
    assert {(row["paragraph"], row["state"]) for row in history.unlearned} == {
        (line, "unlearned") for line in (FOOTER, *TICKER)
    }


def test_unlearning_changes_no_article(history):
    """Pages that were stored without what is now dropped no more are unchanged when they are visited again."""
    assert counts(history.again.runs["courier"]) == (65, 0, 0, 0)


def test_only_the_latest_articles_are_looked_at(history):
    """What is kept of a source to learn from is bounded."""
    assert len(history.lessons) == 50


def test_an_operator_overrules(history):
    """A paragraph that an operator keeps is kept, and one that may be dropped again is learned."""
    (row,) = history.overruled
    assert (row["paragraph"], row["state"]) == (FOOTER, "unlearned")
    assert [row["state"] for row in history.kept] == ["kept"]
    assert history.again.runs["ledger"]["num_new"] == 6
    assert [row["state"] for row in history.kept_still] == ["kept"]
    assert [row["state"] for row in history.listed("ledger", "--drop", row["key"])] == ["learned"]


def test_what_is_shown_of_a_source(history):
    """``sources show`` has the paragraphs that are dropped; an unknown key or source is refused in one line."""
    settings = {"TIDINGS_DATABASE_URL": history.database}
    shown = out(tidings("sources", "show", "gazette", "--config", history.config, **settings))
    assert "tidings sources boilerplate gazette" in shown
    assert FOOTER[:40] in out(tidings("sources", "boilerplate", "gazette", "--config", history.config, **settings))
    for arguments in (("nobody",), ("gazette", "--keep", "00"), ("gazette", "--keep", "0" * 16)):
        told(tidings("sources", "boilerplate", *arguments, "--config", history.config, **settings), 2)
