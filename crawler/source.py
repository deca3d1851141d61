"""A source as the operator configures it: the typed form of one ``[[source]]`` table."""

import re
from datetime import timedelta
from typing import Annotated, Any, Self
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

_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)")
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


def parse_duration(value: object) -> object:
    """Read ``"90s"``, ``"15m"``, ``"1h30m"`` or a number of seconds; other types are left to the model."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return timedelta(seconds=value)
    if not isinstance(value, str):
        return value
    text = value.strip().lower()
    parts = _DURATION.findall(text)
    if not parts or _DURATION.sub("", text).strip():
        raise ValueError(f'{value!r} is not a duration; write it like "30s", "15m", "1h30m" or "1d"')
    return timedelta(seconds=sum(float(number) * _SECONDS[unit] for number, unit in parts))


def format_duration(value: timedelta) -> str:
    """Write a duration as :func:`parse_duration` reads it."""
    seconds = value.total_seconds()
    for unit in ("d", "h", "m"):
        if seconds and seconds % _SECONDS[unit] == 0:
            return f"{seconds / _SECONDS[unit]:g}{unit}"
    return f"{seconds:g}s"


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f'{name!r} is not an IANA time zone; write it like "Asia/Kolkata"') from None
    return name


def _http_url(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError(f"{url!r} is not an http or https URL")
    return url


Duration = Annotated[
    timedelta, BeforeValidator(parse_duration), PlainSerializer(format_duration, when_used="json")
]
HttpUrl = Annotated[str, AfterValidator(_http_url)]


class Source(BaseModel):
    """One news site: where to look, how often, how politely."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str, Field(pattern=r"^[a-z0-9-]{1,64}$")]
    url: HttpUrl
    feeds: tuple[HttpUrl, ...] = ()
    sitemaps: tuple[HttpUrl, ...] = ()
    every: Annotated[Duration, Field(ge=timedelta(seconds=1))] | None = None
    cron: str | None = None
    timezone: Annotated[str, AfterValidator(_known_zone)] = "UTC"
    jitter: Annotated[Duration, Field(ge=timedelta(0))] | None = None

    @model_validator(mode="after")
    def _one_timetable(self) -> Self:
        if self.every is not None and self.cron is not None:
            raise ValueError("has both every and cron; keep one of them")
        return self

    @property
    def zone(self) -> ZoneInfo:
        """The zone of ``cron``, and of dates on pages that name none."""
        return ZoneInfo(self.timezone)

    @property
    def ports(self) -> frozenset[int]:
        """The ports that the source's own URLs name; they may be fetched without further leave."""
        named = (urlsplit(url).port for url in (self.url, *self.feeds, *self.sitemaps))
        return frozenset(port for port in named if port is not None)

    def definition(self) -> dict[str, Any]:
        """The JSON form kept in ``sources.definition``: only what the operator wrote, and readable by us."""
        return self.model_dump(mode="json", exclude_unset=True)
