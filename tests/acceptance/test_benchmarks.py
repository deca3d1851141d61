"""``python -m tests.benchmarks...``: that the commands work. What they measure is nobody's promise here."""

import gzip
import json
import subprocess
import sys

import psycopg
import pytest

from tests.benchmarks import cadence, extraction, reader
from tests.support.cli import environment
from tests.support.pages import WORDS, article

LOADING_SMALL_BATCHES = """
import runpy
from functools import partial
from tests.benchmarks import filling
filling.Batches = partial(filling.Batches, size=20)
runpy.run_module("tests.benchmarks.loading", run_name="__main__", alter_sys=True)
"""


def python(*arguments, **settings):
    """Run a program to its end."""
    command = [sys.executable, *map(str, arguments)]
    return subprocess.run(
        command, capture_output=True, text=True, timeout=120, check=False, env=environment(**settings)
    )


def benchmark(module, *arguments, **settings):
    """Run a benchmark to its end."""
    return python("-m", f"tests.benchmarks.{module}", *arguments, **settings)


def is_command(module):
    """Whether a benchmark that is measured within this process, with less to do, is a command as well."""
    return benchmark(module, "--help").stdout.startswith("usage: ")


def cells(line):
    """The cells of a line of the table."""
    return [cell.strip() for cell in line.strip("|").split("|")]


def test_stories_are_measured():
    """Recall and precision are printed for each seed, and a line for each kind of pair."""
    done = benchmark("stories", "--pairs", 1, "--seeds", 1)
    assert done.returncode == 0, done.stderr
    assert "seed 1: recall 1.0000, precision" in done.stdout
    assert [line for line in done.stdout.splitlines() if line.startswith(("| two words", "| statement"))]


def test_what_an_explanation_costs_is_measured(database_url):
    """The trace of a visit, and every kind of URL that a database has."""
    done = benchmark("explain", database_url)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("a trace: ")
    assert "quarantined  none there" in done.stdout
    assert done.stdout.splitlines()[-1].endswith(" unwatched")


def test_intervals_are_simulated(monkeypatch, capsys):
    """Every publisher is asked in four ways, and the first of them is what the others are measured by."""
    assert is_command("cadence")
    for weeks in ("_LEARNED_AFTER", "_COUNTED"):
        monkeypatch.setattr(cadence, weeks, 1)
    monkeypatch.setattr(sys, "argv", ["cadence", "--seeds", "1"])
    cadence.main()
    head, _, *lines = map(cells, capsys.readouterr().out.splitlines())
    rows = [dict(zip(head, line, strict=True)) for line in lines]
    assert [row["asked"] for row in rows[:4]] == ["every 15 min", "auto", "as often, evenly", "freshness 20 min"]
    assert {row["x polls"] for row in rows[::4]} == {"1.00"}
    assert all(float(row["p95, min"]) <= 20 for row in rows[3::4])


def test_alarms_are_simulated():
    """False alarms are counted by the size of publishers, and planted faults by their kind."""
    done = benchmark("alarms", "--sources", 4, "--weeks", 9, "--processes", 1)
    assert done.returncode == 0, done.stderr
    rows = [cells(line) for line in done.stdout.splitlines()]
    assert ["all", "4", "1"] in [row[:3] for row in rows]
    assert {"freeze", "fields", "body", "article"} <= {row[0] for row in rows}


def test_programs_are_compared_on_pages_of_our_own():
    """Without any corpus the table is that of the sample newspapers, on which extraction errs nowhere."""
    only = "tidings,trafilatura,JSON-LD alone,resiliparse"
    done = benchmark("extraction", "--only", only, "--passes", 1, "--limit", 24)
    assert done.returncode == 0, done.stderr
    about, head, _, *lines = done.stdout.splitlines()
    assert "pages of the sample newspapers" in about
    table = {name: dict(zip(cells(head)[1:], figures, strict=False)) for name, *figures in map(cells, lines)}
    assert set(table) == set(only.split(","))
    scores = ("body F1", "precision", "recall", "title_any", "authors F1", "same minute")
    assert [table["tidings"][name] for name in scores] == ["1.000"] * 6
    assert table["JSON-LD alone"]["body F1"] == "-"
    assert table["trafilatura"]["x trafilatura"] == "1.00"


@pytest.fixture
def corpus(tmp_path):
    """A folder with pages/ and truth.jsonl, as $TIDINGS_CORPUS names one."""
    (tmp_path / "pages").mkdir()
    (tmp_path / "pages" / "one.html.gz").write_bytes(gzip.compress(article("Ferry returns").encode()))
    truth = {"id": "one", "title": "Ferry returns", "body": f"{WORDS}\n{WORDS}", "authors": ["Ada Merrow"]}
    unread = {"id": "two", "title": "A page that is not there"}
    (tmp_path / "truth.jsonl").write_text(f"{json.dumps(truth)}\n{json.dumps(unread)}\n")
    return tmp_path


def test_a_corpus_is_measured_wherever_it_is(corpus, monkeypatch, capsys):
    """By its two paths or by $TIDINGS_CORPUS, with the rows kept for other scorers."""
    only = ("--only", "tidings", "--passes", "1", "--rows")
    given = benchmark("extraction", corpus / "pages", corpus / "truth.jsonl", *only, corpus / "given")
    assert given.returncode == 0, given.stderr
    monkeypatch.setenv("TIDINGS_CORPUS", str(corpus))
    assert extraction.main([*only, str(corpus / "named")]) == 0
    for rows, printed in (("given", given.stdout), ("named", capsys.readouterr().out)):
        assert printed.startswith("1 pages of 1 publishers")
        assert json.loads((corpus / rows / "tidings.jsonl").read_text())["title"] == "Ferry returns"


def test_pages_that_cannot_be_read_are_named_in_one_line(corpus):
    """Exit code 2, and what is needed."""
    done = benchmark("extraction", corpus / "pages", corpus / "absent.jsonl")
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)
    assert "absent.jsonl" in done.stderr
    assert "TIDINGS_CORPUS" in done.stderr


def test_the_time_of_a_page_is_told_by_stage(corpus):
    """Every stage of extraction has a line, and their sum one."""
    done = benchmark("stages", corpus / "pages", "--passes", 1)
    assert done.returncode == 0, done.stderr
    stages = [line.split()[0] for line in done.stdout.splitlines()[2:]]
    assert {"page.read_page", "charset.decode", "text.body.read_body", "verdict.verdict.reject"} < set(stages)
    assert stages[-1] == "all"


def test_loading_is_measured_in_databases_of_its_own(server):
    """A column per size, a line per figure, and no database is left behind."""
    sizes = ("--articles", 500, 600, "--rounds", 2, "--look-ups", 2)
    done = python("-c", LOADING_SMALL_BATCHES, *sizes, TIDINGS_TEST_DATABASE_URL=server.admin_url)
    assert done.returncode == 0, done.stderr
    head, *lines = [line for line in done.stdout.splitlines() if not line.endswith(" s")]
    assert head.split()[-2:] == ["500", "600"]
    assert {"loader, pages/s", "plain COPY, pages/s", "loader x plain COPY"} < {
        line[:38].strip() for line in lines
    }
    with psycopg.connect(server.admin_url) as connection:
        left = connection.execute("SELECT datname FROM pg_database WHERE datname LIKE 'tidings_benchmark%'")
        assert left.fetchall() == []


def test_the_reading_process_is_measured(corpus, monkeypatch, capsys):
    """What a page costs in a thread and in a process, one beside the other."""
    assert is_command("reader")
    monkeypatch.setattr(reader, "_NUM_LINKS", 500)
    assert reader.main([str(corpus / "pages"), "--passes", "1"]) == 0
    assert "ms a page of CPU, reader" in capsys.readouterr().out


def test_claiming_is_measured_in_databases_of_its_own(server):
    """A column per size, a line per figure, and no database is left behind."""
    sizes = ("--sources", 300, 400, "--seconds", 2, "--rounds", 2, "--crowd", 150)
    jobs = ("--waiting", 0, 20, "--fetches", 5)
    done = benchmark("claims", *sizes, *jobs, TIDINGS_TEST_DATABASE_URL=server.admin_url)
    assert done.returncode == 0, done.stderr
    head, *lines = [line for line in done.stdout.splitlines() if not line.endswith(" s")]
    assert head.split()[-2:] == ["300", "400"]
    figures = {line[:48].strip(): line[48:].split() for line in lines}
    assert figures["still due at the end"] == ["0", "0"]
    assert {"claims/s of a crowd", "crowd x bare UPDATE", "next job with 20 waiting, ms p50 / p99"} < set(figures)
    with psycopg.connect(server.admin_url) as connection:
        left = connection.execute("SELECT datname FROM pg_database WHERE datname LIKE 'tidings_benchmark%'")
        assert left.fetchall() == []
