"""Which addresses may be connected to."""

import asyncio
from ipaddress import ip_address, ip_network
from types import SimpleNamespace

import pytest
import twisted.internet
from twisted.internet.address import IPv4Address, IPv6Address

from crawler.download.addresses import GuardedResolver, may_connect
from crawler.download.admission import admission
from crawler.download.proxies import judge_target

PUBLIC = [
    "1.1.1.1",
    "8.8.8.8",
    "11.0.0.0",
    "93.184.215.14",
    "100.63.255.255",
    "100.128.0.0",
    "169.253.255.255",
    "172.15.255.255",
    "172.32.0.0",
    "192.0.1.0",
    "192.169.0.0",
    "198.17.255.255",
    "198.20.0.0",
    "223.255.255.255",
    "2606:2800:21f:cb07:6820:80da:af6b:8b2c",
    "2a00:1450:4001:830::200e",
    "2001:200::1",
    "64:ff9b::808:808",
    "2002:808:808::1",
    "::ffff:8.8.8.8",
]

OTHERS = {
    "this host": "0.0.0.0",
    "this network": "0.1.2.3",
    "private": "10.1.2.3",
    "private 172": "172.16.0.1",
    "private 172, last": "172.31.255.255",
    "private 192": "192.168.1.1",
    "carrier-grade NAT": "100.64.0.1",
    "metadata of Alibaba": "100.100.100.200",
    "loopback": "127.0.0.1",
    "loopback, last": "127.255.255.255",
    "metadata of Azure": "168.63.129.16",
    "metadata of most clouds": "169.254.169.254",
    "protocol assignments": "192.0.0.8",
    "metadata of Oracle": "192.0.0.192",
    "documentation 1": "192.0.2.1",
    "documentation 2": "198.51.100.1",
    "documentation 3": "203.0.113.1",
    "relays of 6to4": "192.88.99.1",
    "benchmarking": "198.18.0.1",
    "benchmarking, last": "198.19.255.255",
    "multicast": "224.0.0.1",
    "multicast, last": "239.255.255.255",
    "reserved": "240.0.0.1",
    "broadcast": "255.255.255.255",
    "unspecified 6": "::",
    "loopback 6": "::1",
    "IPv4-compatible": "::127.0.0.1",
    "IPv4-compatible, public": "::8.8.8.8",
    "IPv4-mapped": "::ffff:127.0.0.1",
    "IPv4-translated": "::ffff:0:127.0.0.1",
    "NAT64": "64:ff9b::7f00:1",
    "NAT64, metadata": "64:ff9b::169.254.169.254",
    "NAT64 for local use": "64:ff9b:1::7f00:1",
    "discard": "100::1",
    "Teredo": "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    "benchmarking 6": "2001:2::1",
    "ORCHID": "2001:10::1",
    "ORCHID 2": "2001:20::1",
    "documentation 6": "2001:db8::1",
    "documentation 6, longer": "3fff::1",
    "6to4": "2002:7f00:1::",
    "6to4, private": "2002:a00:1::1",
    "segment routing": "5f00::1",
    "unassigned": "4000::1",
    "unique local": "fd00::1",
    "metadata of Amazon": "fd00:ec2::254",
    "link-local 6": "fe80::1",
    "site-local": "fec0::1",
    "multicast 6": "ff02::1",
    "multicast 6, global": "ff0e::1",
}


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are_allowed(address):
    """What anybody may reach, we may; also where an IPv6 address only leads to a public IPv4 address."""
    assert may_connect(ip_address(address), ())


@pytest.mark.parametrize("address", OTHERS.values(), ids=OTHERS)
def test_other_addresses_are_refused(address):
    """Nothing that lies inside a network is reached because a page says so."""
    assert not may_connect(ip_address(address), ())


@pytest.mark.parametrize("address", ["127.0.0.1", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::"])
def test_an_allowed_network_is_allowed_in_any_spelling(address):
    """What allow_networks names may be connected to, and nothing beside it."""
    allowed = (ip_network("127.0.0.1/32"),)
    assert may_connect(ip_address(address), allowed)
    assert not may_connect(ip_address("127.0.0.2"), allowed)


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1", "127.0.0.1.", "127.1", "127.0.1", "2130706433", "0x7f000001", "0x7f.1", "0177.0.0.1",
        "0x7F.0.0.0x1", "0", "0.0.0.0", "[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]",
        "[fe80::1%25eth0]", "[fe80::1%eth0]", "[0:0:0:0:0:0:0:1]",
        "169.254.169.254", "0xa9fea9fe", "[fd00:ec2::254]",
        "\uff11\uff12\uff17.0.0.1", "127\u30020\u30020\u30021", "\u2460\u2461\u2466.0.0.1",
    ],
)  # fmt: skip
def test_an_address_is_refused_in_any_spelling(host):
    """What the system would connect to is judged, however a link writes it."""
    refusal = admission({80}, ()).refusal(f"http://{host}/", on_site=False)
    assert refusal is not None
    assert refusal.reason == "private_address"


def reactor(*answers):
    """A reactor whose name server gives one answer after the other."""
    left = list(answers)

    def resolve(receiver, *_arguments):
        receiver.resolutionBegan(None)
        for address in left.pop(0):
            kind = IPv6Address if ":" in address else IPv4Address
            receiver.addressResolved(kind("TCP", address, 80))
        receiver.resolutionComplete()

    return SimpleNamespace(nameResolver=SimpleNamespace(resolveHostName=resolve))


def look_up(resolver, host="news.example"):
    """The addresses that would be connected to."""
    addresses, completed = [], []
    receiver = SimpleNamespace(
        resolutionBegan=lambda _: None,
        addressResolved=lambda address: addresses.append(address.host),
        resolutionComplete=lambda: completed.append(True),
    )
    resolver.resolveHostName(receiver, host)
    assert completed
    return addresses


def test_a_name_is_judged_each_time_it_is_looked_up():
    """A name that was public a moment ago, and now leads inside, is refused at the moment of connecting."""
    resolver = GuardedResolver(reactor(["93.184.215.14"], ["127.0.0.1"], ["8.8.8.8"]))
    assert look_up(resolver) == ["93.184.215.14"]
    assert look_up(resolver) == []
    assert resolver.refused == {"news.example": "127.0.0.1"}
    assert look_up(resolver) == ["8.8.8.8"]
    assert resolver.refused == {}


def test_each_look_up_has_its_own_verdict():
    """What a look-up refused is told to whoever asked for it, whatever others of the same name find meanwhile."""
    resolver = GuardedResolver(reactor(["127.0.0.1"], ["8.8.8.8"]))
    refused = []
    first = SimpleNamespace(
        resolutionBegan=lambda _: None,
        addressRefused=lambda address: refused.append(address.host),
        resolutionComplete=lambda: look_up(resolver),
    )
    resolver.resolveHostName(first, "news.example")
    assert refused == ["127.0.0.1"]
    assert resolver.refused == {}


async def test_a_proxy_is_asked_for_nothing_that_any_look_up_refused(monkeypatch):
    """Two that ask for one name at the same time are both refused, in whatever order their answers come."""
    waiting = []
    names = SimpleNamespace(resolveHostName=lambda receiver, *_: waiting.append(receiver))
    guarded = GuardedResolver(SimpleNamespace(nameResolver=names))
    monkeypatch.setattr(twisted.internet, "reactor", SimpleNamespace(nameResolver=guarded), raising=False)
    asked = [asyncio.create_task(judge_target("http://inside.example/", 5)) for _ in range(2)]
    await asyncio.sleep(0)
    first, second = waiting
    first.resolutionBegan(None)
    first.addressResolved(IPv4Address("TCP", "127.0.0.1", 80))
    first.resolutionComplete()
    second.resolutionBegan(None)  # before the first has read what became of its own
    await asyncio.sleep(0.01)
    second.addressResolved(IPv4Address("TCP", "127.0.0.1", 80))
    second.resolutionComplete()
    errors = await asyncio.gather(*asked, return_exceptions=True)
    assert [error.reason for error in errors] == ["private_address", "private_address"]


def test_of_several_addresses_the_public_ones_are_left():
    """A name with an address inside and one outside is reached outside only."""
    resolver = GuardedResolver(reactor(["10.0.0.1", "8.8.8.8", "fe80::1%eth0", "::1"]))
    assert look_up(resolver) == ["8.8.8.8"]


@pytest.mark.parametrize("host", ["", "a..b", "x" * 64 + ".example", "."])
def test_what_is_no_name_is_not_looked_up(host):
    """The system's resolver would never come back from it."""
    assert look_up(GuardedResolver(reactor()), host) == []
