"""Learning the weights of blocks from pages whose text is known.

``python -m tests.benchmarks.learn [PAGES TRUTH] --write`` learns from all of them and replaces weights.toml.
"""

import argparse
import json
import zlib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression

import crawler.extraction.text.weights
from crawler.extraction import read
from tests.benchmarks.corpus import Page, read_pages
from tests.benchmarks.scoring import _grams

_FOLDS = 6
_FEWEST_PUBLISHERS = 3  # that show a piece of evidence, below which nothing is learned from it
_SAME = 0.6  # of a block's 4-grams that are in the true text, from which it is part of it
_STRENGTH = 0.05  # of what the pages say against the wish for small weights (scikit-learn's C)
_SMALLEST = 0.02  # weight that is kept


class Sample:
    """The blocks of one page: their evidence, whether they are of the article, and how much of it they are."""

    def __init__(self, page: Page) -> None:
        self.id, self.publisher = page.id, page.publisher
        body = read(page.content, page.url, headers={}).body
        judged = body.judged if body else ()
        self.evidence = [one.evidence for one in judged]
        texts = [one.block.text for one in judged]
        bodies = [page.truth["body"], *page.truth.get("body_alternatives", ())]
        verdicts = list(zip(*(_labels(texts, body) for body in bodies), strict=True))
        self.labels = [all(verdict) for verdict in verdicts]
        whole = sum(len(text) for text, label in zip(texts, self.labels, strict=True) if label) or 1
        # Where the truths differ, as over a standfirst, nothing is to be learned.
        self.weights = [
            0.0 if any(verdict) and not all(verdict) else (len(text) / whole) ** 0.5
            for text, verdict in zip(texts, verdicts, strict=True)
        ]


def _labels(texts: Sequence[str], body: str) -> list[bool]:
    whole = _grams(body)
    lines = {gram for line in body.split("\n") for gram in _grams(line)}
    labels = []
    for text in texts:
        grams = _grams(text)
        if len(grams) == 1 and len(next(iter(grams))) < 4:
            labels.append(next(iter(grams)) in lines)
        else:
            labels.append(grams.total() > 0 and (grams & whole).total() >= _SAME * grams.total())
    return labels


def learn(samples: Sequence[Sample]) -> dict[str, float]:
    """Fit a logistic regression, regularised by the weights' squares; weights by evidence, to two digits."""
    publishers: dict[str, set[str]] = defaultdict(set)
    for sample in samples:
        for names in sample.evidence:
            for name in names:
                publishers[name].add(sample.publisher)
    known = sorted(name for name, found in publishers.items() if len(found) >= _FEWEST_PUBLISHERS)
    column = {name: i for i, name in enumerate(known)}
    rows = [sorted({column[name] for name in names if name in column}) for s in samples for names in s.evidence]
    ends = np.cumsum([0, *map(len, rows)])
    matrix = csr_matrix((np.ones(ends[-1]), [i for row in rows for i in row], ends), shape=(len(rows), len(known)))
    labels = np.array([label for sample in samples for label in sample.labels])
    importance = np.array([weight for sample in samples for weight in sample.weights])
    used = importance > 0
    model = LogisticRegression(C=_STRENGTH, solver="liblinear", max_iter=300, fit_intercept=False)
    model.fit(matrix[used], labels[used], sample_weight=importance[used] / importance[used].mean())
    return {name: round(float(w), 2) for name, w in zip(known, model.coef_[0], strict=True) if abs(w) >= _SMALLEST}


@contextmanager
def in_force(weights: Mapping[str, float]) -> Iterator[None]:
    """Read pages with these weights."""
    with patch.object(crawler.extraction.text.weights, "read_weights", lambda: weights):
        yield


def folds(pages: Sequence[Page]) -> Iterator[tuple[frozenset[str], object]]:
    """Hold out a sixth of the publishers at a time, and learn from all others."""
    samples = [Sample(page) for page in pages]
    for fold in range(_FOLDS):
        held_out = frozenset(s.id for s in samples if zlib.crc32(s.publisher.encode()) % _FOLDS == fold)
        yield held_out, in_force(learn([sample for sample in samples if sample.id not in held_out]))


def write(weights: Mapping[str, float]) -> None:
    """Replace the table."""
    tables: dict[str, dict[str, float]] = defaultdict(dict)
    for name, weight in weights.items():
        kind, _, value = name.partition(":")
        tables[kind][value] = weight
    lines = [f"# Learned by python -m tests.benchmarks.learn: {len(weights)} weights. See weights.py.\n"]
    for kind, table in sorted(tables.items()):
        lines.append(f"\n[{kind}]\n")
        lines += [f"{json.dumps(value)} = {weight}\n" for value, weight in sorted(table.items())]
    Path(crawler.extraction.text.weights.__file__).with_name("weights.toml").write_text("".join(lines), "utf-8")


def main() -> None:
    """Learn from all pages, and print or write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("paths", nargs="*", type=Path, metavar="PAGES TRUTH")
    parser.add_argument("--write", action="store_true", help="replace crawler/extraction/text/weights.toml")
    arguments = parser.parse_args()
    where, pages = read_pages(arguments.paths)
    weights = learn([Sample(page) for page in pages])
    print(f"{where}: {len(weights)} weights")
    if arguments.write:
        write(weights)


if __name__ == "__main__":
    main()
