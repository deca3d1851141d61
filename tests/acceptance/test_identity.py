"""Three papers over a day: copies, near-copies and edits are told apart, and nothing is stored twice."""

from dataclasses import replace
from types import SimpleNamespace

import psycopg
import pytest
from psycopg.rows import dict_row

from sql.database import open_database
from tests.support.cli import configuration, crawled
from tests.support.invariants import broken
from tests.support.presses import (
    Papers,
    about_statement,
    texts,
    with_scattered_edits,
    with_two_words_changed,
    with_wire,
)
from tests.support.sites import status

TEXTS = texts()
TWIN = "/town/ferry-sails-again"
MORNING, NOON = "2026-11-03T07:30:00+00:00", "2026-11-03T12:00:00+00:00"
# Of the Gazette's articles by number: what the Herald and the Courier make of it.
COPIED, TWO_WORDS, SCATTERED, WIRED, TWINNED = 0, 1, 2, 3, 4
# How the Gazette edits its own.
TYPO, UPDATE, STEALTH, CORRECTION, HEADLINE, NOISE, GONE_410, GONE_404, REVERTED = range(5, 14)


def print_first_editions(papers):
    """What stands there in the morning."""
    for number, text in enumerate(TEXTS[:14]):
        papers.put("gazette", f"/{number}", replace(text, modified=MORNING))
        papers.list("gazette", f"/{number}")
    papers.put("herald", "/copied", replace(TEXTS[COPIED], published="2026-11-03T06:00:00+00:00"))
    papers.put("herald", "/two-words", with_two_words_changed(TEXTS[TWO_WORDS]))
    papers.put("herald", "/statement", about_statement(TEXTS[20]))
    papers.list("herald", "/copied", "/two-words", "/statement")
    papers.put("courier", "/copied", replace(TEXTS[COPIED], canonical=papers.url("gazette", "/0")))
    papers.put("courier", "/scattered", with_scattered_edits(TEXTS[SCATTERED]))
    papers.put("courier", "/wired", with_wire(TEXTS[WIRED]))
    papers.put("courier", "/statement", about_statement(TEXTS[21]))
    papers.put("courier", TWIN, TEXTS[22])
    papers.put("courier", f"{TWIN}/amp", TEXTS[22])
    papers.list(
        "courier", "/copied", "/scattered", "/wired", "/statement", f"{TWIN}?utm_source=rss#top", f"{TWIN}/amp"
    )


def edit(papers):
    """What the Gazette makes of its articles until the evening."""
    changed = {number: list(TEXTS[number].paragraphs) for number in (TYPO, UPDATE, STEALTH, CORRECTION)}
    changed[TYPO][0] = changed[TYPO][0].replace(" the ", " teh ", 1)
    changed[UPDATE].append("In the evening the board added that the first of the new boats will arrive in March.")
    changed[STEALTH][1] = "Nobody has been asked to leave, the board says, and nobody will be before the summer."
    changed[CORRECTION].append(
        "Correction: an earlier version of this article gave the wrong name of the harbour."
    )
    dates = {TYPO: NOON, UPDATE: NOON, STEALTH: MORNING, CORRECTION: NOON}
    for number, paragraphs in changed.items():
        text = replace(TEXTS[number], paragraphs=tuple(paragraphs), modified=dates[number])
        papers.put("gazette", f"/{number}", text)
    papers.put(
        "gazette",
        f"/{HEADLINE}",
        replace(TEXTS[HEADLINE], headline="What the board kept to itself", modified=NOON),
    )
    around = ("1,204 comments", "Read also: Ferry timetable adds a late crossing", "Last updated: 14:05")
    papers.put("gazette", f"/{NOISE}", replace(TEXTS[NOISE], around=around, modified=NOON))
    papers.take_back("gazette", f"/{GONE_410}", status(410))
    papers.take_back("gazette", f"/{GONE_404}", status(404))
    papers.put("gazette", f"/{REVERTED}", with_scattered_edits(replace(TEXTS[REVERTED], modified=NOON)))


@pytest.fixture(scope="module")
def module_database(server, template):
    url = server.create(template=template)
    yield url
    server.drop(url)


@pytest.fixture(scope="module")
def day(module_database, tmp_path_factory):
    """The papers' day, crawled in the morning, twice more without news, after the edits, and once more."""
    with Papers() as papers:
        found = SimpleNamespace(papers=papers, database=module_database)
        config = configuration(tmp_path_factory.mktemp("config"), *papers.sources)

        def visit(*arguments):
            code, runs, found.log = crawled(config, module_database, *arguments)
            assert code == 0, found.log
            return runs

        def rows(statement):
            with psycopg.connect(module_database, row_factory=dict_row) as connection:
                return connection.execute(statement).fetchall()

        print_first_editions(papers)
        found.morning = visit(*papers.names)
        found.again = visit(*papers.names, "--revisit")
        found.stories = {
            row["url"]: (row["story_id"], str(row["story_role"])) for row in rows("TABLE tidings.copies")
        }
        edit(papers)
        found.evening = visit(*papers.names, "--revisit")
        found.told = {line["url"]: line.get("edit_kind") for line in found.log if line["event"] == "page.finished"}
        papers.put("gazette", f"/{REVERTED}", replace(TEXTS[REVERTED], modified=NOON))
        found.night = visit(*papers.names, "--revisit")
        found.copies = rows("SELECT * FROM tidings.copies ORDER BY source, url, revision")
        yield found


def of(day, paper, path):
    """The revisions at a URL."""
    return [row for row in day.copies if row["url"] == day.papers.url(paper, path)]


def kinds(day, number):
    """What the Gazette's article of this number went through."""
    return [row["edit_kind"] for row in of(day, "gazette", f"/{number}")]


def test_one_text_is_one_article_with_all_its_copies(day):
    """Three papers print it; which was first, by our sight and by their dates, is known."""
    places = (("gazette", "/0"), ("herald", "/copied"), ("courier", "/copied"))
    copies = [of(day, *place)[0] for place in places]
    assert len({row["article_id"] for row in copies}) == 1
    assert [row["is_first_published"] for row in copies] == [False, True, False]
    assert sum(row["is_first_seen"] for row in copies) == 1


def test_a_twin_is_the_same_url(day):
    """A tracked link and an AMP page are one page: one visit, one copy."""
    assert len([row for row in day.copies if TWIN in row["url"]]) == 1
    assert sum(TWIN in path for path in day.papers.sites["courier"].paths) <= 4  # one a visit


def test_what_has_not_changed_is_no_edit(day):
    """A second look at everything finds every text as it was."""
    assert sum(run["num_new"] + run["num_changed"] + run["num_duplicate"] for run in day.again.values()) == 0
    # The Gazette's 14, three near-copies, two that quote a statement, and the twin.
    assert sum(run["num_new"] for run in day.morning.values()) == 20


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        (TYPO, "typo"),
        (UPDATE, "update"),
        (STEALTH, "stealth"),
        (CORRECTION, "correction"),
        (HEADLINE, "headline"),
    ],
)
def test_an_edit_is_a_revision_of_its_kind(day, number, kind):
    """The first text is kept, the second is current, and what became of it is named."""
    assert kinds(day, number) == [None, kind]
    assert day.told[day.papers.url("gazette", f"/{number}")] == kind
    assert [row["is_current"] for row in of(day, "gazette", f"/{number}")] == [False, True]


def test_what_is_around_a_text_is_no_edit(day):
    """A counter, a link to another article and a date line make no revision."""
    assert kinds(day, NOISE) == [None]


def test_a_text_that_comes_back_is_a_revision_too(day):
    """There and back again are three revisions, of two articles."""
    revisions = of(day, "gazette", f"/{REVERTED}")
    assert [row["revision"] for row in revisions] == [1, 2, 3]
    assert revisions[0]["article_id"] == revisions[2]["article_id"] != revisions[1]["article_id"]


@pytest.mark.parametrize("number", [GONE_410, GONE_404])
def test_what_is_gone_is_kept(day, number):
    """A page that is taken back is recorded as gone; its text stays."""
    (copy,) = of(day, "gazette", f"/{number}")
    assert copy["gone_at"] is not None
    assert copy["is_current"]
    assert copy["article_body"].split("\n") == list(TEXTS[number].paragraphs)


@pytest.mark.parametrize(
    ("number", "paper", "path"),
    [(TWO_WORDS, "herald", "/two-words"), (SCATTERED, "courier", "/scattered"), (WIRED, "courier", "/wired")],
)
def test_near_copies_are_one_story(day, number, paper, path):
    """Two words changed, a tenth of them, or a wire's lines around it: another article of the same story."""
    (original, first), (other, _) = (
        day.stories[day.papers.url("gazette", f"/{number}")],
        day.stories[day.papers.url(paper, path)],
    )
    assert original == other
    assert of(day, "gazette", f"/{number}")[0]["article_id"] != of(day, paper, path)[0]["article_id"]
    assert first in {"first", "copy", "rewrite"}


def test_all_others_are_stories_of_their_own(day):
    """Two articles that quote one statement are two stories, and so is everything else."""
    articles = {
        row["article_id"]: row["url"] for row in day.copies if row["url"] in day.stories and row["revision"] == 1
    }
    stories = {day.stories[url][0] for url in articles.values()}
    assert len(articles) - len(stories) == 3  # the near-copies
    assert (
        day.stories[day.papers.url("herald", "/statement")][0]
        != day.stories[day.papers.url("courier", "/statement")][0]
    )


async def test_nothing_is_doubled_or_orphaned(day):
    """One article per hash, one current revision per URL, every row with what it belongs to."""
    async with open_database(day.database, application_name="tests") as database:
        assert await broken(database) == {}
