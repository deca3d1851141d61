"""What an operator is asked at three in the morning, answered from a history with planted troubles."""

import json
import re

import psycopg
import pytest

from tests.benchmarks.history import fill_all

DAYS, SOURCES = 36, 43


@pytest.fixture(scope="module")
def history(server, template):
    """A database with five weeks of 43 sources; its URL."""
    url = server.create(template=template, prefix="tidings_history")
    fill_all(url, SOURCES, DAYS, learning=20.0)
    yield url
    server.drop(url)


@pytest.fixture
def ask(within, history, tmp_path):
    """Runs ``tidings`` on the history; returns its exit code and text."""

    def run(*arguments):
        done = within(*arguments, TIDINGS_DATABASE_URL=history, TIDINGS_DATABASE_DATA_DIR=str(tmp_path))
        return done.returncode, done.stdout.decode()

    return run


def one(url, statement, *params):
    """The first row of a statement."""
    with psycopg.connect(url) as connection:
        return connection.execute(statement, params or None).fetchone()


def alarms(ask):
    """The alarms that are up, by the number of the source and their kind."""
    found = json.loads(ask("alarms", "list", "--json")[1])
    return {(int(row["source"][6:9]), row["kind"]): row for row in found if row["source"]}


def test_which_sources_went_silent_yesterday(ask):
    """Those that did, each with what is behind it, and nobody else."""
    up = alarms(ask)
    silent = [(number, "silence") for number in (11, 12, 13, 14)]
    assert sorted(up) == [*silent, (15, "blocked"), (21, "drift"), (22, "drift")]
    assert "dns" in up[14, "silence"]["cause"]
    assert "http_403" in up[15, "blocked"]["cause"]


def test_which_site_changed_its_layout_and_when(ask, history):
    """The fields that are gone, and the hour within a day."""
    (drift,) = (row for key, row in alarms(ask).items() if key == (21, "drift"))
    (late,) = one(
        history, "SELECT abs(extract(epoch FROM now() - interval '9 days' - %s::timestamptz))", drift["since"]
    )
    assert late < 24 * 3600
    assert {"date", "author"} <= set(re.findall(r"\w+", drift["cause"]))


def test_is_everything_well(ask):
    """It is not, and the alarms come first."""
    code, text = ask("status")
    assert code == 1
    assert text.index("silence") < text.index("paper-001")


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        ("robots_disallowed", "robots.txt"),
        ("http_404", "404"),
        ("not_article", "no article"),
        ("paywall", "teaser"),
    ],
)
def test_why_a_url_is_missing(ask, history, reason, said):
    """The first lines name the reason, whatever was added to the URL."""
    (url,) = one(history, "SELECT url FROM tidings.urls WHERE reason = %s LIMIT 1", reason)
    code, text = ask("explain", f"{url}?utm_source=desk")
    assert code == 1
    assert said in " ".join(text.split()[:60])


def test_why_a_url_was_never_seen(ask, history):
    """Which source should have listed it, and what is in its way."""
    (url,) = one(history, "SELECT url FROM tidings.sources WHERE name LIKE 'paper-014-%'")
    code, text = ask("explain", f"{url}2026/11/a-story-that-never-came")
    assert code == 1
    assert "paper-014" in text
    assert "dns" in text


def test_what_changed_in_this_article(ask, history):
    """Both edits, word by word."""
    (url,) = one(
        history,
        "SELECT u.url FROM tidings.article_urls c JOIN tidings.urls u USING (url_id) JOIN tidings.sources s ON"
        " s.source_id = c.source_id WHERE c.revision = 3 AND s.name LIKE 'paper-041-%'",
    )
    code, text = ask("articles", "show", url, "--history")
    assert code == 0
    assert "stealth" in text
    assert all(edit in text for edit in ("[-4-]{+3+} million", "[-3-]{+2+} million", "[-cuts-]{+halves+}"))


def test_what_a_run_did(ask, history):
    """Its outcome, and every page with its reason."""
    run_id, url = one(
        history, "SELECT run_id, url FROM tidings.pages WHERE reason = 'timeout' ORDER BY page_id LIMIT 1"
    )
    code, text = ask("runs", "show", str(run_id)[:12])
    assert code == 0
    assert url in text.replace("\n", "")
    assert "timeout" in text


def test_where_a_text_is(ask, history):
    """A search finds what is stored, newest first, in its language."""
    code, text = ask("articles", "search", "bridge council", "--language", "en", "--json")
    assert code == 0
    assert json.loads(text)
