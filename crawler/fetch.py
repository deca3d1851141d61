"""Fetches URLs outside any run, with the crawl's own downloader: its guard, robots rules, pace and limits."""

import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar

from scrapy import Spider
from scrapy.crawler import Crawler, CrawlerProcess
from scrapy.http import Request, Response
from scrapy.http.request import NO_CALLBACK
from scrapy.settings import Settings

from crawler import logs, settings
from crawler.access import Access, resolve_access
from crawler.download.access import give_access
from crawler.download.agents import product_token
from crawler.download.failures import refused, refused_status
from crawler.download.headers import opt_outs_of, plain_headers
from crawler.download.kinds import accepted, bounds
from crawler.download.robots import RobotsMiddleware
from crawler.download.rules import Rules
from crawler.extraction import wall_of
from crawler.outcomes import Outcome, Reason, RefusedError
from crawler.reader import ReaderProcess
from crawler.reading import refusal_of

if TYPE_CHECKING:
    from crawler.configuration import Configuration
    from crawler.source import Source

Kind = Literal["page", "feed", "sitemap"]
"""What is asked for: it decides the ``Accept`` header and how large the answer may be."""

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Fetched:
    """An answer: ``body`` is content-decoded, ``url`` is where redirects led, header names are in lower case."""

    url: str
    body: bytes
    content_type: str | None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    opt_outs: tuple[str, ...] = ()
    """What robots.txt asks not to be done with it (see :data:`crawler.configuration.OptOut`)."""


class StoppedError(RefusedError):
    """Somebody stopped us; it says nothing of the host."""

    def __init__(self) -> None:
        super().__init__(Outcome.FAILED, Reason.CONNECTION, "stopped before the page came")


class Fetcher:
    """Asks for URLs while :func:`run_with_fetcher` conducts; ``reader`` is for whatever takes long."""

    def __init__(self, crawler: Crawler, reader: ReaderProcess) -> None:
        self._crawler = crawler
        self.reader = reader

    @property
    def agent(self) -> str:
        """The name by which robots.txt would address us."""
        return product_token(str(self._crawler.settings["USER_AGENT"]))

    @property
    def heeded(self) -> frozenset[str]:
        """Which opt-outs ``[crawl] obey_opt_outs`` heeds."""
        return frozenset(self._crawler.settings.getlist("TIDINGS_OBEY_OPT_OUTS"))

    @property
    def delay(self) -> float:
        """Seconds between two requests to one host, before what its robots.txt asks for."""
        return float(self._crawler.settings.getfloat("DOWNLOAD_DELAY"))

    async def fetch(self, url: str, *, kind: Kind = "page") -> Fetched:
        """The answer to a request for ``url``, whatever its kind.

        Raises:
            RefusedError: it may not be fetched, or could not be, or its status is no success.
        """
        request = _request(url, headers=accepted(kind), meta=bounds(kind, self._crawler.settings))
        try:
            response = await self._engine.download_async(request)
        except Exception as error:
            raise refused(error) from error
        fetched = _fetched(response)
        if not 200 <= fetched.status < 300:  # noqa: PLR2004 (RFC 9110: successful)
            raise await self._refusal(fetched)
        return fetched

    async def _refusal(self, fetched: Fetched) -> RefusedError:
        """What an answer without success means: a wall, which says so in its text, or what its status says."""
        wall = await self.reader.run(wall_of, fetched.body, fetched.url, fetched.status, fetched.headers)
        return refusal_of(wall) if wall else refused_status(fetched.status)

    async def robots(self, url: str) -> Rules:
        """What the robots.txt of the URL's site says; it is asked for once."""
        middleware = self._crawler.get_downloader_middleware(RobotsMiddleware)
        assert middleware is not None  # noqa: S101 (our own settings name it)
        return await middleware.rules_for(url)

    @property
    def _engine(self) -> Any:
        return self._crawler.engine


class _Conductor(Spider, Generic[_T]):
    """A spider without links of its own: it is the scaffold that Scrapy's downloader stands in."""

    name = "fetcher"

    def __init__(
        self, conduct: Callable[[Fetcher], Awaitable[_T]], results: list[_T | Exception], reader: ReaderProcess
    ) -> None:
        super().__init__()
        self._conduct = conduct
        self._results = results
        self._reader = reader

    async def start(self) -> AsyncIterator[Any]:
        try:
            self._results.append(await self._conduct(Fetcher(self.crawler, self._reader)))
        except Exception as error:  # noqa: BLE001 (handed to the caller, on the other side of the reactor)
            self._results.append(error)
        finally:
            self._reader.close()
        requests: tuple[Request, ...] = ()  # Scrapy wants to iterate
        for request in requests:
            yield request


def run_with_fetcher(
    configuration: "Configuration",
    conduct: Callable[[Fetcher], Awaitable[_T]],
    *,
    source: "Source | None" = None,
) -> _T:
    """Run ``conduct`` with a :class:`Fetcher`, and return what it returns, or raise what it raises.

    With a ``source``, requests are made as its runs make them: its ports are allowed, its pace is kept, its log-in
    and proxy are used; but no page is rendered, for that only runs do. Runs Twisted's reactor, which a process can
    do only once.

    Raises:
        StoppedError: stopped from outside before ``conduct`` came to an end.
        SecretMissingError: a secret of the source cannot be had.
    """
    access = resolve_access(source) if source else Access()
    process = _quiet_process(configuration, source.ports if source else ())
    logs.keep_secret(access.secrets)
    crawler = process.create_crawler(_Conductor)
    if source:
        give_access(crawler, source.model_copy(update={"javascript": False}), access)
    results: list[_T | Exception] = []
    crawl = configuration.crawl
    reader = ReaderProcess(crawl.extraction_timeout.total_seconds(), crawl.worker_memory)
    process.crawl(crawler, conduct=conduct, results=results, reader=reader)
    process.start()
    if not results:  # Scrapy closes a spider that is interrupted without another word
        raise StoppedError
    result = results[0]
    if isinstance(result, Exception):
        raise result
    return result


def fetch_page(
    url: str,
    configuration: "Configuration",
    conduct: Callable[[Fetcher, str], Awaitable[_T]],
    *,
    source: "Source | None" = None,
) -> _T:
    """Fetch ``url`` by ``conduct``, with a ``source`` as that is asked.

    Runs Twisted's reactor, which a process can do only once.

    Raises:
        RefusedError: it may not be fetched, or could not be.
    """
    _request(url)  # what is no URL is told before anything starts
    return run_with_fetcher(configuration, lambda fetcher: conduct(fetcher, url), source=source)


def _quiet_process(configuration: "Configuration", ports: Iterable[int]) -> CrawlerProcess:
    logging.disable(logging.INFO)  # Scrapy makes itself talkative, and at once has much to say
    process = CrawlerProcess(_settings(configuration, ports))
    logging.disable(logging.NOTSET)
    logs.configure(configuration, level="warning")
    return process


def _settings(configuration: "Configuration", ports: Iterable[int]) -> Settings:
    values = Settings()
    values.setmodule(settings, priority="project")
    decided = settings.from_configuration(configuration)
    decided["TIDINGS_ALLOW_PORTS"] = [*decided["TIDINGS_ALLOW_PORTS"], *ports]
    # No run, no rows: nothing but the downloader.
    values.setdict({**decided, "EXTENSIONS_BASE": {}, "ITEM_PIPELINES": {}}, priority="cmdline")
    return values


def _request(url: str, **options: Any) -> Request:
    try:
        return Request(url, callback=NO_CALLBACK, **options)
    except ValueError as error:
        raise RefusedError(Outcome.REJECTED, Reason.URL_INVALID, str(error)) from error


def _fetched(response: Response) -> Fetched:
    headers = plain_headers(response)
    return Fetched(
        response.url, response.body, headers.get("content-type"), response.status, headers, opt_outs_of(response)
    )
