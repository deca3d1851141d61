import re
import tomllib
from importlib.resources import files
from itertools import pairwise
from urllib.parse import urlsplit

import pytest

from crawler.configuration import Configuration, settings
from crawler.source import Source
from scheduler.timetable import trigger_for

STARTER = files("crawler").joinpath("starter.toml").read_text(encoding="utf-8")
SOURCES = tuple(Source.model_validate(table) for table in tomllib.loads(STARTER)["source"])
# A table's header or a setting with a comment mark before it, as against a comment in words.
COMMENTED_OUT = re.compile(r"^# (\[[a-z]+\]|[a-z_]+ = .*)$", re.MULTILINE)


def hosts(source):
    return {urlsplit(url).hostname for url in (source.url, *source.feeds, *source.sitemaps)}


def test_nothing_but_sources_is_in_force():
    """Copied as it is, the file changes no setting."""
    assert set(tomllib.loads(STARTER)) == {"source"}


def test_commented_settings_are_real():
    """With their comment marks taken away, the examples are settings that exist, with values that fit."""
    examples = tomllib.loads("\n".join(COMMENTED_OUT.findall(STARTER)))
    assert set(examples) == {"database", "crawl", "retention", "log", "web", "alarms"}
    Configuration.model_validate(examples)
    assert {(table, key) for table in examples for key in examples[table]} <= set(settings().values())


def test_there_is_something_for_every_continent():
    """At least 24 sources, in newsrooms from Europe and Asia to Africa, the Americas and Oceania."""
    assert len(SOURCES) >= 24
    assert len({source.timezone for source in SOURCES}) >= 8
    assert {source.timezone.split("/")[0] for source in SOURCES} == {
        "Africa",
        "America",
        "Asia",
        "Australia",
        "Europe",
        "Pacific",
    }


def test_the_whole_file_is_a_configuration():
    """The daemon takes the file as it is; two sources of one name, for instance, it would refuse."""
    assert Configuration.model_validate(tomllib.loads(STARTER)).source == SOURCES


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.name)
def test_a_source_is_complete(source):
    """Each says where its news is announced, in which zone, and when it is due."""
    assert source.feeds or source.sitemaps or source.name == "india-blooms"
    assert "timezone" in source.model_fields_set
    assert source.every or source.cron
    assert trigger_for(source)


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.name)
def test_a_source_is_fetched_over_tls(source):
    """Nobody between us and the publisher can change what a feed says."""
    assert {urlsplit(url).scheme for url in (source.url, *source.feeds, *source.sitemaps)} == {"https"}


def test_no_two_sources_share_a_host():
    """Each site is there once, so that no site is visited at twice the pace it was given."""
    seen = [hosts(source) for source in SOURCES]
    assert sum(map(len, seen)) == len(set().union(*seen))


def test_sources_are_grouped_under_headings():
    """Every source stands below the heading of a region, and no heading is empty."""
    marks = re.findall(r"^(# --- .+ ---|\[\[source\]\])$", STARTER, re.MULTILINE)
    assert marks[0].startswith("# ---")
    assert marks[-1] == "[[source]]"
    assert all("[[source]]" in pair for pair in pairwise(marks))
