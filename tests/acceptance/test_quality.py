"""How well pages are read, on a corpus of real ones, if there is one: $TIDINGS_CORPUS (see tests/benchmarks)."""

import os

import pytest

from tests.benchmarks.corpus import read_pages
from tests.benchmarks.programs import tidings
from tests.benchmarks.scoring import score

FLOORS = {
    "body_f1": 0.975,
    "body_precision": 0.96,
    "title_any": 0.95,
    "authors_f1": 0.92,
    "published_minute": 0.93,
    "published_day": 0.99,
}


@pytest.fixture(scope="module")
def scores():
    if not os.environ.get("TIDINGS_CORPUS"):
        pytest.skip("TIDINGS_CORPUS names no corpus")
    pages, read = read_pages([])[1], tidings()
    return score([page.truth for page in pages], {page.id: read(page) for page in pages})


@pytest.mark.parametrize("measure", FLOORS)
def test_pages_are_read_as_well_as_promised(scores, measure):
    """No change costs quality unnoticed."""
    assert scores[measure] >= FLOORS[measure]
