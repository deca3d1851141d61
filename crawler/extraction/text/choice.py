"""Which blocks of a page are its article: those whose evidence says so, seen together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from crawler.extraction.text.appeals import find_appeals
from crawler.extraction.text.blocks import Block
from crawler.extraction.text.evidence import Witness, read_evidence

# Logarithms of odds: e^-0.2 is 9 to 11.
_THRESHOLD = -0.2
_LOWEST = -2.4  # 1 to 11
_STEP = 0.5
_SHARE = 0.45  # of the text that a lower threshold would take, below which a choice has missed the article
_LEAST = 250  # characters that make an article likely
_ENOUGH = 400  # characters before a second article that make a first one certain


@dataclass(frozen=True, slots=True)
class Judged:
    """A block, and why it was taken or left. ``score`` is the logarithm of the odds that it is of the article."""

    block: Block
    score: float
    evidence: Sequence[str]
    is_taken: bool
    ruled_out: str | None = None
    """The rule that left it out whatever the score."""


def judge(blocks: Sequence[Block], witness: Witness, weights: Mapping[str, float]) -> list[Judged]:
    """Tell the article's blocks from the others, in the order of the page."""
    evidence = read_evidence(blocks, witness)
    scores = [sum([weights.get(name, 0.0) for name in names]) for names in evidence]
    ruled_out = _rule_out(blocks, scores, evidence)
    threshold = _threshold(
        [
            (len(block.text), score)
            for i, (block, score) in enumerate(zip(blocks, scores, strict=True))
            if i not in ruled_out
        ]
    )
    return [
        Judged(block, score, names, score > threshold and i not in ruled_out, ruled_out.get(i))
        for i, (block, score, names) in enumerate(zip(blocks, scores, evidence, strict=True))
    ]


def _rule_out(
    blocks: Sequence[Block], scores: Sequence[float], evidence: Sequence[Sequence[str]]
) -> dict[int, str]:
    """Name the blocks that are left out whatever their score.

    Each rule holds only where enough is left besides: a site may well call its whole page ``cookie-accepted``.
    """
    ruled_out: dict[int, str] = {}
    rules = {rule: {i for i, names in enumerate(evidence) if name in names} for rule, name in _RULES.items()}
    rules["asks for money"] = find_appeals(blocks, [i for i, score in enumerate(scores) if score > _THRESHOLD])
    for rule, named in rules.items():
        hit = named - ruled_out.keys()
        rest = sum(
            len(block.text)
            for i, block in enumerate(blocks)
            if scores[i] > _THRESHOLD and i not in hit and i not in ruled_out
        )
        if hit and rest > _ENOUGH:
            ruled_out |= dict.fromkeys(hit, rule)
    return ruled_out


_RULES = {
    "asks for consent": "about:consent",
    "in another article": "article:other",
    "after a second headline": "position:after_second_headline",
}


def _threshold(lengths_and_scores: Sequence[tuple[int, float]]) -> float:
    """Lower the threshold where it would take next to nothing, or less than half of what a lower one takes."""

    def taken(threshold: float) -> int:
        return sum(length for length, score in lengths_and_scores if score > threshold)

    threshold = _THRESHOLD
    while threshold > _LOWEST:
        lower = threshold - _STEP
        if taken(threshold) >= max(_LEAST, _SHARE * taken(lower)):
            break
        threshold = lower
    return threshold
