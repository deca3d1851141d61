"""User agents as robots.txt names them."""

import re

_TOKEN = re.compile(r"[A-Za-z_-]+")
_COMPATIBLE = re.compile(r"\(compatible;\s*([A-Za-z_-]+)", re.IGNORECASE)

AI_AGENTS = (
    "AI2Bot", "Amazonbot", "anthropic-ai", "Applebot-Extended", "Bytespider", "CCBot", "ClaudeBot", "cohere-ai",
    "Diffbot", "Google-Extended", "GPTBot", "Meta-ExternalAgent", "PerplexityBot",
)  # fmt: skip
"""Crawlers that gather texts for language models, as their operators name them. A publisher who shuts these out by
name opts out of text and data mining; rules for everybody (``*``) are no such sign."""


def product_token(user_agent: str) -> str:
    """The name by which robots.txt would address a user agent (RFC 9309, 2.2.1): letters, ``_`` and ``-``.

    ``examplebot`` for ``examplebot/1.0 (+https://example.org/bot)``, and for ``Mozilla/5.0 (compatible;
    examplebot/1.0)``.
    """
    match = _COMPATIBLE.search(user_agent) or _TOKEN.search(user_agent)
    return (match[1] if match and match.re is _COMPATIBLE else match[0] if match else "tidings").lower()
