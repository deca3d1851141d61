"""``tidings schedule preview``: the timetable ahead, for a person and for a gate."""

import json
import re
from datetime import timedelta

import pytest

from crawler.source import Source
from scheduler.sources import put
from sql.database import connect
from tests.support.cli import configuration, out, tidings, told

GAZETTE = {"name": "gazette", "url": "https://www.gazette.example/", "every": "15m"}
HERALD = {
    "name": "herald",
    "url": "https://www.herald.example/",
    "cron": "30 2 * * *",
    "timezone": "Europe/Berlin",
}


def past_runs(database_url, name, *, pages, seconds):
    """Two days of hourly runs that each visited so many pages in so many seconds, and asked for one feed."""
    with connect(database_url) as connection:
        connection.execute(
            "WITH d AS (INSERT INTO tidings.documents (source_id, url, kind, is_root)"
            " SELECT source_id, url || 'feed', 'feed', true FROM tidings.sources WHERE name = %(name)s"
            " RETURNING source_id, document_id),"
            " r AS (INSERT INTO tidings.runs (run_id, source_id, trigger, scheduled_for, queued_at, started_at,"
            " finished_at, attempt, outcome, num_fetched)"
            " SELECT gen_random_uuid(), source_id, 'timetable', t, t, t, t + %(seconds)s * interval '1 second', 1,"
            " 'succeeded', %(pages)s FROM d, generate_series(now() - interval '2 days', now() - interval '1 hour',"
            " interval '1 hour') t RETURNING run_id, source_id, started_at)"
            " INSERT INTO tidings.polls (run_id, document_id, polled_at, outcome)"
            " SELECT run_id, document_id, started_at, 'read' FROM r JOIN d USING (source_id)",
            {"name": name, "pages": pages, "seconds": seconds},
        )


@pytest.fixture
def preview(database_url, tmp_path):
    """Runs the command on the test's database, with a configuration of these sources."""

    def run(*arguments, sources=(GAZETTE, HERALD), **tables):
        config = configuration(tmp_path, *sources, **tables)
        return tidings("schedule", "preview", "--config", config, *arguments, TIDINGS_DATABASE_URL=database_url)

    return run


def test_a_few_runs_are_listed_one_by_one(preview):
    """With few runs each is shown in its source's zone and in UTC."""
    text = out(preview("--days", "2", sources=[HERALD]))
    assert "2 runs of 1 sources in 2 days" in text
    assert text.count("herald") >= 3
    assert "02:30:00 +0" in text
    assert "estimated" in text


def test_many_runs_are_a_line_a_source_and_a_day(preview):
    """With many, a source has one line with its count, and each day has one."""
    lines = out(preview()).splitlines()
    (line,) = [line for line in lines if line.startswith("gazette")]
    assert "every 15m" in line
    assert "672" in line
    assert len(lines) < 40
    shown = out(preview("--source", "gazette", "--days", "1")).splitlines()
    assert sum(line.endswith("gazette") for line in shown) == 96


def test_the_past_decides_what_a_run_takes(preview, database_url):
    """Durations, polls and pages are those of the runs in the database, and no estimates any more."""
    with connect(database_url) as connection:
        put(connection, Source(**GAZETTE), origin="file")
    past_runs(database_url, "gazette", pages=7, seconds=42)
    data = json.loads(out(preview("--json", "--days", "1", sources=[GAZETTE])))
    (source,) = data["sources"]
    assert (source["is_estimated"], source["requests"], source["seconds"]) == (False, "8.0", "42s")
    assert len(data["runs"]) == source["runs"]
    assert {row["requests"] for row in data["host_hours"][1:-1]} == {32.0}


def test_a_host_over_its_limit_fails_the_check(preview, database_url):
    """The exit code is 1, and host, hour, excess and ways out are named; without --check it is 0."""
    with connect(database_url) as connection:
        put(connection, Source(**GAZETTE), origin="file")
    past_runs(database_url, "gazette", pages=299, seconds=300)
    crawl = {"delay": "10s"}
    assert "Over the limit" in out(preview(sources=[GAZETTE], crawl=crawl))
    checked = preview("--check", sources=[GAZETTE], crawl=crawl)
    assert checked.returncode == 1
    text = checked.stdout.decode()
    assert "www.gazette.example: in the hour from 20" in text
    told = re.search(r"(\d+) requests, (\d+) more than the 360 that 10 s between two leave room for", text)
    # Four runs of 300 requests; five in the hour in which the new source is due at once, too.
    assert told
    assert (int(told[1]), int(told[1]) - int(told[2])) in {(1200, 360), (1500, 360)}
    assert re.search(
        r"A longer every for gazette \(times [34]\.\d\), or a delay of [23](\.4)? s would mend it", text
    )
    assert out(preview("--check", sources=[GAZETTE], crawl={"delay": "1s"}))


def test_the_configuration_file_alone_is_enough(tmp_path):
    """Without any database all is estimated, and none is set up for it."""
    config = configuration(tmp_path, GAZETTE, database={"data_dir": str(tmp_path / "data")})
    text = out(tidings("schedule", "preview", "--config", config))
    assert "672 runs of 1 sources" in text
    assert not (tmp_path / "data").exists()


def test_a_database_without_tables_is_none(empty_database_url, tmp_path):
    """Before the first start the preview goes by the file."""
    config = configuration(tmp_path, GAZETTE)
    text = out(tidings("schedule", "preview", "--config", config, TIDINGS_DATABASE_URL=empty_database_url))
    assert "672 runs of 1 sources" in text


def test_a_database_that_is_away_is_not_waited_for(tmp_path):
    """It says so, and how to do without."""
    away = {"url": f"postgresql:///tidings?host={tmp_path}"}
    config = configuration(tmp_path, GAZETTE, database=away)
    assert "; --offline does without" in told(tidings("schedule", "preview", "--config", config), 2)
    assert "gazette" in out(tidings("schedule", "preview", "--config", config, "--offline"))


def test_the_file_counts_as_it_is_now(preview, database_url):
    """A timetable that is not in force yet is looked ahead at; sources that were added by hand are there, too."""
    with connect(database_url) as connection:
        put(connection, Source(**GAZETTE), origin="file")
        put(connection, Source(name="by-hand", url="https://by-hand.example/", every="1h"), origin="command")
        put(connection, Source(name="removed", url="https://removed.example/", every="1h"), origin="file")
    data = json.loads(out(preview("--json", "--days", "1", sources=[GAZETTE | {"every": "6h"}])))
    assert {row["source"]: row["runs"] for row in data["sources"]} == {"by-hand": 25, "gazette": 4}


def test_a_source_that_was_put_off_is_marked(preview, database_url):
    """Its first run is when it is due again."""
    with connect(database_url) as connection:
        put(connection, Source(**GAZETTE), origin="file")
        connection.execute(
            "UPDATE tidings.sources SET slot_at = now(), due_at = now() + %s", (timedelta(hours=30),)
        )
    (first, *rest) = json.loads(out(preview("--json", "--days", "2", sources=[GAZETTE])))["runs"]
    assert first["note"] == "put off until then"
    assert len(rest) == 18 * 4


def test_an_unknown_source_is_refused(preview):
    """A name that no source has is said so."""
    assert preview("--source", "nobody").returncode == 2
