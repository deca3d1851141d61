"""Reads a WARC file beside the event loop, no further ahead than a few records."""

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress

from crawler.warc.records import Record

# A portion ends with a page, so that no more than so many pages and one are held.
_PORTIONS_AHEAD = 4
_LONGEST_PORTION = 200


class RecordThread:
    """A thread that takes records from an iterator. It is a daemon: a pipe may keep it waiting for ever."""

    def __init__(self, records: Iterator[Record], stopping: asyncio.Event) -> None:
        self._records = records
        self._stopping = stopping
        self._queue: asyncio.Queue[list[Record] | Exception | None] = asyncio.Queue(_PORTIONS_AHEAD)
        self._loop = asyncio.get_running_loop()

    async def records(self) -> AsyncIterator[Record]:
        """The records in their order, until the end or until told to stop; raises what reading them raised."""
        threading.Thread(target=self._read, name="warc", daemon=True).start()
        stopped = asyncio.create_task(self._stopping.wait())
        try:
            while isinstance(portion := await self._next(stopped), list):
                for record in portion:
                    if self._stopping.is_set():
                        return
                    yield record
            if portion is not None:
                raise portion
        finally:
            stopped.cancel()

    async def _next(self, stopped: asyncio.Task[bool]) -> list[Record] | Exception | None:
        getting = asyncio.create_task(self._queue.get())
        await asyncio.wait([getting, stopped], return_when=asyncio.FIRST_COMPLETED)
        if getting.done():
            return getting.result()
        getting.cancel()
        return None

    def _read(self) -> None:
        portion: list[Record] = []
        end: Exception | None = None
        try:
            for record in self._records:
                portion.append(record)
                if record.page or len(portion) == _LONGEST_PORTION:
                    self._hand_over(portion)
                    portion = []
        except Exception as error:  # noqa: BLE001 (it is raised where the records are awaited)
            end = error
        self._hand_over(portion)
        self._hand_over(end)

    def _hand_over(self, item: list[Record] | Exception | None) -> None:
        with suppress(RuntimeError):  # the loop is closed: nobody waits any more
            asyncio.run_coroutine_threadsafe(self._queue.put(item), self._loop).result()
