"""Scrapy's settings: what a daemon needs that Scrapy's defaults are not. ``scrapy.cfg`` points here too."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from crawler.configuration import Configuration

BOT_NAME = "tidings"
SPIDER_MODULES = ["crawler.spiders"]
TWISTED_REACTOR = "crawler.reactor.ContextReactor"

# Doors that Scrapy leaves open on loopback: a Python console, and an HTTP server that runs Python.
TELNETCONSOLE_ENABLED = False
REMOTE_CONTROL_ENABLED = False

# The log is ours (crawler/logs/): no handler on the root logger, no statistics printed, no versions.
LOG_ENABLED = False
LOG_INSTALL_ROOT_HANDLER = False
LOG_VERSIONS: list[str] = []
STATS_DUMP = False
ADDONS = {"crawler.standalone.ConfigurationAddon": 0}
EXTENSIONS_BASE = {
    "scrapy.extensions.corestats.CoreStats": 0,
    "crawler.standalone.StandaloneRun": 0,
}

DOWNLOADER = "crawler.download.downloader.PacedDownloader"
# No file:, ftp: or s3: among them.
DOWNLOAD_HANDLERS_BASE = dict.fromkeys(("http", "https"), "crawler.download.handler.BoundedHandler")
DOWNLOAD_VERIFY_CERTIFICATES = True
TWISTED_DNS_RESOLVER = "crawler.download.addresses.GuardedResolver"
REACTOR_THREADPOOL_MAXSIZE = 64  # as the resolver would have it
DOWNLOADER_MIDDLEWARES_BASE = {
    # towards the engine
    "crawler.download.guard.GuardMiddleware": 50,
    "crawler.download.access.AccessMiddleware": 60,
    "crawler.download.robots.RobotsMiddleware": 100,
    "scrapy.downloadermiddlewares.downloadtimeout.DownloadTimeoutMiddleware": 350,
    "scrapy.downloadermiddlewares.defaultheaders.DefaultHeadersMiddleware": 400,
    "scrapy.downloadermiddlewares.useragent.UserAgentMiddleware": 500,
    "crawler.download.redirects.RefreshMiddleware": 580,
    "crawler.download.decoding.DecodingMiddleware": 590,
    "crawler.download.redirects.RedirectMiddleware": 600,
    "crawler.download.pauses.PauseMiddleware": 650,
    # towards the network
}
SPIDER_MIDDLEWARES_BASE = {
    "scrapy.spidermiddlewares.start.StartSpiderMiddleware": 25,
    "scrapy.spidermiddlewares.referer.RefererMiddleware": 700,
}
REFERRER_POLICY = "no-referrer"
ITEM_PIPELINES = {"crawler.ingestion.pipeline.LoadingPipeline": 100}

DEFAULT_REQUEST_HEADERS = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
REDIRECT_MAX_TIMES = 8
# The configured delay is a promise to the host; Scrapy would halve it now and then.
DOWNLOAD_DELAY_JITTER = 0
# Every page has its answer recorded, so none may be dropped as a repetition; the spider never asks twice.
DUPEFILTER_CLASS = "scrapy.dupefilters.BaseDupeFilter"
# Newest first is the order in which pages are asked for; Scrapy's own queue would turn it around.
SCHEDULER_MEMORY_QUEUE = "scrapy.squeues.FifoMemoryQueue"


def from_configuration(configuration: "Configuration") -> dict[str, Any]:
    """The settings that ``[crawl]`` decides."""
    crawl = configuration.crawl
    return {
        "USER_AGENT": crawl.user_agent,
        "DOWNLOAD_DELAY": crawl.delay.total_seconds(),
        "DOWNLOAD_TIMEOUT": crawl.timeout.total_seconds(),
        "DOWNLOAD_MAXSIZE": crawl.max_page_bytes,
        "DOWNLOAD_WARNSIZE": 0,
        "CONCURRENT_REQUESTS_PER_DOMAIN": crawl.concurrency_per_host,
        "TIDINGS_MAX_FEED_BYTES": crawl.max_feed_bytes,
        "TIDINGS_MAX_SITEMAP_BYTES": crawl.max_sitemap_bytes,
        "TIDINGS_RUN_TIMEOUT": crawl.run_timeout.total_seconds(),
        "TIDINGS_OBEY_OPT_OUTS": list(crawl.obey_opt_outs),
        "TIDINGS_ALLOW_NETWORKS": [str(network) for network in crawl.allow_networks],
        "TIDINGS_ALLOW_PORTS": list(crawl.allow_ports),
    }
