"""``tidings articles import-warc`` as an operator runs it."""

import json
import signal
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from sql.database import connect
from tests.support.cli import configuration, events, eventually, out, running, tidings, told
from tests.support.pages import article
from tests.support.warcs import Warc

# Each of what is promised below has a paper of its own among those that are imported together.
ROUND, PLAIN, RULED, NAMED, KNOWN, DATED, PIPED, CUT = PAPERS = (
    "gazette", "tribune", "courier", "observer", "herald", "argus", "mercury", "examiner",
)  # fmt: skip
ECHO = "https://echo.birkental.de/"
NUM_PAGES = 400


def news(paper):
    """Where its pages are."""
    return f"https://www.lendmouth-{paper}.org/news/"


def source(paper, **more):
    return {"name": paper, "url": f"https://lendmouth-{paper}.org/", "every": "1d"} | more


@pytest.fixture
def importing(database_url, tmp_path):
    """Runs the command on the test's database, with the gazette as a source."""
    return command(database_url, configuration(tmp_path, source("gazette")))


def command(database_url, config):
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
    return asking(database_url)


def asking(database_url):
    def run(statement, *values):
        with connect(database_url) as connection:
            return connection.execute(statement, values).fetchall()

    return run


def text(number):
    return f"Item {number} of the agenda is the {number}th lamp post on the harbour road, which will be painted."


def written(path, warc):
    path.write_bytes(bytes(warc))
    return path


def small(paper="gazette", *, gzip=True):
    """Two sites, a copy, a correction, an unchanged visit, a page that is none, and records that are no pages."""
    own, stray = news(paper), f"{ECHO}{paper}/bridge"
    half_done, nearly_done = (article(f"Bridge of the {paper} {state} done") for state in ("half", "nearly"))
    warc = Warc(gzip=gzip).request(own + "bridge")
    warc.page(own + "bridge", half_done, at="2026-03-02T08:00:00Z")
    warc.page(stray, half_done, at="2026-03-02T09:00:00Z")
    warc.page(own + "bridge", nearly_done, at="2026-03-03T08:00:00Z")
    warc.page(own + "bridge", nearly_done, at="2026-03-04T08:00:00Z")
    warc.page(own + "ferry", article("Ferry returns")[:900], length=5000)
    return warc.page(own + "gone", "gone", status="404 Not Found")


def own_and_stray(paper):
    """Patterns of the URLs that the file of a paper has."""
    return f"{news(paper)}%", f"{ECHO}{paper}/%"


def large(num_pages):
    warc = Warc()
    for number in range(num_pages):
        warc.page(f"{news('gazette')}{number}", article(f"Item {number}", text(number)))
    return warc


def ruled():
    """The same page on two days, with a headline that only the first day's rules find."""
    page = article("Bridge for all").replace("<h1>", "<p class=t>Bridge</p><h1>")
    warc = Warc().page(news(RULED) + "1", page, at="2026-03-02T08:00:00Z")
    return warc.page(news(RULED) + "2", page, at="2026-03-03T08:00:00Z")


RULES = [
    {"valid_until": "2026-03-02", "fields": {"headline": ".t"}},
    {"valid_from": "2026-03-03", "fields": {"headline": ".none"}},
]


def bridge(state, at):
    return Warc().page(news(DATED) + "bridge", article(f"Bridge repair {state}"), at=at)


@pytest.fixture(scope="module")
def imports(server, template, tmp_path_factory):
    """Two imports into one database, each of several files and a pipe: what became of each, and the logs."""
    database, folder = server.create(template=template), tmp_path_factory.mktemp("imports")
    sources = [source(paper) for paper in PAPERS if paper != RULED]
    run = command(database, configuration(folder, *sources, source(RULED, rules=RULES)))
    piped, known, cut = bytes(small(PIPED)), bytes(small(KNOWN)), small(CUT)

    def imported(warcs, *arguments):
        files = [written(folder / name, warc) for name, warc in warcs.items()]
        done = run("--json", *arguments, *files, "-", stdin=piped)
        assert done.stdout, done.stderr.decode()
        results = {Path(result["file"]).name: result for result in json.loads(done.stdout)}
        return SimpleNamespace(code=done.returncode, results=results, log=events(done.stderr.decode()))

    first = {
        "round.warc.gz": small(ROUND),
        "plain.warc": small(PLAIN, gzip=False),
        "ruled.warc.gz": ruled(),
        "known.warc.gz": known,
        "newer.warc.gz": bridge("done", "2026-05-01T08:00:00Z"),
    }
    second = {
        "named.warc.gz": small(NAMED),
        "moved.warc.gz": known,
        "older.warc.gz": bridge("begun", "2026-01-01T08:00:00Z"),
        "cut.warc.gz": bytes(cut)[: cut.bounds[5] - 30],
    }
    yield SimpleNamespace(
        first=imported(first),
        second=imported(second, "--source", "cc-news"),
        query=asking(database),
        run=run,
        folder=folder,
        cut_at=cut.bounds[4],
    )
    server.drop(database)


def doubled(query):
    return query("SELECT url, fetched_at FROM tidings.pages GROUP BY 1, 2 HAVING count(*) > 1")


@pytest.mark.parametrize(("paper", "file"), [(ROUND, "round.warc.gz"), (PLAIN, "plain.warc")])
def test_pages_are_stored_as_a_crawl_stores_them(imports, paper, file):
    """Each page has its outcome and reason under the source that owns its site; strays are a disabled source's."""
    assert imports.first.code == 0, imports.first.log
    result, query = imports.first.results[file], imports.query
    assert result["records"] == {"warcinfo": 1, "request": 1, "page": 5, "http_404": 1}
    found = query(
        "SELECT s.name, p.outcome, p.reason, p.fetched_at"
        "  FROM tidings.pages p JOIN tidings.sources s USING (source_id)"
        " WHERE p.url LIKE %s OR p.url LIKE %s ORDER BY page_id",
        *own_and_stray(paper),
    )
    assert sorted((row["name"], row["outcome"], row["reason"]) for row in found) == [
        (paper, "changed", "changed_text"),
        (paper, "failed", "truncated"),
        (paper, "new", "new_text"),
        (paper, "unchanged", "same_text"),
        ("warc", "duplicate", "known_text"),
    ]
    assert found[0]["fetched_at"].isoformat() == "2026-03-02T08:00:00+00:00"
    assert query("SELECT state FROM tidings.sources WHERE name = 'warc'") == [{"state": "disabled"}]
    counts = {source["source"]: source["num_links"] for source in result["sources"]}
    assert counts == {paper: 4, "warc": 1}
    assert query(
        "SELECT DISTINCT outcome FROM tidings.runs JOIN tidings.warc_imports USING (import_id) WHERE file = %s",
        result["file"],
    ) == [{"outcome": "succeeded"}]


def test_pages_are_read_by_the_rules_of_their_own_day(imports):
    """A record's date says which set of rules holds; what one missed is told at the end of the run."""
    found = imports.query("SELECT headline FROM tidings.copies WHERE source = %s ORDER BY url", RULED)
    assert [row["headline"] for row in found] == ["Bridge", "Bridge for all"]
    (told_of,) = [line for line in imports.first.log if line["event"] == "rule.missed"]
    assert (told_of["field"], told_of["num_pages"], told_of["num_read"]) == ("headline", 1, 2)


def test_strays_belong_to_the_source_that_is_named(imports):
    """--source names it; a name that cannot be one is refused."""
    assert imports.second.results["named.warc.gz"]["outcome"] == "finished"
    strays = imports.query("SELECT source FROM tidings.copies WHERE url LIKE %s", f"{ECHO}{NAMED}/%")
    assert strays == [{"source": "cc-news"}]
    file = imports.folder / "named.warc.gz"
    assert "--source: use 1 to 64 of a-z" in told(imports.run("--source", "CC News", file), 2)


def test_a_file_that_was_read_is_not_read_again(imports):
    """The same file is known wherever it lies, and is read anew only with --again, which doubles no text."""
    assert imports.second.results["moved.warc.gz"]["outcome"] == "known"

    def copies():
        return imports.query(
            "SELECT url_id, revision, article_id, is_current FROM tidings.article_urls JOIN tidings.urls u"
            " USING (url_id) WHERE u.url LIKE %s OR u.url LIKE %s ORDER BY 1, 2",
            *own_and_stray(KNOWN),
        )

    before = copies()
    (again,) = json.loads(out(imports.run("--json", "--again", imports.folder / "moved.warc.gz")))
    assert (again["outcome"], again["records"]["page"]) == ("finished", 5)
    assert copies() == before


def test_an_older_text_does_not_replace_a_newer_one(imports):
    """What an archive shows of an earlier day is kept, and what was seen last stays current."""
    assert imports.second.results["older.warc.gz"]["outcome"] == "finished"
    copies = imports.query("SELECT headline, is_current FROM tidings.copies WHERE source = %s", DATED)
    assert [row["headline"] for row in copies if row["is_current"]] == ["Bridge repair done"]
    assert len(copies) == 2
    days = imports.query(
        "SELECT last_fetched_at::date::text AS day FROM tidings.urls WHERE url LIKE %s", f"{news(DATED)}%"
    )
    assert days == [{"day": "2026-05-01"}]


def test_standard_input(imports):
    """- reads a pipe, from its beginning each time."""
    for result in (imports.first.results["-"], imports.second.results["-"]):
        assert (result["file"], result["outcome"], result["records"]["page"]) == ("-", "finished", 5)
    articles = "SELECT count(DISTINCT article_id) AS n FROM tidings.copies WHERE headline LIKE %s"
    assert imports.query(articles, f"%{PIPED}%") == [{"n": 2}]


def test_a_file_cut_short_is_told_and_what_is_whole_stored(imports):
    """The exit code is 1, the log names file and offset, and the cut page is truncated."""
    assert imports.second.code == 1
    assert [name for name, result in imports.second.results.items() if result["num_damaged"]] == ["cut.warc.gz"]
    (damaged,) = [event for event in imports.second.log if event["event"] == "record.damaged"]
    assert (damaged["file"], damaged["offset"]) == (str(imports.folder / "cut.warc.gz"), imports.cut_at)
    pages = imports.query(
        "SELECT reason FROM tidings.pages WHERE url LIKE %s OR url LIKE %s ORDER BY page_id",
        *own_and_stray(CUT),
    )
    assert [row["reason"] for row in pages] == ["new_text", "known_text", "truncated"]


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
    settings = {"TIDINGS_DATABASE_URL": database_url, "PYTHONPATH": str(tmp_path)}
    done = tidings("articles", "import-warc", file, cwd=tmp_path, **settings)
    assert done.returncode == 2
    assert done.stderr.decode().endswith("tidings: reading WARC files needs warcio: pip install 'tidings[warc]'\n")


def test_a_page_that_takes_too_long_is_left(importing, query, tmp_path, database_url):
    """The deadline of extraction holds here as well, and a thread that hangs does not keep the command."""
    page = article("Long", "word " * 200_000)
    file = written(tmp_path / "long.warc.gz", Warc().page(news("gazette") + "long", page))
    settings = {"TIDINGS_DATABASE_URL": database_url, "TIDINGS_CRAWL_EXTRACTION_TIMEOUT": "1ms"}
    (result,) = json.loads(out(tidings("articles", "import-warc", "--json", file, cwd=tmp_path, **settings)))
    assert result["sources"][0]["num_failed"] == 1
    assert query("SELECT reason FROM tidings.pages") == [{"reason": "extraction_timeout"}]


def test_a_kill_loses_nothing_and_doubles_nothing(importing, query, tmp_path, database_url):
    """Killed in the middle, then given once more: every page is stored once, in the runs that were begun."""
    file = written(tmp_path / "large.warc.gz", large(NUM_PAGES))
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


def test_a_signal_stops_it_at_a_point_from_which_it_goes_on(importing, query, tmp_path, database_url):
    """Told to stop, it stores what it has read, closes its runs and keeps the offset; the rest follows."""
    num_in_file = 3 * NUM_PAGES  # more than a fast machine stores before it hears the second signal
    file = written(tmp_path / "large.warc.gz", large(num_in_file))
    arguments = ("articles", "import-warc", "--config", tmp_path / "tidings.toml", file)
    offset = num_pages = 0
    for num_stops, number in enumerate((signal.SIGTERM, signal.SIGINT), 1):
        with running(*arguments, log=tmp_path / "log", TIDINGS_DATABASE_URL=database_url) as process:
            eventually(lambda known=num_pages: query("SELECT FROM tidings.pages OFFSET %s LIMIT 1", known))
            process.send_signal(number)
            assert process.wait(120) == 1, number
        (before,) = query("SELECT next_offset, records, finished_at FROM tidings.warc_imports")
        assert offset < before["next_offset"] < file.stat().st_size, number
        offset, num_pages = before["next_offset"], before["records"]["page"]
        assert query("SELECT count(*) AS n FROM tidings.pages") == [{"n": num_pages}], number
        ended = query("SELECT outcome, reason FROM tidings.runs")
        assert ended == [{"outcome": "aborted", "reason": "shutdown"}] * num_stops, number
    out(importing(file))
    assert query("SELECT count(*) AS n FROM tidings.pages") == [{"n": num_in_file}]
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
