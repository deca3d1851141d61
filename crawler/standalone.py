"""For ``scrapy crawl news -a source=NAME``: gives the spider what a worker would have given it."""

import asyncio
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Self
from uuid import uuid4

import structlog
from scrapy import signals
from scrapy.exceptions import CloseSpider

from crawler import logs, settings
from crawler.configuration import Configuration, load
from crawler.runs import finish_run, open_equipment, start_run, worker_name
from sql.access import database_url
from sql.database import Database, open_database
from sql.migrate import migrate

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
            crawler.signals.connect(extension.open_run, signals.spider_opened)
            crawler.signals.connect(extension.close_run, signals.spider_closed)
        return extension

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
        self._crawler.assignment = await start_run(equipment, run_id, worker=worker_name())

    async def close_run(self, reason: str) -> None:
        """Close the run, if there is one, and the database."""
        assignment = getattr(self._crawler, "assignment", None)
        if assignment is not None:
            await finish_run(assignment, cut_short=None if reason == "finished" else "shutdown")
        await self._stack.aclose()

    async def _open_database(self, configuration: Configuration) -> Database:
        settings = configuration.database
        url = self._stack.enter_context(database_url(settings.dsn, settings.data_dir))
        await asyncio.to_thread(migrate, url)
        return await self._stack.enter_async_context(open_database(url, application_name="tidings scrapy"))
