"""Sources whose interval is learned, over a few visits by the timetable."""

import itertools
import json
import signal
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import psycopg
import pytest
from aiohttp import web
from psycopg.rows import dict_row

from tests.support.cli import configuration, events, eventually, running, tidings
from tests.support.pages import article, rss
from tests.support.sites import Site, in_turn, raw, status

ROUNDS = 5
FIRST = timedelta(minutes=15)


def always_new(site):
    """A feed of three entries, all of which are other ones at every poll."""
    numbers = itertools.count()

    async def answer(_request):
        listed = rss(*(site.url(f"/{next(numbers)}") for _ in range(3)))
        return web.Response(text=listed, content_type="text/xml")

    return answer


NUM_FRESH = 24


def paper(site, name, age):
    """A feed of one old article, and at the next poll many that were published so long before."""
    later = [f"/{name}/{n}" for n in range(NUM_FRESH)]
    published = (datetime.now(UTC) - age).isoformat()
    for number, path in enumerate(later):
        text = f"Report {number} of {name}. " * 40
        site.pages[path] = article(f"The ferry of {name} sails again {number}", text, published=published)
    site.pages[f"/{name}/old"] = article(f"An old story of {name}", f"Old news of {name}. " * 40)
    site.pages[f"/{name}/feed"] = in_turn(
        rss(site.url(f"/{name}/old")), rss(*(site.url(path) for path in [*later, f"/{name}/old"]))
    )
    return {"name": name, "url": site.url(f"/{name}/"), "feeds": [site.url(f"/{name}/feed")], "revisit": False}


def with_intervals(sites):
    """Papers that publish nothing, or always, or are broken, or name a time to come back."""
    for name, site in sites.items():
        site.pages = {f"/{n}": article(f"Story {n} of {name}", f"{name} {n}. " * 60) for n in range(20)}
        site.pages["/feed"] = rss(site.url("/0"))
    sites["racing"].pages["/feed"] = always_new(sites["racing"])
    sites["broken"].pages["/feed"] = in_turn(rss(sites["broken"].url("/0")), status(404))
    sites["daily"].pages["/feed"] = status(404)
    sites["daily"].pages["/"] = status(404)
    sites["pausing"].pages["/feed"] = raw(
        rss(sites["pausing"].url("/0")).encode(),
        **{"Content-Type": "text/xml", "Cache-Control": "max-age=3000"},
    )
    timetables = {name: {"every": "auto"} for name in sites} | {"daily": {"cron": "0 0 * * *"}}
    return [
        {"name": name, "url": site.url("/"), "feeds": [site.url("/feed")]} | timetables[name]
        for name, site in sites.items()
    ]


def with_targets(site):
    """Papers that are met, late, and too little known, each with a target; and one without."""
    return [
        paper(site, "prompt", timedelta(minutes=3)) | {"freshness": "20m"},
        paper(site, "late", timedelta(minutes=50)) | {"freshness": "20m"},
        paper(site, "silent", timedelta(minutes=3)) | {"freshness": "20m", "max_pages": 3},
        paper(site, "other", timedelta(minutes=3)) | {"every": "1h"},
    ]


def visited(url, names, times):
    """Wait until each of these sources has been visited so many times, and no visit is under way."""

    def are_done():
        with psycopg.connect(url) as connection:
            (done,) = connection.execute(
                "SELECT count(*) FROM tidings.sources s WHERE name = ANY(%s) AND run_id IS NULL AND %s <="
                " (SELECT count(r.finished_at) FROM tidings.runs r WHERE r.source_id = s.source_id)",
                [names, times],
            ).fetchone()
        return done == len(names)

    eventually(are_done, seconds=300)


def fall_due(url, names):
    with psycopg.connect(url) as connection:
        connection.execute("UPDATE tidings.sources SET due_at = now() WHERE name = ANY(%s)", [names])


@pytest.fixture(scope="module")
def history(server, template, tmp_path_factory):
    """What a daemon has learned of papers from five visits, and how fresh it found others after two."""
    url = server.create(template=template)
    folder = tmp_path_factory.mktemp("daemon")
    with ExitStack() as stack:
        names = ["broken", "daily", "pausing", "racing", "steady"]
        sites = {name: stack.enter_context(Site()) for name in names}
        targets = with_targets(stack.enter_context(Site()))
        config = configuration(folder, *with_intervals(sites), *targets)
        settings = {"TIDINGS_DATABASE_URL": url}
        daemon = stack.enter_context(running("run", "--config", config, log=folder / "log", **settings))
        everybody = [*names, *(source["name"] for source in targets)]
        visited(url, everybody, 1)
        fall_due(url, everybody)
        visited(url, everybody, 2)
        freshness = ("schedule", "freshness", "--config", config)
        measured, table = (tidings(*freshness, *more, **settings) for more in (["--json"], []))
        for number in range(3, ROUNDS + 1):
            fall_due(url, names)
            visited(url, names, number)
        daemon.send_signal(signal.SIGTERM)
        assert daemon.wait(120) == 0
        log = events((folder / "log").read_text(encoding="utf-8"))
    with psycopg.connect(url, row_factory=dict_row) as connection:
        rows = connection.execute(
            "SELECT s.*, r.started_at, r.finished_at FROM tidings.sources s JOIN LATERAL"
            " (SELECT * FROM tidings.runs WHERE source_id = s.source_id ORDER BY queued_at DESC LIMIT 1) r ON true"
        ).fetchall()
    sources = {row["name"]: SimpleNamespace(**row) for row in rows}
    yield SimpleNamespace(log=log, sources=sources, measured=measured, table=table)
    server.drop(url)


def test_what_lists_nothing_new_is_asked_later(history):
    """From the fourth visit on, when three polls have been compared, the interval grows; the slot goes by it."""
    steady = history.sources["steady"]
    assert FIRST < steady.learned_every <= FIRST * 1.25**2 + timedelta(seconds=2)
    assert steady.learned_every <= steady.slot_at - steady.started_at <= steady.learned_every * 1.11
    assert steady.due_at == steady.slot_at


def test_what_lists_nothing_but_news_is_asked_sooner(history):
    """As soon as every ten minutes, and no sooner."""
    racing = history.sources["racing"]
    assert timedelta(minutes=10) <= racing.learned_every < FIRST
    assert racing.slot_at - racing.started_at >= timedelta(minutes=10)


def test_an_adaptive_source_that_fails_is_put_off(history):
    """Four hard failures: sixteen times its interval, however soon its slot comes."""
    broken = history.sources["broken"]
    assert broken.failure_score == 4
    put_off = broken.due_at - broken.finished_at
    assert abs(put_off - 16 * broken.learned_every) < timedelta(minutes=1)
    assert broken.slot_at < broken.due_at


def test_a_source_of_cron_that_fails_is_put_off(history):
    """Five hard failures are days for what is visited once a day, or at least so many times 15 minutes."""
    daily = history.sources["daily"]
    assert daily.failure_score == 5
    assert daily.due_at - daily.finished_at >= 32 * FIRST - timedelta(minutes=1)


def test_headers_are_heeded_where_the_interval_is_ours(history):
    """A feed that will not change for 50 minutes is not asked again before."""
    pausing = history.sources["pausing"]
    assert pausing.due_at >= pausing.started_at + timedelta(minutes=49)


def test_a_change_is_told_with_its_cause(history):
    """The log says what the interval was, what it is, and why; not at every step."""
    told = [line for line in history.log if line["event"] == "interval.changed"]
    steady = [line for line in told if line["source"] == "steady"]
    assert 1 <= len(steady) <= 2
    assert "known of the links listed at the latest polls: 100%" in steady[-1]["cause"]


def test_freshness_is_measured_and_what_is_in_the_way_is_said(history):
    """Of what the timetable brought: one paper is met, one lists its articles late, of one too little is known."""
    assert history.measured.returncode == 1, history.measured.stderr
    found = {row["source"]: row for row in json.loads(history.measured.stdout)}
    assert {name: row["is_met"] for name, row in found.items()} == {"prompt": True, "late": False, "silent": None}
    assert found["prompt"]["num_articles"] == NUM_FRESH
    assert 180 <= found["prompt"]["p50_s"] <= found["prompt"]["p95_s"] < 1200
    assert 600 <= found["prompt"]["every_s"] <= 1200
    assert any("the publisher lists articles" in cause for cause in found["late"]["causes"])
    assert any("too few articles" in cause for cause in found["silent"]["causes"])
    assert [line.split()[0] for line in history.table.stdout.decode().splitlines()] == [
        "source",
        "late",
        "prompt",
        "silent",
    ]
