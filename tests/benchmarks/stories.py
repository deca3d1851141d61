"""``python -m tests.benchmarks.stories``: how well near-copies are told from texts that only seem to be some.

The pairs are generated: near-copies, and articles that share a statement, a form or nothing. With ``--base FILE``
(JSON lines with ``body`` and ``language``) they are made of those bodies in place of invented ones.
"""

import argparse
import json
import random
import re
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from crawler.ingestion.stories.likeness import compare
from crawler.ingestion.stories.shingles import shingle
from crawler.ingestion.stories.sketch import KEYS, SHARED_KEYS, sketch
from tests.support.near_copies import ASKED, Draw, pairs
from tests.support.wire import LANGUAGES, UNSPACED, Pair, Tongue, Words

Base = Callable[[random.Random], Draw]
SIZES = {"60 to 1,000 words": (60, 1000), "25 to 60 words": (25, 60)}


class Verdict(NamedTuple):
    """What was found out about a pair."""

    pair: Pair
    is_candidate: bool
    are_alike: bool
    are_copies: bool


def judge(pair: Pair) -> Verdict:
    """As linking does: only what shares keys is compared."""
    one, other = shingle(pair.one), shingle(pair.other)
    is_candidate = len({*sketch(one)[:KEYS]} & {*sketch(other)[:KEYS]}) >= SHARED_KEYS
    likeness = compare(one, other)
    return Verdict(pair, is_candidate, is_candidate and likeness.are_alike, likeness.are_copies)


class Score(NamedTuple):
    """Over the kinds of pairs that are asked for."""

    recall: float
    precision: float


def score(verdicts: Sequence[Verdict]) -> Score:
    """Of the near-copies, how many are found; of what is found, how much is near-copies."""
    asked = [verdict for verdict in verdicts if verdict.pair.kind in ASKED]
    found = [verdict for verdict in asked if verdict.are_alike]
    right = sum(verdict.pair.are_copies for verdict in found)
    return Score(right / sum(verdict.pair.are_copies for verdict in asked), right / len(found))


def table(verdicts: Iterable[Verdict]) -> Iterator[str]:
    """A line for each kind of pair."""
    kinds: dict[str, list[Verdict]] = defaultdict(list)
    for verdict in verdicts:
        kinds[verdict.pair.kind].append(verdict)
    yield f"| {'pairs':12} | number | share keys | linked | as copies |"
    yield f"| {'-' * 12} | -----: | ---------: | -----: | --------: |"
    for kind, of_kind in kinds.items():
        count = len(of_kind)
        shares = [sum(flags) / count for flags in zip(*(verdict[1:] for verdict in of_kind), strict=True)]
        linked = [verdict for verdict in of_kind if verdict.are_alike]
        copies = f"{sum(v.are_copies for v in linked) / len(linked):.3f}" if linked else "-"
        yield f"| {kind:12} | {count:6,} | {shares[0]:10.4f} | {shares[1]:6.4f} | {copies:>9} |"


def read_bases(path: Path) -> dict[str, Base]:
    """By language, the bodies of a file as words."""
    bodies: dict[str, list[Words]] = defaultdict(list)
    for line in path.read_text(encoding="utf-8").splitlines():
        record = json.loads(line)
        language = record.get("language") or "en"
        words = re.findall(r"\w{1,2}", record["body"]) if language in UNSPACED else record["body"].split()
        bodies[language].append(words)
    return {
        language: partial(_drawn, of_language) for language, of_language in bodies.items() if len(of_language) > 9
    }


def _drawn(bodies: Sequence[Words], rng: random.Random) -> Draw:
    """Passages of these bodies in a random order; where one is too short, with the next one's words after it."""
    order = iter(rng.sample(bodies, len(bodies)))

    def draw(count: int) -> Words:
        words: Words = []
        while len(words) < count:
            body = next(order)
            start = rng.randrange(max(1, len(body) - count))
            words += body[start : start + count - len(words)]
        return words

    return draw


def verdicts(seed: int, count: int, words: tuple[int, int], bases: dict[str, Base] | None) -> list[Verdict]:
    """So many pairs of each kind in each language."""
    chosen = [(language, bases[language]) for language in bases] if bases else [(name, None) for name in LANGUAGES]
    return [
        judge(pair)
        for language, base in chosen
        for pair in pairs(seed, count, tongue=Tongue(language), base=base, words=words)
    ]


def speed() -> str:
    """Milliseconds for a text of 5 KB, and for comparing two."""
    tongue = Tongue("en")
    texts = [tongue.text(tongue.words(random.Random(n), 900))[:5000] for n in range(100)]
    started = time.process_time()
    shingled = [shingle(text) for text in texts]
    cut = time.process_time()
    for text in shingled:
        sketch(text)
    sketched = time.process_time()
    for one, other in pairwise(shingled):
        compare(one, other)
    compared = time.process_time()
    times = (cut - started, sketched - cut, compared - sketched)
    return "ms for 5 KB: shingles {:.2f}, sketch {:.2f}, comparing two {:.2f}".format(*(10 * t for t in times))


def main() -> None:
    """Print recall and precision for each seed, and a table of all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, nargs="+", default=[11, 12, 13])
    parser.add_argument("--pairs", type=int, default=100, help="of each kind, in each language, for each seed")
    parser.add_argument("--base", type=Path, help="JSON lines with bodies to make the pairs of")
    arguments = parser.parse_args()
    bases = read_bases(arguments.base) if arguments.base else None
    print(speed())
    for name, words in SIZES.items():
        print(f"\n{name}, languages: {', '.join(bases or LANGUAGES)}")
        everything: list[Verdict] = []
        for seed in arguments.seeds:
            of_seed = verdicts(seed, arguments.pairs, words, bases)
            everything += of_seed
            print("seed {}: recall {:.4f}, precision {:.4f}".format(seed, *score(of_seed)))
        print("\n".join(table(everything)))


if __name__ == "__main__":
    main()
