"""What a look at a site found, as text and as JSON."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import typer

from crawler.extraction import as_row
from crawler.probe import Candidate, Probe, Sample
from crawler.source import Source
from scheduler.cli.common import print_table
from scheduler.exchange.toml import write_toml
from scheduler.timetable import runs_per_day

_LONGEST_HEADLINE = 60
_LONGEST_AUTHORS = 24
_ORIGINS = {"page": "on the page", "home": "on the home page", "robots": "in robots.txt", "index": "in an index"}
_ORIGINS |= {"usual_place": "at a usual place"}


def print_probe(source: Source, found: Probe) -> None:
    """Print the candidates, the samples, what robots.txt says, what is to be expected, and the source.

    ``shared`` is the largest share of a candidate's links that stand in another one.
    """
    for note in found.notes:
        typer.echo(f"note: {note}")
    typer.echo("What lists its articles\n")
    columns = {"taken": "taken", "role": "kind", "url": "URL", "found": "found", "links": "links"}
    columns |= {"dates": "dates", "headlines": "headlines", "texts": "texts", "newest": "newest (UTC)"}
    columns |= {"a_day": "a day", "shared": "shared", "verdict": "why"}
    print_table([_candidate_line(c) for c in found.candidates], columns, empty="nothing was found")
    typer.echo("\nThe newest pages, as they would be stored\n")
    columns = {"published": "published (UTC)", "author": "author", "headline": "headline", "words": "words"}
    print_table([_sample_line(s) for s in found.samples], columns | {"url": "URL"}, empty="none was tried")
    typer.echo(f"\n{_robots_line(found)}\n{_expectation(source, found)}\n\n{write_toml([source])}")


def as_object(source: Source, found: Probe | None) -> dict[str, Any]:
    """The same for ``--json``: times are ISO 8601, durations in seconds. Without a look, the source alone."""
    whole: dict[str, Any] = {"name": source.name, "source": source.definition()}
    if found is None:
        return whole
    return whole | {
        "trouble": found.trouble,
        "candidates": [_candidate_object(candidate) for candidate in found.candidates],
        "samples": [_sample_object(sample) for sample in found.samples],
        "num_articles": found.num_articles,
        "robots": {name: getattr(found.robots, name) for name in found.robots.__dataclass_fields__},
        "requests_per_day": requests_per_day(source, found),
        "notes": found.notes,
    }


def requests_per_day(source: Source, found: Probe) -> dict[str, float | None]:
    """Polls by the timetable, and a visit to each new page; ``pages`` is None where no dates tell how many."""
    visits = runs_per_day(source, datetime.now(UTC))
    documents = visits * found.num_requests
    pages = found.pages_per_day
    return {"visits": visits, "documents": documents, "pages": pages, "total": documents + (pages or 0.0)}


def _candidate_line(candidate: Candidate) -> dict[str, Any]:
    measures = candidate.measures
    return {
        "taken": "yes" if candidate.is_chosen else "no",
        "role": candidate.role,
        "url": candidate.url,
        "found": _ORIGINS.get(candidate.origin, candidate.origin),
        "links": measures.num_links,
        "dates": measures.num_dated,
        "headlines": measures.num_headlines,
        "texts": measures.num_full_texts,
        "newest": measures.newest,
        "a_day": None if measures.per_day is None else f"{measures.per_day:.3g}",
        "shared": f"{max(candidate.overlaps.values()):.0%}" if candidate.overlaps else None,
        "verdict": candidate.verdict,
    }


def _candidate_object(candidate: Candidate) -> dict[str, Any]:
    measures = {name: getattr(candidate.measures, name) for name in candidate.measures.__dataclass_fields__}
    spacing = measures.pop("median_spacing")
    facts = ("url", "role", "origin", "is_chosen", "verdict", "reason", "detail", "num_requests", "overlaps")
    return {
        **{name: getattr(candidate, name) for name in facts},
        **measures,
        "median_spacing": spacing.total_seconds() if spacing else None,
    }


def _sample_line(sample: Sample) -> dict[str, Any]:
    article = sample.article
    if article is None:
        told = ": ".join(filter(None, (sample.reason, sample.detail)))
        return {"published": None, "author": None, "headline": told, "words": None, "url": sample.url}
    return {
        "published": article.date_published,
        "author": _short(article.authors, _LONGEST_AUTHORS),
        "headline": _short([article.headline], _LONGEST_HEADLINE),
        "words": article.word_count,
        "url": sample.url,
    }


def _sample_object(sample: Sample) -> dict[str, Any]:
    article = as_row(sample.article) if sample.article else None
    return {"url": sample.url, "reason": sample.reason, "detail": sample.detail, "article": article}


def _short(texts: Iterable[str], longest: int) -> str | None:
    text = ", ".join(texts)
    return (text if len(text) <= longest else f"{text[: longest - 1].rstrip()}…") or None


def _robots_line(found: Probe) -> str:
    robots = found.robots
    if robots.detail:
        return f"robots.txt: nothing is allowed, for it could not be had: {robots.detail}"
    delay = (
        f"asks for {robots.crawl_delay:g} seconds between requests" if robots.crawl_delay else "asks for no delay"
    )
    shut_out = f"; shuts out {', '.join(robots.shut_out)}" if robots.shut_out else "; shuts out no AI crawler"
    return f"robots.txt: {'allows' if robots.is_allowed else 'disallows'} {robots.agent}; {delay}{shut_out}"


def _expectation(source: Source, found: Probe) -> str:
    counts = requests_per_day(source, found)
    pages = "an unknown number of pages" if counts["pages"] is None else f"about {counts['pages']:.0f} pages"
    requests = "1 request" if found.num_requests == 1 else f"{found.num_requests} requests"
    return (
        f"a day: {counts['visits']:.0f} visits with {requests} each, and {pages}: {counts['total']:.0f} requests"
    )
