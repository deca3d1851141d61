"""The log: one stream of structured events, ours and every library's, with secrets cut out of the finished line.

What the events are is written down in ``crawler/events.md``.
"""

import errno
import json
import logging
import os
import re
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, NoReturn
from urllib.parse import unquote, urlsplit

import structlog

from crawler.logs.ends import LogFile, LogStream
from crawler.logs.queue import QueuedHandler

if TYPE_CHECKING:
    from structlog.typing import EventDict, Processor, WrappedLogger

    from crawler.configuration import Configuration

# Chatty at INFO: Scrapy alone writes a dozen lines to open one spider.
_LIBRARIES = ("asyncio", "aiohttp", "procrastinate", "psycopg", "scrapy", "scrapy-playwright", "twisted")

# Several processes share one stream. POSIX writes up to PIPE_BUF (4,096 on Linux) bytes to a pipe in one piece;
# a longer line could be torn by another process's. So texts are cut to the first of these lengths that makes it
# fit; a little is left for what stands in a secret's place.
_LONGEST_LINE = 4000
_LONGEST_VALUES = (2000, 1000, 400, 100)

# A full disk has room again by itself; whatever else keeps a log from being opened is for the operator to mend.
_FULL = {errno.ENOSPC, errno.EDQUOT}

_SHORTEST_SECRET = 4

_FIRST = ("timestamp", "level", "event", "source", "run_id", "url", "outcome", "reason")

_SECRETS = (
    # scheme://user:password@host; to look for the scheme would take time by the square of a long text's length
    re.compile(r"(?P<keep>://[^\s:/@]*:)[^\s@/]+(?=@)"),
    # password=..., "token": "...", Authorization: Bearer ...; not "web.token: must be ...", our word on a setting
    re.compile(
        r"(?P<keep>\b(?:password|passwd|secret|token|api[_-]?key|authorization)"
        r"(?:\\?[\"'])?\s*[=:]\s*(?:\\?[\"'])?(?:bearer\s+|basic\s+)?)(?!must be )[^\s\"'\\&,;})]+",
        re.IGNORECASE,
    ),
)


class Redactor:
    """Cuts secrets out of a finished line: those of a telling form, and those it was told of."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._known: list[str] = []
        self.learn(secrets)

    def learn(self, secrets: Iterable[str]) -> None:
        """Cut these out, too: as they are, and as they stand in JSON."""
        new = {form for secret in secrets if secret for form in (secret, json.dumps(secret)[1:-1])}
        self._known = sorted(new.union(self._known), key=len, reverse=True)

    def __call__(self, line: str) -> str:
        """The line without secrets."""
        for secret in self._known:
            line = line.replace(secret, "***")
        for pattern in _SECRETS:
            line = pattern.sub(r"\g<keep>***", line)
        return line


class _RedactingFormatter(structlog.stdlib.ProcessorFormatter):
    def __init__(self, redact: Redactor, renderer: "Processor") -> None:
        super().__init__(
            foreign_pre_chain=[*_SHARED, _library_record],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                _order,
                renderer,
            ],
        )
        self.redact = redact

    def format(self, record: logging.LogRecord) -> str:
        return self.redact(super().format(record))


def configure(
    configuration: "Configuration",
    *,
    stream: IO[str] | None = None,
    level: str | None = None,
    patient: bool = False,
) -> None:
    """Send every record of this process to ``stream`` (standard error), or to the file that ``[log]`` names.

    ``level`` is for commands that are not the daemon: they say what they do by other means. OSError for a file
    that cannot be opened, unless ``patient``: then, as later, lines wait for it.
    """
    settings = configuration.log
    level = level or settings.level
    stream = stream or sys.stderr
    end = LogStream(stream) if settings.file is None else _opened(settings.file, patient=patient)
    handler = QueuedHandler(end)
    on_terminal = settings.file is None and stream.isatty()
    console = settings.format == "console" or (settings.format is None and on_terminal)
    renderer = structlog.dev.ConsoleRenderer(colors=on_terminal) if console else _to_json
    handler.setFormatter(_RedactingFormatter(Redactor(secrets_of(configuration)), renderer))

    if level != "debug":
        handler.addFilter(_is_news)
    root = logging.getLogger()
    before, root.handlers[:] = root.handlers[:], [handler]
    for replaced in before:
        if isinstance(replaced, QueuedHandler):
            replaced.flush()
            replaced.close()
    root.setLevel(level.upper())
    for library in _LIBRARIES:
        logging.getLogger(library).setLevel(logging.DEBUG if level == "debug" else logging.WARNING)
    # They warn of every page in which they find no text, of every second that a duty takes longer than its
    # interval, of every certificate that a source does not mind: our own events say it better, or somebody knows.
    for library in ("trafilatura", "apscheduler", "psycopg.pool", "scrapy.core.downloader.tls"):
        logging.getLogger(library).setLevel(logging.DEBUG if level == "debug" else logging.ERROR)
    logging.captureWarnings(capture=True)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_SHARED,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


def flush() -> None:
    """Wait until what was logged is written, for two seconds at most."""
    for handler in logging.getLogger().handlers:
        handler.flush()


def exit_at_once(code: int) -> NoReturn:
    """End the process with its last lines written, and nothing else done."""
    flush()
    os._exit(code)


def keep_secret(secrets: Iterable[str]) -> None:
    """Cut these out of every line that this process writes from now on.

    One of under four characters is left alone: without it, hardly a line would be left.
    """
    secrets = [secret for secret in secrets if len(secret) >= _SHORTEST_SECRET]
    for handler in logging.getLogger().handlers:
        if isinstance(handler.formatter, _RedactingFormatter):
            handler.formatter.redact.learn(secrets)


def _is_news(record: logging.LogRecord) -> bool:
    """Not that the queue's worker stops for want of a database: another starts, and ``database.lost`` is said."""
    error = record.exc_info[1] if record.exc_info else None
    return not (record.name.startswith("procrastinate.") and type(error).__name__ == "ConnectorException")


def _opened(path: Path, *, patient: bool) -> LogFile:
    file = LogFile(path)
    try:
        file.open()
    except OSError as error:
        if not (patient or error.errno in _FULL):
            raise
    return file


def secrets_of(configuration: "Configuration") -> list[str]:
    """What of a configuration is never to be shown."""
    urls = [*configuration.alarms.targets]
    if configuration.database.dsn is not None:
        urls.append(configuration.database.dsn)
    passwords = [password for url in urls if (password := urlsplit(url).password)]
    tokens = [configuration.web.token.get_secret_value()] if configuration.web.token else []
    return [*configuration.alarms.targets, *passwords, *map(unquote, passwords), *tokens]


def _error_in_words(_logger: "WrappedLogger", _method: str, event: "EventDict") -> "EventDict":
    """Give an exception's own line the key ``error``; its traceback, without locals, is ``exception``."""
    exc_info = event.get("exc_info")
    raised = sys.exc_info()[1] if exc_info is True else exc_info[1] if isinstance(exc_info, tuple) else exc_info
    if isinstance(raised, BaseException):
        event.setdefault("error", f"{type(raised).__name__}: {raised}")
    return event


def _library_record(_logger: "WrappedLogger", _method: str, event: "EventDict") -> "EventDict":
    """A library's free text becomes the event ``library.logged``, so that the catalogue stays closed."""
    record: logging.LogRecord = event["_record"]
    event.update(message=event["event"], event="library.logged", logger=record.name)
    # Scrapy says which spider a record belongs to; ours knows its run.
    for key, value in getattr(getattr(record, "spider", None), "log_context", {}).items():
        event.setdefault(key, value)
    return event


def _order(_logger: "WrappedLogger", _method: str, event: "EventDict") -> "EventDict":
    return {key: event.pop(key) for key in _FIRST if key in event} | dict(event)


def _to_json(_logger: "WrappedLogger", _method: str, event: "EventDict") -> str:
    line = b""
    for longest in _LONGEST_VALUES:
        shortened = {key: _shortened(value, longest) for key, value in event.items()}
        text = json.dumps(shortened, default=str, ensure_ascii=False)
        line = text.encode("utf-8", "backslashreplace")
        if len(line) <= _LONGEST_LINE:
            break
    return line.decode()


def _shortened(value: Any, longest: int) -> Any:
    if not isinstance(value, str) or len(value) <= longest:
        return value
    half = longest // 2
    return f"{value[:half]} [... {len(value) - 2 * half} characters ...] {value[-half:]}"


_SHARED: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    _error_in_words,
    structlog.processors.format_exc_info,
]
