"""Looks at a site before it is watched: what lists its articles, how they come out, what robots.txt says.

Everything is asked for as a run would ask: guarded, by robots.txt, at the crawl's pace. Nothing is stored.
"""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from crawler.fetch import Fetcher
from crawler.outcomes import RefusedError
from crawler.probe.choice import choose
from crawler.probe.measures import measure
from crawler.probe.samples import affordable, newest_links, take_samples
from crawler.probe.search import Search
from crawler.probe.values import Candidate, Measures, Probe, RobotsReport, Sample
from crawler.rules import Rules
from crawler.sites import site_of
from crawler.source import Source

__all__ = ["Candidate", "Measures", "Probe", "RobotsReport", "Sample", "probe", "probe_source"]

NUM_SAMPLES = 10


async def probe(fetcher: Fetcher, url: str, *, timezone: str = "UTC", num_samples: int = NUM_SAMPLES) -> Probe:
    """Find out how to watch the site of ``url``, which may be any page of it, or one of its feeds.

    ``timezone`` is the IANA name of the zone of dates that name none.

    Raises:
        RefusedError: neither the URL nor the site's home page can be had.
    """
    search = Search(fetcher, url, timezone=timezone)
    await search.look_around()
    await search.look_at_usual_places()
    return await _report(fetcher, search, num_samples)


async def probe_source(fetcher: Fetcher, source: Source, *, num_samples: int = NUM_SAMPLES) -> Probe:
    """Look at what a source names, and at what its site has beside that; one that names nothing is looked at anew.

    Raises:
        RefusedError: it names nothing, and its home page cannot be had.
    """
    search = Search(fetcher, source.url, timezone=source.timezone, sites=source.sites)
    if source.javascript:
        search.notes.append("its pages are tried as they come: only its runs render them")
    await search.look_at_configured(source)
    try:
        await search.look_around()
        if not source.documents:
            await search.look_at_usual_places()
    except RefusedError as error:
        if not source.documents:
            raise
        search.notes.append(f"the home page {source.url}: {error.reason}")
    found = await _report(fetcher, search, num_samples, source.rules_at(datetime.now(UTC)))
    return replace(found, definition=source.definition()) if source.documents else found


async def _report(fetcher: Fetcher, search: Search, num_samples: int, rules: Rules | None = None) -> Probe:
    candidates = choose(search.candidates)
    chosen = [candidate for candidate in candidates if candidate.is_chosen]
    robots = await _robots(fetcher, search.home)
    links = newest_links(chosen, affordable(num_samples, max(fetcher.delay, robots.crawl_delay)))
    sites = search.sites | {site_of(link.url) for link in links} | {site_of(search.home)}
    return Probe(
        url=search.home,
        candidates=candidates,
        robots=robots,
        definition=_define(search.home, chosen),
        samples=await take_samples(fetcher, links, timezone=search.timezone, sites=sites, rules=rules),
        pages_per_day=_pages_per_day(chosen),
        notes=tuple(search.notes),
    )


def _define(home: str, chosen: list[Candidate]) -> dict[str, Any]:
    """The keys of a source that polls what was chosen."""
    urls = {role: [c.url for c in chosen if c.role == role] for role in ("feed", "sitemap", "listing")}
    sites = {site_of(url) for url in (home, *(c.url for c in chosen))}
    hosts = dict.fromkeys(c.host for c in chosen if c.host and site_of(f"https://{c.host}") not in sites)
    found = {"url": home, **{f"{role}s": named for role, named in urls.items()}, "hosts": list(hosts)}
    return {key: value for key, value in found.items() if value}


def _pages_per_day(chosen: list[Candidate]) -> float | None:
    links = {key: link for candidate in chosen for key, link in candidate.links.items()}
    return measure(links.values(), datetime.now(UTC)).per_day


async def _robots(fetcher: Fetcher, home: str) -> RobotsReport:
    rules = await fetcher.robots(home)
    return RobotsReport(
        url=f"{home}robots.txt",
        agent=fetcher.agent,
        is_allowed=rules.allow(home, fetcher.agent),
        crawl_delay=rules.delay(fetcher.agent),
        shut_out=tuple(name for name in rules.ai_agents if not rules.allow(home, name)),
        detail=rules.detail,
    )
