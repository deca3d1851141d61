"""What the values of the configuration have to be like: a type each, which says how to mend what is not."""

import re
from datetime import timedelta
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, PlainSerializer, SecretStr

from crawler.source import format_duration, parse_duration

_ADDRESS = re.compile(r"(\[[0-9a-fA-F:]+\]|[^:\s]+):([0-9]{1,5})")
_HOST = re.compile(r"[0-9A-Za-z]([0-9A-Za-z._-]{0,251}[0-9A-Za-z])?\.?")
_TOKEN = re.compile(r"[!-~]{16,1024}")
_LAST_PORT = 65_535


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


def _check_named(value: object) -> object:
    """An empty path would be the folder that we happen to be started in."""
    if value == "":
        raise ValueError("must not be empty")
    return value


SPLIT = BeforeValidator(_split)
"""For lists."""
SPLIT_URLS = BeforeValidator(_split_urls)
"""For lists of URLs."""

Dsn = Annotated[SecretStr, AfterValidator(_check_dsn)]
Network = Annotated[IPv4Network | IPv6Network, BeforeValidator(_network)]
Port = Annotated[int, Field(ge=1, le=_LAST_PORT)]
Folder = Annotated[Path, BeforeValidator(_check_named)]
TimeKept = Annotated[
    timedelta | Literal["forever"],
    BeforeValidator(_time_kept),
    AfterValidator(_check_time_kept),
    PlainSerializer(
        lambda value: value if value == "forever" else format_duration(value), when_used="json", return_type=str
    ),
]
Listen = Annotated[str, AfterValidator(_check_listen)]
Token = Annotated[SecretStr, AfterValidator(_check_token)]
Host = Annotated[str, AfterValidator(_check_host)]
Target = Annotated[SecretStr, AfterValidator(_check_target)]
AlarmKind = Annotated[str, AfterValidator(_check_kind)]
PageUrl = Annotated[str, AfterValidator(_check_page_url)]
