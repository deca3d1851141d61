"""A rolling feed that has lost articles between two polls."""

from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from tests.support.cli import configuration, crawled
from tests.support.newsrooms import dated_rss, news_sitemap
from tests.support.pages import article, rss
from tests.support.sites import Site, in_turn, status

NUM_LOST = 30
LISTED_FIRST = [f"/a/{n}" for n in range(10)]
LOST = [f"/a/{n}" for n in range(10, 10 + NUM_LOST)]
LISTED_LAST = [f"/a/{n}" for n in range(10 + NUM_LOST, 20 + NUM_LOST)]


@pytest.fixture
def site():
    """A paper with fifty articles, all of them in a sitemap that robots.txt names."""
    with Site() as opened:
        every = [*LISTED_FIRST, *LOST, *LISTED_LAST]
        for number, path in enumerate(every):
            opened.pages[path] = article(f"Number {number} of the ferry reports", f"Report {number}. " * 40)
        opened.pages["/robots.txt"] = f"User-agent: *\nSitemap: {opened.url('/news.xml')}\n"
        opened.pages["/news.xml"] = news_sitemap([opened.url(path) for path in reversed(every)])
        yield opened


def listed(site, paths):
    return dated_rss([site.url(path) for path in paths], age=timedelta(0))


def source(site, **keys):
    return {"name": "gazette", "url": site.url("/"), "feeds": [site.url("/feed")], "revisit": False} | keys


def visits(site, tmp_path, database_url, *bodies, **keys):
    """One visit for each body of the feed; returns the events of each."""
    site.pages["/feed"] = in_turn(*bodies)
    config = configuration(tmp_path, source(site, **keys))
    return [crawled(config, database_url, "gazette")[2] for _ in bodies]


def found(log):
    return [line for line in log if line["event"] == "gap.found"]


def fetched(database_url, statement):
    with psycopg.connect(database_url) as connection:
        return connection.execute(statement).fetchall()


def alarms(database_url):
    return fetched(database_url, "SELECT kind, cause, cleared_at IS NULL FROM tidings.alarms")


def stored(site, database_url):
    urls = {url for (url,) in fetched(database_url, "SELECT url FROM tidings.copies")}
    return {path for path in [*LISTED_FIRST, *LOST, *LISTED_LAST] if site.url(path) in urls}


def test_what_a_feed_has_lost_is_filled_from_the_sitemap_in_the_same_run(site, tmp_path, database_url):
    """Thirty articles came and went: all are stored by the run that noticed, and the record says from where."""
    first, second = visits(
        site, tmp_path, database_url, listed(site, LISTED_FIRST), listed(site, LISTED_LAST), every="2h"
    )
    assert found(first) == []
    (line,) = found(second)
    assert (line["num_filled"], line["filled_from"]) == (NUM_LOST, [site.url("/news.xml")])
    assert stored(site, database_url) == {*LISTED_FIRST, *LOST, *LISTED_LAST}
    gaps = fetched(
        database_url, "SELECT d.url, p.is_gap FROM tidings.polls p JOIN tidings.documents d USING (document_id)"
    )
    assert [url for url, is_gap in gaps if is_gap] == [site.url("/feed")]
    assert fetched(database_url, "SELECT count(*) FROM tidings.pages WHERE outcome = 'new'") == [(50,)]


def test_a_gap_is_an_alarm_until_polls_overlap_again(site, tmp_path, database_url):
    """The alarm says what was missed, and which interval would do; the next poll with overlap clears it."""
    visits(site, tmp_path, database_url, listed(site, LISTED_FIRST), listed(site, LISTED_LAST), every="2h")
    ((kind, cause, is_up),) = alarms(database_url)
    assert (kind, is_up) == ("gap", True)
    assert site.url("/feed") in cause
    assert f"{NUM_LOST} links were taken up from {site.url('/news.xml')}" in cause
    assert "an interval of 1.0 min would do" in cause
    (log,) = visits(site, tmp_path, database_url, listed(site, [*LISTED_LAST[2:], "/a/0"]), every="2h")
    assert [line["kind"] for line in log if line["event"] == "alarm.cleared"] == ["gap"]
    assert [is_up for _, _, is_up in alarms(database_url)] == [False]


def test_a_gap_shortens_a_learned_interval_at_once_and_leaves_a_fixed_one(site, tmp_path, database_url):
    """What the operator has written stands; what was learned is unlearned."""
    bodies = listed(site, LISTED_FIRST), listed(site, LISTED_LAST)
    visits(site, tmp_path, database_url, bodies[0], every="auto")
    with psycopg.connect(database_url) as connection:
        connection.execute("UPDATE tidings.sources SET learned_every = interval '5 hours'")
    (log,) = visits(site, tmp_path, database_url, bodies[1], every="auto")
    (line,) = [line for line in log if line["event"] == "interval.changed"]
    assert (line["before"], line["every"]) == ("300 min", "10 min")
    ((every, due_at),) = fetched(database_url, "SELECT learned_every, due_at FROM tidings.sources")
    assert every == timedelta(minutes=10)
    assert due_at < datetime.now(UTC) + timedelta(minutes=12)


def test_a_gap_after_an_outage_is_one_too(site, tmp_path, database_url):
    """Failed polls between do not hide it: the entries of the last good poll count."""
    *_, last = visits(
        site,
        tmp_path,
        database_url,
        listed(site, LISTED_FIRST),
        status(503),
        status(404),
        listed(site, LISTED_LAST),
    )
    (line,) = found(last)
    assert line["num_filled"] == NUM_LOST


@pytest.mark.parametrize(
    "bodies",
    [
        pytest.param(("a", ""), id="became empty"),
        pytest.param(("few", "others"), id="has one entry"),
        pytest.param(("a", "known"), id="lists what is known"),
    ],
)
def test_what_is_no_gap_raises_none(site, tmp_path, database_url, bodies):
    """An empty feed, the story of the hour, and old articles again: nothing was missed."""
    texts = {
        "a": listed(site, LISTED_FIRST),
        "": rss(),
        "few": listed(site, LISTED_FIRST[:1]),
        "others": listed(site, LISTED_LAST[:1]),
        "known": listed(site, LISTED_LAST),
    }
    if "known" in bodies:
        visits(site, tmp_path, database_url, listed(site, LISTED_LAST))
        with psycopg.connect(database_url) as connection:
            connection.execute("UPDATE tidings.documents SET entry_keys = NULL")
    logs = visits(site, tmp_path, database_url, *(texts[name] for name in bodies))
    assert [found(log) for log in logs] == [[], []]
    assert alarms(database_url) == []


def test_after_an_empty_feed_the_last_good_entries_count(site, tmp_path, database_url):
    """That a feed was empty for once does not make its next poll a first one."""
    *_, last = visits(site, tmp_path, database_url, listed(site, LISTED_FIRST), rss(), listed(site, LISTED_LAST))
    assert len(found(last)) == 1


def test_a_gap_is_filled_from_the_feeds_own_further_pages(site, tmp_path, database_url):
    """Where the feed itself goes on until it meets what it listed before, nobody else is asked."""
    more = listed(site, [*reversed(LOST), *LISTED_FIRST])
    site.pages["/feed2"] = more
    paged = listed(site, LISTED_LAST).replace(
        "<title>Gazette</title>",
        "<title>Gazette</title><atom:link xmlns:atom='http://www.w3.org/2005/Atom' rel='next'"
        f" href='{site.url('/feed2')}'/>",
    )
    *_, last = visits(site, tmp_path, database_url, listed(site, LISTED_FIRST), paged)
    (line,) = found(last)
    assert (line["num_filled"], line["filled_from"]) == (NUM_LOST, [site.url("/feed2")])
    assert "/news.xml" not in site.paths
    assert stored(site, database_url) == {*LISTED_FIRST, *LOST, *LISTED_LAST}


def test_a_gap_without_sitemap_is_filled_from_the_home_page(site, tmp_path, database_url):
    """What neither a sitemap nor another listing has, the home page may still link to."""
    del site.pages["/robots.txt"]
    links = "".join(
        f'<article><h2><a href="{path}">The long report number {path[3:]} about the ferry</a></h2></article>'
        for path in LOST
    )
    site.pages["/"] = (
        f"<!doctype html><html><head><title>Gazette</title></head><body><main>{links}</main></body></html>"
    )
    *_, last = visits(site, tmp_path, database_url, listed(site, LISTED_FIRST), listed(site, LISTED_LAST))
    (line,) = found(last)
    assert (line["num_filled"], line["filled_from"]) == (NUM_LOST, [site.url("/")])
    assert stored(site, database_url) == {*LISTED_FIRST, *LOST, *LISTED_LAST}
