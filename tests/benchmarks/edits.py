"""What it costs to compare two texts: ``python -m tests.benchmarks.edits``, in milliseconds of CPU, best of three.

The first line is the ordinary case, an article of 5,000 characters; the others are texts of a megabyte, as large
as any is stored, in the shapes that cost most.
"""

import random
import time
from collections.abc import Callable

from crawler.ingestion.edits import Seen, compare, kind_of_edit
from tests.support import prose

_MEGABYTE = 1_000_000


def words(count: int, *, seed: int) -> list[str]:
    """Words of a language of 5,000 words."""
    chosen = random.Random(seed)
    return [f"w{chosen.randrange(5_000)}" for _ in range(count)]


def pairs() -> dict[str, tuple[str, str]]:
    """Texts before and after, by what they are."""
    article = "\n".join(prose.text(prose.ENGLISH, 4, start=start) for start in range(13))
    alike = "\n".join(" ".join(words(60, seed=seed)) for seed in range(3_000))[:_MEGABYTE]
    other = "\n".join(" ".join(words(60, seed=-1 - seed)) for seed in range(3_000))[:_MEGABYTE]
    scattered = " ".join("x" if place % 97 == 0 else word for place, word in enumerate(alike.split(" ")))
    return {
        "an article, one word": (article, article.replace("brass", "tin", 1)),
        "1 MB, one word": (alike, alike.replace("w4999", "x", 1)),
        "1 MB, every 97th word": (alike, scattered),
        "1 MB, every 97th word, one paragraph": (alike.replace("\n", " "), scattered.replace("\n", " ")),
        "1 MB, two texts": (alike, other),
        "1 MB, two texts, one paragraph": (alike.replace("\n", " "), other.replace("\n", " ")),
        "1 MB, a word a line": (alike.replace(" ", "\n"), other.replace(" ", "\n")),
        "1 MB, two letters in turn": ("a b " * (_MEGABYTE // 4), "b a " * (_MEGABYTE // 4)),
        "1 MB, two lines in turn": ("a\nb\n" * (_MEGABYTE // 4), "b\na\n" * (_MEGABYTE // 4)),
        "1 MB, Chinese": ("渡轮重新" * (_MEGABYTE // 4), "新轮重渡开" * (_MEGABYTE // 5)),
    }


def milliseconds(work: Callable[[], object]) -> float:
    """CPU time of this thread, the best of three."""
    best = float("inf")
    for _ in range(3):
        begun = time.thread_time()
        work()
        best = min(best, time.thread_time() - begun)
    return 1000 * best


def main() -> None:
    """Print the table."""
    print(f"{'':38}{'kind of edit':>14}{'difference':>14}")
    for name, (before, after) in pairs().items():
        seen = Seen("Headline", before), Seen("Headline", after)
        kind = milliseconds(lambda seen=seen: kind_of_edit(*seen))
        difference = milliseconds(lambda before=before, after=after: compare(before, after))
        print(f"{name:38}{kind:14.1f}{difference:14.1f}")


if __name__ == "__main__":
    main()
