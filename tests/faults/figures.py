"""What the tests measure, beside what is promised."""

import time
from dataclasses import dataclass, field

from tests.support.cli import eventually

SLACK = 4.0
"""By how much a figure of the short form may be worse than promised: the gate does other things beside."""


@dataclass
class Figures:
    """Those of one test."""

    test: str
    full: bool
    rows: list[tuple[str, str, float, str, float | None]] = field(default_factory=list)

    def note(self, what: str, value: float, unit: str = "", *, at_most: float | None = None) -> float:
        """Remember a figure; AssertionError if it breaks its promise."""
        self.rows.append((self.test, what, value, unit, at_most))
        if at_most is not None:
            bound = at_most if self.full else SLACK * at_most
            assert value <= bound, f"{what}: {value:g} {unit}, promised is {at_most:g}"
        return value

    def within(self, seconds: float, what: str, condition, *, since: float | None = None):
        """Wait for ``condition``, and note how long that took since ``since`` (``time.monotonic()``; now)."""
        began = time.monotonic() if since is None else since
        answer = eventually(condition, seconds=max(seconds * SLACK, 1.0))
        self.note(what, time.monotonic() - began, "s", at_most=seconds)
        return answer
