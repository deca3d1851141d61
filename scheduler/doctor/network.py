"""Do names resolve, and can sites be reached? A few are asked, once, and politely."""

import socket
import ssl
import threading
import time
from collections.abc import Iterator, Sequence
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from urllib.request import getproxies

from scheduler.doctor.finding import Finding, Patient, ok, problem, warning

if TYPE_CHECKING:
    from crawler.source import Source

_HOSTS_ASKED = 3
_SECONDS = 5.0
_SOCKET_SECONDS = 4.0


def look(patient: Patient) -> Iterator[Finding]:
    """Three hosts, spread over all, are looked up and asked for the head of their robots.txt, in five seconds."""
    yield from _proxies(patient)
    if patient.is_offline:
        yield ok("no site was asked (--offline)")
        return
    asked = _sample([source for source in patient.sources if source.proxy is None])
    if not asked:
        yield ok("there is no site to ask")
        return
    answers = _ask(patient, asked)
    reached = [host for host, error in answers.items() if error is None]
    if reached:
        yield ok(f"{', '.join(reached)} answered")
    failed = {host: error for host, error in answers.items() if error is not None}
    if failed and not reached:
        said = "; ".join(f"{host}: {error}" for host, error in failed.items())
        yield problem(f"no site was reached: {said}", _mend(list(failed.values())))
        return
    for host, error in failed.items():
        yield warning(f"{host}: {error}", f"'tidings sources test NAME' of a source at {host}")


def _proxies(patient: Patient) -> Iterator[Finding]:
    proxies = getproxies()
    names = sorted(scheme for scheme in ("http", "https", "all") if scheme in proxies)
    if names and any(source.proxy is None for source in patient.sources):
        yield warning(
            f"the environment names a proxy for {', '.join(names)}, and sites are asked directly all the same",
            'proxy = "http://HOST:PORT" in the [[source]] tables, if they cannot be',
        )


def _mend(errors: Sequence[str | None]) -> str:
    if all(error and error.startswith("its name") for error in errors):
        return "see to the resolver: /etc/resolv.conf, 'resolvectl status'"
    if all(error and "private address" in error for error in errors):
        return '[crawl] allow_networks, if they are meant to be fetched: ["ADDRESS/32"]'
    return "see to route, firewall and proxy of this host"


def _sample(sources: "Sequence[Source]") -> list[str]:
    """The addresses of a few hosts: the first, the last and one from the middle."""
    roots = sorted(
        {f"{url.scheme}://{url.netloc.rpartition('@')[2]}" for url in (urlsplit(one.url) for one in sources)}
    )
    last = len(roots) - 1
    return [roots[index] for index in sorted({0, last // 2, last})][:_HOSTS_ASKED] if roots else []


def _ask(patient: Patient, roots: Sequence[str]) -> dict[str, str | None]:
    """What was wrong with each, None if it answered. A thread that is late is left to itself."""
    deadline = time.monotonic() + _SECONDS
    answers: dict[str, str | None] = {}

    def ask(root: str) -> None:
        answers[urlsplit(root).netloc] = _head(root, patient, deadline)

    threads = [threading.Thread(target=ask, args=(root,), name="doctor network", daemon=True) for root in roots]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))
    late = f"no answer within {_SECONDS:g} seconds"
    return {urlsplit(root).netloc: late for root in roots} | answers


def _head(root: str, patient: Patient, deadline: float) -> str | None:
    url = urlsplit(root)
    port = url.port or (443 if url.scheme == "https" else 80)
    try:
        found = socket.getaddrinfo(url.hostname, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        return f"its name does not resolve ({getattr(error, 'strerror', None) or error})"
    addresses = [address for *_, address in found if _may_connect(str(address[0]), patient)]
    if not addresses:
        return f"resolves to the private address {found[0][4][0]}, which is not fetched"
    request = (
        f"HEAD /robots.txt HTTP/1.1\r\nHost: {url.netloc}\r\nUser-Agent: {patient.settings.crawl.user_agent}\r\n"
        "Accept: */*\r\nConnection: close\r\n\r\n"
    )
    try:
        with _opened(addresses[0][:2], url, min(_SOCKET_SECONDS, deadline - time.monotonic())) as connection:
            connection.sendall(request.encode())
            return None if connection.recv(12).startswith(b"HTTP/") else "it does not speak HTTP"
    except ssl.SSLError as error:
        return f"its certificate is not accepted ({error.reason or error})"
    except OSError as error:
        return f"no connection ({error.strerror or error})"


def _opened(address: tuple[Any, Any], url: Any, seconds: float) -> socket.socket:
    connection = socket.create_connection(address, timeout=max(0.1, seconds))
    if url.scheme != "https":
        return connection
    try:
        return ssl.create_default_context().wrap_socket(connection, server_hostname=url.hostname)
    except BaseException:
        connection.close()
        raise


def _may_connect(address: str, patient: Patient) -> bool:
    from crawler.download.addresses import may_connect

    return may_connect(ip_address(address.partition("%")[0]), patient.settings.crawl.allow_networks)
