"""A supervisor's watch over a worker: what falls silent or takes too much memory, ends."""

import asyncio
import signal
import socket
import sys
from contextlib import asynccontextmanager

import pytest

from scheduler.pulse import WorkerWatch

BEATING = "import os, time\nwhile True: os.write(0, b'.'); time.sleep(0.05)"
SILENT = "import time\ntime.sleep(600)"
MEMORY = 256 * 2**20


@asynccontextmanager
async def watched(program, *, memory=MEMORY, silence=1.0):
    """A child process that runs ``program``, with its watch."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        process = await asyncio.create_subprocess_exec(sys.executable, "-c", program, stdin=theirs)
        watching = asyncio.create_task(WorkerWatch(process, ours, memory, silence=silence, every=0.1).run())
        try:
            yield process
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
            await watching


async def test_a_worker_that_gives_no_sign_is_killed():
    """Whatever it hangs in."""
    async with watched(SILENT) as process, asyncio.timeout(20):
        assert await process.wait() == -signal.SIGKILL


async def test_a_worker_that_is_frozen_is_killed():
    """One that was at work before, and is stopped (SIGSTOP) then."""
    async with watched(BEATING, silence=3.0) as process, asyncio.timeout(20):
        process.send_signal(signal.SIGSTOP)
        assert await process.wait() == -signal.SIGKILL


async def test_a_worker_that_takes_too_much_memory_is_told_to_end():
    """In good order, once."""
    program = f"taken = bytearray({MEMORY + 2**25})\n{BEATING}"
    async with watched(program, silence=60) as process, asyncio.timeout(20):
        assert await process.wait() == -signal.SIGTERM


@pytest.mark.parametrize("share", [1.7, 3.0])
async def test_a_worker_that_takes_far_too_much_memory_is_killed(share):
    """One that does not heed the signal, or grows too fast for it."""
    program = f"import signal\nsignal.signal(15, 1)\ntaken = bytearray({int(share * MEMORY)})\n{BEATING}"
    async with watched(program, silence=60) as process, asyncio.timeout(20):
        assert await process.wait() == -signal.SIGKILL


async def test_a_worker_that_works_is_left_alone():
    """Its watch ends with it."""
    program = "import os, time\nfor _ in range(40): os.write(0, b'.'); time.sleep(0.05)"
    async with watched(program, silence=20.0) as process, asyncio.timeout(20):
        assert await process.wait() == 0
