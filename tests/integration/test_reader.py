"""The process in which pages are read, and what becomes of it."""

import asyncio
import ctypes
import logging
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
import structlog

from crawler.outcomes import Reason, RefusedError
from crawler.reader import ReaderLostError, ReaderProcess
from tests.support.cli import eventually

MEMORY = 256 * 2**20


@pytest.fixture
async def reader():
    """A reading process."""
    opened = ReaderProcess(5.0, MEMORY)
    yield opened
    opened.close()


def raise_refused():
    raise RefusedError("failed", Reason.TIMEOUT, "cannot be sent as it is")


def warn(text):
    logging.getLogger("library").warning(text)


def fill_memory():
    taken = []
    while True:
        taken.append(bytearray(2**25))


async def lost(reader, function, *args):
    """Why the reader was lost over a call."""
    with pytest.raises(ReaderLostError) as raised:
        await reader.run(function, *args)
    return raised.value


async def test_each_call_has_its_own_answer_whatever_is_logged(reader, caplog):
    """At the level debug the process logs before it is ready, and between two answers: none is taken for one."""
    caplog.set_level(logging.DEBUG)
    assert [await reader.run(str.upper, letter) for letter in "abc"] == ["A", "B", "C"]
    await reader.run(warn, "a word between")
    assert await reader.run(str.upper, "d") == "D"


async def test_it_is_another_process_and_stays(reader):
    """One after the other is read by the same."""
    first = await reader.run(os.getpid)
    assert first != os.getpid()
    assert await reader.run(os.getpid) == first


@pytest.mark.parametrize(
    ("function", "args", "reason", "words"),
    [
        (ctypes.string_at, (0,), Reason.EXTRACTION_CRASHED, "ended by SIGSEGV"),
        (os.abort, (), Reason.EXTRACTION_CRASHED, "ended by SIGABRT"),
        (os._exit, (7,), Reason.EXTRACTION_CRASHED, "exit code 7"),
        (fill_memory, (), Reason.EXTRACTION_MEMORY, "more than 256 MiB"),
    ],
)
async def test_a_crash_is_told_and_the_next_call_has_another_process(reader, function, args, reason, words):
    """By its signal, or as a lack of memory."""
    before = await reader.run(os.getpid)
    error = await lost(reader, function, *args)
    assert (error.reason, words in str(error)) == (reason, True)
    assert await reader.run(os.getpid) != before


@pytest.mark.parametrize(
    ("function", "args"),
    [(time.sleep, (60,)), (re.match, (r"(a+)+$", "a" * 64 + "b")), (signal.raise_signal, (19,))],
)
async def test_what_takes_too_long_is_ended(function, args):
    """Asleep, in a regular expression, or stopped (SIGSTOP); of those that wait behind it, none is charged."""
    reader = ReaderProcess(1.0, MEMORY)
    try:
        await reader.run(abs, -1)
        hanging = asyncio.create_task(lost(reader, function, *args))
        await asyncio.sleep(0)
        assert await asyncio.gather(*(reader.run(abs, -number) for number in range(3))) == [0, 1, 2]
        assert (await hanging).reason is Reason.EXTRACTION_TIMEOUT
    finally:
        reader.close()


async def test_a_process_that_died_while_it_waited_costs_nobody(reader):
    """An idle reader that somebody killed is replaced without a word."""
    child = psutil.Process(await reader.run(os.getpid))
    child.kill()
    eventually(lambda: child.status() == psutil.STATUS_ZOMBIE, seconds=10)
    assert await reader.run(abs, -1) == 1


async def test_a_call_that_was_given_up_takes_no_others_answer(reader):
    """Who is cancelled leaves the process to the next, with its own answer and deadline."""
    await reader.run(abs, -1)
    waiting = asyncio.create_task(reader.run(time.sleep, 0.3))
    await asyncio.sleep(0.1)
    waiting.cancel()
    assert await reader.run(abs, -2) == 2


async def test_errors_are_raised_where_the_answer_is_awaited(reader):
    """With the traceback of the process that raised them; in words if they cannot be sent."""
    with pytest.raises(ValueError, match="invalid literal") as raised:
        await reader.run(int, "x")
    assert "in _answer" in raised.value.__notes__[0]
    with pytest.raises(RuntimeError, match="RefusedError: cannot be sent as it is"):
        await reader.run(raise_refused)
    with pytest.raises((AttributeError, TypeError)):
        await reader.run(len, re.compile, key=lambda: None)
    assert await reader.run(abs, -1) == 1


async def test_what_a_library_logs_is_logged_here_with_the_runs_context(reader, caplog):
    """Nothing of it is lost, though the process is."""
    seen = []
    logging.getLogger("library").addFilter(
        lambda record: seen.append(structlog.contextvars.get_contextvars()) or True
    )
    with structlog.contextvars.bound_contextvars(source="gazette"):
        await reader.run(warn, "odd page")
    assert [record.getMessage() for record in caplog.records if record.name == "library"] == ["odd page"]
    assert seen == [{"source": "gazette"}]


async def test_ctrl_c_and_a_managers_sigterm_are_left_to_the_worker(reader):
    """They reach the whole group; the reader is needed until the worker is done."""
    pid = await reader.run(os.getpid)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        os.kill(pid, number)
    assert await reader.run(os.getpid) == pid


OWNER = """
import asyncio, os, sys, time
from crawler.reader import ReaderProcess
async def main():
    reader = ReaderProcess(60, 2**30)
    print(await reader.run(os.getpid), flush=True)
    await reader.run({busy})
asyncio.run(main())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends a process with its parent")
@pytest.mark.parametrize("busy", ["time.sleep, 50", "__import__('re').match, '(a+)+$', 'a' * 64 + 'b'"])
def test_it_ends_with_its_owner(busy):
    """An owner that is killed takes it along, whatever it does."""
    command = [sys.executable, "-c", OWNER.format(busy=busy)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=Path(__file__).parents[2]) as owner:
        reader = int(owner.stdout.readline())
        assert psutil.pid_exists(reader)
        owner.kill()
    eventually(
        lambda: not psutil.pid_exists(reader) or psutil.Process(reader).status() == psutil.STATUS_ZOMBIE, seconds=5
    )
