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
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    SecretStr,
    ValidationError,
    model_validator,
)
from pydantic_core import PydanticCustomError

from crawler.source import Duration, Source, at_least, format_duration, parse_duration
from crawler.toml_places import Location, place

_PREFIX = "TIDINGS_"
# Read by others: the file's own path, and the test-suite's server.
_NOT_SETTINGS = {"TIDINGS_CONFIG", "TIDINGS_CORPUS", "TIDINGS_TEST_DATABASE_URL"}

_AT_LINE = re.compile(r"\(at line ([0-9]+), column ([0-9]+)\)$")
_TWICE = "named_twice"
_EXPOSED = "exposed"
_ADDRESS = re.compile(r"(\[[0-9a-fA-F:]+\]|[^:\s]+):([0-9]{1,5})")
_LOOPBACK = {"127.0.0.1", "::1", "localhost"}
_HOST = re.compile(r"[0-9A-Za-z]([0-9A-Za-z._-]{0,251}[0-9A-Za-z])?\.?")
_TOKEN = re.compile(r"[!-~]{16,1024}")
_LAST_PORT = 65_535

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


def _split(value: object) -> object:
    """Lists come from the environment as text with commas."""
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


def _check_dsn(url: SecretStr) -> SecretStr:
    """A URL or ``key=value`` string as libpq reads it. What is raised never repeats any of it."""
    if not _is_dsn(url.get_secret_value()):
        raise ValueError(
            'is not a PostgreSQL URL: write postgresql://USER@HOST/DATABASE with special characters as in "%40",'
            ' or "host=... dbname=..."'
        )
    return url


def _is_dsn(text: str) -> bool:
    import psycopg
    from psycopg.conninfo import conninfo_to_dict

    try:
        urlsplit(text)  # the log looks for the password with it
        parameters = conninfo_to_dict(text)
    except (ValueError, psycopg.Error):
        return False
    # A password with a slash in it ends in the port, which an error on connecting would quote.
    ports = str(parameters.get("port", "")).split(",")
    return bool(text.strip()) and all(port.isdecimal() or not port for port in ports)


def _network(value: object) -> object:
    """A network of either kind; pydantic would tell why it is none of the first."""
    return ip_network(str(value))


def _check_listen(value: str) -> str:
    found = _ADDRESS.fullmatch(value)
    if found is None or int(found[2]) > _LAST_PORT:
        raise ValueError(f'{value!r} is not an address with a port up to 65535; write it like "127.0.0.1:8411"')
    return value


def _check_token(token: SecretStr) -> SecretStr:
    """It travels in a header, and is all that is between the network and the page."""
    if not _TOKEN.fullmatch(token.get_secret_value()):
        raise ValueError("must be at least 16 letters, digits and signs without a space: 'openssl rand -hex 24'")
    return token


def _check_host(name: str) -> str:
    if not _HOST.fullmatch(name):
        raise ValueError(f"{name!r} is not a host name: write it without scheme, port and path")
    return name.lower().rstrip(".")


def _split_urls(value: object) -> object:
    """A URL may hold commas: the next one begins where a scheme does."""
    return re.split(r"[\s,]+(?=[a-zA-Z0-9]+://)", value.strip(" \t\n,")) if isinstance(value, str) else value


def _check_target(url: SecretStr) -> SecretStr:
    """Whether there is such a service is asked later (``check_target``). What is raised never repeats the URL."""
    try:
        parts = urlsplit(url.get_secret_value())  # the log looks for the password with it
    except ValueError:
        parts = urlsplit("")
    if not parts.scheme or not (parts.netloc or parts.path.strip("/")):
        raise ValueError('is not the URL of a notification service: write it like "json://..." or "mailto://..."')
    return url


def _check_kind(kind: str) -> str:
    from crawler.alarms import Kind  # for which the command line would otherwise import too much

    if kind not in set(Kind):
        raise ValueError(f"{kind!r} is no kind of alarm; there are {', '.join(Kind)}")
    return kind


def _check_page_url(url: str) -> str:
    if not re.match(r"https?://[^\s/]", url):
        raise ValueError(f'{url!r} is not a web address; write it like "https://tidings.example.org/"')
    return url


def _time_kept(value: object) -> object:
    return value if value == "forever" else parse_duration(value)


def _check_time_kept(value: timedelta | Literal["forever"]) -> timedelta | Literal["forever"]:
    """A number is seconds: one that was meant as days must not delete a collection."""
    if value != "forever" and not timedelta(days=1) <= value <= timedelta(days=36_500):
        raise ValueError('must be from "1d" to "36500d", or "forever"')
    return value


OptOut = Literal["noarchive", "noindex", "noai", "tdm_reservation", "ai_user_agents"]
"""What a publisher may ask not to be done: by robots meta tags and headers, by rules against AI crawlers in
robots.txt, or by the TDM Reservation Protocol (https://www.w3.org/community/reports/tdmrep/CG-FINAL-tdmrep-20240510/).
"""


def _check_named(value: object) -> object:
    """An empty path would be the folder that we happen to be started in."""
    if value == "":
        raise ValueError("must not be empty")
    return value


class DatabaseSettings(_Table):
    """``[database]``: which PostgreSQL, and where the embedded one keeps its files."""

    url: Annotated[SecretStr, AfterValidator(_check_dsn)] | None = None
    data_dir: Path | None = None

    @property
    def dsn(self) -> str | None:
        """``url`` in the clear, for who connects with it; None for the embedded server."""
        return self.url.get_secret_value() if self.url else None


_Network = Annotated[IPv4Network | IPv6Network, BeforeValidator(_network)]
_Port = Annotated[int, Field(ge=1, le=_LAST_PORT)]


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
    obey_opt_outs: Annotated[tuple[OptOut, ...], BeforeValidator(_split)] = ()
    allow_networks: Annotated[tuple[_Network, ...], BeforeValidator(_split)] = ()
    allow_ports: Annotated[tuple[_Port, ...], BeforeValidator(_split)] = (80, 443)
    browser: Path | None = None
    run_timeout: Annotated[Duration, at_least(timedelta(seconds=1))] = timedelta(hours=1)
    worker_memory: Annotated[int, Field(ge=256 * 1024 * 1024)] = 1024 * 1024 * 1024
    spool_dir: Annotated[Path, BeforeValidator(_check_named)] | None = None
    spool_max_bytes: Annotated[int, Field(ge=1024 * 1024)] = 256 * 1024 * 1024
    shutdown_timeout: Annotated[Duration, at_least(timedelta(0))] = timedelta(seconds=10)


_TimeKept = Annotated[
    timedelta | Literal["forever"],
    BeforeValidator(_time_kept),
    AfterValidator(_check_time_kept),
    PlainSerializer(
        lambda value: value if value == "forever" else format_duration(value), when_used="json", return_type=str
    ),
]


class RetentionSettings(_Table):
    """``[retention]``: how long what was stored is kept."""

    articles: _TimeKept = "forever"
    """After an article was seen last, at any of its URLs."""
    pages: _TimeKept = timedelta(days=400)
    """After a run, with the record of its visits and requests: so long that a year can be held against the one
    before. They are dropped by whole months, so up to a month more."""


class WebSettings(_Table):
    """``[web]``: where the operator page listens, and for whom."""

    listen: Annotated[str, AfterValidator(_check_listen)] = "127.0.0.1:8411"
    token: Annotated[SecretStr, AfterValidator(_check_token)] | None = None
    """Asked of everybody. Without one, reading is open on loopback, and actions ask for the daemon's own."""
    hosts: Annotated[tuple[Annotated[str, AfterValidator(_check_host)], ...], BeforeValidator(_split)] = ()
    """Names that browsers reach us by besides those of this machine: those of a reverse proxy."""
    proxies: Annotated[tuple[_Network, ...], BeforeValidator(_split)] = ()
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


_Target = Annotated[SecretStr, AfterValidator(_check_target)]


class AlarmSettings(_Table):
    """``[alarms]``: who is told of them, beside the log and the operator page."""

    notify: Annotated[tuple[_Target, ...], BeforeValidator(_split_urls)] = ()
    """URLs as Apprise reads them."""
    ignore: Annotated[tuple[Annotated[str, AfterValidator(_check_kind)], ...], BeforeValidator(_split)] = ()
    """Kinds of which nobody is told."""
    page_url: Annotated[str, AfterValidator(_check_page_url)] | None = None
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
