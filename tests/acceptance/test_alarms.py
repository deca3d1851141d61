"""``tidings alarms``, and the settings of who is told."""

import json
import sys

import pytest

from crawler.configuration import ConfigurationError, for_worker, load, shown
from scheduler.notices import check_target
from sql.database import connect
from tests.support.cli import events, out, tidings, told
from tests.support.sites import Site

SECRET = "hush-4711-hush"


@pytest.fixture
def say(database_url, tmp_path):
    """Runs a command on the test's database."""

    def run(*arguments, **settings):
        return tidings(*arguments, cwd=tmp_path, TIDINGS_DATABASE_URL=database_url, **settings)

    return run


@pytest.fixture
def receiver():
    with Site({f"/{SECRET}": "taken"}) as site:
        yield site


def target(site, path=SECRET):
    return site.url(f"/{path}").replace("http://", "json://")


def test_a_test_message_tells_what_each_target_answers(say, receiver):
    """One takes it, one does not: both are named by what is no secret, and the exit code says it."""
    done = say(
        "alarms", "test", "--json", TIDINGS_ALARMS_NOTIFY=f"{target(receiver)}, {target(receiver, 'gone-4711')}"
    )
    assert done.returncode == 1
    taken, refused = json.loads(done.stdout)
    assert taken["error"] is None
    assert "404" in refused["error"]
    assert len(receiver.requests) == 2
    assert b"4711" not in done.stdout + done.stderr
    assert "set [alarms] notify" in told(say("alarms", "test"), 2)


def test_settings_that_cannot_be_used_are_refused_without_being_repeated(say, tmp_path):
    """The file's line, or the variable, and what is wrong; never the URL, in which there may be a secret."""
    file = tmp_path / "tidings.toml"
    for notify, words in (
        (SECRET, "is not the URL of a notification service"),
        (f"json://[{SECRET}", "is not the URL of a notification service"),
        (f"nosuch://{SECRET}", "number 2 is not understood by Apprise as nosuch://..."),
    ):
        file.write_text(f'[alarms]\nnotify = ["json://127.0.0.1/", "{notify}"]\n', encoding="utf-8")
        line = refused(file)
        assert "tidings.toml:2: alarms.notify: " in line
        assert words in line
        assert SECRET not in line
    assert told(say("config", "check"), 2).endswith(line.rpartition("/")[2])
    line = refused(None, TIDINGS_ALARMS_NOTIFY=f"nosuch://{SECRET}")
    assert line.startswith("$TIDINGS_ALARMS_NOTIFY: number 1 is not understood")
    assert SECRET not in line
    assert "there are silence, drift" in refused(None, TIDINGS_ALARMS_IGNORE="silences")
    assert "write it like" in refused(None, TIDINGS_ALARMS_PAGE_URL="here")


def refused(file, **environ):
    with pytest.raises(ConfigurationError) as error:
        load(file, environ, check_target=check_target)
    return str(error.value)


def test_an_extra_that_is_missing_is_named(monkeypatch):
    """Who wants to be told needs what tells."""
    monkeypatch.setitem(sys.modules, "apprise", None)
    line = refused(None, TIDINGS_ALARMS_NOTIFY=f"json://127.0.0.1/{SECRET}")
    assert line.endswith("needs Apprise, which is not installed: install tidings[notify]")


def test_targets_come_from_a_file_of_secrets(tmp_path):
    """One a line; shown is that there are two, not which. A worker, which tells nobody, is not given them."""
    (tmp_path / "secret").write_text(f"json://127.0.0.1/{SECRET},1\njson://127.0.0.1/{SECRET}\n", encoding="utf-8")
    configuration = load(None, {"TIDINGS_ALARMS_NOTIFY_FILE": str(tmp_path / "secret")})
    assert configuration.alarms.targets == (f"json://127.0.0.1/{SECRET},1", f"json://127.0.0.1/{SECRET}")
    assert shown(configuration)["alarms"]["notify"] == ["**********", "**********"]
    assert SECRET not in for_worker(configuration, "postgresql://tidings@/tidings")


def test_once_tells_of_what_is_up_at_its_end(say, database_url, receiver):
    """Without a daemon alarms are told, too; 'alarms list' says so, and the log holds no secret."""
    with connect(database_url) as connection:
        connection.execute(
            "INSERT INTO tidings.alarms (kind, raised_at, cause)"
            " VALUES ('own_network', now(), 'nothing' || chr(27) || '[2J new')"
        )
    done = say("once", TIDINGS_ALARMS_NOTIFY=target(receiver))
    assert out(done) == "nothing is due\n"
    assert len(receiver.requests) == 1
    (sent,) = [event for event in events(done.stderr.decode()) if event["event"] == "notice.sent"]
    assert sent["service"] == "json"
    assert SECRET not in done.stderr.decode()
    (alarm,) = json.loads(out(say("alarms", "list", "--json")))
    assert [(notice["event"], notice["state"]) for notice in alarm["notices"]] == [("raised", "sent")]
    shown = out(say("alarms", "list"))
    assert "1 sent" in shown
    assert "\x1b" not in shown
    with connect(database_url) as connection:
        connection.execute("UPDATE tidings.alarms SET cleared_at = now()")
    assert out(say("alarms", "list")) == "no alarm is up\n"
    assert "own_network" in out(say("alarms", "list", "--all"))
