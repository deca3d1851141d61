"""What a proxy may be asked for. It connects in our place, so names are judged before it is asked."""

import asyncio
from typing import Any
from urllib.parse import urlsplit

from twisted.internet.interfaces import IResolutionReceiver
from zope.interface import implementer

from crawler.download.admission import private_address
from crawler.outcomes import Outcome, Reason, RefusedError


async def judge_target(url: str, seconds: float) -> None:
    """Refuse what resolves here to an address that may not be connected to: the proxy would connect to it.

    A name that does not resolve here is left to the proxy, which may know more names than we do.

    Raises:
        RefusedError: ``private_address``, or ``timeout`` if the look-up takes longer than ``seconds``.
    """
    from twisted.internet import reactor

    resolver: Any = reactor.nameResolver
    host = urlsplit(url).hostname or ""
    done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    waiting = _Waiting(done)
    resolver.resolveHostName(waiting, host)
    try:
        await asyncio.wait_for(done, seconds)
    except TimeoutError:
        raise RefusedError(Outcome.FAILED, Reason.TIMEOUT, f"{host} was not resolved in time") from None
    if waiting.refused is not None:
        raise private_address(host, waiting.refused)


@implementer(IResolutionReceiver)
class _Waiting:
    """Is told when a look-up is over, and what of it the resolver refused."""

    def __init__(self, done: "asyncio.Future[None]") -> None:
        self._done = done
        self.refused: str | None = None
        """One of the addresses, be there others: which of them a proxy would take is its own affair."""

    def resolutionBegan(self, resolution: Any) -> None:  # noqa: N802 (Twisted's interface)
        pass

    def addressResolved(self, address: Any) -> None:  # noqa: N802
        pass

    def addressRefused(self, address: Any) -> None:  # noqa: N802 (ours, see addresses.py)
        self.refused = address.host

    def resolutionComplete(self) -> None:  # noqa: N802
        if not self._done.done():
            self._done.set_result(None)
