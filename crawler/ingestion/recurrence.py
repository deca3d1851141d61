"""Which paragraphs recur across a source's articles, and are not their text."""

import math
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

WINDOW = 50
"""The articles of a source that are looked at: its latest."""

_LATELY = 20  # articles, the latest, of which one at least has what recurs still
_FEWEST = 3  # articles that anything can be learned from
_OWN_CHARACTERS = 100  # which an article has at least, or it is no text to tell another from
_EVERYWHERE = 0.8  # the share of the articles in which a paragraph is surely no text of theirs,
_MANY = 10  # if there are so many of them


@dataclass(frozen=True, slots=True)
class Lesson:
    """An article by its paragraphs: their keys, with their lengths in characters."""

    article_id: int
    fetched_at: datetime
    lengths: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class Findings:
    """Keys, with the number of articles that have each, of ``num_articles``."""

    num_articles: int
    learned: Mapping[int, int]
    """They recur, and are not known yet."""
    confirmed: Mapping[int, int]
    """They are known, and recur still."""
    unlearned: Mapping[int, int]
    """They were known, and recur no more."""


def needed(num_articles: int) -> int:
    """How many of so many articles a paragraph must be in: their square root (8 of 50), but at least 3."""
    return max(_FEWEST, math.ceil(math.sqrt(num_articles)))


def weigh(lessons: Sequence[Lesson], known: Collection[int], kept: Collection[int]) -> Findings:
    """Find what recurs in ``lessons``, the newest first; what an operator has ``kept`` is never learned.

    Only articles that are not versions of one another count, for those share all their paragraphs. What is known
    is unlearned when fewer articles have it than half of those that teach it, or none of the latest 20.
    """
    counts = Counter(key for lesson in lessons for key in lesson.lengths)
    enough = needed(len(lessons))
    often = _EVERYWHERE * len(lessons) if len(lessons) >= _MANY else math.inf
    aside = {*known, *kept, *(key for key, count in counts.items() if count >= often)}
    own = [{key: length for key, length in lesson.lengths.items() if key not in aside} for lesson in lessons]
    versions = _Versions(own)
    lately = {key for lesson in lessons[:_LATELY] for key in lesson.lengths}
    candidates = [key for key in lately - {*known, *kept} if counts[key] >= enough]
    confirmed = {key: counts[key] for key in known if 2 * counts[key] >= enough and key in lately}
    return Findings(
        num_articles=len(lessons),
        learned={
            key: counts[key]
            for key in candidates
            if versions.are_many((i for i, lesson in enumerate(lessons) if key in lesson.lengths), enough)
        },
        confirmed=confirmed,
        unlearned={key: counts[key] for key in known if key not in confirmed},
    )


class _Versions:
    """Tells articles from versions of one story, by the paragraphs that are an article's own."""

    def __init__(self, articles: Sequence[Mapping[int, int]]) -> None:
        self._articles = articles
        self._sizes = [sum(article.values()) for article in articles]
        self._told: dict[tuple[int, int], bool] = {}

    def are_many(self, numbers: Iterator[int], enough: int) -> bool:
        """Tell whether ``enough`` of these articles are each another story than all the others."""
        stories: list[int] = []
        for number in numbers:
            if all(self._differ(story, number) for story in stories):
                stories.append(number)
                if len(stories) == enough:
                    return True
        return False

    def _differ(self, one: int, other: int) -> bool:
        """Tell whether most of either text is not in the other."""
        pair = (one, other)
        if pair not in self._told:
            common = self._articles[one].keys() & self._articles[other].keys()
            shared = sum(self._articles[one][key] for key in common)
            rest = min(self._sizes[one], self._sizes[other]) - shared
            self._told[pair] = rest >= max(shared, _OWN_CHARACTERS)
        return self._told[pair]
