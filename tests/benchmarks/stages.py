"""Says where the milliseconds of a page go: ``uv run python -m tests.benchmarks.stages [PAGES]``.

Every function of ours that the spine of extraction can call is a stage, so stages need not be listed here.
"""

import argparse
import gc
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from functools import wraps
from inspect import isfunction, ismodule
from pathlib import Path
from statistics import mean, median
from types import ModuleType
from typing import Any
from unittest.mock import patch

from crawler.extraction import page, reading
from crawler.extraction.text import body
from tests.benchmarks.corpus import read_pages
from tests.benchmarks.programs import tidings

_REST = "the spine itself"
_WITHIN = (
    (page, "decode"),
    (body, "read_blocks"),
    (body, "judge"),
)  # what else is worth a line of its own, though the spine does not call it itself


class Clock:
    """Milliseconds of CPU by stage, each without the stages that it calls."""

    def __init__(self) -> None:
        self.spent: dict[str, float] = defaultdict(float)
        self._inner = [0.0]

    def watch(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """The function, with its time added to that of the stage."""

        @wraps(function)
        def watched(*arguments: Any, **named: Any) -> Any:
            self._inner.append(0.0)
            began = time.process_time()
            try:
                return function(*arguments, **named)
            finally:
                took = time.process_time() - began
                self.spent[name] += 1000 * (took - self._inner.pop())
                self._inner[-1] += took

        return watched


def stages() -> Iterator[tuple[ModuleType, str, str]]:
    """Every function that the spine can call: where it is looked up, by which name, and what it is called here."""
    for module, name in _WITHIN:
        yield module, name, _label(getattr(module, name))
    for name, value in vars(reading).items():
        if isfunction(value) and value.__module__.startswith("crawler.") and value.__module__ != reading.__name__:
            yield reading, name, _label(value)
        elif ismodule(value) and value.__name__.startswith("crawler."):
            for inner, function in vars(value).items():
                if isfunction(function) and function.__module__ == value.__name__ and not inner.startswith("_"):
                    yield value, inner, _label(function)


def measure(pages: Sequence[Any], passes: int) -> list[dict[str, float]]:
    """The stages of each page, in the pass in which it took the least time."""
    run, clock = tidings(), Clock()
    best: dict[str, dict[str, float]] = {}
    patches = [
        patch.object(module, name, clock.watch(label, getattr(module, name))) for module, name, label in stages()
    ]
    for wrapped in patches:
        wrapped.start()
    try:
        whole = clock.watch(_REST, run)
        for turn in range(passes + 1):  # the first warms up
            for one in pages:
                clock.spent = defaultdict(float)
                gc.collect()
                whole(one)
                if turn and sum(clock.spent.values()) < sum(best.get(one.id, {"": float("inf")}).values()):
                    best[one.id] = clock.spent
            if not turn:
                gc.freeze()
    finally:
        for wrapped in patches:
            wrapped.stop()
        gc.unfreeze()
    return list(best.values())


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the stages, the dearest first."""
    parser = argparse.ArgumentParser(prog="tests.benchmarks.stages", description=__doc__)
    parser.add_argument("pages", nargs="?", type=Path, metavar="PAGES", help="a folder of *.html.gz")
    parser.add_argument("--passes", type=int, default=3, help="of which the best time of each page counts")
    options = parser.parse_args(arguments)
    where, pages = read_pages([options.pages] if options.pages else [])
    print(f"{where}; best of {options.passes} passes, one thread")
    spent = measure(pages, options.passes)
    totals = [sum(times.values()) for times in spent]
    print(f"{'stage':<40} {'ms/page':>8} {'median':>8} {'share':>6}")
    by_stage = {name: [times.get(name, 0.0) for times in spent] for times in spent for name in times}
    for name, times in sorted(by_stage.items(), key=lambda entry: -sum(entry[1])):
        print(f"{name:<40} {mean(times):8.2f} {median(times):8.2f} {sum(times) / sum(totals):6.1%}")
    print(f"{'all':<40} {mean(totals):8.2f} {median(totals):8.2f} {1:6.0%}")
    return 0


def _label(function: Callable[..., Any]) -> str:
    return f"{function.__module__.removeprefix('crawler.').removeprefix('extraction.')}.{function.__name__}"


if __name__ == "__main__":
    sys.exit(main())
