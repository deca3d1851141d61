"""What a URL alone says about whether it may be asked for. Names are judged later, by what they resolve to."""

import socket
from collections.abc import Iterable
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import SplitResult, urlsplit

from crawler.download.addresses import Network, may_connect
from crawler.outcomes import Outcome, Reason, RefusedError
from crawler.sites import site_of

_DEFAULT_PORTS = {"http": 80, "https": 443}
# The most that browsers and servers agree on; also what fits a log line.
_LONGEST_URL = 2000


@dataclass(frozen=True, slots=True)
class Admission:
    """The rules for one source: which ports and networks may be asked, and which sites are its own."""

    ports: frozenset[int]
    networks: tuple[Network, ...]
    sites: set[str] = field(default_factory=set)
    _own: dict[str, bool] = field(default_factory=dict)

    def own(self, sites: Iterable[str]) -> None:
        """Take these sites for the source's own, too."""
        self.sites.update(sites)
        self._own.clear()

    def refusal(self, url: str, *, on_site: bool) -> RefusedError | None:
        """Why ``url`` may not be asked for; ``on_site`` if it must also be on a site of the source's own."""
        if len(url) > _LONGEST_URL:
            return _rejected(Reason.URL_TOO_LONG, f"{len(url):,} characters")
        parts = _split(url)
        if parts is None:
            return _rejected(Reason.URL_INVALID, None)
        refusal = self._refusal_of_server(parts)
        if refusal is None and on_site and not self._is_own(parts):
            return _rejected(Reason.OFF_SITE, f"{parts.hostname} is none of the source's own sites; see its hosts")
        return refusal

    def _refusal_of_server(self, parts: SplitResult) -> RefusedError | None:
        if parts.scheme not in _DEFAULT_PORTS:
            return _rejected(Reason.SCHEME_NOT_ALLOWED, f"the scheme {parts.scheme!r}")
        address = literal_address(parts.hostname or "")
        if address is not None and not may_connect(address, self.networks):
            return private_address(parts.hostname or "", str(address))
        port = parts.port or _DEFAULT_PORTS[parts.scheme]
        if port not in self.ports:
            return _rejected(Reason.PORT_NOT_ALLOWED, f"port {port}; [crawl] allow_ports would allow it")
        return None

    def _is_own(self, parts: SplitResult) -> bool:
        host = parts.hostname or ""
        if host not in self._own:  # a sitemap lists 50,000 URLs of one host
            self._own[host] = site_of(f"{parts.scheme}://{parts.netloc}") in self.sites
        return self._own[host]


def private_address(host: str, address: str) -> RefusedError:
    """The refusal of a host for its address."""
    where = f"{host} is not" if host == address else f"{host} is at {address}, which is not"
    return _rejected(Reason.PRIVATE_ADDRESS, f"{where} public; [crawl] allow_networks would allow it")


def literal_address(host: str) -> IPv4Address | IPv6Address | None:
    """The address that a host is in itself, in any spelling that connects (``2130706433``, ``0x7f.1``)."""
    try:
        host = host if host.isascii() else host.encode("idna").decode()  # a digit of full width is a digit
        return ip_address(host.partition("%")[0])
    except ValueError:
        pass
    # What the C library takes for an IPv4 address begins with a digit, in each of its parts.
    if not host or not all(part[:1].isdigit() for part in host.rstrip(".").split(".")):
        return None
    try:
        return IPv4Address(socket.inet_aton(host.rstrip(".")))
    except (OSError, UnicodeError):
        return None


def admission(ports: Iterable[int], networks: Iterable[Network], sites: Iterable[str] = ()) -> Admission:
    """The rules made of any collections."""
    return Admission(frozenset(ports), tuple(networks), set(sites))


def _split(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        # Reading the port checks it. A scheme that is not ours is judged as such, whatever follows it.
        usable = parts.port != 0 and bool(parts.hostname or parts.scheme not in {"", *_DEFAULT_PORTS})
    except ValueError:
        return None
    # With a user's name before it, a host means one thing to some parsers, and another to others.
    return parts if usable and parts.scheme and "@" not in parts.netloc else None


def _rejected(reason: Reason, detail: str | None) -> RefusedError:
    return RefusedError(Outcome.REJECTED, reason, detail)
