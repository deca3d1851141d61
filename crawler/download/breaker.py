"""Which hosts a run leaves alone, because they have failed again and again."""

from collections import Counter

from crawler.outcomes import Outcome, Reason, RefusedError

# What a failure counts. A time-out costs the most.
_WEIGHTS = {
    Reason.TIMEOUT: 2,
    Reason.CONNECTION: 1,
    Reason.DNS: 1,
    Reason.TLS: 1,
    Reason.TRUNCATED: 1,
    Reason.HTTP_5XX: 1,
    Reason.HTTP_503: 1,
}
_BREAKS_AT = 5


class Breaker:
    """One per run."""

    def __init__(self) -> None:
        self._failures: Counter[str] = Counter()

    def check(self, host: str) -> None:
        """Raise RefusedError (``host_down``) for a host that is left alone."""
        if self._failures[host] >= _BREAKS_AT:
            detail = f"{host} failed again and again; it is left alone for the rest of the run"
            raise RefusedError(Outcome.FAILED, Reason.HOST_DOWN, detail)

    def failed(self, host: str, reason: Reason) -> None:
        """Count a failure towards it."""
        self._failures[host] += _WEIGHTS.get(reason, 0)

    def answered(self, host: str) -> None:
        """An answer that is no server error: what went before is forgotten."""
        self._failures.pop(host, None)
