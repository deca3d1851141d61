"""What people script against: commands, exit codes, JSON, messages."""

import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

import crawler
from crawler.configuration import ConfigurationError
from scheduler.cli.common import CommandError, complaint
from sql.database import connect
from sql.errors import DatabaseError
from tests.conftest import name_of
from tests.support.cli import configuration, environment, events, eventually, out, tidings, told
from tests.support.lost_commits import LostCommits
from tests.support.pages import WORDS, article, rss
from tests.support.sites import Site, held


def commands(database_url, folder):
    """What runs a command on this database, in a folder that may hold a ``tidings.toml``."""

    def run(*arguments, **settings):
        return tidings(*arguments, cwd=folder, TIDINGS_DATABASE_URL=database_url, **settings)

    return run


@pytest.fixture
def say(database_url, tmp_path):
    """Runs a command on the test's database, in its folder."""
    return commands(database_url, tmp_path)


class Visited(NamedTuple):
    """A site that ``tidings once`` has visited, what it printed, and what it left."""

    site: Site
    done: Any
    database_url: str
    say: Callable[..., Any]


def gazette(site):
    """The site as a source of a configuration file."""
    return {"name": "gazette", "url": site.url("/"), "feeds": [site.url("/feed")]}


@pytest.fixture(scope="module")
def first_visit(server, template, tmp_path_factory):
    """The one visit to a site with two articles and a link that leads nowhere."""
    database_url, folder = server.create(template=template), tmp_path_factory.mktemp("visited")
    with Site() as site:
        two = article("Two", WORDS.replace("bridge", "lighthouse").replace("Monday", "Friday"))
        listed = rss(site.url("/1"), site.url("/2"), site.url("/none"))
        site.pages = {"/feed": listed, "/1": article("One"), "/2": two}
        configuration(folder, gazette(site))
        say = commands(database_url, folder)
        yield Visited(site, say("once"), database_url, say)
    server.drop(database_url)


@pytest.fixture
def visited(first_visit, server, tmp_path):
    """The same in a copy of its database and a folder with its configuration, which the test may change."""
    database_url = server.create(template=name_of(first_visit.database_url))
    configuration(tmp_path, gazette(first_visit.site))
    yield Visited(first_visit.site, first_visit.done, database_url, commands(database_url, tmp_path))
    server.drop(database_url)


def test_version():
    """--version prints name and version."""
    assert re.fullmatch(r"tidings \d+\.\d+\.\d+\n", out(tidings("--version")))


@pytest.mark.parametrize(
    "command",
    ["demo", "run", "worker", "once", "sources", "runs", "status", "config", "db", "extract", "articles",
     "alarms", "doctor", "logs"],
)  # fmt: skip
def test_every_command_has_help(command):
    """Each command of the contract exists, and explains itself."""
    assert out(tidings(command, "--help")).startswith("Usage:")


def test_sources_has_every_command_of_the_contract():
    """What operators script against, by name."""
    text = out(tidings("sources", "--help"))
    for command in (
        "list", "show", "add", "apply", "import", "export", "enable", "disable", "remove", "test", "due",
    ):  # fmt: skip
        assert f"\n  {command} " in text


def test_help_says_where_the_configuration_comes_from():
    """The first thing that is read names --config and what stands in for it."""
    assert "--config FILE" in out(tidings("--help"))


def test_extract_help_names_its_exit_codes_and_what_it_takes():
    """What a script needs to know of extract is in its help."""
    text = " ".join(out(tidings("extract", "--help")).split())
    assert "FILE|DIR|URL|-" in text
    assert "Exit code 1: the page has no article" in text
    assert "the exit code is 0" in text


def test_sources_are_added_listed_changed_and_removed(say):
    """The life of a source on the command line."""
    added = out(say("sources", "add", "https://www.gazette.co.uk/", "--feed", "https://www.gazette.co.uk/feed"))
    assert added.startswith("added gazette-co-uk: due now")
    (row,) = json.loads(out(say("sources", "list", "--json")))
    assert (row["name"], row["state"], row["host_lock"]) == ("gazette-co-uk", "enabled", "gazette.co.uk")
    out(say("sources", "disable", "gazette-co-uk"))
    assert json.loads(out(say("sources", "show", "gazette-co-uk", "--json")))["state"] == "disabled"
    out(say("sources", "enable", "gazette-co-uk"))
    out(say("sources", "remove", "gazette-co-uk"))
    assert json.loads(out(say("sources", "list", "--json"))) == []


def test_a_source_is_added_once(say):
    """A name that is taken is refused, with a way out."""
    out(say("sources", "add", "https://gazette.example/", "--no-probe"))
    assert "choose another --name" in told(say("sources", "add", "https://gazette.example/"), 2)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--every", "often"), '"15m", "1h30m" or "1d"; "auto" leaves it to us'),
        (("--cron", "61 * * * *"), "minute '61' is not permitted"),
        (("--timezone", "Mars/Olympus"), "is not an IANA time zone"),
        (("--name", "Big News"), "name: use 1 to 64 of a-z, 0-9 and hyphen"),
        (("--every", "0s"), "tidings: every: must be at least 1s"),
        (("--every", "1h", "--freshness", "20m"), "has both freshness and a fixed every; keep one of them"),
        (("--freshness", "soon"), "freshness: 'soon' is not a duration"),
        (("--every", "1h", "--cron", "0 * * * *"), "tidings: has both every and cron"),
        (("--feed", "http://[bad/"), "tidings: feeds: 'http://[bad/' is not an http or https URL"),
    ],
)
def test_a_wrong_source_is_refused(say, arguments, message):
    """A value that does not fit is named, with what would fit."""
    assert message in told(say("sources", "add", "https://gazette.example/", *arguments), 2)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--every", "auto"), "as often as it has something new"),
        (("--freshness", "20m"), "as often as it takes to have its articles within 20m"),
    ],
)
def test_an_interval_can_be_left_to_us(say, arguments, words):
    """A source is added without one, and the answer says what takes its place."""
    added = out(say("sources", "add", "https://gazette.example/", "--no-probe", *arguments))
    assert added == f"added gazette-example: due now, and then {words}\n"


def test_a_site_needs_a_url(say):
    """What is no URL is told so, also where a name would be made from it."""
    assert "url: 'http://[bad/' is not an http or https URL" in told(say("sources", "add", "http://[bad/"), 2)


def test_apply_makes_the_database_match_a_file(say, tmp_path):
    """What the file adds, changes and leaves out is added, changed and removed; again changes nothing."""
    file = tmp_path / "sources.toml"
    file.write_text(
        '[[source]]\nname = "a"\nurl = "https://a.example/"\n[[source]]\nname = "b"\nurl = "https://b.example/"'
    )
    assert out(say("sources", "apply", file)).splitlines() == ["added a", "added b"]
    file.write_text(
        '[[source]]\nname = "b"\nurl = "https://b.example/news"\n[[source]]\nname = "c"\nurl = "https://c.example/"'
    )
    assert out(say("sources", "apply", file)).splitlines() == ["added c", "changed b", "removed a"]
    assert out(say("sources", "apply", file)) == "nothing to change\n"


def test_unknown_names_are_told(say):
    """A source that is not there: exit code 2, and how to find those that are."""
    for command in ("show", "enable", "disable", "remove"):
        assert "no source is named 'nobody': 'tidings sources list'" in told(say("sources", command, "nobody"), 2)
    assert "no source is named 'nobody'" in say("once", "nobody").stderr.decode()


def test_a_source_of_the_file_is_removed_there(say, tmp_path):
    """What the configuration file would bring back is not removed by command."""
    configuration(tmp_path, {"name": "gazette", "url": "https://gazette.example/"})
    assert "remove it there" in told(say("sources", "remove", "gazette"), 2)


def test_once_and_what_it_leaves(visited):
    """Once visits, and status, runs list and runs show tell what happened, as text and as JSON."""
    say = visited.say
    assert "succeeded" in out(visited.done)
    assert out(say("once", "--json")) == "[]\n"
    status = json.loads(out(say("status", "--json")))
    assert (status["num_articles"], status["sources"][0]["last_outcome"]) == (2, "succeeded")
    (run,) = json.loads(out(say("runs", "list", "--json")))
    assert (run["num_new"], run["num_failed"]) == (2, 1)
    shown = json.loads(out(say("runs", "show", run["run_id"][:8], "--json")))
    assert sorted(page["reason"] for page in shown["pages"]) == ["http_404", "new_text", "new_text"]
    for command in (("status",), ("runs", "list"), ("runs", "show", run["run_id"]), ("sources", "list")):
        assert "gazette" in out(say(*command))
    assert "no run begins with 'zzz'" in told(say("runs", "show", "zzz"), 2)


def make_old(database_url, headline):
    """Have an article first seen two years ago, and last seen one year ago."""
    with connect(database_url) as connection:
        aged = connection.execute(
            "WITH old AS (UPDATE tidings.articles SET first_seen_at = now() - interval '2 years'"
            " WHERE headline = %s RETURNING article_id)"
            " UPDATE tidings.article_urls u SET first_seen_at = now() - interval '2 years',"
            " last_seen_at = now() - interval '1 year' FROM old WHERE u.article_id = old.article_id",
            (headline,),
        )
        assert aged.rowcount == 1


def test_once_deletes_what_is_too_old(visited):
    """Without a daemon as well: what is due is shown, deleted at the end of once, and does not come back."""
    say, kept = visited.say, {"TIDINGS_RETENTION_ARTICLES": "300d"}
    make_old(visited.database_url, "One")
    due = json.loads(out(say("db", "retention", "--articles", "300d", "--json")))
    assert [(row["kind"], row["num_to_delete"]) for row in due] == [("articles", 1), ("runs", 0), ("pages", 0)]
    assert "articles  -" in out(say("db", "retention"))
    assert "--pages: must be from" in told(say("db", "retention", "--pages", "30s"), 2)
    assert out(say("once", **kept)) == "nothing is due\n"
    assert json.loads(out(say("status", "--json")))["num_articles"] == 1
    make_old(visited.database_url, "Two")  # which the feed lists still, as it does the one that is gone
    out(say("once", "gazette", **kept))
    assert [visited.site.paths.count(path) for path in ("/feed", "/1", "/2")] == [2, 1, 1]
    assert json.loads(out(say("status", "--json")))["num_articles"] == 0


def test_runs_are_asked_for_by_what_there_is(say, database_url):
    """An outcome or a source that does not exist is refused; the outcomes are those of the database."""
    with connect(database_url) as connection:
        (row,) = connection.execute("SELECT enum_range(NULL::tidings.run_outcome)::text[] AS words").fetchall()
    for outcome in row["words"]:
        assert out(say("runs", "list", "--outcome", outcome)) == "no run yet\n"
    refused = say("runs", "list", "--outcome", "splendid")
    assert refused.returncode == 2
    assert all(outcome in refused.stderr.decode() for outcome in row["words"])
    assert "no source is named 'nobody'" in told(say("runs", "list", "--source", "nobody"), 2)
    out(say("sources", "add", "https://gazette.example/", "--name", "gazette", "--no-probe"))
    assert out(say("runs", "list", "--source", "gazette")) == "no run yet\n"


def test_the_runs_of_a_removed_source_are_shown(visited, tmp_path):
    """Removing a source hides nothing of what it did."""
    say = visited.say
    out(say("sources", "apply", "tidings.toml"))
    configuration(tmp_path)  # without the source, which is then the command's to remove
    out(say("once"))
    assert json.loads(out(say("sources", "show", "gazette", "--json")))["state"] == "enabled"
    out(say("sources", "remove", "gazette"))
    assert len(json.loads(out(say("runs", "list", "--source", "gazette", "--json")))) == 1


def test_once_outlives_its_connections(database_url, tmp_path):
    """A database that breaks off connections meanwhile costs no run: its end is waited for."""
    read = threading.Event()
    with Site() as site, LostCommits(database_url) as proxy:
        site.pages = {"/feed": held(read, then=rss(site.url("/1"))), "/1": article("One")}
        config = configuration(tmp_path, gazette(site), crawl={"timeout": "2m"})
        command = [sys.executable, "-c", "from scheduler.cli import main; main()", "once", "--config", str(config)]
        settings = environment(TIDINGS_DATABASE_URL=proxy.url)
        with subprocess.Popen(command, env=settings, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
            eventually(lambda: "/feed" in site.paths)
            proxy.num_to_lose = 3
            eventually(lambda: proxy.num_to_lose == 0)
            read.set()
            shown, _ = process.communicate(timeout=120)
    assert (process.returncode, b"succeeded" in shown) == (0, True)


def test_a_second_once_is_told_so(database_url, tmp_path):
    """While one runs, another ends with exit code 75, and the first is not disturbed."""
    told_so = threading.Event()
    with Site() as site:
        site.pages = {"/feed": held(told_so, then="no feed")}
        config = configuration(tmp_path, gazette(site), crawl={"timeout": "2m"})
        command = [sys.executable, "-c", "from scheduler.cli import main; main()", "once", "--config", str(config)]
        settings = environment(TIDINGS_DATABASE_URL=database_url)
        with subprocess.Popen(command, env=settings, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as first:
            eventually(lambda: "/feed" in site.paths)
            second = tidings("once", "--config", config, TIDINGS_DATABASE_URL=database_url)
            told_so.set()
            first.communicate(timeout=120)
    assert second.returncode == 75
    assert "another 'tidings once' is running" in second.stderr.decode()
    assert first.returncode == 1  # the feed was no feed


def test_a_wrong_configuration_starts_nothing(say, tmp_path):
    """Every command names the place of the error and exits with 2."""
    (tmp_path / "tidings.toml").write_text("[crawl]\ndelay = '1x'")
    for command in (("run",), ("once",), ("status",), ("config", "check"), ("sources", "list")):
        assert "tidings.toml:2: crawl.delay: '1x' is not a duration" in told(say(*command), 2)


def test_config_shows_what_is_in_force(say, tmp_path):
    """Every setting with its variable; the database's password is not shown."""
    configuration(tmp_path)
    assert "usable, 0 sources" in out(say("config", "check"))
    text = out(say("config", "show", TIDINGS_LOG_LEVEL="debug"))
    assert "log.level = debug    # $TIDINGS_LOG_LEVEL" in text
    assert "database.url = **********" in text
    assert json.loads(out(say("config", "show", "--json")))["crawl"]["timeout"] == "20s"


def test_a_database_that_is_not_there_is_one_line(tmp_path):
    """An unreachable database: exit code 2, one line, no password in it. The daemon waits for it."""
    url = "postgresql://user:hunter2@127.0.0.1:1/none"
    for command in ("status", "worker", "once"):
        done = tidings(command, cwd=tmp_path, TIDINGS_DATABASE_URL=url)
        assert done.returncode == 2
        assert "tidings: database: " in done.stderr.decode()
        assert b"hunter2" not in done.stderr + done.stdout
        assert b"Traceback" not in done.stderr


@pytest.mark.parametrize("url", ["postgresql://u:sekret@[bad/", "mysql://u:sekret@db.example/x", "sekret"])
def test_a_database_that_cannot_be_meant_is_one_line(tmp_path, url):
    """Every command refuses it in one line that names the variable, and not the password."""
    for command in (("config", "check"), ("status",), ("once",), ("worker",), ("run",)):
        line = told(tidings(*command, cwd=tmp_path, TIDINGS_DATABASE_URL=url), 2)
        assert line.startswith("tidings: $TIDINGS_DATABASE_URL: is not a PostgreSQL URL")
        assert "sekret" not in line


def test_errors_are_printed_without_secrets():
    """A line for the operator is redacted, whichever kind of error it comes from."""
    for error in (CommandError, ConfigurationError, DatabaseError):
        assert "sekret" not in complaint(error("cannot reach postgresql://u:sekret@db.example/x"))
    assert complaint(RuntimeError("a defect")) is None


def test_db_commands(empty_database_url, tmp_path):
    """Migrate once, status before and after, url, and a way in for psql."""

    def run(*arguments):
        return tidings("db", *arguments, cwd=tmp_path, TIDINGS_DATABASE_URL=empty_database_url)

    before = run("status", "--json")
    assert before.returncode == 1
    assert {row["state"] for row in json.loads(before.stdout)} == {"missing"}
    assert "run 'tidings db migrate'" in told(tidings("status", TIDINGS_DATABASE_URL=empty_database_url), 2)
    assert out(run("migrate")).startswith("applied 0001_")
    assert out(run("migrate")) == "the schema is up to date\n"
    assert run("status").returncode == 0
    assert out(run("url")) == f"{empty_database_url}\n"
    assert out(run("psql", "-qtAc", "SELECT count(*) FROM articles")) == "0\n"


def test_the_embedded_database_is_started_when_needed(short_folder):
    """Without a URL the embedded server is used: url prints it, and what is written is there the next time."""
    settings = {"TIDINGS_DATABASE_DATA_DIR": str(short_folder / "own"), "HOME": "/nonexistent"}
    assert out(tidings("db", "url", **settings)).startswith("postgresql://tidings@")
    out(tidings("sources", "add", "https://gazette.example/", "--no-probe", **settings))
    assert json.loads(out(tidings("sources", "list", "--json", **settings)))[0]["name"] == "gazette-example"


def test_a_worker_needs_a_shared_database(tmp_path):
    """Workers on a further host cannot use an embedded database of their own."""
    assert "a worker needs the daemon's database" in told(tidings("worker", cwd=tmp_path), 2)


def test_scrapy_finds_the_project(say, database_url, tmp_path):
    """`scrapy list` and `scrapy crawl news -a source=NAME` work, and leave the same record as a worker."""
    root = Path(crawler.__file__).parent.parent
    with Site() as site:
        site.pages = {"/feed": rss(site.url("/1")), "/1": article("One")}
        config = configuration(tmp_path, gazette(site))
        out(say("sources", "apply", config))
        settings = environment(TIDINGS_DATABASE_URL=database_url, TIDINGS_CONFIG=str(config))

        def scrapy(*arguments):
            command = [sys.executable, "-m", "scrapy", *arguments]
            return subprocess.run(command, cwd=root, env=os.environ | settings, capture_output=True, check=False)

        assert scrapy("list").stdout == b"news\n"
        done = scrapy("crawl", "news", "-a", "source=gazette")
        unknown = scrapy("crawl", "news", "-a", "source=nobody")
    (finished,) = [line for line in events(done.stderr.decode()) if line["event"] == "run.finished"]
    assert (finished["outcome"], finished["num_new"]) == ("succeeded", 1)
    assert "no source is named 'nobody'" in unknown.stderr.decode()
    assert json.loads(out(say("runs", "list", "--json")))[0]["trigger"] == "command"
