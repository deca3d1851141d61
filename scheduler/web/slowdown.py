"""Who guesses at the token has to wait, twice as long after every further guess."""

import time
from collections import OrderedDict
from collections.abc import Callable
from ipaddress import IPv6Address, ip_address, ip_network

_FREE_FAILURES = 5
_LONGEST_SECONDS = 300.0
_FORGOTTEN_SECONDS = 3600.0
_MOST_ADDRESSES = 4096
_IPV6_PREFIX = 64  # what one customer is given, as a rule


class SlowDown:
    """Counts failures by address; an address that has had none for an hour is forgotten."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._failures: OrderedDict[str, tuple[int, float]] = OrderedDict()

    def seconds_to_wait(self, address: str) -> float:
        """For how long nothing is taken from this address; 0 if it may try."""
        num, at = self._failures.get(_neighbourhood(address), (0, 0.0))
        if num < _FREE_FAILURES:
            return 0.0
        pause = min(2.0 ** (num - _FREE_FAILURES), _LONGEST_SECONDS)
        return max(0.0, at + pause - self._clock())

    def failed(self, address: str) -> None:
        """Another guess was wrong."""
        now, key = self._clock(), _neighbourhood(address)
        num, at = self._failures.pop(key, (0, now))
        self._failures[key] = (num + 1 if now - at < _FORGOTTEN_SECONDS else 1, now)
        while len(self._failures) > _MOST_ADDRESSES:
            self._failures.popitem(last=False)

    def succeeded(self, address: str) -> None:
        """Whoever is there knows the token."""
        self._failures.pop(_neighbourhood(address), None)


def _neighbourhood(address: str) -> str:
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    return str(ip_network((parsed, _IPV6_PREFIX), strict=False)) if isinstance(parsed, IPv6Address) else address
