"""The table of weights: how loudly each piece of evidence speaks for (or, below 0, against) a block of text.

It is the product of ``python -m tests.benchmarks.learn``, a logistic regression: the sum of a block's weights is
the logarithm of its odds.
"""

import tomllib
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files


@lru_cache(maxsize=1)
def read_weights() -> Mapping[str, float]:
    """Read the weights, by ``kind:value``."""
    tables = tomllib.loads(files("crawler.extraction.text").joinpath("weights.toml").read_text("utf-8"))
    return {f"{kind}:{value}": weight for kind, table in tables.items() for value, weight in table.items()}
