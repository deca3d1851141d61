"""Visits some of the newest pages, as a run would, and stores nothing."""

import asyncio
from collections.abc import Iterable
from datetime import UTC, datetime

from crawler.article import Article
from crawler.discovery import Link
from crawler.extraction import read_briefly
from crawler.fetch import Fetcher
from crawler.outcomes import Reason, RefusedError
from crawler.probe.measures import time_of
from crawler.probe.values import Candidate, Sample
from crawler.reader import ReaderLostError
from crawler.reading import hints_of
from crawler.rules import Rules
from crawler.sites import site_of

_PATIENCE_SECONDS = 120.0  # for all samples together, at the pace that the host allows
_BEFORE_ALL = datetime.min.replace(tzinfo=UTC)


def newest_links(candidates: Iterable[Candidate], num: int) -> list[Link]:
    """The newest links of these documents together; undated ones last, in their order."""
    links: dict[bytes, Link] = {}
    for candidate in candidates:
        for key, link in candidate.links.items():
            links.setdefault(key, link)
    return sorted(links.values(), key=lambda link: time_of(link) or _BEFORE_ALL, reverse=True)[:num]


def affordable(num: int, delay: float) -> int:
    """How many of ``num`` pages can be visited within two minutes, ``delay`` seconds apart: one at least."""
    return max(min(num, 1), min(num, int(_PATIENCE_SECONDS / delay))) if delay > 0 else num


async def take_samples(
    fetcher: Fetcher,
    links: Iterable[Link],
    *,
    timezone: str,
    sites: frozenset[str],
    rules: Rules | None = None,
) -> list[Sample]:
    """Visit the pages of ``links``. ``sites`` are the source's own: a page that leads off them is none of its."""
    return await asyncio.gather(*(_take(fetcher, link, timezone, sites, rules) for link in links))


async def _take(fetcher: Fetcher, link: Link, timezone: str, sites: frozenset[str], rules: Rules | None) -> Sample:
    try:
        return await _visit(fetcher, link, timezone, sites, rules)
    except RefusedError as error:
        return Sample(link.url, None, error.reason, error.detail)
    except ReaderLostError as error:
        return Sample(link.url, None, error.reason, str(error))
    except Exception as error:  # noqa: BLE001 (a page's boundary: the sample is the record)
        return Sample(link.url, None, Reason.EXTRACTION_ERROR, f"{type(error).__name__}: {error}")


async def _visit(
    fetcher: Fetcher, link: Link, timezone: str, sites: frozenset[str], rules: Rules | None
) -> Sample:
    fetched = await fetcher.fetch(link.url)
    if site_of(fetched.url) not in sites:
        return Sample(link.url, None, Reason.OFF_SITE, f"leads to {fetched.url}")
    hints = hints_of(link, fetched.url, timezone, rules)
    reading = await fetcher.reader.run(
        read_briefly, fetched.body, fetched.url, headers=fetched.headers, hints=hints, agent=fetcher.agent
    )
    if asked := fetcher.heeded & {*fetched.opt_outs, *reading.opt_outs}:
        return Sample(link.url, None, Reason.OPTED_OUT, f"{', '.join(sorted(asked))}; obey_opt_outs heeds that")
    if isinstance(reading.result, Article):
        return Sample(link.url, reading.result)
    return Sample(link.url, None, reading.result.reason, reading.result.detail)
