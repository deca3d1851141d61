"""Which addresses may be connected to. Judged on what a name resolves to, at the moment of connecting.

Every connection of Scrapy's downloader asks the reactor's name resolver first, also for a literal address in
any spelling (``2130706433``, ``0x7f.1``), and connects to what it answers: so that is the place to stand.
"""

import contextvars
from collections.abc import Iterable, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import TYPE_CHECKING, Any, Self

from twisted.internet.address import IPv4Address as TCP4Address
from twisted.internet.address import IPv6Address as TCP6Address
from twisted.internet.interfaces import IHostnameResolver, IResolutionReceiver
from zope.interface import implementer

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

Network = IPv4Network | IPv6Network

# RFC 6052: the last 32 bits are an IPv4 address that a NAT64 gateway would connect to.
_NAT64 = IPv6Network("64:ff9b::/96")


def may_connect(address: IPv4Address | IPv6Address, allowed: Iterable[Network]) -> bool:
    """Whether ``address`` is public, or in one of the ``allowed`` networks.

    Public as the IANA special-purpose registries say (``ipaddress``), so neither private, loopback, link-local,
    shared (CGNAT), documentation, benchmarking nor multicast; of an IPv6 address that carries an IPv4 address,
    that one counts.
    """
    inner = _embedded(address) if isinstance(address, IPv6Address) else None
    if inner is not None:
        return may_connect(inner, allowed)
    if any(address in network for network in allowed):
        return True
    return address.is_global and not address.is_multicast and not address.is_reserved


def _embedded(address: IPv6Address) -> IPv4Address | None:
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)


@implementer(IHostnameResolver)
class GuardedResolver:
    """The reactor's name resolver, less the addresses that may not be connected to.

    Scrapy installs it through the setting ``TWISTED_DNS_RESOLVER``; a worker does it itself.
    """

    def __init__(self, reactor: Any, allowed: Iterable[Network] = ()) -> None:
        self._reactor = reactor
        self._resolver = reactor.nameResolver
        self._allowed = tuple(allowed)
        self.refused: dict[str, str] = {}
        """Host names whose every address was refused, with one of those addresses."""

    @classmethod
    def from_crawler(cls, crawler: "Crawler", reactor: Any) -> Self:
        """Allow the networks of the setting ``TIDINGS_ALLOW_NETWORKS``."""
        return cls(reactor, map(ip_network, crawler.settings.getlist("TIDINGS_ALLOW_NETWORKS")))

    def install_on_reactor(self) -> None:
        """From now on every connection of this process goes through us."""
        self._reactor.installNameResolver(self)

    def resolveHostName(  # noqa: N802 (Twisted's interface)
        self,
        resolutionReceiver: Any,  # noqa: N803
        hostName: str,  # noqa: N803
        portNumber: int = 0,  # noqa: N803
        addressTypes: Sequence[type] | None = None,  # noqa: N803
        transportSemantics: str = "TCP",  # noqa: N803
    ) -> Any:
        """See ``twisted.internet.interfaces.IHostnameResolver``."""
        receiver = _Sieve(resolutionReceiver, self, hostName)
        if not _is_name(hostName):  # the system's resolver would raise in its thread, and never come back
            receiver.resolutionBegan(None)
            receiver.resolutionComplete()
            return None
        return self._resolver.resolveHostName(receiver, hostName, portNumber, addressTypes, transportSemantics)

    def judge(self, host: str, address: object) -> bool:
        """Whether ``address``, to which ``host`` resolved, may be connected to; remembers a refusal."""
        if not isinstance(address, TCP4Address | TCP6Address):
            return False
        if may_connect(ip_address(address.host.split("%")[0]), self._allowed):
            return True
        self.refused[host] = address.host
        return False


def _is_name(host: str) -> bool:
    try:
        return bool(host.encode("idna"))
    except UnicodeError:  # an empty label, or one of more than 63 characters
        return False


@implementer(IResolutionReceiver)
class _Sieve:
    """Passes on the addresses that may be connected to.

    A look-up comes back from another thread, without the context of the run that asked; all that the connection
    logs from then on would lack ``source`` and ``run_id``. So that context is kept here, and entered again.
    """

    def __init__(self, receiver: Any, guard: GuardedResolver, host: str) -> None:
        self._receiver = receiver
        self._guard = guard
        self._host = host
        self._context = contextvars.copy_context()

    def resolutionBegan(self, resolution: Any) -> None:  # noqa: N802
        self._guard.refused.pop(self._host, None)
        self._context.run(self._receiver.resolutionBegan, resolution)

    def addressResolved(self, address: Any) -> None:  # noqa: N802
        if self._guard.judge(self._host, address):
            self._context.run(self._receiver.addressResolved, address)

    def resolutionComplete(self) -> None:  # noqa: N802
        self._context.run(self._receiver.resolutionComplete)
