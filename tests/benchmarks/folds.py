"""Reading every page with weights that were learned without its publisher."""

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from importlib.util import find_spec

from tests.benchmarks.corpus import Page
from tests.benchmarks.programs import tidings
from tests.benchmarks.scoring import Row

NAME = "tidings, by publisher"

# The ids held out, and within what those pages are read: weights learned from all other publishers are in force.
Fold = tuple[frozenset[str], AbstractContextManager[object]]


def find_folds(pages: Sequence[Page]) -> Iterable[Fold] | None:
    """Ask the learner for its folds; None while there is none (``tests.benchmarks.learn.folds``)."""
    if find_spec("tests.benchmarks.learn") is None:
        return None
    from tests.benchmarks.learn import folds

    return folds(pages)


def read_held_out(pages: Sequence[Page], folds: Iterable[Fold]) -> dict[str, Row]:
    """Read each page in the fold that holds it out; rows by id."""
    rows: dict[str, Row] = {}
    run = tidings()
    for held_out, weights in folds:
        with weights:
            rows |= {page.id: run(page) for page in pages if page.id in held_out}
    return rows
