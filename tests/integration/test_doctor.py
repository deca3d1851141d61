"""``tidings doctor``: what is broken on purpose is found, with what mends it; the other checks go on."""

import json
import resource
import socket
import threading

import psycopg
import pytest
import time_machine
from psycopg.conninfo import make_conninfo

from scheduler.doctor import CHECKS, Report, examine, machine, packages
from scheduler.doctor import disk as disk_checks
from scheduler.doctor.finding import Check, Level, ok
from scheduler.silence import SILENCE_SECONDS
from sql.advisory import LEAD
from sql.database import connect
from tests.conftest import name_of, replaced
from tests.support.cli import out, tidings
from tests.support.sites import Site

SOURCE = "[[source]]\nname = '{name}'\nurl = '{url}'\n"


@pytest.fixture
def installed(tmp_path, monkeypatch, database_url):
    """Examines an installation with this configuration on the test's database; only the named subjects."""
    monkeypatch.setenv("TIDINGS_DATABASE_URL", database_url)

    def look(*subjects, text="", **settings) -> Report:
        file = tmp_path / "tidings.toml"
        file.write_text(text, encoding="utf-8")
        file.chmod(0o600)
        for name, value in settings.items():
            monkeypatch.setenv(name, value)
        wanted = [check for check in CHECKS if not subjects or check.subject in subjects]
        return examine(file, is_offline=not subjects, checks=wanted)

    return look


def bad(report, level=Level.PROBLEM):
    """What was found at this level, as one text."""
    return "\n".join(f"{subject}: {f.found} -> {f.mend}" for subject, f in report.findings if f.level == level)


def run(database_url, *statements):
    with psycopg.connect(database_url, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)


def added(name="gazette", due="now()", definition='{"name": "gazette", "url": "https://gazette.example/"}'):
    return (
        "INSERT INTO tidings.sources (name, url, origin, definition, host_lock, due_at, created_at, updated_at)"
        f" VALUES ('{name}', '', 'command', '{definition}', 'gazette.example', {due}, now(), now())"
    )


def test_all_is_looked_at_and_well(installed):
    """On a sound installation nothing is left out, and nothing is a problem."""
    report = installed(text="[crawl]\nuser_agent = 'archive/1.0 (+https://a.example/)'\nworkers = 1\n")
    assert bad(report) == ""
    assert report.left_out == {}
    assert {subject for subject, _ in report.findings} >= {check.subject for check in CHECKS}


def test_where_there_is_nothing_yet_nothing_is_a_problem(tmp_path):
    """An empty home: no traceback, nothing made, exit code 0; JSON with the same."""
    data_dir = tmp_path / "data"
    done = tidings("doctor", "--json", "--offline", cwd=tmp_path, TIDINGS_DATABASE_DATA_DIR=str(data_dir))
    report = json.loads(out(done))
    assert any("will be made in" in finding["found"] for finding in report["findings"])
    assert report["left_out"]["schema"] == "there is no database to ask"
    assert not data_dir.exists()
    assert done.stderr == b""
    shown = out(tidings("doctor", "--offline", cwd=tmp_path, TIDINGS_DATABASE_DATA_DIR=str(data_dir)))
    assert shown.splitlines()[-1].endswith("warnings")
    assert "-> '" in shown


def test_a_configuration_that_cannot_be_used_is_one_problem(tmp_path):
    """It is named with its line, and what does without it is looked at all the same."""
    (tmp_path / "tidings.toml").write_text("[crawl]\nworkers = 'many'\n", encoding="utf-8")
    done = tidings("doctor", "--offline", cwd=tmp_path)
    assert done.returncode == 1
    lines = done.stdout.decode().splitlines()
    assert any("tidings.toml:2: crawl.workers: must be a whole number" in line for line in lines)
    assert any(line.startswith("ok       packages") for line in lines)
    assert lines[-1] == "1 problem"
    assert done.stderr == b""


def test_a_file_with_secrets_is_for_nobody_else(installed, tmp_path, monkeypatch):
    """A configuration that all may read, with a secret in it, is named with the command that mends it."""
    file = tmp_path / "open.toml"
    file.write_text("[alarms]\nnotify = ['json://127.0.0.1/hush-4711']\n", encoding="utf-8")
    file.chmod(0o644)
    report = examine(file, is_offline=True, checks=[CHECKS[0]])
    assert f"chmod o= {file}" in bad(report, Level.WARNING)
    assert "4711" not in str(report)


def test_a_database_that_is_away(installed):
    """It is a problem with its reason and without its password; the rest is looked at."""
    report = installed(TIDINGS_DATABASE_URL="postgresql://tidings:hush-4711@127.0.0.1:1/tidings")
    assert "refused" in bad(report)
    assert "[database] url" in bad(report)
    assert "4711" not in str(report)
    assert "schema" in report.left_out
    assert any(subject == "disk" for subject, _ in report.findings)


def test_a_database_that_does_not_answer_is_given_up_in_time(installed, monkeypatch):
    """A server that takes connections and says nothing is not waited for."""
    monkeypatch.setattr("scheduler.doctor.finding._CONNECT_SECONDS", 2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"postgresql://tidings@127.0.0.1:{silent.getsockname()[1]}/tidings"
        report = installed("schema", TIDINGS_DATABASE_URL=url)
    assert "database: cannot be reached" in bad(report)


def test_schemas_that_do_not_fit(installed, database_url, empty_database_url):
    """None yet, one that lacks a migration, one of a later version: each with what to do."""
    report = installed("schema", TIDINGS_DATABASE_URL=empty_database_url)
    assert "no tidings schema yet -> 'tidings db migrate'" in bad(report, Level.WARNING)
    run(database_url, "DELETE FROM tidings.migrations WHERE number = (SELECT max(number) FROM tidings.migrations)")
    report = installed("schema", "queue", TIDINGS_DATABASE_URL=database_url)
    assert "lacks 1 migrations" in bad(report)
    assert report.left_out == {"queue": "the database lacks a part of our schema"}
    run(database_url, "INSERT INTO tidings.migrations VALUES (9999, '9999_later', '', now())")
    assert "does not know: install the newer version" in bad(installed("schema"))


def test_a_role_without_rights(installed, database_url, server):
    """A role that does not own the tables is told to be another, or to be given them."""
    name = name_of(database_url)
    role, admin_url = f"reader_{name[-12:]}", replaced(server.admin_url, name)
    run(
        admin_url,
        f"CREATE ROLE {role} LOGIN",
        f"GRANT USAGE ON SCHEMA tidings TO {role}",
        f"GRANT SELECT ON tidings.migrations, tidings.urls TO {role}",
    )
    try:
        found = bad(installed("schema", TIDINGS_DATABASE_URL=make_conninfo(database_url, user=role)))
    finally:
        run(admin_url, f"DROP OWNED BY {role}", f"DROP ROLE {role}")
    assert f"the role {role} does not own actions" in found
    assert f"TO {role}" in found


def test_a_database_that_may_not_be_written_to(installed, database_url):
    """Read-only by setting: the statement that takes it back."""
    name = name_of(database_url)
    run(database_url, f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    assert f"ALTER DATABASE {name} RESET default_transaction_read_only" in bad(installed("database"))


def test_too_few_connections(installed, database_url):
    """Fewer than the workers of one daemon need: how many more, or how many workers fewer."""
    name = name_of(database_url)
    run(database_url, f"ALTER DATABASE {name} CONNECTION LIMIT 30")
    found = bad(installed("connections", text="[crawl]\nworkers = 4\n"))
    assert "a daemon with 4 workers takes up to 46" in found
    assert "[crawl] workers = 2" in found


def test_clocks_that_disagree(installed):
    """The offset is told, and whose clock counts."""
    with time_machine.travel("2031-01-01", tick=True):
        assert "behind this host's" in bad(installed("clock"), Level.WARNING)


def test_folders_that_cannot_be_written_to(installed, tmp_path):
    """Not even by root: each with the setting that names another one."""
    (tmp_path / "file").touch()
    found = bad(installed("disk", text=f"[crawl]\nspool_dir = '{tmp_path}/file'\n"))
    assert "is no folder -> name another one with [crawl] spool_dir" in found
    found = bad(installed("disk", text="[crawl]\nspool_dir = '/proc/tidings/spool'\n"))
    assert "/proc/tidings/spool cannot be written to" in found


def test_a_disk_that_is_nearly_full(installed, monkeypatch):
    """It is said while there is time, and again when there is none."""
    monkeypatch.setattr(disk_checks, "_LITTLE_BYTES", 2**70)
    assert "make room soon" in bad(installed("disk"), Level.WARNING)
    monkeypatch.setattr(disk_checks, "_HARDLY_ANY_BYTES", 2**70)
    assert "make room, or keep less" in bad(installed("disk"))


def test_logs_that_cannot_be_kept(installed, tmp_path):
    """A folder in the file's place, a folder that is not there, one in which nothing may be made."""
    for file, words in (
        (tmp_path, "is a folder"),
        (tmp_path / "none" / "log", f"mkdir -p {tmp_path}/none"),
        ("/proc/tidings.log", "/proc/tidings.log cannot be made"),
    ):
        report = installed("log", text=f"[log]\nfile = '{file}'\n")
        assert words in bad(report) + bad(report, Level.WARNING)
    assert bad(installed("log", text=f"[log]\nfile = '{tmp_path}/log'\n")) == ""
    assert not (tmp_path / "log").exists()


def test_pages_that_wait_on_disk(installed, tmp_path):
    """Pages in the spool and nobody to store them; and so many that fetching stops."""
    (tmp_path / "0-1.pages").write_bytes(b"x" * 700_000)
    text = f"[crawl]\nspool_dir = '{tmp_path}'\nspool_max_bytes = 1048576\n"
    assert "no worker runs -> start the daemon" in bad(installed("spool", text=text), Level.WARNING)
    (tmp_path / "0-2.left").write_bytes(b"x" * 300_000)
    assert "fetching stops" in bad(installed("spool", text=text))


def test_limits_of_the_machine(installed):
    """Too few open files for so many runs, too little memory for so many workers: with figures that would fit."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (512, hard))
    try:
        report = installed("load", text="[crawl]\nruns_per_worker = 1024\nworker_memory = 1000000000000000\n")
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    found = bad(report, Level.WARNING)
    assert "[crawl] runs_per_worker = 103" in found
    assert "[crawl] worker_memory = " in found


def test_a_clock_that_nobody_keeps(monkeypatch, tmp_path):
    """By timedatectl, where there is one; one that hangs is given up."""
    tool = tmp_path / "timedatectl"
    tool.write_text("#!/bin/sh\necho NTP=no\necho NTPSynchronized=no\n", encoding="utf-8")
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    (found,) = machine._synchronised()
    assert found.mend == "timedatectl set-ntp true"
    tool.write_text("#!/bin/sh\nexec sleep 60\n", encoding="utf-8")
    monkeypatch.setattr(machine, "_TOOL_SECONDS", 0.1)
    (found,) = machine._synchronised()
    assert found.level == Level.OK


def test_packages_that_are_missing_or_untested(installed, monkeypatch):
    """An extra that the configuration needs, and a version out of the tested range."""
    monkeypatch.setattr(packages, "find_spec", lambda name: None)
    monkeypatch.setattr(
        packages, "version", lambda name: "99.0" if name == "scrapy" else "2.0" if name == "tidings" else "3.11.2"
    )
    report = installed("packages", text="[alarms]\nnotify = ['json://127.0.0.1/']\n")
    assert "pip install 'tidings[notify]'" in bad(report)
    assert "scrapy 99.0 was not tested" in bad(report, Level.WARNING)


def test_a_target_that_apprise_does_not_know(installed):
    """As 'config check' has it, and without the URL."""
    found = bad(installed("packages", text="[alarms]\nnotify = ['nosuch://hush-4711']\n"))
    assert "number 1 is not understood by Apprise" in found
    assert "4711" not in found


def test_sites_are_asked_politely(installed):
    """A site that answers, in any way, is reached; asked is the head of one robots.txt, by our name."""
    with Site() as site:
        text = "[crawl]\nuser_agent = 'archive/1.0'\nallow_networks = ['127.0.0.0/8']\n"
        report = installed("network", text=text + SOURCE.format(name="gazette", url=site.url()))
    assert bad(report) == ""
    (request,) = site.requests
    assert (request.method, request.path, request.headers["User-Agent"]) == ("HEAD", "/robots.txt", "archive/1.0")


def test_a_proxy_that_is_not_used(installed):
    """The environment names one, by which crawling does not go."""
    source = SOURCE.format(name="a", url="http://127.0.0.1:1/")
    report = installed("network", text=source, http_proxy="http://127.0.0.1:3128")
    assert "names a proxy for http" in bad(report, Level.WARNING)


def test_sites_that_cannot_be_reached(installed, monkeypatch):
    """No name, no connection, a private address, no answer: each in words, and in time."""
    monkeypatch.setattr("scheduler.doctor.network._SOCKET_SECONDS", 0.5)
    allowed = "[crawl]\nallow_networks = ['127.0.0.0/8']\n"
    nameless = SOURCE.format(name="a", url="https://nothing.invalid/")
    found = bad(installed("network", text=nameless))
    assert "its name does not resolve" in found
    assert "/etc/resolv.conf" in found
    closed = SOURCE.format(name="a", url="http://127.0.0.1:1/")
    assert "no connection (Connection refused)" in bad(installed("network", text=allowed + closed))
    assert "[crawl] allow_networks" in bad(installed("network", text=closed))
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        assert "timed out" in bad(installed("network", text=allowed + SOURCE.format(name="a", url=url)))


def test_a_resolver_that_hangs_is_not_waited_for(installed, monkeypatch):
    """Its thread is left to itself, and keeps no process from its end."""
    over = threading.Event()
    monkeypatch.setattr("scheduler.doctor.network._SECONDS", 0.2)

    def hang(*_args, **_named):
        over.wait()
        raise OSError("too late")

    monkeypatch.setattr(socket, "getaddrinfo", hang)
    report = installed("network", text=SOURCE.format(name="a", url="https://a.example/"))
    assert "a.example: no answer within 0.2 seconds" in bad(report)
    assert [thread.daemon for thread in threading.enumerate() if thread.name == "doctor network"] == [True]
    over.set()


def test_a_browser_that_is_not_there(installed):
    """Where a source needs one; else nobody looks for it."""
    rendered = SOURCE.format(name="a", url="https://a.example/") + "javascript = true\n"
    found = bad(installed("browser", text="[crawl]\nbrowser = '/nowhere/chromium'\n" + rendered))
    assert "/nowhere/chromium is not a program" in found
    assert bad(installed("browser", text="[crawl]\nbrowser = '/nowhere/chromium'\n")) == ""


def test_timetables_that_cannot_be_kept(installed, database_url):
    """A cron line that is none, a definition that nobody can read, a host that is asked too much."""
    source = SOURCE.format(name="a", url="https://a.example/")
    assert "source 'a': " in bad(installed("timetable", text=source + "cron = '61 * * * *'\n"))
    busy = source + "every = '1m'\ndelay = '5m'\nfeeds = ['https://a.example/1', 'https://a.example/2']\n"
    assert "a.example" in bad(installed("timetable", text=busy), Level.WARNING)
    run(database_url, added(definition='{"name": "gazette", "colour": "blue"}'))
    assert "'tidings sources remove gazette'" in bad(installed("timetable"))


def test_a_daemon_that_does_not_run(installed, database_url):
    """Nobody leads and sources are late; one leads without workers; workers live and sources are late."""
    assert "unless 'tidings once' is called" in bad(installed("daemon"), Level.WARNING)
    run(database_url, added(due="now() - interval '1 hour'"))
    assert "no daemon runs on this database, and 1 of 1 sources" in bad(installed("daemon"))
    with psycopg.connect(database_url, autocommit=True) as leader:
        leader.execute("SELECT pg_advisory_lock(%s)", (LEAD,))
        assert "no worker lives" in bad(installed("daemon"))
        run(database_url, "INSERT INTO tidings.workers VALUES ('w', now(), now())")
        assert "1 workers live, and 1 of 1" in bad(installed("daemon"), Level.WARNING)
        run(database_url, "UPDATE tidings.sources SET due_at = now()")
        assert bad(installed("daemon"), Level.WARNING) == ""


def test_runs_that_are_stuck(installed, database_url):
    """A run whose worker is silent, one that waits for long."""
    run(
        database_url,
        added(),
        "INSERT INTO tidings.runs (run_id, source_id, trigger, revisit, scheduled_for, queued_at, started_at,"
        " job_id, worker)"
        " SELECT gen_random_uuid(), source_id, 'timetable', false, now() - interval '3 hours' * n,"
        " now() - interval '3 hours', CASE n WHEN 1 THEN now() - interval '3 hours' END, n, 'w'"
        " FROM tidings.sources, generate_series(1, 2) n",
    )
    report = installed("queue")
    assert "1 runs have a worker that is silent" in bad(report)
    assert "1 runs go on for longer" in bad(report, Level.WARNING)
    assert "1 runs wait for a worker" in bad(report, Level.WARNING)


def test_alarms_that_are_up(installed, database_url):
    """Those of the installation are problems, those of a source warnings, each with the next step."""
    run(
        database_url,
        added(),
        "INSERT INTO tidings.alarms (kind, source_id, raised_at, cause)"
        " SELECT 'silence', source_id, now(), 'nothing new' FROM tidings.sources",
        "INSERT INTO tidings.alarms (kind, raised_at, cause) VALUES ('own_network', now(), 'most sites fail')",
        "INSERT INTO tidings.notice_targets VALUES ('t', now())",
        "INSERT INTO tidings.notices SELECT alarm_id, 'raised', 't', 'waiting', now(), 3, now(), NULL, 'error 500'"
        " FROM tidings.alarms LIMIT 1",
    )
    report = installed("alarms")
    assert "own_network, since" in bad(report)
    assert "'tidings sources test gazette'" in bad(report, Level.WARNING)
    assert "error 500 -> 'tidings alarms test'" in bad(report, Level.WARNING)


def test_a_check_that_breaks_or_hangs_costs_only_itself(tmp_path):
    """It is named as not looked at; what it had found, and the others, are there."""
    over = threading.Event()

    def breaks(_patient):
        yield ok("so far")
        raise RuntimeError("at the seams")

    def hangs(_patient):
        yield ok("so far")
        over.wait()

    checks = [
        Check("a", breaks, ""),
        Check("b", hangs, "", seconds=0.2),
        Check("c", lambda _: iter([ok("well")]), ""),
    ]
    report = examine(tmp_path / "none.toml", checks=checks)
    over.set()
    assert [(subject, finding.found) for subject, finding in report.findings] == [
        ("a", "so far"),
        ("a", "could not be looked at: RuntimeError: at the seams"),
        ("b", "so far"),
        ("b", "could not be looked at within 0.2 seconds"),
        ("c", "well"),
    ]


def test_what_is_wrong_has_what_mends_it(installed, database_url):
    """No finding but a good one comes without a command or a setting."""
    report = installed(text=SOURCE.format(name="a", url="https://a.example/"))
    assert all(finding.mend for _, finding in report.findings if finding.level != Level.OK)
    assert SILENCE_SECONDS < 60
    with connect(database_url) as connection:
        assert connection.execute("SELECT count(*) AS n FROM tidings.sources").fetchone()["n"] == 0
