"""The Twisted reactor of a crawl: asyncio's, with the context of a run kept across delayed calls.

Twisted runs all delayed calls from one timer, in the context of whoever set it last. A line that Scrapy logs from
there would carry the ``source`` and ``run_id`` of any run of the process, or of none.
"""

import asyncio
import contextvars
from collections.abc import Callable
from typing import Any

from twisted.internet import main
from twisted.internet.asyncioreactor import AsyncioSelectorReactor


class ContextReactor(AsyncioSelectorReactor):
    """Calls what was put off in the context in which it was put off, as asyncio does."""

    def callLater(self, delay: float, callable: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:  # noqa: A002, N802
        """See ``twisted.internet.interfaces.IReactorTime``."""
        keep = contextvars.copy_context().run
        return super().callLater(delay, keep, callable, *args, **kwargs)  # type: ignore[no-untyped-call]


def install() -> None:
    """Make it the process's reactor; Scrapy calls this for the setting ``TWISTED_REACTOR``."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    main.installReactor(ContextReactor(loop))  # type: ignore[no-untyped-call]
