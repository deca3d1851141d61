"""From due to taken up by a worker, of many sources at once."""

from datetime import UTC, datetime, timedelta

import pytest
from structlog.testing import capture_logs

from scheduler.dispatch import dispatch_due, dispatch_named, new_run_id
from scheduler.queue import queue_app
from sql.queries import query
from tests.support.claiming import add_due, dispatch_in_step
from tests.support.racing import processes, racing

DISPATCHERS = 4


@pytest.fixture
async def app(database_url):
    """The queue."""
    async with queue_app(database_url, application_name="tests").open_async() as opened:
        yield opened


async def rows(database, statement, *params):
    """The rows of a statement."""
    async with database.transaction() as connection:
        cursor = await connection.execute(statement, params)
        return await cursor.fetchall() if cursor.description else []


async def taken_up(database, app):
    """The sources whose runs a worker takes up, until it is given no more, in that order."""
    worker_id = await app.job_manager.register_worker()
    names = []
    while job := await app.job_manager.fetch_job(queues=None, worker_id=worker_id):
        ((name,),) = await rows(
            database,
            "SELECT name FROM tidings.runs JOIN tidings.sources USING (source_id) WHERE runs.run_id = %s",
            job.task_kwargs["run_id"],
        )
        names.append(name)
    return names


async def test_dispatchers_at_once_claim_each_slot_once(database, database_url):
    """Four over 5,000 due sources: one run for each, with one job, which names it; none is left and none twice."""
    await add_due(database, 5000)
    barrier = processes.Barrier(DISPATCHERS)
    with racing(*[(dispatch_in_step, database_url, barrier)] * DISPATCHERS) as children:
        for child in children:
            child.join(120)
        assert [child.exitcode for child in children] == [0] * DISPATCHERS
    claimed = """
        SELECT count(*), count(DISTINCT r.source_id), count(j.id), count(s.run_id)
          FROM tidings.runs r
          LEFT JOIN tidings.procrastinate_jobs j ON j.id = r.job_id AND (j.args ->> 'run_id')::uuid = r.run_id
          LEFT JOIN tidings.sources s ON s.run_id = r.run_id AND s.due_at > r.queued_at"""
    assert await rows(database, claimed) == [(5000,) * 4]
    assert await rows(database, "SELECT count(*) FROM tidings.procrastinate_jobs") == [(5000,)]


async def test_all_that_is_due_is_claimed_at_once_the_oldest_first(database, app):
    """However many batches it takes, one call claims all; jobs stand in the order of the slots."""
    await add_due(database, 1100)
    assert len(await dispatch_due(database, app)) == 1100
    (order,) = await rows(
        database, "SELECT array_agg(source_id ORDER BY job_id) = array_agg(source_id ORDER BY scheduled_for)"
        " FROM tidings.runs",
    )  # fmt: skip
    assert order == (True,)
    assert await dispatch_due(database, app) == []


async def test_a_slot_that_had_its_run_only_moves_on(database, app):
    """A clock that was set back brings no second run, no job, and keeps nobody waiting."""
    await add_due(database, 2)
    await rows(
        database,
        "INSERT INTO tidings.runs (run_id, source_id, trigger, scheduled_for, queued_at, finished_at, outcome)"
        " SELECT gen_random_uuid(), source_id, 'timetable', due_at, now(), now(), 'succeeded'"
        "   FROM tidings.sources WHERE name = 'paper-1'",
    )
    assert len(await dispatch_due(database, app)) == 1
    assert await taken_up(database, app) == ["paper-2"]
    assert await rows(database, "SELECT name FROM tidings.sources WHERE due_at > created_at ORDER BY name") == [
        ("paper-1",), ("paper-2",),
    ]  # fmt: skip
    assert await rows(database, "SELECT name FROM tidings.sources WHERE run_id IS NULL") == [("paper-1",)]


async def test_a_source_has_one_run_under_way(database, app):
    """One that is due again while its run waits gets no other, by the clock or by hand."""
    await add_due(database, 1)
    assert len(await dispatch_due(database, app)) == 1
    await rows(database, "UPDATE tidings.sources SET due_at = now() - interval '1s'")
    assert await dispatch_due(database, app) == []
    assert await dispatch_named(database, app, ["paper-1"]) == []


async def test_by_hand_first_and_those_that_fail_last(database, app):
    """Workers take up what was named by hand, then what is well, then what has been failing."""
    await add_due(database, 4)
    await rows(database, "UPDATE tidings.sources SET failure_score = 0.25 WHERE name IN ('paper-1', 'paper-4')")
    await rows(database, "UPDATE tidings.sources SET due_at = now() + interval '1h' WHERE name = 'paper-4'")
    await dispatch_due(database, app)
    await dispatch_named(database, app, ["paper-4"])
    assert await taken_up(database, app) == ["paper-4", "paper-2", "paper-3", "paper-1"]


async def test_of_two_sources_on_a_host_one_is_taken_up(database, app):
    """The other waits in the queue for the lock on their host."""
    await add_due(database, 3)
    await rows(database, "UPDATE tidings.sources SET host_lock = 'shared.example' WHERE name <> 'paper-3'")
    assert len(await dispatch_due(database, app)) == 3
    assert await taken_up(database, app) == ["paper-1", "paper-3"]


async def test_a_definition_that_cannot_be_read_holds_up_nobody(database, app):
    """It gets its run, which says what is wrong, and the others of its batch are claimed as ever."""
    await add_due(database, 3)
    await rows(database, """UPDATE tidings.sources SET definition = '{"later": 1}' WHERE name = 'paper-2'""")
    with capture_logs() as log:
        assert len(await dispatch_due(database, app)) == 3
    assert [line["source"] for line in log if line["event"] == "source.unreadable"] == ["paper-2"]


@pytest.mark.parametrize(("count", "levels", "sums"), [(100, {"info"}, []), (101, {"debug"}, [101])])
async def test_of_a_crowd_the_log_tells_in_one_line(database, app, count, levels, sums):
    """Up to a hundred sources each have their lines; of more there is one, and theirs at the level debug."""
    await add_due(database, count)
    with capture_logs() as log:
        await dispatch_due(database, app)
    told = [line for line in log if line["event"] == "source.claimed"]
    assert (len(told), {line["log_level"] for line in told}) == (count, levels)
    assert [line["num_sources"] for line in log if line["event"] == "sources.claimed"] == sums


async def test_a_job_is_left_when_its_own_run_is_over(database, app):
    """One whose run ended long ago is found; one whose run has another job now is not, while its worker lives."""
    await add_due(database, 2)
    await dispatch_due(database, app)
    assert await taken_up(database, app) == ["paper-1", "paper-2"]
    assert await database.fetch("find_left_jobs", {"silence": 60}) == []
    over = "UPDATE tidings.runs SET finished_at = now() - interval '5min', outcome = 'succeeded' RETURNING job_id"
    ended = await rows(database, over)
    assert [row["job_id"] for row in await database.fetch("find_left_jobs", {"silence": 60})] == [*sum(ended, ())]
    await rows(database, "UPDATE tidings.runs SET job_id = job_id + 1000")
    assert await database.fetch("find_left_jobs", {"silence": 60}) == []


ENDED = {"run_id": "0a1b2c3d-0000-4000-8000-000000000000", "now": datetime.now(UTC), "good": True, "weight": 0.0}
ENDED |= {"again": False, "due_after": None, "every": timedelta(minutes=15), "edit_weight": 0.0, "edit_share": 0.0}
ENDED |= {"slot_at": None, "learned_every": None, "changed_at": None, "default_every": timedelta(minutes=15)}


@pytest.mark.parametrize(
    ("name", "params"),
    [
        ("claim_due_sources", {"now": datetime(2026, 1, 5, 0, 0, 10, tzinfo=UTC), "limit": 500}),
        ("release_source", ENDED),
        ("find_lost_runs", {"silence": 9}),
        ("find_left_jobs", {"silence": 9}),
    ],
)
async def test_what_is_asked_all_the_time_reads_no_whole_table(database, name, params):
    """With many sources, claiming, the end of a run and the search for lost ones go by indexes alone."""
    await add_due(database, 5000)
    await rows(
        database,
        "INSERT INTO tidings.runs (run_id, source_id, trigger, scheduled_for, queued_at, finished_at, outcome)"
        " SELECT gen_random_uuid(), source_id, 'timetable', due_at, now(), now(), 'succeeded'"
        "   FROM tidings.sources",
    )
    await rows(database, "ANALYZE tidings.runs")
    async with database.transaction() as connection:
        plan = await (await connection.execute("EXPLAIN " + query(name), params)).fetchall()
    scans = [line.split(" on ")[1].split()[0] for (line,) in plan if "Seq Scan" in line]
    assert set(scans).isdisjoint({"sources", "runs"})


async def test_a_worker_that_waited_at_an_empty_queue_does_not_read_it_whole(database, app):
    """How it looks for a job, its session decides while there is none; it goes by indexes all the same."""
    await add_due(database, 500)
    find = "SELECT id FROM tidings.procrastinate_fetch_job_v2(NULL::varchar[], NULL::bigint)"
    scans = "SELECT seq_scan FROM pg_stat_xact_user_tables WHERE relname = 'procrastinate_jobs'"
    await rows(database, "ANALYZE tidings.procrastinate_jobs")
    async with database.transaction() as connection:
        for _ in range(10):
            await connection.execute(find)
        await connection.commit()
        await dispatch_due(database, app)
        assert await (await connection.execute(find)).fetchone() != (None,)
        assert await (await connection.execute(scans)).fetchone() == (0,)


def test_ids_of_a_minute_begin_alike_and_are_never_the_same():
    """The first 16 bits are those of the minute, the others random."""
    now = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)
    ids = {new_run_id(now + timedelta(seconds=n % 60)) for n in range(1000)}
    assert len(ids) == 1000
    assert len({str(run_id)[:4] for run_id in ids}) == 1
    assert str(new_run_id(now + timedelta(minutes=1)))[:4] not in {str(run_id)[:4] for run_id in ids}
