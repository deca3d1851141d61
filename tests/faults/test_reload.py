"""SIGHUP with every kind of broken configuration: nothing changes, and one record says what to mend."""

import asyncio
import re
import signal
import threading

from aiohttp import web

from tests.faults.audit import audit
from tests.faults.papers import page
from tests.support.cli import eventually

BROKEN = {
    "not TOML": ('every = "2s"', "every = "),
    "a key twice": ('every = "2s"', 'every = "2s"\nevery = "3s"'),
    "an unknown key": ('every = "2s"', 'evry = "2s"'),
    "an unknown table": ("[web]", "[wob]"),
    "a wrong type": ("workers = 1", 'workers = "many"'),
    "a source twice": ('name = "paper-1"', 'name = "paper-0"'),
    "an empty name": ('name = "paper-1"', 'name = ""'),
    "a bad cron line": ('every = "2s"', 'cron = "61 * * * *"'),
    "a bad time zone": ('every = "2s"', 'every = "2s"\ntimezone = "Europe/Berlinn"'),
    "a bad URL": ('url = "http', 'url = "gopher'),
    "a bad duration": ('every = "2s"', 'every = "often"'),
    "two timetables": ('every = "2s"', 'every = "2s"\ncron = "@hourly"'),
    "a secret in the clear": ('every = "2s"', 'every = "2s"\nbearer_token = "abc"'),
    "a NUL": ('name = "paper-1"', 'name = "pap\0er-1"'),
    "a number without end": ("workers = 1", f"workers = {'9' * 5000}"),
    "not UTF-8": ('name = "paper-1"', 'name = "pap\udcff"'),
}
"""What is replaced in a good file, and by what; the record names the line."""


class _Paths:
    """What may be wrong with the file itself; the record names it, and there is no line."""

    def __init__(self, path):
        self._path = path

    def vanished(self):
        self._path.unlink()

    def a_directory(self):
        self._path.mkdir()

    def a_link_to_itself(self):
        self._path.rmdir()
        self._path.symlink_to(self._path)

    def mend(self, text):
        self._path.unlink()
        self._path.write_text(text, encoding="utf-8")


def test_a_broken_file_changes_nothing(installation, papers):
    """One config.rejected each, with file and line; the run under way goes on; a good file counts."""
    released = threading.Event()

    async def held(_request: web.Request) -> web.Response:
        while not released.is_set():
            await asyncio.sleep(0.05)
        return web.Response(text=page(0, 0), content_type="text/html")

    papers.answers[0, "/a/0"] = held
    secret = installation.folder / "agent"
    secret.write_text("harbour-archive/1.0")
    daemon = installation.start(TIDINGS_CRAWL_TIMEOUT="5m", TIDINGS_CRAWL_USER_AGENT_FILE=str(secret))
    eventually(lambda: any(path == "/a/0" for _, _, path in papers.requests))
    ((run_id, worker),) = installation.fetch(
        "SELECT run_id, worker FROM tidings.sources JOIN tidings.runs USING (run_id) WHERE name = 'paper-0'"
    )
    before = _in_force(installation)

    def rejected() -> str:
        number = len(installation.log("config.rejected"))
        daemon.send_signal(signal.SIGHUP)
        eventually(lambda: len(installation.log("config.rejected")) > number)
        assert len(installation.log("config.rejected")) == number + 1
        return installation.log("config.rejected")[-1]["error"]

    good = installation.config.read_text(encoding="utf-8")
    for name, (old, new) in BROKEN.items():
        assert old in good
        installation.config.write_bytes(good.replace(old, new, 1).encode("utf-8", "surrogateescape"))
        where = rf"{re.escape(str(installation.config))}:\d+: " if "without end" not in name else r".*: not TOML: "
        assert re.match(where, rejected()), (name, rejected())
    paths = _Paths(installation.config)
    for breaking in (paths.vanished, paths.a_directory, paths.a_link_to_itself):
        breaking()
        assert rejected().startswith(f"{installation.config}: cannot be read: ")
    paths.mend(good)
    secret.unlink()
    assert rejected() == f"{secret}: cannot be read: No such file or directory"

    assert _in_force(installation) == before
    released.set()
    (finished,) = eventually(
        lambda: [line for line in installation.log("run.finished") if line["run_id"] == str(run_id)]
    )
    assert (finished["attempt"], finished["outcome"]) == (1, "succeeded")
    assert worker == installation.value("SELECT worker FROM tidings.runs WHERE run_id = %s", run_id)

    secret.write_text("harbour-archive/2.0")
    installation.config.write_text(good.replace('name = "paper-1"', 'name = "paper-2"'), encoding="utf-8")
    daemon.send_signal(signal.SIGHUP)
    reconciled = eventually(lambda: installation.log("sources.reconciled")[1:])[0]
    assert (reconciled["added"], reconciled["removed"]) == (["paper-2"], ["paper-1"])
    installation.come_to_rest()
    audit(installation)


def _in_force(installation) -> list[tuple]:
    return installation.fetch("SELECT name, state, definition, updated_at FROM tidings.sources ORDER BY name")
