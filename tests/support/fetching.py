"""Many URLs through the crawl's downloader in one child process, without any database: what became of each."""

import json
import socket
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.support.cli import environment

_KIB = 1024


@dataclass(frozen=True)
class Fetched:
    """What became of one URL."""

    reason: str | None = None
    detail: str = ""
    status: int | None = None
    url: str = ""
    body: str = ""
    """Its first 200 bytes."""
    num_bytes: int = 0


@dataclass(frozen=True)
class Session:
    """What became of all of them, in their order, and by how many bytes the process grew over it."""

    pages: list[Fetched]
    growth: int = 0
    errors: list[str] = field(default_factory=list)


def fetch(*requests: str | dict[str, Any], crawl: dict[str, Any] | None = None, **environ: str) -> Session:
    """Fetch URLs, or requests as their arguments, all at once; ``crawl`` is laid over the settings of tests.

    The name server of ``*.silent.example`` does not answer.
    """
    settings = {"allow_networks": ["127.0.0.1/32"], "delay": "0s", "timeout": "20s", "concurrency_per_host": 64}
    asked = [{"url": request} if isinstance(request, str) else request for request in requests]
    ports = {_port(request["url"]) for request in asked} - {None}
    settings |= {"allow_ports": [80, 443, *sorted(ports)]} | (crawl or {})
    done = subprocess.run(
        [sys.executable, "-m", "tests.support.fetching"],
        input=json.dumps({"crawl": settings, "requests": asked}).encode(),
        capture_output=True,
        timeout=300,
        check=False,
        env=environment(**environ),
    )
    assert done.returncode == 0, done.stderr.decode()
    result = json.loads(done.stdout)
    pages = [Fetched(**page) for page in result["pages"]]
    return Session(pages, result["growth"], done.stderr.decode().splitlines())


def _port(url: str) -> int | None:
    try:
        return urlsplit(url).port
    except ValueError:
        return None


def _memory(field: str) -> int:
    """In bytes: of ``VmRSS`` what the process holds now, of ``VmHWM`` the most that it ever held."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(field)) * _KIB


def _forget_peak() -> int:
    """From now on the peak is counted from what the process holds at present, which is returned."""
    Path("/proc/self/clear_refs").write_text("5")
    return _memory("VmRSS")


def _main() -> None:
    silence = threading.Event()
    look_up = socket.getaddrinfo

    def getaddrinfo(host, *arguments, **options):
        if host.endswith(".silent.example"):
            silence.wait(60)
            raise socket.gaierror(socket.EAI_AGAIN, "no answer")
        return look_up(host, *arguments, **options)

    socket.getaddrinfo = getaddrinfo  # before Twisted takes hold of it

    from scrapy import Spider
    from scrapy.crawler import CrawlerProcess
    from scrapy.http import Request
    from scrapy.settings import Settings

    from crawler import logs, settings
    from crawler.configuration import Configuration
    from crawler.download.failures import refused, refused_status

    task = json.load(sys.stdin)
    configuration = Configuration.model_validate({"crawl": task["crawl"]})
    pages: list[dict[str, Any]] = [{} for _ in task["requests"]]
    before = 0

    class Fetching(Spider):
        name = "fetching"

        async def start(self):
            nonlocal before
            before = _forget_peak()
            for number, request in enumerate(task["requests"]):
                try:
                    yield Request(
                        **request,
                        callback=self.arrived,
                        errback=self.missed,
                        cb_kwargs={"number": number},
                    )
                except ValueError as error:
                    pages[number] = {"reason": "url_invalid", "detail": str(error)}

        def closed(self, _reason):
            silence.set()

        def arrived(self, response, number):
            body = response.body[:200].decode("latin-1")
            told = {"status": response.status, "url": response.url, "num_bytes": len(response.body), "body": body}
            is_good = 200 <= response.status < 300
            pages[number] = told | ({} if is_good else {"reason": refused_status(response.status).reason})

        def missed(self, failure):
            error = refused(failure.value)
            number = failure.request.cb_kwargs["number"]
            pages[number] = {"reason": error.reason, "detail": error.detail or ""}

    values = Settings()
    values.setmodule(settings, priority="project")
    values.setdict(settings.from_configuration(configuration), priority="cmdline")
    more = {"EXTENSIONS_BASE": {}, "ITEM_PIPELINES": {}, "ADDONS": {}, "CONCURRENT_REQUESTS": 500}
    values.setdict(more, priority="cmdline")
    process = CrawlerProcess(values)
    logs.configure(configuration, level="warning")
    process.crawl(Fetching)
    process.start()
    json.dump({"pages": pages, "growth": _memory("VmHWM") - before}, sys.stdout)


if __name__ == "__main__":
    _main()
