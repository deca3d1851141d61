"""Which addresses may be connected to. Judged on what a name resolves to, at the moment of connecting.

Every connection of Scrapy's downloader asks the reactor's name resolver first, also for a literal address in
any spelling (``2130706433``, ``0x7f.1``), and connects to what it answers: so that is the place to stand.
"""

import contextvars
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import TYPE_CHECKING, Any, Self

from twisted.internet.address import IPv4Address as TCP4Address
from twisted.internet.address import IPv6Address as TCP6Address
from twisted.internet.interfaces import IHostnameResolver, IResolutionReceiver
from zope.interface import implementer

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

Network = IPv4Network | IPv6Network

# A look-up holds a thread until the system gives up, 10 seconds and more for a name server that keeps silent. With
# Twisted's ten threads, the names of one such site would keep all others waiting.
_LOOK_UPS = 64

# What is not reached from everywhere, by the IANA special-purpose registries of November 2026. It is written out,
# because what ``ipaddress`` says of some of it differs between patch releases of Python.
_NOT_PUBLIC_4 = tuple(
    map(
        IPv4Network,
        (
            "0.0.0.0/8",        # this network (RFC 791)
            "10.0.0.0/8",       # private (RFC 1918)
            "100.64.0.0/10",    # shared by the customers of a carrier (RFC 6598)
            "127.0.0.0/8",      # loopback (RFC 1122)
            "168.63.129.16/32", # what a machine in Azure asks about itself: public by number alone
            "169.254.0.0/16",   # link-local (RFC 3927), and with it the metadata of most clouds
            "172.16.0.0/12",    # private
            "192.0.0.0/24",     # protocol assignments (RFC 6890)
            "192.0.2.0/24",     # documentation (RFC 5737)
            "192.88.99.0/24",   # relays of 6to4, withdrawn (RFC 7526)
            "192.168.0.0/16",   # private
            "198.18.0.0/15",    # benchmarking (RFC 2544)
            "198.51.100.0/24",  # documentation
            "203.0.113.0/24",   # documentation
            "224.0.0.0/4",      # multicast (RFC 1112)
            "240.0.0.0/4",      # reserved (RFC 1112), and broadcast
        ),
    )
)  # fmt: skip
# Global unicast, the one block of IPv6 that is assigned to anybody; outside of it lie, among others, ``::1``,
# ``::a.b.c.d``, NAT64 for local use (RFC 8215), ``fc00::/7``, ``fe80::/10``, ``fec0::/10`` and multicast.
_PUBLIC_6 = IPv6Network("2000::/3")
_NOT_PUBLIC_6 = tuple(
    map(
        IPv6Network,
        (
            "2001::/23",        # protocol assignments (RFC 2928), among them Teredo and ORCHID
            "2001:db8::/32",    # documentation (RFC 3849)
            "3fff::/20",        # documentation (RFC 9637)
        ),
    )
)  # fmt: skip
# RFC 6052: the last 32 bits are an IPv4 address that a NAT64 gateway would connect to.
_NAT64 = IPv6Network("64:ff9b::/96")


def may_connect(address: IPv4Address | IPv6Address, allowed: Iterable[Network]) -> bool:
    """Whether ``address`` is public, or in one of the ``allowed`` networks.

    Of an IPv6 address that leads to an IPv4 address (IPv4-mapped, NAT64, 6to4), that one is judged.
    """
    if any(address in network for network in allowed):
        return True
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _NOT_PUBLIC_4)
    inner = _embedded(address)
    if inner is not None:
        return may_connect(inner, allowed)
    return address in _PUBLIC_6 and not any(address in network for network in _NOT_PUBLIC_6)


def _embedded(address: IPv6Address) -> IPv4Address | None:
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour


_trusted: contextvars.ContextVar[str | None] = contextvars.ContextVar("trusted", default=None)


@contextmanager
def trusting(host: str | None) -> Iterator[None]:
    """Connections that are made within may go to this host wherever it is: to the proxy that an operator chose."""
    token = _trusted.set(host)
    try:
        yield
    finally:
        _trusted.reset(token)


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
        """Host names of which the latest look-up left no address, with one that was refused."""

    @classmethod
    def from_crawler(cls, crawler: "Crawler", reactor: Any) -> Self:
        """Allow the networks of the setting ``TIDINGS_ALLOW_NETWORKS``."""
        return cls(reactor, map(ip_network, crawler.settings.getlist("TIDINGS_ALLOW_NETWORKS")))

    def install_on_reactor(self) -> None:
        """From now on every connection of this process goes through us."""
        self._reactor.suggestThreadPoolSize(_LOOK_UPS)
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
        """Whether ``address``, to which ``host`` resolved, may be connected to."""
        if not isinstance(address, TCP4Address | TCP6Address):
            return False
        return host == _trusted.get() or may_connect(ip_address(address.host.split("%")[0]), self._allowed)

    def settle(self, host: str, refused: str | None) -> None:
        """Remember how a look-up ended: whether all that it found was ``refused``."""
        if refused is None:
            self.refused.pop(host, None)
        else:
            self.refused[host] = refused


def _is_name(host: str) -> bool:
    try:
        return bool(host.encode("idna"))
    except UnicodeError:  # an empty label, or one of more than 63 characters
        return False


@implementer(IResolutionReceiver)
class _Sieve:
    """Passes on the addresses that may be connected to. Of others it tells a receiver that has ``addressRefused``.

    A look-up comes back from another thread, without the context of the run that asked; all that the connection
    logs from then on would lack ``source`` and ``run_id``. So that context is kept here, and entered again.
    """

    def __init__(self, receiver: Any, guard: GuardedResolver, host: str) -> None:
        self._receiver = receiver
        self._guard = guard
        self._host = host
        self._context = contextvars.copy_context()
        self._refused: str | None = None
        self._has_passed = False

    def resolutionBegan(self, resolution: Any) -> None:  # noqa: N802
        self._context.run(self._receiver.resolutionBegan, resolution)

    def addressResolved(self, address: Any) -> None:  # noqa: N802
        if self._context.run(self._guard.judge, self._host, address):
            self._has_passed = True
            self._context.run(self._receiver.addressResolved, address)
        elif isinstance(address, TCP4Address | TCP6Address):
            self._refused = address.host
            if (tell := getattr(self._receiver, "addressRefused", None)) is not None:
                self._context.run(tell, address)

    def resolutionComplete(self) -> None:  # noqa: N802
        self._guard.settle(self._host, None if self._has_passed else self._refused)
        self._context.run(self._receiver.resolutionComplete)
