"""CPU time of several programs on the same pages, taken in turns."""

import gc
import math
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from statistics import mean, median

from tests.benchmarks.corpus import Page
from tests.benchmarks.scoring import Row

Timed = Callable[[Page], tuple[Row, float]]
"""A page in; its row, and the seconds of CPU it took."""

_WARM_UP = 10  # pages that every program reads before time is taken


class Times:
    """The best time of each page, in milliseconds of CPU."""

    def __init__(self) -> None:
        self.best: dict[str, float] = {}

    def add(self, page: Page, seconds: float) -> None:
        """Keep the lower of this time and the one known."""
        self.best[page.id] = min(1000 * seconds, self.best.get(page.id, math.inf))

    @property
    def mean(self) -> float:
        """Over all pages."""
        return mean(self.best.values())

    @property
    def median(self) -> float:
        """Over all pages."""
        return median(self.best.values())

    def ratio_to(self, other: "Times") -> float:
        """How long the pages take, in means."""
        return self.mean / other.mean

    def median_ratio_to(self, other: "Times") -> float:
        """How long the page in the middle takes."""
        return median(self.best[page] / other.best[page] for page in self.best)


def timed(run: Callable[[Page], Row]) -> Timed:
    """Take the time of a program in this process; a page on which it fails is an empty row."""

    def call(page: Page) -> tuple[Row, float]:
        row = Row()
        gc.collect()  # so that nobody pays for another's litter
        began = time.process_time()
        with suppress(Exception):
            row = run(page)
        return row, time.process_time() - began

    return call


def measure(
    programs: Mapping[str, Timed], pages: Sequence[Page], passes: int
) -> dict[str, tuple[dict[str, Row], Times]]:
    """Let every program read every page so many times, page by page in turns, so that noise hits all alike."""
    results: dict[str, tuple[dict[str, Row], Times]] = {name: ({}, Times()) for name in programs}
    for page in pages[:_WARM_UP]:
        for run in programs.values():
            run(page)
    gc.collect()
    gc.freeze()  # what is loaded by now stays: collecting it again and again would take longer than reading pages
    names = list(programs)
    for turn in range(passes):
        for number, page in enumerate(pages):
            first = (turn + number) % max(1, len(names))
            for name in names[first:] + names[:first]:
                row, seconds = programs[name](page)
                results[name][0][page.id] = row
                results[name][1].add(page, seconds)
    gc.unfreeze()
    return results
