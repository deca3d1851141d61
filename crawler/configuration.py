"""The configuration: one typed table of settings, read from a TOML file and the environment.

pydantic-settings would read both as well, at twice the start-up time of the command line (241 against 179 ms,
together with typer and psycopg), so the file is read with tomllib and the environment is laid over it here.
"""

import json
import os
import re
import tomllib
from collections.abc import Callable, Mapping
from datetime import timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import PydanticCustomError

from crawler.configured_values import (
    SPLIT,
    SPLIT_URLS,
    AlarmKind,
    Dsn,
    Folder,
    Host,
    Listen,
    Network,
    PageUrl,
    Port,
    Target,
    TimeKept,
    Token,
)
from crawler.source import Duration, Source, at_least
from crawler.toml_places import Location, place

_PREFIX = "TIDINGS_"
# Read by others: the file's own path, and the test-suite's server.
_NOT_SETTINGS = {"TIDINGS_CONFIG", "TIDINGS_CORPUS", "TIDINGS_TEST_DATABASE_URL"}

_AT_LINE = re.compile(r"\(at line ([0-9]+), column ([0-9]+)\)$")
_TWICE = "named_twice"
_EXPOSED = "exposed"
_LOOPBACK = {"127.0.0.1", "::1", "localhost"}

# pydantic's kinds of error that an operator can cause, in an operator's words.
_IN_WORDS = {
    "extra_forbidden": "no such key",
    "missing": "is missing",
    "greater_than_equal": "must be at least {ge}",
    "less_than_equal": "must be at most {le}",
    "literal_error": "must be {expected}",
    "string_too_short": "must not be empty",
    "string_type": "must be text in quotes",
    "path_type": "must be a path in quotes",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "tuple_type": "must be a list in brackets",
    "model_type": "must be a table",
    "dict_type": "must be a table",
}


class ConfigurationError(Exception):
    """The configuration cannot be used; the message names the file and key at fault, and how to mend it."""


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


OptOut = Literal["noarchive", "noindex", "noai", "tdm_reservation", "ai_user_agents"]
"""What a publisher may ask not to be done: by robots meta tags and headers, by rules against AI crawlers in
robots.txt, or by the TDM Reservation Protocol (https://www.w3.org/community/reports/tdmrep/CG-FINAL-tdmrep-20240510/).
"""


class DatabaseSettings(_Table):
    """``[database]``: which PostgreSQL, and where the embedded one keeps its files."""

    url: Dsn | None = None
    data_dir: Path | None = None

    @property
    def dsn(self) -> str | None:
        """``url`` in the clear, for who connects with it; None for the embedded server."""
        return self.url.get_secret_value() if self.url else None


class CrawlSettings(_Table):
    """``[crawl]``: how many workers, and how politely they ask."""

    workers: Annotated[int, Field(ge=1, le=256)] = Field(default_factory=lambda: os.cpu_count() or 1)
    runs_per_worker: Annotated[int, Field(ge=1, le=1024)] = 128
    user_agent: Annotated[str, Field(min_length=1)] = (
        f"tidings/{version('tidings')} (news archive; set [crawl] user_agent)"
    )
    delay: Annotated[Duration, at_least(timedelta(0))] = timedelta(seconds=1)
    concurrency_per_host: Annotated[int, Field(ge=1, le=64)] = 1
    timeout: Annotated[Duration, at_least(timedelta(milliseconds=1))] = timedelta(seconds=30)
    max_page_bytes: Annotated[int, Field(ge=1024)] = 10 * 1024 * 1024
    max_feed_bytes: Annotated[int, Field(ge=1024)] = 15 * 1024 * 1024
    max_sitemap_bytes: Annotated[int, Field(ge=1024)] = 50 * 1024 * 1024
    extraction_timeout: Annotated[Duration, at_least(timedelta(milliseconds=1))] = timedelta(seconds=10)
    obey_opt_outs: Annotated[tuple[OptOut, ...], SPLIT] = ()
    allow_networks: Annotated[tuple[Network, ...], SPLIT] = ()
    allow_ports: Annotated[tuple[Port, ...], SPLIT] = (80, 443)
    browser: Path | None = None
    run_timeout: Annotated[Duration, at_least(timedelta(seconds=1))] = timedelta(hours=1)
    worker_memory: Annotated[int, Field(ge=256 * 1024 * 1024)] = 1024 * 1024 * 1024
    spool_dir: Folder | None = None
    spool_max_bytes: Annotated[int, Field(ge=1024 * 1024)] = 256 * 1024 * 1024
    shutdown_timeout: Annotated[Duration, at_least(timedelta(0))] = timedelta(seconds=10)


class RetentionSettings(_Table):
    """``[retention]``: how long what was stored is kept."""

    articles: TimeKept = "forever"
    """After an article was seen last, at any of its URLs."""
    pages: TimeKept = timedelta(days=400)
    """After a run, with the record of its visits and requests: so long that a year can be held against the one
    before. They are dropped by whole months, so up to a month more."""


class WebSettings(_Table):
    """``[web]``: where the operator page listens, and for whom."""

    listen: Listen = "127.0.0.1:8411"
    token: Token | None = None
    """Asked of everybody. Without one, reading is open on loopback, and actions ask for the daemon's own."""
    hosts: Annotated[tuple[Host, ...], SPLIT] = ()
    """Names that browsers reach us by besides those of this machine: those of a reverse proxy."""
    proxies: Annotated[tuple[Network, ...], SPLIT] = ()
    """Whose ``X-Forwarded-For`` and ``X-Forwarded-Proto`` are believed, besides those of this machine."""

    @model_validator(mode="after")
    def _has_credentials(self) -> Self:
        if not self.is_local and self.token is None:
            message = (
                f"{self.listen!r} is not a loopback address, and anybody could read what is there: set [web] token"
                f' or $TIDINGS_WEB_TOKEN_FILE, or listen on "127.0.0.1:{self.port}"'
            )
            raise PydanticCustomError(_EXPOSED, "{message}", {"message": message})
        return self

    @property
    def is_local(self) -> bool:
        """Whether nobody but this machine can reach ``listen``."""
        return self.host in _LOOPBACK

    @property
    def host(self) -> str:
        """The address part of ``listen``, without brackets."""
        return self.listen.rpartition(":")[0].strip("[]")

    @property
    def port(self) -> int:
        """The port part of ``listen``; 0 lets the system choose."""
        return int(self.listen.rpartition(":")[2])


class LogSettings(_Table):
    """``[log]``: how the event stream is written."""

    format: Literal["json", "console"] | None = None
    level: Literal["debug", "info", "warning", "error"] = "info"
    file: Path | None = None


class AlarmSettings(_Table):
    """``[alarms]``: who is told of them, beside the log and the operator page."""

    notify: Annotated[tuple[Target, ...], SPLIT_URLS] = ()
    """URLs as Apprise reads them."""
    ignore: Annotated[tuple[AlarmKind, ...], SPLIT] = ()
    """Kinds of which nobody is told."""
    page_url: PageUrl | None = None
    """Where whoever is told reaches the operator page."""

    @property
    def targets(self) -> tuple[str, ...]:
        """``notify`` in the clear, each once, for who sends to them."""
        return tuple(dict.fromkeys(url.get_secret_value() for url in self.notify))


class Configuration(_Table):
    """Everything an operator may set."""

    database: DatabaseSettings = DatabaseSettings()
    crawl: CrawlSettings = Field(default_factory=CrawlSettings)
    retention: RetentionSettings = RetentionSettings()
    web: WebSettings = WebSettings()
    log: LogSettings = LogSettings()
    alarms: AlarmSettings = AlarmSettings()
    source: tuple[Source, ...] = ()

    @model_validator(mode="after")
    def _names_differ(self) -> Self:
        names = [source.name for source in self.source]
        for number, name in enumerate(names):
            if name in names[:number]:
                message = f"two sources are named {name!r}; rename one of them"
                raise PydanticCustomError(_TWICE, "{message}", {"message": message, "number": number})
        return self


def for_worker(configuration: Configuration, url: str) -> str:
    """What a supervisor hands to its workers, as one line of JSON: all that is theirs, secrets as they are."""
    settings_ = configuration.model_dump(mode="json", exclude={"source", "web", "alarms"})
    settings_["database"]["url"] = url
    return json.dumps(settings_)


def find_file(given: Path | None, environ: Mapping[str, str] = os.environ) -> Path | None:
    """The configuration file: as given, else ``$TIDINGS_CONFIG``, else ``./tidings.toml`` if there is one."""
    if given is not None:
        return given
    if named := environ.get("TIDINGS_CONFIG"):
        return Path(named)
    here = Path("tidings.toml")
    return here if here.is_file() else None


def load(
    given: Path | None = None,
    environ: Mapping[str, str] = os.environ,
    *,
    check_source: Callable[[Source], object] = lambda _: None,
    check_target: Callable[[str], object] = lambda _: None,
) -> Configuration:
    """Read the configuration file and lay the environment over it.

    ``check_source`` may raise ValueError for a source that cannot be used, which becomes our error; so may
    ``check_target`` for one of ``[alarms] notify``.

    Raises:
        ConfigurationError: unreadable, not TOML, an unknown key, or a value that does not fit.
    """
    path = find_file(given, environ)
    text = _read(path) if path else ""
    try:
        data = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # more than TOMLDecodeError: numbers and nesting without end
        raise ConfigurationError(_not_toml(path, str(error))) from None
    from_environment = _overlay(data, environ)
    try:
        configuration = Configuration.model_validate(data)
    except ValidationError as error:
        raise ConfigurationError(_locate(error, path, text, from_environment)) from None
    for number, source in enumerate(configuration.source):
        try:
            check_source(source)
        except ValueError as error:
            raise ConfigurationError(_line(path, text, ("source", number, "cron"), str(error))) from None
    for number, target in enumerate(configuration.alarms.notify, start=1):
        try:
            check_target(target.get_secret_value())
        except ValueError as error:
            words = f"number {number} {error}"
            raise ConfigurationError(_at(("alarms", "notify"), words, path, text, from_environment)) from None
    return configuration


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise ConfigurationError(f"{path}:{line}: cannot be read: not UTF-8") from None
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot be read: {error.strerror}") from None


def _not_toml(path: Path | None, message: str) -> str:
    message = message.partition(";")[0]
    if found := _AT_LINE.search(message):
        return f"{path}:{found[1]}: not TOML: {message[: found.start()]}(column {found[2]})"
    return f"{path}: not TOML: {message}"


def settings() -> dict[str, tuple[str, str]]:
    """Every scalar setting by the name of its environment variable: ``TIDINGS_LOG_LEVEL`` -> (log, level)."""
    return {
        f"{_PREFIX}{table}_{key}".upper(): (table, key)
        for table, field in Configuration.model_fields.items()
        if isinstance(field.annotation, type) and issubclass(field.annotation, _Table)
        for key in field.annotation.model_fields
    }


def _overlay(data: dict[str, Any], environ: Mapping[str, str]) -> dict[tuple[str, str], str]:
    """Put what the environment sets into ``data``; returns which variable set which key."""
    known = settings()
    origin: dict[tuple[str, str], str] = {}
    for variable in sorted(name for name in environ if name.startswith(_PREFIX) and name not in _NOT_SETTINGS):
        target = known.get(variable.removesuffix("_FILE")) if variable not in known else known[variable]
        if target is None:
            raise ConfigurationError(f"${variable}: no such setting; 'tidings config show' lists them all")
        value = environ[variable]
        if variable not in known:
            value = _read(Path(value)).strip()
        table, key = target
        if isinstance(data.setdefault(table, {}), dict):
            data[table][key] = value
            origin[target] = variable
    return origin


def explain(error: ValidationError) -> tuple[Location, str]:
    """The first error: the path of the key at fault, and what is wrong there, in an operator's words."""
    first = error.errors(include_url=False, include_input=False)[0]
    location = first["loc"]
    if first["type"] == _TWICE:
        return ("source", first["ctx"]["number"], "name"), first["msg"]
    if first["type"] == _EXPOSED:
        return ("web", "listen"), first["msg"]
    if location == ("source",):
        return location, "write [[source]], with two brackets"
    words = _IN_WORDS.get(first["type"])
    return location, words.format(**first.get("ctx", {})) if words else first["msg"].removeprefix("Value error, ")


def _locate(error: ValidationError, path: Path | None, text: str, origin: Mapping[tuple[str, str], str]) -> str:
    """One line for an error: where it stands, and what is wrong there."""
    return _at(*explain(error), path, text, origin)


def _at(
    location: Location, message: str, path: Path | None, text: str, origin: Mapping[tuple[str, str], str]
) -> str:
    table, key = (*map(str, location[:2]), "", "")[:2]
    variable = origin.get((table, key))
    return f"${variable}: {message}" if variable else _line(path, text, location, message)


def _line(path: Path | None, text: str, location: Location, message: str) -> str:
    where = place(text, location)
    # FILE:LINE where a line is known, as compilers write it.
    return f"{path}{':' if where[:1].isdigit() else ': ' if where else ''}{where}: {message}"


def shown(configuration: Configuration) -> dict[str, Any]:
    """The configuration in force, in JSON types, with secrets redacted."""
    return configuration.model_dump(mode="json", exclude_none=True, exclude={"source"})
