"""What a look at a site finds: documents that list its articles, and pages as they came out."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from crawler.article import Article
from crawler.discovery import Link

Role = Literal["feed", "sitemap", "listing"]
"""Which of a source's keys a document belongs in: ``feeds``, ``sitemaps``, ``listings``."""

Origin = Literal["configured", "given", "page", "home", "robots", "index", "usual_place"]
"""Who names a document: the source, the person who asks, the page given, the home page, robots.txt, an index of
sitemaps, or nobody: it was found at an address where such documents usually are."""


@dataclass(frozen=True, slots=True)
class Measures:
    """What the links of one document tell. Times are aware; ``per_day`` is None where too few dates tell it."""

    num_links: int = 0
    num_dated: int = 0
    num_published: int = 0
    """Links with a date of publication; the other dated ones have one of modification only."""
    num_headlines: int = 0
    num_full_texts: int = 0
    newest: datetime | None = None
    reach: datetime | None = None
    """From when on it lists what there is."""
    median_spacing: timedelta | None = None
    """Between one article and the next."""
    per_day: float | None = None


@dataclass(frozen=True, slots=True)
class Candidate:
    """A document that may list a site's articles; one that could not be read says for which ``reason``."""

    url: str
    role: Role
    origin: Origin
    links: dict[bytes, Link] = field(default_factory=dict)
    """By :func:`crawler.ingestion.identity.url_key`, in the document's order; of other sites, none."""
    measures: Measures = Measures()
    host: str | None = None
    """A host of another site than the home page's that most links lead to."""
    num_requests: int = 1
    """For one poll: more than one if it is an index of sitemaps."""
    reason: str | None = None
    detail: str | None = None
    overlaps: dict[str, float] = field(default_factory=dict)
    """By the URL of another candidate: the share of this one's links that stand there too."""
    is_chosen: bool = False
    verdict: str = ""
    """Why it was taken, or left, in words."""


@dataclass(frozen=True, slots=True)
class RobotsReport:
    """What robots.txt says of the home page; ``crawl_delay`` is in seconds."""

    url: str
    agent: str
    is_allowed: bool
    crawl_delay: float = 0.0
    shut_out: tuple[str, ...] = ()
    """Crawlers for language models that may not ask for the home page."""
    detail: str | None = None
    """Why it could not be had: then nothing is allowed (RFC 9309)."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One page as it would be stored, or the reason why it would not be."""

    url: str
    article: Article | None = None
    reason: str | None = None
    detail: str | None = None


@dataclass(frozen=True, slots=True)
class Probe:
    """Everything that one look at a site found."""

    url: str
    """The home page."""
    candidates: list[Candidate]
    robots: RobotsReport
    definition: dict[str, Any]
    """The keys of a source that were found: ``url``, ``feeds``, ``sitemaps``, ``listings``, ``hosts``."""
    samples: list[Sample]
    pages_per_day: float | None
    """New articles a day, by the dates in the chosen documents; None where they tell none."""
    notes: tuple[str, ...] = ()

    @property
    def chosen(self) -> list[Candidate]:
        """The documents to poll."""
        return [candidate for candidate in self.candidates if candidate.is_chosen]

    @property
    def num_requests(self) -> int:
        """Requests for one poll of all that is chosen."""
        return sum(candidate.num_requests for candidate in self.chosen)

    @property
    def num_articles(self) -> int:
        """How many of the samples are articles."""
        return sum(sample.article is not None for sample in self.samples)

    @property
    def trouble(self) -> str | None:
        """Why no article can be had this way; None if some can, or nobody looked at a page."""
        if not self.chosen:
            failed = next((f": {c.url}: {c.verdict}" for c in self.candidates if c.reason), "")
            return f"no feed, sitemap or listing of it can be used{failed}"
        if self.num_articles or not self.samples:
            return None
        reasons = [sample.reason or "" for sample in self.samples]
        told = ", ".join(f"{reason} {reasons.count(reason)}" for reason in dict.fromkeys(reasons))
        return f"none of {len(self.samples)} pages gave an article ({told})"
