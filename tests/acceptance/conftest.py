"""The command line within this process: what a child process would do, at a twentieth of its cost."""

import subprocess
import sys

import pytest

from scheduler.cli import main


@pytest.fixture
def within(monkeypatch, capfdbinary):
    """Runs ``tidings``; returns its exit code and what it printed, as ``tests.support.cli.tidings`` does."""

    def run(*arguments, **settings):
        with monkeypatch.context() as patched:
            patched.setattr(sys, "argv", ["tidings", *map(str, arguments)])
            for name, value in settings.items():
                patched.setenv(name, value)
            capfdbinary.readouterr()
            code = 0
            try:
                main()
            except SystemExit as ended:
                code = ended.code or 0
            sys.stdout.flush()
            printed = capfdbinary.readouterr()
        return subprocess.CompletedProcess(arguments, code, printed.out, printed.err)

    return run
