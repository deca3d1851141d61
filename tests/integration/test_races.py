"""Many processes that load the same texts and the same URLs at once, kills in between, answers that are lost."""

from functools import partial

from crawler.ingestion.loading import load
from crawler.outcomes import Outcome
from sql.database import open_database
from sql.patience import patiently
from tests.support.invariants import broken
from tests.support.lost_commits import LostCommits
from tests.support.racing import (
    failed_page,
    finish,
    load_and_tell,
    load_in_step,
    open_visit,
    processes,
    racing,
    take_up,
    text_page,
)

RACERS = 4


async def race(database, database_url, batches_of):
    """Let every racer load its batches in step with the others; their visits, when all is stored."""
    visits = [await open_visit(database, database_url, f"racer-{racer}") for racer in range(RACERS)]
    barrier = processes.Barrier(RACERS)
    calls = [(load_in_step, database_url, batches_of(racer, visit), barrier) for racer, visit in enumerate(visits)]
    with racing(*calls) as children:
        for child in children:
            child.join(300)
        assert [child.exitcode for child in children] == [0] * RACERS
    return visits


async def deadlocks(database):
    """How often the server had to choose a victim, among whoever is connected no more."""
    return (await rows(database, "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"))[0][
        0
    ]


async def rows(database, statement):
    """The rows of a statement."""
    async with database.transaction() as connection:
        return await (await connection.execute(statement)).fetchall()


async def test_a_text_that_many_load_at_once_is_one_article(database, database_url):
    """2,000 texts, each loaded by four processes at the same moment under a URL of its own, in two orders."""
    rounds, texts = 40, 50

    def batches_of(racer, visit):
        for round_ in range(rounds):
            names = [f"{round_}-{number}" for number in range(texts)][:: -1 if racer % 2 else 1]
            yield [text_page(visit, f"https://racer-{racer}.example/{name}", name) for name in names]

    visits = await race(database, database_url, lambda racer, visit: list(batches_of(racer, visit)))
    ends = [await finish(database, visit) for visit in visits]
    assert sum(end["num_new"] for end in ends) == rounds * texts
    assert sum(end["num_duplicate"] for end in ends) == (RACERS - 1) * rounds * texts
    assert await rows(database, "SELECT count(*) FROM tidings.articles") == [(rounds * texts,)]
    assert await rows(database, "SELECT DISTINCT count(*) FROM tidings.article_urls GROUP BY article_id") == [
        (RACERS,)
    ]
    assert await broken(database) == {}
    assert await deadlocks(database) == 0


def tangle(racer, visit, round_):
    """A batch that meets those of the others in its texts, in its URLs, and in both."""
    batch = []
    for number in range(12):
        at, text = f"{round_}-{number}", f"{round_}-{(number + racer) % 12}"
        second = 10 * round_ + (racer if number % 3 else 0)
        own, shared = f"https://racer-{racer}.example/{at}", f"https://shared.example/{at}"
        batch += [
            text_page(visit, own, text, seconds=second),
            text_page(visit, shared, text, seconds=second),
            text_page(visit, f"{own}/moved", text, seconds=second, final_url=shared),
            failed_page(visit, f"https://gone.example/{at}", seconds=second),
            text_page(visit, f"{own}/late", f"0-{(5 * number + racer) % 12}", seconds=second),
        ]
    if round_ % 4 == 1:  # URLs that come again with another text, so that the batch is cut
        batch += [
            text_page(visit, page.url, f"{round_}-again-{number}", seconds=10 * round_ + 5)
            for number, page in enumerate(batch[:8])
        ]
    if round_ % 5 == 0:  # a row that does not fit, so that all are stored one by one
        batch.append(text_page(visit, f"https://racer-{racer}.example/{round_}/bad", "nul \0"))
    return batch[:: -1 if (racer + round_) % 2 else 1]


async def test_urls_and_texts_that_many_load_at_once_end_in_order(database, database_url):
    """The same URLs with other texts, redirects to one place, repeats and bad rows in a batch, in two orders."""
    rounds = 24
    visits = await race(
        database, database_url, lambda racer, visit: [tangle(racer, visit, round_) for round_ in range(rounds)]
    )
    ends = [await finish(database, visit) for visit in visits]
    expected = sum(len(tangle(0, visits[0], round_)) for round_ in range(rounds))
    assert [end["num_fetched"] for end in ends] == [expected] * RACERS
    assert await broken(database) == {}
    assert await deadlocks(database) == 0


async def test_what_a_killed_loader_leaves_the_next_attempt_completes(database, database_url):
    """A loader is killed in the middle of a batch; its batches are loaded again, and nothing is there twice."""
    visit = await open_visit(database, database_url, "racer-0")
    other = await open_visit(database, database_url, "racer-1")
    done = 0
    for kill in range(6):
        batches = [tangle(0, visit, round_) for round_ in range(done, done + 8)]
        theirs = [tangle(1, other, round_) for round_ in range(done, done + 8)]
        here, there = processes.Pipe(duplex=False)
        barrier = processes.Barrier(1)
        with (
            racing((load_and_tell, database_url, batches, there), (load_in_step, database_url, theirs, barrier)) as
            (victim, neighbour)
        ):  # fmt: skip
            while (begun := here.recv()) < 1 + kill:
                pass
            victim.kill()
            victim.join(10)
            neighbour.join(300)
            assert neighbour.exitcode == 0
        here.close()
        there.close()
        visit = await take_up(database, visit)
        batch = [page for round_ in range(done, done + begun + 1) for page in tangle(0, visit, round_)]
        assert len(await load(database, batch)) == len(batch)
        done += 8
    for run in (visit, other):
        await finish(database, run)
    assert await broken(database) == {}


async def test_a_commit_whose_acknowledgement_is_lost_counts_once(database, database_url):
    """The batch is loaded again in whole: every page keeps its first outcome, and a URL has failed once."""
    visit = await open_visit(database, database_url, "racer-0")
    urls = [f"https://racer-0.example/{number}" for number in range(3)]
    batch = [
        text_page(visit, urls[0], "one"),
        text_page(visit, urls[1], "one"),
        text_page(visit, urls[0], "two", seconds=1),
        failed_page(visit, urls[2]),
    ]
    with LostCommits(database_url) as between:
        async with open_database(between.url, application_name="tests", max_size=1) as behind:
            between.num_to_lose = 1
            stored = await patiently(partial(load, behind, batch), "a batch")
            assert between.num_to_lose == 0
    assert [one.outcome for one in stored] == [
        Outcome.NEW,
        Outcome.DUPLICATE,
        Outcome.CHANGED,
        Outcome.FAILED,
    ]
    end = await finish(database, visit)
    counts = ("num_new", "num_duplicate", "num_changed", "num_failed", "num_unchanged")
    assert [end[count] for count in counts] == [1, 1, 1, 1, 0]
    assert await rows(database, "SELECT DISTINCT num_failures FROM tidings.urls WHERE outcome = 'failed'") == [
        (1,)
    ]
    assert await broken(database) == {}
