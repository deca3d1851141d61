"""What a URL's key costs: ``python -m tests.benchmarks.url_keys`` prints microseconds of CPU time per key."""

import random
import time

from crawler.ingestion.identity import url_key

_WORDS = ("bridge", "ferry", "harbour", "reopens", "mayor", "council", "storm", "vote")
_HOSTS = ("www.gazette.example", "amp.post.co.uk", "m.news.de", "harbour-post.com")
_ENDS = (
    "?utm_source=rss&utm_medium=feed&utm_campaign=all",
    "?id=7&page=2", "/amp/", ".html#comments", "-br%C3%BCcke", "/",
    "", "", "", "",
)  # fmt: skip
_PASSES = 5


def urls(number: int) -> list[str]:
    """URLs as feeds list them; the same ones each time."""
    chance = random.Random(1)
    return [
        f"https://{chance.choice(_HOSTS)}/news/2026/03/{i % 28 + 1:02}/{'-'.join(chance.choices(_WORDS, k=6))}-{i}"
        + _ENDS[i % len(_ENDS)]
        for i in range(number)
    ]


def main() -> None:
    """Print the best of a few passes."""
    found = urls(10_000)
    times = []
    for _ in range(_PASSES):
        begun = time.process_time()
        for url in found:
            url_key(url)
        times.append(time.process_time() - begun)
    print(f"{min(times) / len(found) * 1e6:.1f} microseconds a key")


if __name__ == "__main__":
    main()
