"""Which addresses may be connected to."""

from ipaddress import ip_address, ip_network

import pytest

from crawler.download.addresses import may_connect


@pytest.mark.parametrize("address", ["93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c", "8.8.8.8"])
def test_public_addresses_are_allowed(address):
    """What anybody may reach, we may."""
    assert may_connect(ip_address(address), ())


@pytest.mark.parametrize(
    "address",
    [
        pytest.param("127.0.0.1", id="loopback"),
        pytest.param("10.1.2.3", id="private"),
        pytest.param("172.16.0.1", id="private 172"),
        pytest.param("192.168.1.1", id="private 192"),
        pytest.param("169.254.169.254", id="link-local, cloud metadata"),
        pytest.param("100.64.0.1", id="carrier-grade NAT"),
        pytest.param("192.0.2.1", id="documentation"),
        pytest.param("198.18.0.1", id="benchmarking"),
        pytest.param("224.0.0.1", id="multicast"),
        pytest.param("240.0.0.1", id="reserved"),
        pytest.param("255.255.255.255", id="broadcast"),
        pytest.param("0.0.0.0", id="this host"),
        pytest.param("::1", id="loopback 6"),
        pytest.param("::", id="unspecified 6"),
        pytest.param("fe80::1", id="link-local 6"),
        pytest.param("fd00::1", id="unique local 6"),
        pytest.param("ff02::1", id="multicast 6"),
        pytest.param("2001:db8::1", id="documentation 6"),
        pytest.param("::ffff:127.0.0.1", id="IPv4-mapped"),
        pytest.param("64:ff9b::7f00:1", id="NAT64"),
        pytest.param("2002:7f00:1::", id="6to4"),
    ],
)
def test_other_addresses_are_refused(address):
    """Nothing that lies inside a network is reached because a page says so."""
    assert not may_connect(ip_address(address), ())


@pytest.mark.parametrize("address", ["127.0.0.1", "::ffff:127.0.0.1", "64:ff9b::7f00:1"])
def test_an_allowed_network_is_allowed_in_any_spelling(address):
    """What allow_networks names may be connected to, and nothing beside it."""
    allowed = (ip_network("127.0.0.1/32"),)
    assert may_connect(ip_address(address), allowed)
    assert not may_connect(ip_address("127.0.0.2"), allowed)


def test_a_public_ipv6_that_wraps_a_public_ipv4_is_allowed():
    """Translation to a public address is no trick."""
    assert may_connect(ip_address("64:ff9b::808:808"), ())
