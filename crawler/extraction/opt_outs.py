"""What a publisher asks not to be done with a page, in its headers and its ``<meta>`` tags."""

import re
from collections.abc import Iterable, Mapping

from crawler.extraction.claims.metadata import Meta

# Robots meta tags (https://developers.google.com/search/docs/crawling-indexing/robots-meta-tag) and noai, which
# publishers write in the same places. "none" stands for noindex and nofollow.
_TERMS = {"noarchive": "noarchive", "noindex": "noindex", "none": "noindex", "noai": "noai"}
_TDM = "tdm-reservation"  # https://www.w3.org/community/reports/tdmrep/CG-FINAL-tdmrep-20240510/
_AGENT = re.compile(r"^\s*([\w*-]+)\s*:\s*(.*)$")
# Terms that have a value of their own, and so look like the name of an agent.
_WITH_VALUE = {"unavailable_after", "max-snippet", "max-image-preview", "max-video-preview"}


def read_opt_outs(headers: Mapping[str, str], meta: Meta, agent: str) -> tuple[str, ...]:
    """The opt-outs that concern the user agent, a product token in lower case; ``headers`` have lower-case names.

    The words are those of ``[crawl] obey_opt_outs``, each once, in alphabetical order.
    """
    terms = [*_robots_tag(headers.get("x-robots-tag", ""), agent)]
    for name in ("robots", agent):
        terms += [term for value in meta.get(name, ()) for term in value.split(",")]
    found = {_TERMS[word] for term in terms if (word := term.strip().lower()) in _TERMS}
    if "1" in {headers.get(_TDM, "").strip(), *(value.strip() for value in meta.get(_TDM, ()))}:
        found.add("tdm_reservation")
    return tuple(sorted(found))


def _robots_tag(value: str, agent: str) -> Iterable[str]:
    """The terms of ``X-Robots-Tag``; after the name of an agent come those for it alone."""
    concerns_us = True
    for part in value.split(","):
        named, term = _AGENT.match(part), part
        if named and named[1].lower() not in _WITH_VALUE:
            concerns_us, term = named[1].lower() in {agent, "*"}, named[2]
        if concerns_us:
            yield term
