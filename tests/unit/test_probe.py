"""Comparing what lists a site's articles: plain functions on links."""

from datetime import UTC, datetime, timedelta

import pytest

from crawler.discovery import Link
from crawler.ingestion.identity import url_key
from crawler.probe import Candidate
from crawler.probe.choice import choose
from crawler.probe.measures import measure
from crawler.probe.samples import affordable, newest_links

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def links(*numbers, spacing=HOUR, section="news", **claims):
    """Article 0 is an hour old, each further one ``spacing`` older."""
    return [
        Link(f"https://gazette.example/{section}/{n}", date_published=NOW - HOUR - n * spacing, **claims)
        for n in numbers
    ]


def candidate(url, listed, *, role="feed", origin="home", **facts):
    return Candidate(
        url, role, origin, {url_key(link.url): link for link in listed}, measure(listed, NOW), **facts
    )


def chosen(*candidates):
    return {one.url for one in choose(list(candidates)) if one.is_chosen}


def verdict(url, *candidates):
    return next(one.verdict for one in choose(list(candidates)) if one.url == url)


def test_freshness_and_completeness_are_measured():
    """Newest, spacing and pace of the dates; how many links have a headline and a text."""
    listed = [*links(*range(10), headline="Ferry"), Link("https://gazette.example/x", article_body="Text")]
    found = measure(listed, NOW)
    assert (found.num_links, found.num_dated, found.num_published) == (11, 10, 10)
    assert (found.num_headlines, found.num_full_texts) == (10, 1)
    assert (found.newest, found.median_spacing) == (NOW - HOUR, HOUR)
    assert found.per_day == pytest.approx(24)


def test_one_pinned_article_does_not_stretch_the_time_covered():
    """A feed with one article of years ago does not reach back for years."""
    found = measure([*links(*range(10)), *links(20_000)], NOW)
    assert found.reach == NOW - 10 * HOUR


@pytest.mark.parametrize(
    ("ages", "per_day"),
    [
        ([], None),  # nothing
        ([0.1], None),  # one date
        ([100.0, 200.0], 0.0),  # nothing within a week
        ([0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0], 1.0),  # more than a week: the week counts
    ],
)
def test_pace_is_that_of_the_last_week(ages, per_day):
    """Articles a day, up to now; None where dates do not tell it."""
    listed = [
        Link(f"https://gazette.example/{n}", date_published=NOW - timedelta(days=age))
        for n, age in enumerate(ages)
    ]
    assert measure(listed, NOW).per_day == per_day


def test_the_fullest_is_taken_and_its_parts_are_left():
    """A section's feed whose articles are all in the main feed adds nothing."""
    main, section = candidate("main", links(*range(20))), candidate("section", links(0, 5, 10))
    assert chosen(section, main) == {"main"}
    assert verdict("section", section, main) == "all of its links of that time are in the above"


def test_what_lies_before_the_time_that_the_others_cover_is_not_held_against_them():
    """A slow section reaches further back than the busy main feed: its old articles were in there once."""
    main, section = candidate("main", links(*range(20))), candidate("section", links(0, 9, 18, 40, 60, 80))
    assert chosen(main, section) == {"main"}


def test_what_cannot_be_compared_is_taken_if_it_is_a_feed():
    """Nothing of a column falls into the hours that the main feed covers: to be safe it is polled."""
    main, column = candidate("main", links(*range(5))), candidate("column", links(24, 48, 72))
    assert chosen(main, column) == {"main", "column"}


def test_a_tenth_of_its_own_articles_makes_a_document_worth_polling():
    """One in ten is enough, less is not."""
    main = candidate("main", links(*range(0, 38, 2)))
    assert chosen(main, candidate("other", links(*range(0, 18, 2), 1))) == {"main", "other"}
    assert chosen(main, candidate("other", links(*range(0, 30, 2), 1))) == {"main"}


def test_of_equals_the_one_that_says_more_is_taken():
    """The same articles in a feed with headlines and texts, and in a news sitemap with neither."""
    sitemap = candidate("sitemap", links(*range(9)), role="sitemap")
    feed = candidate("feed", links(*range(9), headline="Ferry", article_body="Text"))
    assert chosen(sitemap, feed) == {"feed"}


def test_dates_of_modification_weigh_less():
    """A sitemap of everything has fresh dates on section pages: a few strangers in it are no reason to read it."""
    edited = [
        Link(f"https://gazette.example/news/{n}", date_modified=NOW - HOUR) for n in [*range(9), *range(100, 104)]
    ]
    main, sitemap = candidate("main", links(*range(9))), candidate("sitemap", edited, role="sitemap")
    assert chosen(sitemap, main) == {"main"}
    assert verdict("sitemap", sitemap, main).startswith("only 4 of its 13")


def test_a_sitemap_without_dates_is_the_last_resort():
    """New links cannot be told from old ones there; alone it is better than nothing."""
    undated = candidate("sitemap", [Link(f"https://gazette.example/{n}") for n in range(99)], role="sitemap")
    assert chosen(undated) == {"sitemap"}
    assert chosen(undated, candidate("main", links(*range(200, 204)))) == {"main"}


def test_a_forgotten_feed_is_stale_and_a_slow_one_is_not():
    """A week behind the freshest and three of its own spacings: a weekly column has three weeks."""
    fresh = candidate("fresh", links(*range(5)))
    forgotten = candidate("forgotten", links(*range(200, 210)))
    weekly = candidate("weekly", links(2, 3, spacing=timedelta(days=7), section="column"))
    assert chosen(fresh, forgotten, weekly) == {"fresh", "weekly"}
    assert verdict("forgotten", fresh, forgotten) == "stale: nothing new since 2026-11-17"


def test_a_listing_is_read_only_where_there_is_nothing_else():
    """The home page is taken if no feed or sitemap can be used."""
    listing = candidate("home", [Link("https://gazette.example/1", headline="Ferry")], role="listing")
    broken = candidate("broken", [], reason="http_404", detail="the server answered 404")
    empty = candidate("empty", [])
    assert chosen(listing, broken, empty) == {"home"}
    assert chosen(listing, candidate("main", links(1, 2))) == {"main"}
    assert verdict("broken", listing, broken) == "http_404: the server answered 404"
    assert verdict("empty", listing, empty) == "lists no page of the site"


def test_what_is_configured_stays_and_nothing_is_added_to_it():
    """Of a source that names its documents, others are shown for comparison."""
    own = candidate("own", links(0, 2), origin="configured")
    better = candidate("better", links(*range(20)))
    assert chosen(better, own) == {"own"}
    assert verdict("better", better, own).startswith("not configured; ")


def test_overlap_is_the_share_of_links_in_common():
    """Of every two candidates, in both directions."""
    first, second = choose([candidate("a", links(*range(10))), candidate("b", links(0, 1, 98, 99))])
    assert {first.url: first.overlaps, second.url: second.overlaps} == {"a": {"b": 0.2}, "b": {"a": 0.5}}


def test_samples_are_the_newest_of_all_documents():
    """Each page once, dated ones first."""
    undated = Link("https://gazette.example/undated")
    documents = [candidate("a", [undated, *links(3, 5)]), candidate("b", links(4, 3))]
    assert [link.url.rpartition("/")[2] for link in newest_links(documents, 9)] == ["3", "4", "5", "undated"]
    assert len(newest_links(documents, 2)) == 2


@pytest.mark.parametrize(("delay", "num"), [(0.0, 10), (1.0, 10), (30.0, 4), (60.0, 2), (600.0, 1)])
def test_a_slow_host_is_asked_for_fewer_samples(delay, num):
    """As many as fit into two minutes, one at least; none if none is wanted."""
    assert affordable(10, delay) == num
    assert affordable(0, delay) == 0
