"""For ``scrapy crawl news -a source=NAME``: gives the spider what a worker would have given it."""

import asyncio
from contextlib import AsyncExitStack, suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Self
from uuid import uuid4

import structlog
from scrapy import signals
from scrapy.exceptions import CloseSpider

from crawler import logs, settings
from crawler.access import resolve_access
from crawler.configuration import Configuration, load
from crawler.download.access import give_access
from crawler.references import SecretMissingError
from crawler.runs import find_access, finish_run, open_equipment, start_run, worker_name
from crawler.source import Source
from crawler.upgrade import upgrade
from sql.access import database_url
from sql.database import Database, connect, open_database, rows

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from scrapy.settings import BaseSettings


log = structlog.get_logger("crawler.standalone")


class ConfigurationAddon:
    """Scrapy add-on: lays our configuration over Scrapy's settings, unless a worker has done so."""

    @classmethod
    def update_pre_crawler_settings(cls, settings_: "BaseSettings") -> None:
        """Before anything is built, for the resolver is the first to need it."""
        if "TIDINGS_ALLOW_PORTS" not in settings_:
            settings_.setdict(settings.from_configuration(load()), priority="addon")


class StandaloneRun:
    """Scrapy extension. Opens a run of its own when the crawler has none, and closes it with the spider."""

    def __init__(self, crawler: "Crawler") -> None:
        self._crawler: Any = crawler
        self._stack = AsyncExitStack()
        self._stopping = False

    @classmethod
    def from_crawler(cls, crawler: "Crawler") -> Self:
        """Listen for the spider's opening, unless a worker has prepared everything."""
        extension = cls(crawler)
        if not hasattr(crawler, "assignment"):
            extension.give_access()
            crawler.signals.connect(extension.open_run, signals.spider_opened)
            crawler.signals.connect(extension.close_run, signals.spider_closed)
        return extension

    def give_access(self) -> None:
        """Let the crawler ask as its source says, as long as its settings may still be changed.

        A source that is not known, and a secret that is not there, are told when the run opens.
        """
        database = load().database
        with database_url(database.dsn, database.data_dir) as url:
            upgrade(url)
            with connect(url, application_name="tidings scrapy") as connection:
                found = rows(connection, "find_source", {"name": self._crawler.spider.source_name})
        if found:
            source = Source.model_validate(found[0]["definition"])
            with suppress(SecretMissingError):
                give_access(self._crawler, source, resolve_access(source))

    async def open_run(self) -> None:
        """Open database and run. Raises CloseSpider if the source is not known."""
        configuration = load()
        logs.configure(configuration)
        name = self._crawler.spider.source_name
        database = await self._open_database(configuration)
        found = await database.fetch("find_source", {"name": name})
        if not found:
            log.error("run.broken", error=f"no source is named {name!r}: scrapy crawl news -a source=NAME")
            raise CloseSpider("unknown source")
        equipment = await self._stack.enter_async_context(open_equipment(database, configuration))
        run_id = uuid4()
        params = {"run_id": run_id, "source_id": found[0]["source_id"], "revisit": False, "now": datetime.now(UTC)}
        await database.execute("insert_run", params)
        assignment = await start_run(equipment, run_id, worker=worker_name())
        self._crawler.assignment = assignment
        if assignment is not None and find_access(assignment) is None:
            raise CloseSpider("secret missing")

    async def close_run(self, reason: str) -> None:
        """Close the run, if there is one, and the database."""
        assignment = getattr(self._crawler, "assignment", None)
        if assignment is not None:
            is_over = reason == "finished" or assignment.tally.obstacle
            await finish_run(assignment, cut_short=None if is_over else "shutdown")
        await self._stack.aclose()

    async def _open_database(self, configuration: Configuration) -> Database:
        settings = configuration.database
        url = self._stack.enter_context(database_url(settings.dsn, settings.data_dir))
        await asyncio.to_thread(upgrade, url)
        return await self._stack.enter_async_context(open_database(url, application_name="tidings scrapy"))
