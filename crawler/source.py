"""A source as the operator configures it: the typed form of one ``[[source]]`` table."""

import re
from datetime import datetime, timedelta
from importlib.util import find_spec
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    model_validator,
)

from crawler.access_keys import check_cookies, check_headers, check_proxy, check_user_agent
from crawler.references import check_secret
from crawler.rule_keys import RuleTable, check_days, check_list
from crawler.rules import Rules
from crawler.sites import site_of

_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)")
_HOST = re.compile(r"[^\s/:@?#\[\]]+(:\d+)?")
_NAME = re.compile(r"[a-z0-9-]{1,64}")
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_SHORTEST_EVERY = timedelta(seconds=1)

AUTO = "auto"
"""What is written in place of an interval that is to be learned."""


def parse_duration(value: object) -> object:
    """Read ``"90s"``, ``"15m"``, ``"1h30m"`` or a number of seconds."""
    if isinstance(value, timedelta):
        return value
    seconds = _seconds_of(value)
    if seconds is None:
        raise ValueError(f'{value!r} is not a duration; write it like "30s", "15m", "1h30m" or "1d"')
    try:
        return timedelta(seconds=seconds)
    except (OverflowError, ValueError):  # more than timedelta holds, or TOML's inf and nan
        raise ValueError(f"{value!r} is too long for a duration") from None


def _seconds_of(value: object) -> float | None:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    if not isinstance(value, str):
        return None
    text = value.strip().lower()
    parts = _DURATION.findall(text)
    if not parts or _DURATION.sub("", text).strip():
        return None
    return sum(float(number) * _SECONDS[unit] for number, unit in parts)


def format_duration(value: timedelta) -> str:
    """Write a duration as :func:`parse_duration` reads it."""
    seconds = value.total_seconds()
    for unit in ("d", "h", "m"):
        if seconds and seconds % _SECONDS[unit] == 0:
            return f"{seconds / _SECONDS[unit]:.0f}{unit}"
    return f"{seconds:.6f}".rstrip("0").rstrip(".") + "s"


def at_least(minimum: timedelta) -> AfterValidator:
    """The lower bound of a duration, told in the form that durations are written in."""

    def check(value: timedelta) -> timedelta:
        if value < minimum:
            raise ValueError(f"must be at least {format_duration(minimum)}")
        return value

    return AfterValidator(check)


def _parse_every(value: object) -> object:
    """Read a duration, or the word that leaves it to us."""
    if isinstance(value, str) and value.strip().lower() == AUTO:
        return AUTO
    try:
        every = parse_duration(value)
    except ValueError as error:
        raise ValueError(f'{error}; "{AUTO}" leaves it to us') from None
    if isinstance(every, timedelta) and every < _SHORTEST_EVERY:
        raise ValueError(f"must be at least {format_duration(_SHORTEST_EVERY)}")
    return every


def _format_every(value: timedelta | str) -> str:
    return format_duration(value) if isinstance(value, timedelta) else value


def check_zone(name: str) -> str:
    """The name of a time zone that is known here; raises ValueError."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f'{name!r} is not an IANA time zone; write it like "Asia/Kolkata"') from None
    return name


def check_http_url(url: str) -> str:
    """A URL that can be asked for over HTTP; raises ValueError."""
    try:
        parts = urlsplit(url)
        usable = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
    except ValueError:  # brackets without an IPv6 address in them, a port above 65535
        usable = False
    if not usable:
        raise ValueError(f"{url!r} is not an http or https URL")
    if "@" in parts.netloc:
        raise ValueError("has a user name before the host: leave it out; a log-in is written as basic_auth")
    return url


def _check_host(host: str) -> str:
    if not _HOST.fullmatch(host.lower()):
        raise ValueError(f'{host!r} is not a host name; write it like "news.example.org", without scheme or path')
    return host.lower()


def _check_http2(wanted: bool) -> bool:  # noqa: FBT001 (pydantic calls it)
    if wanted and find_spec("h2") is None:
        raise ValueError("needs a package that is not installed: pip install 'tidings[http2]'")
    return wanted


def _check_name(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise ValueError("use 1 to 64 of a-z, 0-9 and hyphen")
    return name


Duration = Annotated[
    timedelta, BeforeValidator(parse_duration), PlainSerializer(format_duration, when_used="json")
]
Every = Annotated[
    timedelta | Literal["auto"],
    BeforeValidator(_parse_every),
    PlainSerializer(_format_every, when_used="json"),
]
HttpUrl = Annotated[str, AfterValidator(check_http_url)]
Secret = Annotated[str, AfterValidator(check_secret)]


class Source(BaseModel):
    """One news site: where to look, how often, how politely, and what to show at the door."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    name: Annotated[str, AfterValidator(_check_name)]
    url: HttpUrl
    feeds: tuple[HttpUrl, ...] = ()
    sitemaps: tuple[HttpUrl, ...] = ()
    listings: tuple[HttpUrl, ...] = ()
    hosts: tuple[Annotated[str, AfterValidator(_check_host)], ...] = ()
    max_pages: Annotated[int, Field(ge=1, le=100_000)] = 1000
    max_depth: Annotated[int, Field(ge=0, le=10)] = 0
    max_age: Annotated[Duration, at_least(timedelta(hours=1))] | None = None
    revisit: bool = True
    delay: Annotated[Duration, at_least(timedelta(0))] | None = None
    every: Every | None = None
    cron: str | None = None
    freshness: Annotated[Duration, at_least(timedelta(minutes=2))] | None = None
    timezone: Annotated[str, AfterValidator(check_zone)] = "UTC"
    javascript: bool = False
    jitter: Annotated[Duration, at_least(timedelta(0))] | None = None
    headers: Annotated[dict[str, str], AfterValidator(check_headers)] = Field(default_factory=dict)
    cookies: Annotated[dict[str, str], AfterValidator(check_cookies)] = Field(default_factory=dict)
    user_agent: Annotated[str, AfterValidator(check_user_agent)] | None = None
    basic_auth: Secret | None = None
    bearer_token: Secret | None = None
    proxy: Annotated[str, AfterValidator(check_proxy)] | None = None
    verify_tls: bool = True
    http2: Annotated[bool, AfterValidator(_check_http2)] = False
    rules: Annotated[tuple[RuleTable, ...], BeforeValidator(check_list), AfterValidator(check_days)] = ()

    @model_validator(mode="after")
    def _one_timetable(self) -> Self:
        if self.every is not None and self.cron is not None:
            raise ValueError("has both every and cron; keep one of them")
        if self.freshness is not None and self.cron is not None:
            raise ValueError("has both freshness and cron; keep one of them: freshness finds the times by itself")
        if self.freshness is not None and self.interval is not None:
            raise ValueError('has both freshness and a fixed every; keep one of them, or write every = "auto"')
        return self

    @model_validator(mode="after")
    def _one_way_in(self) -> Self:
        if self.basic_auth is not None and self.bearer_token is not None:
            raise ValueError("has both basic_auth and bearer_token; keep one of them")
        if self.http2 and self.proxy is not None:
            raise ValueError("has both http2 and proxy; through a proxy a source is asked over HTTP/1.1")
        if self.http2 and self.javascript:
            raise ValueError("has both http2 and javascript; pages that are rendered are asked for over HTTP/1.1")
        return self

    @property
    def interval(self) -> timedelta | None:
        """The interval that the operator fixed; None if there is none, or it is left to us."""
        return self.every if isinstance(self.every, timedelta) else None

    @property
    def is_adaptive(self) -> bool:
        """Whether the interval is learned (see :mod:`crawler.cadence`) rather than written down."""
        return self.every == AUTO or self.freshness is not None

    @property
    def zone(self) -> ZoneInfo:
        """The zone of ``cron``, and of dates on pages that name none."""
        return ZoneInfo(self.timezone)

    def rules_at(self, moment: datetime) -> Rules | None:
        """The rules for a page that was fetched then: those of the day it was in the source's own time zone."""
        day = moment.astimezone(self.zone).date() if self.rules else None
        return next((table.rules for table in self.rules if day and table.holds_on(day)), None)

    @property
    def documents(self) -> tuple[str, ...]:
        """The feeds, sitemaps and listings that the operator named."""
        return (*self.feeds, *self.sitemaps, *self.listings)

    @property
    def sites(self) -> frozenset[str]:
        """The sites whose pages are the source's own (see :func:`crawler.sites.site_of`)."""
        return frozenset(
            site_of(url) for url in (self.url, *self.documents, *(f"https://{h}" for h in self.hosts))
        )

    @property
    def ports(self) -> frozenset[int]:
        """The ports that the source's own URLs name; they may be fetched without further leave."""
        named = (urlsplit(url).port for url in (self.url, *self.documents))
        return frozenset(port for port in named if port is not None)

    def definition(self) -> dict[str, Any]:
        """The JSON form kept in ``sources.definition``: only what the operator wrote, and readable by us."""
        return self.model_dump(mode="json", exclude_unset=True)


_TIMETABLE = ("name", "url", "every", "cron", "freshness", "timezone", "jitter")


def read_timetable(definition: dict[str, Any]) -> Source:
    """A source as far as it says when it is due: of a stored definition, that is the part that is quickly read.

    Raises:
        ValueError: it does not say so, or not in a way known here.
    """
    return Source.model_validate({key: definition[key] for key in _TIMETABLE if key in definition})
