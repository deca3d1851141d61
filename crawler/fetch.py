"""Fetches one URL outside any run, with the crawl's own downloader: its guard, its robots rules, its limits."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from scrapy import Spider
from scrapy.crawler import CrawlerProcess
from scrapy.http import Request, Response
from scrapy.settings import Settings
from twisted.python.failure import Failure

from crawler import logs, settings
from crawler.download.failures import refused, refused_status
from crawler.outcomes import Outcome, Reason, RefusedError

if TYPE_CHECKING:
    from crawler.configuration import Configuration


@dataclass(frozen=True, slots=True)
class Fetched:
    """A page as it came: ``body`` is content-decoded, ``url`` is where redirects led."""

    url: str
    body: bytes
    content_type: str | None


class _OnePage(Spider):
    name = "one-page"

    def __init__(self, request: Request, results: list[Fetched | RefusedError], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._request = request
        self._results = results

    async def start(self) -> AsyncIterator[Any]:
        yield self._request.replace(callback=self.arrived, errback=self.missed)

    async def arrived(self, response: Response) -> None:
        if not 200 <= response.status < 300:  # noqa: PLR2004
            self._results.append(refused_status(response.status))
            return
        content_type = response.headers.get("Content-Type")
        decoded = content_type.decode("latin-1") if content_type else None
        self._results.append(Fetched(response.url, response.body, decoded))

    async def missed(self, failure: Failure) -> None:
        self._results.append(refused(failure.value or RuntimeError("a failure without an error")))


def fetch_page(url: str, configuration: "Configuration") -> Fetched:
    """Fetch ``url``. Runs Twisted's reactor, which a process can do only once.

    Raises:
        RefusedError: it may not be fetched, or could not be.
    """
    try:
        request = Request(url)
    except ValueError as error:
        raise RefusedError(Outcome.REJECTED, Reason.URL_INVALID, str(error)) from error
    values = Settings()
    values.setmodule(settings, priority="project")
    values.setdict(settings.from_configuration(configuration), priority="cmdline")
    # No run, no rows: nothing but the downloader.
    values.setdict({"EXTENSIONS_BASE": {}, "ITEM_PIPELINES": {}}, priority="cmdline")
    process = CrawlerProcess(values)
    logs.configure(configuration, level="warning")  # after Scrapy, which has just made itself talkative
    results: list[Fetched | RefusedError] = []
    process.crawl(_OnePage, request=request, results=results)
    process.start()
    if not results:  # Scrapy closes a spider that is interrupted without calling it back
        raise RefusedError(Outcome.FAILED, Reason.CONNECTION, "stopped before the page came")
    result = results[0]
    if isinstance(result, RefusedError):
        raise result
    return result
