"""``tidings articles import-warc`` as an operator runs it."""

import json
import signal
import sys

import pytest

from sql.database import connect
from tests.support.cli import configuration, events, eventually, out, running, tidings, told
from tests.support.pages import article
from tests.support.warcs import Warc

GAZETTE = "https://www.lendmouth-gazette.org/news/"
ECHO = "https://echo.birkental.de/artikel/"
SOURCE = {"name": "gazette", "url": "https://lendmouth-gazette.org/", "every": "1d"}
NUM_PAGES = 600


@pytest.fixture
def importing(database_url, tmp_path):
    """Runs the command on the test's database, with the gazette as a source."""
    config = configuration(tmp_path, SOURCE)

    def run(*arguments, stdin=b""):
        return tidings(
            "articles",
            "import-warc",
            "--config",
            config,
            *arguments,
            stdin=stdin,
            TIDINGS_DATABASE_URL=database_url,
        )

    return run


@pytest.fixture
def query(database_url):
    """Rows of the test's database."""

    def run(statement):
        with connect(database_url) as connection:
            return connection.execute(statement).fetchall()

    return run


def text(number):
    return f"Item {number} of the agenda is the {number}th lamp post on the harbour road, which will be painted."


def written(path, warc):
    path.write_bytes(bytes(warc))
    return path


def small(*, gzip=True):
    """Two sites, a copy, a correction, an unchanged visit, a page that is none, and records that are no pages."""
    warc = Warc(gzip=gzip).request(GAZETTE + "bridge")
    warc.page(GAZETTE + "bridge", article("Bridge repair half done"), at="2026-03-02T08:00:00Z")
    warc.page(ECHO + "bridge", article("Bridge repair half done"), at="2026-03-02T09:00:00Z")
    warc.page(GAZETTE + "bridge", article("Bridge repair nearly done"), at="2026-03-03T08:00:00Z")
    warc.page(GAZETTE + "bridge", article("Bridge repair nearly done"), at="2026-03-04T08:00:00Z")
    warc.page(GAZETTE + "ferry", article("Ferry returns")[:900], length=5000)
    return warc.page(GAZETTE + "gone", "gone", status="404 Not Found")


def large():
    warc = Warc()
    for number in range(NUM_PAGES):
        warc.page(f"{GAZETTE}{number}", article(f"Item {number}", text(number)))
    return warc


def doubled(query):
    return query("SELECT url, fetched_at FROM tidings.pages GROUP BY 1, 2 HAVING count(*) > 1")


@pytest.mark.parametrize("gzip", [True, False])
def test_pages_are_stored_as_a_crawl_stores_them(importing, query, tmp_path, gzip):
    """Each page has its outcome and reason under the source that owns its site; strays are a disabled source's."""
    (result,) = json.loads(out(importing("--json", written(tmp_path / "small.warc", small(gzip=gzip)))))
    assert result["records"] == {"warcinfo": 1, "request": 1, "page": 5, "http_404": 1}
    found = query(
        "SELECT s.name, p.outcome, p.reason, p.fetched_at"
        "  FROM tidings.pages p JOIN tidings.sources s USING (source_id) ORDER BY page_id"
    )
    assert sorted((row["name"], row["outcome"], row["reason"]) for row in found) == [
        ("gazette", "changed", "changed_text"),
        ("gazette", "failed", "truncated"),
        ("gazette", "new", "new_text"),
        ("gazette", "unchanged", "same_text"),
        ("warc", "duplicate", "known_text"),
    ]
    assert found[0]["fetched_at"].isoformat() == "2026-03-02T08:00:00+00:00"
    assert query("SELECT state FROM tidings.sources WHERE name = 'warc'") == [{"state": "disabled"}]
    counts = {source["source"]: source["num_links"] for source in result["sources"]}
    assert counts == {"gazette": 4, "warc": 1}
    assert query("SELECT DISTINCT outcome FROM tidings.runs") == [{"outcome": "succeeded"}]


def test_pages_are_read_by_the_rules_of_their_own_day(query, tmp_path, database_url):
    """A record's date says which set of rules holds; what one missed is told at the end of the run."""
    rules = [
        {"valid_until": "2026-03-02", "fields": {"headline": ".t"}},
        {"valid_from": "2026-03-03", "fields": {"headline": ".none"}},
    ]
    config = configuration(tmp_path, SOURCE | {"rules": rules})
    page = article("Bridge for all").replace("<h1>", "<p class=t>Bridge</p><h1>")
    warc = Warc().page(GAZETTE + "1", page, at="2026-03-02T08:00:00Z")
    warc.page(GAZETTE + "2", page, at="2026-03-03T08:00:00Z")
    file = written(tmp_path / "two.warc.gz", warc)
    command = ("articles", "import-warc", "--config", config, file)
    done = tidings(*command, TIDINGS_DATABASE_URL=database_url, TIDINGS_LOG_FORMAT="json")
    out(done)
    found = query("SELECT headline FROM tidings.copies ORDER BY url")
    assert [row["headline"] for row in found] == ["Bridge", "Bridge for all"]
    (told_of,) = [line for line in events(done.stderr.decode()) if line["event"] == "rule.missed"]
    assert (told_of["field"], told_of["num_pages"], told_of["num_read"]) == ("headline", 1, 2)


def test_strays_belong_to_the_source_that_is_named(importing, query, tmp_path):
    """--source names it; a name that cannot be one is refused."""
    file = written(tmp_path / "small.warc.gz", small())
    out(importing("--source", "cc-news", file))
    assert query("SELECT source FROM tidings.copies WHERE url LIKE '%birkental%'") == [{"source": "cc-news"}]
    assert "--source: use 1 to 64 of a-z" in told(importing("--source", "CC News", file), 2)


def test_a_file_that_was_read_is_not_read_again(importing, query, tmp_path):
    """The same file is known wherever it lies, and is read anew only with --again, which doubles no text."""
    file = written(tmp_path / "small.warc.gz", small())
    out(importing(file))
    moved = file.rename(tmp_path / "moved.warc.gz")
    assert json.loads(out(importing("--json", moved)))[0]["outcome"] == "known"
    copies = query("SELECT url_id, revision, article_id, is_current FROM tidings.article_urls ORDER BY 1, 2")
    (again,) = json.loads(out(importing("--json", "--again", moved)))
    assert (again["outcome"], again["records"]["page"]) == ("finished", 5)
    assert (
        query("SELECT url_id, revision, article_id, is_current FROM tidings.article_urls ORDER BY 1, 2") == copies
    )


def test_an_older_text_does_not_replace_a_newer_one(importing, query, tmp_path):
    """What an archive shows of an earlier day is kept, and what was seen last stays current."""
    newer = Warc().page(GAZETTE + "bridge", article("Bridge repair done"), at="2026-05-01T08:00:00Z")
    older = Warc().page(GAZETTE + "bridge", article("Bridge repair begun"), at="2026-01-01T08:00:00Z")
    out(importing(written(tmp_path / "newer.warc.gz", newer)))
    out(importing(written(tmp_path / "older.warc.gz", older)))
    assert query("SELECT headline FROM tidings.copies WHERE is_current") == [{"headline": "Bridge repair done"}]
    assert query("SELECT count(*) AS n FROM tidings.copies") == [{"n": 2}]
    assert query("SELECT last_fetched_at::date::text AS day FROM tidings.urls") == [{"day": "2026-05-01"}]


def test_standard_input(importing, query):
    """- reads a pipe, from its beginning each time."""
    for _ in range(2):
        (result,) = json.loads(out(importing("--json", "-", stdin=bytes(small()))))
        assert (result["file"], result["outcome"], result["records"]["page"]) == ("-", "finished", 5)
    assert query("SELECT count(*) AS n FROM tidings.articles") == [{"n": 2}]


def test_a_file_cut_short_is_told_and_what_is_whole_stored(importing, query, tmp_path):
    """The exit code is 1, the log names file and offset, and the cut page is truncated."""
    warc = small()
    file = tmp_path / "cut.warc.gz"
    file.write_bytes(bytes(warc)[: warc.bounds[5] - 30])
    done = importing(file)
    assert done.returncode == 1
    (damaged,) = [event for event in events(done.stderr.decode()) if event["event"] == "record.damaged"]
    assert (damaged["file"], damaged["offset"]) == (str(file), warc.bounds[4])
    assert [row["reason"] for row in query("SELECT reason FROM tidings.pages ORDER BY page_id")] == [
        "new_text",
        "known_text",
        "truncated",
    ]


def test_what_cannot_be_read_is_one_line(importing, tmp_path):
    """No file, no WARC file: exit code 2, and the file named with the offset."""
    assert "nowhere.warc" in told(importing(tmp_path / "nowhere.warc"), 2)
    page = tmp_path / "page.html"
    page.write_text(article("Bridge"), encoding="utf-8")
    done = importing(page)
    assert done.returncode == 2
    assert f"tidings: {page}: at offset 0: not a WARC file" in done.stderr.decode()


def test_without_the_extra_one_line_says_how_to_install_it(database_url, tmp_path):
    """Where warcio is missing, the command says what to install."""
    (tmp_path / "warcio.py").write_text("raise ImportError", encoding="utf-8")
    file = written(tmp_path / "small.warc.gz", small())
    done = tidings("articles", "import-warc", file, cwd=tmp_path, TIDINGS_DATABASE_URL=database_url)
    assert done.returncode == 2
    assert done.stderr.decode().endswith("tidings: reading WARC files needs warcio: pip install 'tidings[warc]'\n")


def test_a_page_that_takes_too_long_is_left(importing, query, tmp_path, database_url):
    """The deadline of extraction holds here as well, and a thread that hangs does not keep the command."""
    file = written(tmp_path / "long.warc.gz", Warc().page(GAZETTE + "long", article("Long", "word " * 200_000)))
    settings = {"TIDINGS_DATABASE_URL": database_url, "TIDINGS_CRAWL_EXTRACTION_TIMEOUT": "1ms"}
    (result,) = json.loads(out(tidings("articles", "import-warc", "--json", file, cwd=tmp_path, **settings)))
    assert result["sources"][0]["num_failed"] == 1
    assert query("SELECT reason FROM tidings.pages") == [{"reason": "extraction_timeout"}]


def test_a_kill_loses_nothing_and_doubles_nothing(importing, query, tmp_path, database_url):
    """Killed in the middle, then given once more: every page is stored once, in the runs that were begun."""
    file = written(tmp_path / "large.warc.gz", large())
    arguments = ("articles", "import-warc", "--config", tmp_path / "tidings.toml", file)
    with running(*arguments, log=tmp_path / "log", TIDINGS_DATABASE_URL=database_url) as process:
        eventually(lambda: query("SELECT FROM tidings.pages LIMIT 1"))
        process.send_signal(signal.SIGKILL)
        assert process.wait(120) == -signal.SIGKILL
    assert query("SELECT FROM tidings.warc_imports WHERE finished_at IS NULL")
    (result,) = json.loads(out(importing("--json", file)))
    assert (result["outcome"], result["records"]["page"]) == ("finished", NUM_PAGES)
    assert query("SELECT count(*) AS n FROM tidings.pages") == [{"n": NUM_PAGES}]
    assert query("SELECT count(*) AS n FROM tidings.copies") == [{"n": NUM_PAGES}]
    assert doubled(query) == []
    assert query("SELECT attempt, outcome, num_new FROM tidings.runs") == [
        {"attempt": 2, "outcome": "succeeded", "num_new": NUM_PAGES}
    ]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_it_at_a_point_from_which_it_goes_on(importing, query, tmp_path, database_url, number):
    """Told to stop, it stores what it has read, closes its runs and keeps the offset; the rest follows."""
    file = written(tmp_path / "large.warc.gz", large())
    arguments = ("articles", "import-warc", "--config", tmp_path / "tidings.toml", file)
    with running(*arguments, log=tmp_path / "log", TIDINGS_DATABASE_URL=database_url) as process:
        eventually(lambda: query("SELECT FROM tidings.pages LIMIT 1"))
        process.send_signal(number)
        assert process.wait(120) == 1
    (before,) = query("SELECT next_offset, records, finished_at FROM tidings.warc_imports")
    assert 0 < before["next_offset"] < file.stat().st_size
    assert query("SELECT count(*) AS n FROM tidings.pages") == [{"n": before["records"]["page"]}]
    assert query("SELECT outcome, reason FROM tidings.runs") == [{"outcome": "aborted", "reason": "shutdown"}]
    out(importing(file))
    assert query("SELECT count(*) AS n FROM tidings.pages") == [{"n": NUM_PAGES}]
    assert doubled(query) == []


def test_a_signal_is_heard_while_a_pipe_is_silent(query, tmp_path, database_url):
    """Waiting for standard input does not keep it from stopping."""
    import subprocess

    from tests.support.cli import environment

    code = "from scheduler.cli import main; main()"
    with subprocess.Popen(
        [sys.executable, "-c", code, "articles", "import-warc", "-"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(TIDINGS_DATABASE_URL=database_url),
        cwd=tmp_path,
    ) as process:
        eventually(lambda: query("SELECT FROM tidings.warc_imports"))
        process.send_signal(signal.SIGTERM)
        assert process.wait(120) == 1
