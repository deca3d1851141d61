"""Connections: ended when they are no longer of use, and only made to the host that was judged."""

from functools import partial
from types import SimpleNamespace

import pytest
from scrapy.settings import Settings
from twisted.internet.testing import StringTransport
from twisted.web._newclient import Request
from twisted.web.http_headers import Headers

from crawler.download.handler import _check_host, _Protocol
from crawler.download.http2 import _Pool
from crawler.outcomes import RefusedError


def asked():
    """A connection over which a request was sent, and what is under way on it."""
    connection = _Protocol(lambda _: None)
    connection.makeConnection(StringTransport())
    request = Request(b"GET", b"/", Headers({b"Host": [b"news.example"]}), None, persistent=True)
    return connection, connection.request(request)


@pytest.mark.parametrize(
    "answer",
    [b"rubbish\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"],
    ids=["rubbish", "close"],
)
def test_a_connection_is_not_left_to_its_server(answer):
    """It is aborted: over TLS, an orderly end would wait for the server's farewell."""
    connection, response = asked()
    response.addErrback(lambda _: None)
    connection.dataReceived(answer)
    assert connection.transport.disconnected


def test_an_idle_connection_is_not_left_to_its_server():
    """Nor when it was kept for later, and later is over."""
    connection, _ = asked()
    connection.dataReceived(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
    assert not connection.transport.disconnected
    connection.abort()
    assert connection.transport.disconnected


@pytest.mark.parametrize(
    "url",
    [
        "http://news.example/",
        "https://news.example:8443/a?b",
        "http://[2606:2800::1]/",
        "http://[2606:2800::1]:81/",
    ],
)
def test_a_plain_host_is_asked(url):
    """A name or an address, with a port or without."""
    _check_host(url)


@pytest.mark.parametrize(
    "url", ["http://me@news.example/", "http://me:80@news.example/", "http://news.example:80@x/"]
)
def test_a_host_that_two_parsers_read_differently_is_refused(url):
    """What was judged, and what would be connected to, must be one."""
    with pytest.raises(RefusedError):
        _check_host(url)


def test_connections_that_go_while_others_are_closed_are_no_error():
    """Over HTTP/2: closed are all that are left, also when one takes another with it, or has gone already."""
    crawler = SimpleNamespace(settings=Settings())
    pool = _Pool(crawler)
    closed = []

    def abort(key):
        closed.append(key)
        pool._connections.pop("second", None)

    for key in ("first", "second"):
        pool._connections[key] = SimpleNamespace(transport=SimpleNamespace(abortConnection=partial(abort, key)))
    pool._connections["gone"] = SimpleNamespace(transport=None)
    pool.close_connections()
    assert closed == ["first", "second"]
