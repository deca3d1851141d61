"""Runs extraction beside the event loop: one thread a process, with a deadline a page.

A page costs 10 to 30 ms of CPU. On the loop that would stall every download for as long as pages keep coming.
"""

import asyncio
import contextvars
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, TypeVar

_T = TypeVar("_T")


class ExtractionTimeoutError(Exception):
    """A page took longer than its deadline."""


class ExtractionThread:
    """One thread at a time. A thread that hangs is abandoned, since Python cannot stop it, and replaced."""

    def __init__(self, timeout: float) -> None:
        self._timeout = timeout
        self._free = asyncio.Lock()
        self._executor = ThreadPoolExecutor(1, "extraction")
        self.num_abandoned = 0
        """How many threads hang: a process with any should be replaced when its runs are done."""

    async def run(self, function: Callable[..., _T], *args: Any, **kwargs: Any) -> _T:
        """Call ``function`` in the thread, with the caller's context variables.

        The deadline counts from when the thread takes the page up, not from when it was handed in.

        Raises:
            ExtractionTimeoutError: it took longer than ``timeout`` seconds.
        """
        call = partial(contextvars.copy_context().run, function, *args, **kwargs)
        async with self._free:
            future = asyncio.get_running_loop().run_in_executor(self._executor, call)
            done, _ = await asyncio.wait([future], timeout=self._timeout)
            if not done:
                self._abandon()
                raise ExtractionTimeoutError(f"no result within {self._timeout:g} seconds")
        return future.result()

    def close(self) -> None:
        """Let the thread go."""
        self._executor.shutdown(wait=False, cancel_futures=True)

    def _abandon(self) -> None:
        self.num_abandoned += 1
        self._executor.shutdown(wait=False)
        self._executor = ThreadPoolExecutor(1, "extraction")
