"""``tidings status`` on rows that tell of trouble, on screens and pipes, and while the database is away."""

import fcntl
import json
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
from contextlib import contextmanager

import pytest

from crawler.source import Source
from scheduler.sources import put
from sql.database import connect
from tests.support.cli import environment, eventually, out, running, tidings, told
from tests.support.relay import Relay

WELL = "UPDATE tidings.sources SET last_success_at = now(), due_at = now() + interval '10 minutes'"
FAILING = """
    UPDATE tidings.sources
       SET failing_since = now() - interval '3 hours', last_success_at = now() - interval '4 hours'
     WHERE name = 'paper-07'"""
RUNS = """
    INSERT INTO tidings.runs (run_id, source_id, trigger, scheduled_for, queued_at, started_at, finished_at,
                              outcome, reason)
    SELECT gen_random_uuid(), source_id, 'timetable', t, t, t, t, 'failed', 'http_403'
      FROM tidings.sources, generate_series(now() - interval '3 hours', now(), interval '1 hour') t
     WHERE name = 'paper-07'"""
SILENT = """
    INSERT INTO tidings.alarms (kind, source_id, raised_at, since, cause)
    SELECT 'silence', source_id, now(), now() - interval '2 days',
           'nothing new since Sunday, where 40 a day are usual'
      FROM tidings.sources WHERE name = 'paper-11'"""
HOURS = """
    INSERT INTO tidings.hourly_pages (source_id, hour, outcome, reason, num_pages)
    SELECT source_id, date_trunc('hour', now(), 'UTC') - n * interval '1 hour', 'new', 'new_text', 3
      FROM tidings.sources, generate_series(0, 1) n WHERE name = 'paper-03'"""
USUAL = """
    INSERT INTO tidings.baselines (source_id, num_weeks, num_new, usual, spread, longest_quiet, computed_at)
    SELECT source_id, 4, 1344, array_fill(2::real, ARRAY[168]), array_fill(1::real, ARRAY[168]), 4, now()
      FROM tidings.sources WHERE name = 'paper-03'"""
WORKERS = """
    INSERT INTO tidings.workers VALUES ('host-a:7:aa', now(), now() + interval '1 hour'),
                                       ('host-b:8:bb', now(), now() - interval '2 hours')"""


@pytest.fixture
def papers(database_url):
    """Forty sources that are well, and a worker."""
    with connect(database_url) as connection:
        for number in range(40):
            put(connection, Source(name=f"paper-{number:02}", url=f"https://p{number}.example/"), origin="command")
        for statement in (WELL, WORKERS):
            connection.execute(statement)
    return database_url


def execute(database_url, *statements):
    with connect(database_url) as connection:
        for statement in statements:
            connection.execute(statement)


@pytest.fixture
def status(within):
    """What ``tidings status`` prints."""

    def run(database_url, *arguments, code=0, **settings):
        done = within("status", *arguments, TIDINGS_DATABASE_URL=database_url, **settings)
        assert done.returncode == code, done.stderr.decode()
        return done.stdout.decode()

    return run


def test_all_is_well(papers, status):
    """The first line says so, in words; nothing is wider than the screen."""
    rows = status(papers, COLUMNS="80").splitlines()
    assert rows[0] == "all is well: 40 sources, 0 new in 24 hours, 1 worker alive"
    assert max(map(len, rows)) <= 80
    assert sum(row.startswith("paper-") for row in rows) == 40


def test_trouble_comes_first(papers, status):
    """Alarms with their cause and what mends them; then the sources that have one, that fail, and the others."""
    execute(papers, SILENT, FAILING, RUNS, HOURS, USUAL)
    text = status(papers, code=1)
    head, _, rest = text.partition("\nsource ")
    assert head.startswith("1 alarm\n\nALARM silence of paper-11, since ")
    assert "nothing new since Sunday, where 40 a day are usual" in head
    assert "mend: 'tidings sources test paper-11'" in " ".join(head.split())
    names = re.findall(r"^paper-\d+", rest, re.MULTILINE)
    assert names[:3] == ["paper-11", "paper-07", "paper-00"]
    (failing,) = re.findall("^paper-07 .*", rest, re.MULTILINE)
    assert failing.split()[1] == "4h"
    assert failing.split()[-2:] == ["4", "http_403"]
    assert re.search(r"^paper-03 .*\b6/48\b.* 3/2$", rest, re.MULTILINE)
    assert "1 alive: 1 on host-a" in rest


def test_json_has_all_of_it(papers, status):
    """What scripts have always found there, and the rest; the exit code tells the same."""
    execute(papers, SILENT)
    found = json.loads(status(papers, "--json", code=1))
    assert {"num_articles", "num_copies", "num_urls", "num_queued", "num_running", "num_workers"} <= found.keys()
    assert (found["is_well"], found["alarms"][0]["kind"], found["num_workers"]) == (False, "silence", 1)
    keys = {
        "name",
        "definition",
        "host_lock",
        "due_at",
        "last_outcome",
        "last_article_at",
        "num_new",
        "usual",
        "p50",
    }
    assert keys <= found["sources"][0].keys()
    assert found["database"]["num_connections"] >= 1


def test_nobody_at_work_is_not_well(papers, status):
    """No alarm can be raised by a daemon that does not run: what is overdue says so itself."""
    execute(
        papers, "DELETE FROM tidings.workers", "UPDATE tidings.sources SET due_at = now() - interval '2 hours'"
    )
    text = status(papers, code=1)
    assert text.startswith("not well: no worker is alive, and 40 sources should have been visited since")


def test_an_empty_installation_says_what_to_do(database_url, status):
    """Without a source there is nothing to be well."""
    assert "'tidings sources add URL' adds one" in status(database_url)


@pytest.mark.parametrize(
    ("arguments", "message"), [(("5",), "SECONDS goes with --watch"), (("--watch", "--json"), "leave --json out")]
)
def test_what_cannot_be_meant_is_one_line(within, arguments, message):
    """Exit code 2, and how to mend it, before anything is asked."""
    assert message in told(within("status", *arguments), 2)


def test_a_server_without_an_answer_is_not_waited_for(papers):
    """It takes the connection and says nothing more: exit code 2 and one line, within seconds."""
    with Relay(papers) as relay:
        relay.is_hole = True
        done = tidings("status", TIDINGS_DATABASE_URL=relay.url(connect_timeout="2"), timeout=60)
    assert "database: " in told(done, 2)


@contextmanager
def on_terminal(*arguments, rows, columns, **settings):
    """``tidings`` on a terminal of that size; yields the process, what it has drawn so far, and the terminal."""
    ours, theirs = pty.openpty()
    resize(ours, rows, columns)
    command = [sys.executable, "-c", "from scheduler.cli import main; main()", *arguments]
    clean = {key: value for key, value in environment(**settings).items() if key not in {"COLUMNS", "LINES"}}
    drawn = bytearray()

    def read():
        while select.select([ours], [], [], 0)[0]:
            drawn.extend(os.read(ours, 65536))
        return drawn.decode(errors="replace").replace("\r\n", "\n")

    with subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, env=clean) as process:
        os.close(theirs)
        try:
            yield process, read, ours
        finally:
            process.kill()
    os.close(ours)


def resize(terminal, rows, columns):
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


def last_screen(text):
    """The last one that was drawn to its end."""
    whole = [screen for screen in text.split("\x1b[H") if screen.endswith("\x1b[J")]
    return re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", whole[-1]).splitlines() if whole else []


def test_a_screen_is_filled_and_not_overrun(papers):
    """On a terminal: as many sources as there is room for; drawn anew in another size; Ctrl-C ends with 0."""
    settings = {"TIDINGS_DATABASE_URL": papers, "TERM": "xterm"}
    with on_terminal("status", "--watch", "0.5", rows=20, columns=80, **settings) as (process, read, terminal):
        screen = eventually(lambda: last_screen(read()))
        assert len(screen) <= 20
        assert any(re.match("and [0-9]+ sources that are well: --all", row) for row in screen)
        resize(terminal, 30, 60)
        screen = eventually(lambda: len(last_screen(read())) > 20 and last_screen(read()))
        assert len(screen) <= 30
        assert max(map(len, screen)) <= 60
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0


def test_watching_outlives_the_database(papers, tmp_path):
    """While it is away that is said above what was known last; when it is back all is as before."""
    shown = tmp_path / "shown"
    with Relay(papers) as relay:
        url = relay.url(connect_timeout="2")
        with running("status", "--watch", "0.2", log=shown, TIDINGS_DATABASE_URL=url) as process:
            blocks = eventually(lambda: shown.read_text().count("\n\nall is well") > 1 and shown.read_text())
            assert "\x1b" not in blocks
            relay.is_hole = True
            eventually(
                lambda: re.search(r"UTC: database: .*; what was known last:\nall is well", shown.read_text())
            )
            relay.is_hole = False
            away = len(shown.read_text())
            eventually(lambda: "\n\nall is well" in shown.read_text()[away:])
            process.send_signal(signal.SIGINT)
            assert process.wait(30) == 0


def test_the_help_says_what_the_columns_are(within):
    """Whoever meets "24 h" and "p50" for the first time."""
    text = " ".join(out(within("status", "--help")).split())
    assert '"p50" is the time from publication to row' in text
    assert "Exit code 0: all is well" in text
