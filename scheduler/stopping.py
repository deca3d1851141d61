"""SIGTERM and SIGINT: the first asks for an end in good order, the second for one at once."""

import asyncio
import signal
import threading
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any, TypeVar

import structlog

from crawler import logs

log = structlog.get_logger("scheduler.stopping")

_T = TypeVar("_T")

_HURRY_SECONDS = 2.0


class StoppedError(Exception):
    """We were told to stop before there was anything to bring to an end."""


class Stopping:
    """Whether this process was told to stop.

    However that goes, the process is gone ``seconds`` after the first signal, and two seconds after the second.
    """

    def __init__(self, seconds: float) -> None:
        self.asked = asyncio.Event()
        self.hurry: Callable[[], None] = lambda: None
        """What ends at once all that we have started."""
        self._seconds = seconds

    def listen(self) -> None:
        """Answer to the signals from now on."""
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, self.ask)

    def ask(self) -> None:
        """Stop; for the second time, at once."""
        first = not self.asked.is_set()
        self.asked.set()
        loop = asyncio.get_running_loop()
        if first:
            loop.call_later(self._seconds, self._give_up)
        else:
            self.hurry()
            loop.call_later(_HURRY_SECONDS, self._give_up)

    async def before(self, starting: Coroutine[Any, Any, _T]) -> _T:
        """What ``starting`` returns; it is broken off, and StoppedError raised, if we are told to stop first."""
        task = asyncio.create_task(starting)
        asked = asyncio.create_task(self.asked.wait())
        try:
            await asyncio.wait({task, asked}, return_when=asyncio.FIRST_COMPLETED)
            if task.done():
                return task.result()
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
            raise StoppedError("stopped before anything was begun")
        finally:
            task.cancel()
            asked.cancel()

    def _give_up(self) -> None:
        log.warning("shutdown.forced")
        self.hurry()
        logs.exit_at_once(1)


async def in_thread(function: Callable[..., _T], *args: Any) -> _T:
    """Call ``function`` beside the loop, in a thread that keeps no process from its end.

    A call that is broken off goes on unseen; with its process it ends, as a transaction that is rolled back.
    """
    loop = asyncio.get_running_loop()
    future: asyncio.Future[_T] = loop.create_future()

    def settle(result: Any, error: BaseException | None) -> None:
        if future.done():
            return
        if error is not None:
            future.set_exception(error)
        else:
            future.set_result(result)

    def call() -> None:
        result, raised = None, None
        try:
            result = function(*args)
        except Exception as error:  # noqa: BLE001 (it is raised where the call is awaited)
            raised = error
        with suppress(RuntimeError):  # the loop is closed
            loop.call_soon_threadsafe(settle, result, raised)

    threading.Thread(target=call, name=getattr(function, "__name__", "call"), daemon=True).start()
    return await future
