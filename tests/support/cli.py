"""The command line as a child process, and configuration files for it."""

import ctypes
import json
import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.support import nursery

_PR_SET_PDEATHSIG = 1  # prctl(2)
_prctl = ctypes.CDLL(None).prctl if sys.platform == "linux" else None


def environment(**settings: str) -> dict[str, str]:
    """This process's environment without any setting of ours, and with ``settings``."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("TIDINGS_")}
    return clean | settings


def tidings(*arguments: str, timeout: float = 300, stdin: bytes = b"", cwd: Path | None = None, **settings: str):
    """Run ``tidings`` to its end."""
    if nursery.can_run(settings):
        given = {"stdin": stdin, "timeout": timeout, "cwd": cwd, "env": environment(**settings)}
        return nursery.run([*map(str, arguments)], **given)
    command = [sys.executable, "-c", "from scheduler.cli import main; main()", *map(str, arguments)]
    return subprocess.run(
        command,
        input=stdin,
        capture_output=True,
        timeout=timeout,
        check=False,
        cwd=cwd,
        env=environment(**settings),
    )


def out(done) -> str:
    """What a command that ended well printed."""
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode()


def told(done, code: int) -> str:
    """The one line on standard error of a command that could not do it."""
    assert done.returncode == code, done.stderr.decode()
    lines = done.stderr.decode().splitlines()
    assert len(lines) == 1, lines
    assert lines[0].startswith("tidings: ")
    return lines[0]


def crawled(config: Path, database_url: str, *arguments: str):
    """``tidings once --json``: exit code, runs by source, log events."""
    done = tidings("once", "--json", "--config", config, *arguments, TIDINGS_DATABASE_URL=database_url)
    assert done.stdout, done.stderr.decode()
    return done.returncode, {run["source"]: run for run in json.loads(done.stdout)}, events(done.stderr.decode())


def events(text: str) -> list[dict]:
    """The lines of a log."""
    return [json.loads(line) for line in text.splitlines() if line.startswith("{")]


@contextmanager
def running(*arguments: str, log: Path, namespace: str | None = None, **settings: str):
    """``tidings`` in the background, its standard output in ``log``; killed at the end with all its children.

    In a ``namespace`` of the network, if one is named.

    A daemon that outlived the tests would also keep their server, which stays while it has clients.
    """
    inside = ["ip", "netns", "exec", namespace] if namespace else []
    command = [*inside, sys.executable, "-c", "from scheduler.cli import main; main()", *map(str, arguments)]
    with log.open("ab") as out:
        process = subprocess.Popen(
            command,
            stdout=out,
            stderr=out,
            env=environment(**settings),
            start_new_session=True,
            preexec_fn=_end_with_parent,  # noqa: PLW1509 - it makes one system call
        )
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)


def _end_with_parent() -> None:
    """Have the kernel kill this child when the tests that started it are killed themselves."""
    if _prctl is not None:
        _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def eventually(condition, *, seconds: float = 120.0):
    """The first true answer of ``condition``; AssertionError if there is none in time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if answer := condition():
            return answer
        time.sleep(0.1)
    raise AssertionError(f"not within {seconds:g} seconds: {condition}")


def configuration(folder: Path, *sources: dict, **tables: dict) -> Path:
    """Write a configuration file for sites on loopback."""
    defaults = {
        "database": {"data_dir": str(folder / "data")},  # where the daemon keeps the token of its page
        "crawl": {
            "workers": 1,
            "delay": "0s",
            "allow_networks": ["127.0.0.1/32"],
            "timeout": "20s",
            "spool_dir": str(folder / "spool"),
        },
        "web": {"listen": "127.0.0.1:0"},
    }
    lines = []
    for name, values in {**defaults, **tables}.items():
        merged = defaults.get(name, {}) | values
        lines += [f"[{name}]", *(f"{key} = {json.dumps(value)}" for key, value in merged.items()), ""]
    for source in sources:
        lines += ["[[source]]", *(f"{key} = {_toml(value)}" for key, value in source.items()), ""]
    path = folder / "tidings.toml"
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def _toml(value) -> str:
    """A value as TOML: JSON, but for tables."""
    if isinstance(value, list):
        return "[" + ", ".join(map(_toml, value)) + "]"
    if not isinstance(value, dict):
        return json.dumps(value)
    return "{" + ", ".join(f"{json.dumps(key)} = {_toml(entry)}" for key, entry in value.items()) + "}"
