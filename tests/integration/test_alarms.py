"""The duty that looks for alarms, on rows of simulated weeks."""

from datetime import UTC, datetime, timedelta

import pytest
from structlog.testing import capture_logs

from crawler.alarms import Kind, Lookout, raise_alarm
from crawler.alarms.hours import Hour
from tests.support.cli import configuration, crawled
from tests.support.newsweeks import Fault, Publisher, Weeks
from tests.support.weekrows import add_hours, add_page, add_poll, add_run, add_source, alarms

BEGIN = datetime(2026, 9, 7, tzinfo=UTC)  # a Monday
WEEK, HOUR, MINUTE = timedelta(weeks=1), timedelta(hours=1), timedelta(minutes=1)
NOON = BEGIN + 4 * WEEK + timedelta(days=2, hours=10)  # a Wednesday, in Berlin
PAPER = Publisher("paper", 200, 90, 70)
FEED = "http://paper.example/feed.xml"


@pytest.fixture
def watch(database):
    """The duty, as the leader has it."""
    return Lookout(database, HOUR)


async def published(database, publisher=PAPER, fault=None, until=NOON, weeks=4, **definition):
    """A source with so many simulated weeks before noon."""
    source_id = await add_source(database, publisher.name, BEGIN, timezone=publisher.timezone, **definition)
    await add_hours(database, source_id, Weeks(publisher, NOON - weeks * WEEK, fault=fault).until(until))
    return source_id


async def visited(database, watch, source_id, now, reason=None):
    """A run that ends then, and a look at what it brought."""
    run_id = await add_run(database, source_id, now, reason)
    await watch.work(now=now)
    return run_id


async def test_a_frozen_feed_is_told_of_until_it_thaws(database, watch):
    """A feed that lists the same since noon: silence says so, with the poll, and ends with new articles."""
    source_id = await published(database, fault=Fault("freeze", NOON), until=NOON + 5 * HOUR)
    await visited(database, watch, source_id, NOON + HOUR)
    assert await alarms(database) == {}
    now = NOON + 4 * HOUR
    run_id = await add_run(database, source_id, now)
    await add_poll(database, source_id, run_id, FEED, now, changed_at=NOON)
    await watch.work(now=now)
    alarm = (await alarms(database))["silence", "paper"]
    assert "are usual by now" in alarm["cause"]
    assert f"{FEED} answers 200 and lists the same 30 entries since {NOON:%Y-%m-%d %H:%M} UTC" in alarm["cause"]
    assert NOON - HOUR <= alarm["since"] <= NOON
    assert alarm["evidence"][0]["document"] == FEED
    assert alarm["evidence"][0]["run_id"] == str(run_id)
    await add_hours(database, source_id, [*Weeks(PAPER, NOON + 5 * HOUR).until(NOON + 6 * HOUR)])
    await visited(database, watch, source_id, NOON + 6 * HOUR)
    assert await alarms(database) == {}


async def test_a_failing_source_is_silent_for_that_cause(database, watch):
    """Of a source whose runs fail the silence says with what, and since when."""
    source_id = await published(database)
    await visited(database, watch, source_id, NOON)
    for hours in (1, 2, 4):
        await visited(database, watch, source_id, NOON + hours * HOUR, "http_5xx")
    cause = (await alarms(database))["silence", "paper"]["cause"]
    assert f"its runs have been failing since {NOON + HOUR:%Y-%m-%d %H:%M} UTC: http_5xx" in cause


async def test_whoever_is_blocked_is_not_silent_besides(database, watch):
    """Three refused runs are one alarm, that of the refusal; a good run and good visits end it."""
    source_id = await published(database)
    await visited(database, watch, source_id, NOON)
    for hours in (2, 4, 6):
        await visited(database, watch, source_id, NOON + hours * HOUR, "http_403")
    found = await alarms(database)
    assert [kind for kind, _ in found] == ["blocked"]
    assert "its last 3 runs were refused: http_403" in found["blocked", "paper"]["cause"]
    await add_hours(database, source_id, [*Weeks(PAPER, NOON + 6 * HOUR).until(NOON + 7 * HOUR)])
    await visited(database, watch, source_id, NOON + 7 * HOUR)
    assert await alarms(database) == {}


async def test_pages_that_are_refused_are_told_of(database, watch):
    """A feed that can be read, and pages that cannot: blocked, with the reasons."""
    source_id = await published(database)
    await add_hours(database, source_id, refused_hours(NOON, 2))
    await visited(database, watch, source_id, NOON + 2 * HOUR)
    assert "http_403 (24)" in (await alarms(database))["blocked", "paper"]["cause"]


def refused_hours(start, number):
    """Hours in which every visit was refused."""
    return [Hour(start + n * HOUR, num_asked=12, num_refused=12) for n in range(number)]


async def test_a_new_layout_is_told_of_until_it_is_read_again(database, watch):
    """Date and author vanish: drift names both and since when; and it ends when they are back."""
    since = NOON - 2 * HOUR
    source_id = await published(database, fault=Fault("fields", since))
    run_id = await add_run(database, source_id, since - 30 * MINUTE)
    for minutes in (0, 40, 80, 100):
        at, url = since + (minutes - 60) * MINUTE, f"http://paper.example/{minutes}"
        await add_page(database, source_id, run_id, url, at, dated=at < since)
    await visited(database, watch, source_id, NOON)
    alarm = (await alarms(database))["drift", "paper"]
    assert "date: 0% of the last" in alarm["cause"]
    assert "author: 0% of the last" in alarm["cause"]
    assert alarm["since"] == since
    urls = [piece["url"].rsplit("/", 1)[1] for piece in alarm["evidence"]]
    assert urls == ["80", "100", "40"]  # the first without, and the last that had both
    assert alarm["evidence"][0]["text"].startswith("lacks date, author")
    assert alarm["evidence"][-1]["text"].startswith("still had all of it")
    await add_hours(database, source_id, [*Weeks(PAPER, NOON).until(NOON + 4 * HOUR)])
    await visited(database, watch, source_id, NOON + 4 * HOUR)
    assert await alarms(database) == {}


async def test_pages_without_an_article_are_no_silence_besides(database, watch):
    """Pages that are no articles any more are a matter of the layout, not of the publisher's silence."""
    source_id = await published(database, fault=Fault("article", NOON - 6 * HOUR))
    await visited(database, watch, source_id, NOON)
    found = await alarms(database)
    assert [kind for kind, _ in found] == ["drift"]
    assert "article: " in found["drift", "paper"]["cause"]


async def test_while_our_own_network_is_down_nobody_is_silent(database, watch):
    """What our own network explains is not raised besides."""
    source_id = await published(database)
    async with database.transaction() as connection:
        await raise_alarm(connection, Kind.OWN_NETWORK, "9 of the 10 sites could not be reached", now=NOON)
    await visited(database, watch, source_id, NOON + 4 * HOUR, "timeout")
    assert [kind for kind, _ in await alarms(database)] == ["own_network"]


async def test_sources_that_fall_silent_together_are_one_alarm(database, watch):
    """When nothing comes of a dozen sources at once, it is us: one alarm of all, that ends by itself."""
    ids = [await published(database, Publisher(f"paper-{n}", 200, 90, 70), weeks=3) for n in range(12)]
    for hours in (0, 4):
        for source_id in ids:
            await add_run(database, source_id, NOON + hours * HOUR)
        await watch.work(now=NOON + hours * HOUR)
    found = await alarms(database)
    assert list(found) == [("silence", None)]
    assert "of 12 sources have come within two hours" in found["silence", None]["cause"]
    for n, source_id in enumerate(ids):
        again = Publisher(f"paper-{n}", 200, 90, 70)
        await add_hours(database, source_id, Weeks(again, NOON + 4 * HOUR).until(NOON + 7 * HOUR))
        await add_run(database, source_id, NOON + 7 * HOUR)
    await watch.work(now=NOON + 7 * HOUR)
    assert await alarms(database) == {}


async def test_a_burst_is_one_alarm(database, watch):
    """When many fall silent while news goes on, a score is told of, and one alarm speaks for all the others."""
    ids = [
        await published(database, Publisher(f"paper-{n}", 400, 400, 400), until=NOON, weeks=3) for n in range(24)
    ]
    well = Publisher("well", 15000, 15000, 15000)
    ids.append(await published(database, well, until=NOON + 4 * HOUR, weeks=3))
    for source_id in ids:
        await add_run(database, source_id, NOON + 4 * HOUR)
    await watch.work(60, now=NOON + 4 * HOUR)
    found = await alarms(database)
    assert list(found) == [("silence", None)]
    assert "have fallen silent together" in found["silence", None]["cause"]


async def test_who_was_silent_before_is_told_of_alone(database, watch):
    """What a first look finds silent for weeks is no burst, however many they are."""
    ids = [await published(database, Publisher(f"paper-{n}", 60, 60, 60), weeks=3) for n in range(24)]
    for source_id in ids:
        await add_run(database, source_id, NOON + 2 * WEEK)
    await watch.work(60, now=NOON + 2 * WEEK)
    found = await alarms(database)
    assert len(found) == 24
    assert ("silence", None) not in found


async def test_a_source_that_never_brings_anything_is_told_of(database, watch):
    """A source without an article three days after it was added has been set up wrongly."""
    source_id = await add_source(database, "paper", NOON - 4 * 24 * HOUR)
    run_id = await add_run(database, source_id, NOON)
    await add_poll(database, source_id, run_id, FEED, NOON, changed_at=NOON)
    await watch.work(now=NOON)
    cause = (await alarms(database))["silence", "paper"]["cause"]
    assert cause.startswith("no article since it was added 4 days ago; ")


async def test_a_feed_that_moved_is_to_be_named_anew(database, watch):
    """Of a feed that the operator named, and that is elsewhere for good, the alarm says what to write."""
    source_id = await published(database, feeds=[FEED])
    run_id = await add_run(database, source_id, NOON)
    moved = {"moved_to": "http://paper.example/news.xml", "promoted_at": NOON, "num_moves": 3}
    await add_poll(database, source_id, run_id, FEED, NOON, **moved)
    await watch.work(now=NOON)
    cause = (await alarms(database))["feed_moved", "paper"]["cause"]
    assert 'in feeds of [[source]] paper write "http://paper.example/news.xml" in its place' in cause
    async with database.transaction() as connection:
        await connection.execute("UPDATE tidings.sources SET definition = definition - 'feeds'")
    await visited(database, watch, source_id, NOON + MINUTE)
    assert await alarms(database) == {}


async def test_what_nobody_visits_is_told_of(database, watch):
    """Sources that have been due for long, seen for five minutes, are an alarm that names who is missing."""
    await add_source(database, "paper", BEGIN)
    async with database.transaction() as connection:
        await connection.execute("UPDATE tidings.sources SET due_at = %s", (NOON - HOUR,))
    await watch.work(now=NOON)
    assert await alarms(database) == {}  # we may just have begun
    await watch.work(now=NOON + 6 * MINUTE)
    cause = (await alarms(database))["stale_schedule", None]["cause"]
    assert cause.startswith("1 sources are due and not queued")
    assert cause.endswith("there is no leader: start 'tidings run'")
    async with database.transaction() as connection:
        await connection.execute("UPDATE tidings.sources SET due_at = 'infinity'")
    await watch.work(now=NOON + 7 * MINUTE)
    assert await alarms(database) == {}


async def test_a_growing_quarantine_is_told_of(database, watch):
    """Five pages that came into quarantine within a day are an alarm, and a day later they are not."""
    source_id = await add_source(database, "paper", BEGIN)
    async with database.transaction() as connection:
        await connection.execute(
            "WITH pages AS ("
            " INSERT INTO tidings.urls (url_key, url, source_id, first_seen_at, key_version)"
            " SELECT sha256(n::text::bytea), 'http://paper.example/' || n, %(id)s, %(now)s, 2"
            " FROM generate_series(1, 5) n RETURNING url_id)"
            " INSERT INTO tidings.quarantine (url_id, reason, num_attempts, quarantined_at)"
            " SELECT url_id, 'extraction_crashed', 3, %(now)s FROM pages",
            {"id": source_id, "now": NOON},
        )
    await watch.work(now=NOON + HOUR)
    alarm = (await alarms(database))["quarantine_growing", None]
    assert alarm["evidence"][0]["source"] == "paper"
    await watch.work(now=NOON + 26 * HOUR)
    assert await alarms(database) == {}


async def test_alarms_that_nothing_would_clear_are_cleared(database, watch):
    """Of sources that were switched off or removed, and of kinds that are no more; the log says so."""
    source_id = await add_source(database, "paper", BEGIN)
    async with database.transaction() as connection:
        await raise_alarm(connection, Kind.GAP, "lost", now=NOON, source_id=source_id, source="paper")
        await connection.execute(
            "INSERT INTO tidings.alarms (kind, raised_at, cause) VALUES ('of_old', %s, '')", (NOON,)
        )
        await connection.execute("UPDATE tidings.sources SET state = 'removed'")
    with capture_logs() as logs:
        await watch.work(now=NOON)
    assert await alarms(database) == {}
    cleared = {(line["kind"], line.get("source")) for line in logs if line["event"] == "alarm.cleared"}
    assert cleared == {("gap", "paper"), ("of_old", None)}


async def test_an_alarm_stays_up_while_nothing_is_known(database, watch):
    """A second look at the same raises nothing twice, and a source that is not visited clears nothing."""
    source_id = await published(database)
    await visited(database, watch, source_id, NOON)
    await visited(database, watch, source_id, NOON + 4 * HOUR)
    with capture_logs() as logs:
        await watch.work(now=NOON + 4 * HOUR + MINUTE)
        await watch.work(now=NOON + 9 * HOUR)
    assert [kind for kind, _ in await alarms(database)] == ["silence"]
    assert not [line for line in logs if line["event"].startswith("alarm.")]


async def test_a_single_pass_looks_for_alarms(tmp_path, database, database_url):
    """``tidings once`` ends with a look: alarms work without a daemon."""
    async with database.transaction() as connection:
        await connection.execute(
            "INSERT INTO tidings.alarms (kind, raised_at, cause) VALUES ('of_old', now(), '')"
        )
    code, _, _ = crawled(configuration(tmp_path), database_url)
    assert code == 0
    assert await alarms(database) == {}
