"""``tidings logs`` on real files and pipes: what is read, what is told apart, what is followed."""

import bz2
import gzip
import json
import os
import signal
import subprocess
import sys

import pytest

from tests.support.cli import configuration, environment, eventually, out, running, tidings, told


def line(number, event="page.finished", *, level="info", **fields):
    """A line as the daemon writes it, of so many minutes after midnight."""
    timestamp = f"2026-11-30T{number // 60:02}:{number % 60:02}:00.000001Z"
    return json.dumps({"timestamp": timestamp, "level": level, "event": event, **fields}) + "\n"


def failed(number, reason, source="gazette"):
    return line(number, level="warning", source=source, outcome="failed", reason=reason, url=f"https://x/{number}")


@pytest.fixture
def log(tmp_path):
    """A log that was rotated twice, with a traceback of something else in it."""
    oldest, older, newest = tmp_path / "tidings.log.2.gz", tmp_path / "tidings.log.1", tmp_path / "tidings.log"
    with gzip.open(oldest, "wt") as file:
        file.write(line(0, "daemon.ready", version="0.1.0") + failed(1, "dns"))
    older.write_text(
        failed(2, "dns", "herald") + "Traceback (most recent call last):\n" + line(3, source="herald")
    )
    newest.write_text(line(4, "daemon.ready", version="0.2.0") + failed(5, "tls") + failed(6, "dns"))
    for age, path in enumerate((newest, older, oldest)):
        os.utime(path, (1_796_000_000 - 1000 * age, 1_796_000_000 - 1000 * age))
    return newest


def test_a_log_is_read_with_what_it_was_rotated_into(log, within):
    """The oldest first, packed or not; what is no event is marked."""
    rows = out(within("logs", log, "--utc")).splitlines()
    assert [row[11:16] for row in rows if row[0] != "|"] == [f"00:{number:02}" for number in range(7)]
    assert "| Traceback (most recent call last):" in rows
    assert "failed tls https://x/5" in rows[-2]


def test_the_file_of_the_configuration_is_read(log, tmp_path, within):
    """Without FILE it is the one that the daemon writes to; one that is not there is told of."""
    config = configuration(tmp_path, log={"file": str(log)})
    assert len(out(within("logs", "--config", config, "-n", "2")).splitlines()) == 2
    configuration(tmp_path, log={"file": str(tmp_path / "none.log")})
    assert "none.log: no such file" in told(within("logs", "--config", config), 2)


def test_filters_hold_together(log, within):
    """Lines that fit all of them, as they stand in the log, are printed with --json."""
    done = out(
        within("logs", log, "--source", "gazette", "--reason", "dns", "--since", "2026-11-30T00:02Z", "--json")
    )
    assert done == failed(6, "dns")
    assert out(within("logs", log, "--event", "daemon.*", "--until", "2026-11-30T00:01Z", "--json")) == line(
        0, "daemon.ready", version="0.1.0"
    )
    assert out(within("logs", log, "--source", "nobody")) == ""


def test_a_pipe_is_read(log, tmp_path):
    """Both when it is named and when there is nothing else to read."""
    text = log.read_bytes()
    for arguments in (("logs", "-"), ("logs",)):
        done = tidings(*arguments, "--level", "warning", "--json", stdin=text, cwd=tmp_path)
        assert out(done) == failed(5, "tls") + failed(6, "dns")


def test_errors_are_told_apart(log, within):
    """Each kind once: how often, since when, of whom, and what mends it."""
    dns, tls = json.loads(out(within("logs", log, "--errors", "--json")))
    assert (dns["count"], dns["sources"], tls["count"]) == (3, ["gazette", "herald"], 1)
    assert (dns["first_seen"][11:16], dns["last_seen"][11:16]) == ("00:01", "00:06")
    assert "tidings doctor" in dns["remedy"]
    text = out(within("logs", log, "--errors", "--utc"))
    assert text.startswith("2 kinds of warnings and errors, 4 lines")
    assert "first 2026-11-30 00:01:00, last 2026-11-30 00:06:00, 2 sources: gazette, herald" in text
    assert "1 line is no event" in text


def test_errors_that_are_new(log, tmp_path, within):
    """Since the version changed, or since a moment; where it did not change, that is said."""
    (new,) = json.loads(out(within("logs", log, "--new-since", "upgrade", "--json")))
    assert new["reason"] == "tls"
    assert "new since 0.2.0 followed 0.1.0" in out(within("logs", log, "--new-since", "upgrade"))
    assert out(within("logs", log, "--new-since", "2026-11-30T00:06Z", "--utc")).startswith("no warning or error")
    only = tmp_path / "other.log"
    only.write_text(line(0, "daemon.ready", version="0.2.0") + failed(1, "dns"))
    assert "does not change in this log (0.2.0 throughout)" in told(
        within("logs", only, "--new-since", "upgrade"), 2
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("none.log",), "none.log: No such file or directory"),
        (("/",), "is a folder"),
        (("-", "x.log"), "either files or standard input"),
        (("--since", "soon"), "--since: 'soon' is no time; write it like \"2h\""),
        (("--new-since", "soon"), "--new-since: 'soon' is no time"),
        (("--grep", "("), "--grep: '(' is no regular expression"),
        (("--errors", "--follow"), "leave --follow out"),
        (("--follow", "a.log", "b.log"), "follows one file"),
    ],
)
def test_what_cannot_be_meant_is_one_line(tmp_path, arguments, message, within):
    """Exit code 2, and how to mend it."""
    assert message in told(within("logs", *arguments), 2)


def test_a_damaged_archive_costs_its_end(log, tmp_path, within):
    """What can be read is, the rest is told of, and so are the other files."""
    packed = bz2.compress(failed(0, "dns").encode() * 50_000)
    (tmp_path / "tidings.log.3.bz2").write_bytes(packed[: len(packed) // 2])
    done = within("logs", log, "--reason", "tls")
    assert len(out(done).splitlines()) == 1
    assert "tidings.log.3.bz2: cannot be read to its end" in done.stderr.decode()


def test_a_reader_that_has_seen_enough_ends_it_quietly(tmp_path):
    """As with ``| head``: exit code 0, and no word."""
    log = tmp_path / "long.log"
    log.write_text(failed(1, "dns") * 50_000)
    command = [sys.executable, "-c", "from scheduler.cli import main; main()", "logs", str(log)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment()) as process:
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 0


@pytest.fixture
def following(tmp_path):
    """``tidings logs --follow`` at work on a file, and what it has printed so far."""
    log, shown = tmp_path / "tidings.log", tmp_path / "shown"
    log.write_text("".join(line(number, source="old") for number in range(30)))
    with running("logs", log, "--follow", "--lines", "2", "--json", log=shown) as process:
        eventually(lambda: shown.read_text().count("\n") == 2)

        def follows(text):
            with log.open("a") as file:
                file.write(text)
            eventually(lambda: shown.read_text().endswith(text))

        yield log, follows, shown, process


def test_a_log_is_followed_whatever_becomes_of_it(following):
    """Appended to, rotated, cut to nothing, deleted and there again: each line once, none torn."""
    log, follows, shown, process = following
    follows(line(31))
    log.rename(log.with_name("tidings.log.1"))
    with log.with_name("tidings.log.1").open("a") as late:
        late.write(line(32))
    follows(line(33))
    log.write_text("")
    follows(line(34))
    log.unlink()
    follows(line(35))
    with log.open("a") as file:
        file.write(line(36)[:40])
        file.flush()
        file.write(line(36)[40:])
    follows(line(37))
    kept = [json.loads(row)["timestamp"][14:16] for row in shown.read_text().splitlines()]
    assert kept == ["28", "29", *map(str, range(31, 38))]
    process.send_signal(signal.SIGINT)
    assert process.wait(30) == 0


def test_following_ends_with_its_reader(tmp_path):
    """Nobody need write a line for it to notice that its output is closed."""
    log = tmp_path / "tidings.log"
    log.write_text(line(1))
    command = [sys.executable, "-c", "from scheduler.cli import main; main()", "logs", str(log), "-f"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment()) as process:
        assert b"page" in process.stdout.readline()
        process.stdout.close()
        assert process.wait(30) == 0


def test_a_log_that_is_not_there_yet_is_waited_for(tmp_path):
    """The daemon may be started later."""
    log, shown = tmp_path / "tidings.log", tmp_path / "shown"
    with running("logs", log, "--follow", log=shown):
        eventually(shown.exists)
        log.write_text(failed(1, "dns"))
        eventually(lambda: "failed dns" in shown.read_text())


@pytest.fixture
def journal(tmp_path, monkeypatch):
    """A ``journalctl`` that prints a file, and notes what it was asked."""
    program = tmp_path / "bin" / "journalctl"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\necho "$@" > {tmp_path}/asked\ncat {tmp_path}/journal\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(program.parent), prepend=os.pathsep)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_without_a_file_the_journal_is_read(journal, within):
    """That of our units, from the moment that is asked for; one that has nothing of us is told of."""
    (journal / "journal").write_text(failed(1, "dns") + failed(2, "tls"))
    assert out(within("logs", "--reason", "tls", "--since", "2026-11-30T00:00Z", "--json")) == failed(2, "tls")
    asked = (journal / "asked").read_text()
    assert "-o cat" in asked
    assert "--unit=tidings --unit=tidings-worker" in asked
    assert "--since=@1795996800" in asked
    (journal / "journal").write_text("")
    assert "the journal has nothing of tidings" in within("logs").stderr.decode()
