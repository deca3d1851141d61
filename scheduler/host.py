"""Workers alone, on a further host: ``tidings worker``."""

import asyncio
from contextlib import AsyncExitStack
from functools import partial

from crawler.configuration import Configuration, WebSettings
from scheduler.notify import notify, notify_stopping
from scheduler.pool import WorkerPool, longest_end
from scheduler.stopping import Stopping
from scheduler.vitals.folder import counting_folder
from scheduler.vitals.progress import Progress
from scheduler.vitals.vitals import Vitals
from sql.line import Watch

_WATCH_HUNG_SECONDS = 120.0  # as in the supervisor


class ListenError(Exception):
    """The address at which health and metrics are to be served cannot be had; the message says why."""


async def run_workers(configuration: Configuration, url: str, listen: WebSettings | None = None) -> None:
    """Keep workers running until a signal. Health and metrics are served where ``listen`` says.

    Raises:
        ListenError: that address is taken.
    """
    stopping, progress = Stopping(longest_end(configuration)), Progress()
    stopping.listen()
    async with AsyncExitStack() as opened:
        counts = opened.enter_context(counting_folder(configuration)) if listen else None
        pool = WorkerPool(configuration, url, counts=counts, progress=progress)
        watch = Watch(url, on_look=partial(progress.mark, "watch"))
        vitals = Vitals(pool, watch, progress, counts=counts)
        duties = [asyncio.create_task(vitals.give_signs_of_life(), name="watchdog")]
        if listen is not None:
            from scheduler.web.server import serving_vitals

            try:
                await opened.enter_async_context(serving_vitals(vitals, listen))
            except OSError as error:
                raise ListenError(f"--listen {listen.listen}: {error.strerror or error}") from error
            progress.expect("watch", _WATCH_HUNG_SECONDS)
            duties.append(asyncio.create_task(watch.run(), name="watch"))
        stopping.hurry = pool.kill
        await pool.end_dead()
        pool.start()
        notify("READY=1")
        stopped = asyncio.create_task(stopping.asked.wait(), name="stop")
        ended, _ = await asyncio.wait([*duties, stopped], return_when=asyncio.FIRST_COMPLETED)
        notify_stopping(longest_end(configuration))
        for task in (*duties, stopped):
            task.cancel()
        await asyncio.gather(*duties, return_exceptions=True)
        await pool.stop()
        for duty in ended - {stopped}:
            duty.result()  # it broke: so do we, rather than live without it
