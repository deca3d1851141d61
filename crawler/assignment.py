"""What one run works with. It travels on Scrapy's crawler object, since Scrapy copies its settings deeply."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import structlog

from crawler.ingestion.page import Visit
from crawler.source import Source

if TYPE_CHECKING:
    from crawler.extraction.thread import ExtractionThread
    from crawler.ingestion.writer import BatchWriter
    from sql.database import Database


@dataclass(slots=True)
class Tally:
    """What a run has met that no page row tells."""

    num_links: int = 0
    num_known: int = 0
    num_documents: int = 0
    num_lost: int = 0
    """Pages that could not be stored, and not because the database was away."""
    document_errors: list[str] = field(default_factory=list)
    """One reason for each feed or sitemap that could not be read."""


@dataclass(frozen=True, slots=True)
class Assignment:
    """One attempt at one run: which source, on whose behalf, and through which of the process's shared parts."""

    source: Source
    visit: Visit
    revisit: bool
    database: "Database"
    writer: "BatchWriter"
    reader: "ExtractionThread"
    tally: Tally = field(default_factory=Tally)

    @property
    def log_context(self) -> dict[str, str]:
        """What every line of this run carries."""
        return {"source": self.source.name, "run_id": str(self.visit.run_id)}

    @contextmanager
    def logged(self) -> Iterator[None]:
        """Every line logged within carries this run's context, across tasks, callbacks and threads."""
        with structlog.contextvars.bound_contextvars(**self.log_context):
            yield
