"""What a source is asked with: headers, cookies, a log-in, a proxy; and to whom they are told."""

import base64
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote, urlsplit

from crawler.access_keys import COOKIE_VALUE, FIELD_VALUE, check_proxy_url
from crawler.references import SecretMissingError, is_reference, look_up
from crawler.sites import site_of

if TYPE_CHECKING:
    from crawler.source import Source

Origin = tuple[str, str, int]
"""Scheme, host and port."""
_DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Access:
    """What a source is asked with, secrets in the clear, and which URLs may be told of it."""

    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    authorization: str | None = field(default=None, repr=False)
    proxy: str | None = None
    """Without its log-in."""
    proxy_authorization: str | None = field(default=None, repr=False)
    sites: frozenset[str] = frozenset()
    """The source's own sites."""
    plain_sites: frozenset[str] = frozenset()
    """Those of them that the operator himself asks over http."""
    origins: frozenset[Origin] = frozenset()
    """Where the source's URL and documents are."""
    secrets: tuple[str, ...] = field(default=(), repr=False)
    """What must not be seen in any log, in all the forms in which it is sent."""

    def headers_for(self, url: str) -> dict[str, str]:
        """What goes along with a request for ``url``: nothing to other sites, the log-in to the named hosts only.

        Over http goes only what the operator has sent there by an http URL of his own: a redirect is no leave.
        """
        site = site_of(url)
        if site not in self.sites or not (url.startswith("https:") or site in self.plain_sites):
            return {}
        told = dict(self.headers)
        if self.authorization and _origin(url) in self.origins:
            told["Authorization"] = self.authorization
        return told


def resolve_access(source: "Source", environ: Mapping[str, str] = os.environ) -> Access:
    """Look up the secrets of a source; raises SecretMissingError."""
    wallet = _Wallet(environ)
    headers = {name: wallet.open(f"headers.{name}", value, FIELD_VALUE) for name, value in source.headers.items()}
    cookies = {name: wallet.open(f"cookies.{name}", value, COOKIE_VALUE) for name, value in source.cookies.items()}
    if cookies:
        headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in cookies.items())
    proxy, proxy_authorization = wallet.proxy(source.proxy)
    named = (source.url, *source.documents)
    return Access(
        headers,
        wallet.authorization(source),
        proxy,
        proxy_authorization,
        source.sites,
        frozenset(site_of(url) for url in named if url.startswith("http:")),
        frozenset(origin for url in named for origin in _origins(url)),
        tuple(wallet.secrets),
    )


class _Wallet:
    """Opens references, and remembers what it found."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self.secrets: list[str] = []

    def open(self, key: str, value: str, pattern: re.Pattern[str] = FIELD_VALUE) -> str:
        """A plain value as it is; the secret that a reference stands for."""
        if not is_reference(value):
            return value
        secret = look_up(key, value, self._environ)
        self.secrets.append(secret)
        if not pattern.fullmatch(secret):
            raise SecretMissingError(f"{key}: {value} holds characters that cannot be sent")
        return secret

    def authorization(self, source: "Source") -> str | None:
        """The header's value (RFC 7617, RFC 6750)."""
        if source.bearer_token is not None:
            return f"Bearer {self.open('bearer_token', source.bearer_token)}"
        if source.basic_auth is None:
            return None
        user, colon, password = self.open("basic_auth", source.basic_auth).partition(":")
        if not colon:
            raise SecretMissingError(f"basic_auth: {source.basic_auth} does not hold USER:PASSWORD")
        return self._basic(user, password)

    def proxy(self, value: str | None) -> tuple[str | None, str | None]:
        """The proxy's URL without its log-in, and that as a header's value."""
        if value is None:
            return None, None
        url = self.open("proxy", value)
        try:
            check_proxy_url(url)
        except ValueError as error:
            raise SecretMissingError(f"proxy: what {value} holds {error}") from None
        parts = urlsplit(url)
        bare = f"http://{parts.netloc.rpartition('@')[2]}"
        if parts.username is None:
            return bare, None
        return bare, self._basic(unquote(parts.username), unquote(parts.password or ""))

    def _basic(self, user: str, password: str) -> str:
        encoded = base64.b64encode(f"{user}:{password}".encode()).decode()
        self.secrets += [password, quote(password, safe=""), encoded]
        return f"Basic {encoded}"


def _origins(url: str) -> Iterator[Origin]:
    """The origin of a URL; of http on its own port also https, to which most sites redirect."""
    scheme, host, port = _origin(url)
    yield scheme, host, port
    if (scheme, port) == ("http", _DEFAULT_PORTS["http"]):
        yield "https", host, _DEFAULT_PORTS["https"]


def _origin(url: str) -> Origin:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname or "", parts.port or _DEFAULT_PORTS.get(parts.scheme, 0)
