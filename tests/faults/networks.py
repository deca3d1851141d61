"""Hosts with networks of their own: namespaces joined by cables to one in their middle, and to nothing else.

Needs root and iproute2. The machine's own network is left as it is.
"""

import asyncio
import ctypes
import os
import secrets
import shutil
import subprocess
from contextlib import suppress
from typing import Self

from aiohttp import web
from psycopg.conninfo import conninfo_to_dict

from tests.faults.papers import Papers

_CLONE_NEWNET = 0x40000000  # setns(2)


def ip(*words: str) -> None:
    """A command of iproute2; CalledProcessError if it fails."""
    subprocess.run(["ip", *words], check=True, capture_output=True)


def missing() -> str | None:
    """Why there can be no namespaces here; None if there can."""
    if shutil.which("ip") is None:
        return "iproute2 is not installed"
    name = f"tidings-{secrets.token_hex(3)}"
    try:
        ip("netns", "add", name)
        ip("netns", "del", name)
    except subprocess.CalledProcessError:
        return "namespaces of the network need root"
    return None


class Networks:
    """A middle with the addresses 10.213.0.1 and so on, and hosts with 10.213.1.2, 10.213.2.2 and so on."""

    def __init__(self, *, num_addresses: int, num_hosts: int) -> None:
        token = secrets.token_hex(3)
        self.middle = f"tidings-{token}-0"
        self.hosts = [f"tidings-{token}-{n}" for n in range(1, num_hosts + 1)]
        self._num_addresses = num_addresses

    def __enter__(self) -> Self:
        try:
            self._make()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        for name in (self.middle, *self.hosts):
            with suppress(subprocess.CalledProcessError):
                ip("netns", "del", name)

    def _make(self) -> None:
        for name in (self.middle, *self.hosts):
            ip("netns", "add", name)
            ip("-n", name, "link", "set", "lo", "up")
        for n in range(1, self._num_addresses + 1):
            ip("-n", self.middle, "addr", "add", f"10.213.0.{n}/32", "dev", "lo")
        for n, host in enumerate(self.hosts, 1):
            ip("-n", self.middle, "link", "add", f"host{n}", "type", "veth", "peer", "name", "eth0", "netns", host)
            for name, device, address in (
                (self.middle, f"host{n}", f"10.213.{n}.1"),
                (host, "eth0", f"10.213.{n}.2"),
            ):
                ip("-n", name, "addr", "add", f"{address}/24", "dev", device)
                ip("-n", name, "link", "set", device, "up")
            ip("-n", host, "route", "add", "default", "via", f"10.213.{n}.1")

    def unplug(self, number: int) -> None:
        """Pull the cable of a host; they count from 1."""
        ip("-n", self.middle, "link", "set", f"host{number}", "down")

    def plug_in(self, number: int) -> None:
        """Put it back."""
        ip("-n", self.middle, "link", "set", f"host{number}", "up")


class PapersInTheMiddle(Papers):
    """Papers there, with a port beside them that leads to the database, whose socket lies in the file system."""

    def __init__(self, networks: Networks, database_url: str, *, sites: int, articles: int, **keys) -> None:
        super().__init__(sites=sites, articles=articles, network="10.213.0", **keys)
        self._namespace = networks.middle
        self._given = given = conninfo_to_dict(database_url)
        self._socket = f"{given['host']}/.s.PGSQL.{given.get('port') or 5432}"
        self._database_port = 0
        self._relays: set[asyncio.Task[None]] = set()
        self.asked_from: set[str] = set()

    @property
    def database_url(self) -> str:
        """The database, as the hosts reach it."""
        given = self._given
        return f"postgresql://{given['user']}@{self.host(0)}:{self._database_port}/{given['dbname']}"

    async def _start(self) -> None:
        _enter(self._namespace)  # this thread alone, which is the papers' own
        await super()._start()
        self._server = await asyncio.start_server(self._relay, self.host(0), 0)
        self._database_port = self._server.sockets[0].getsockname()[1]

    def __exit__(self, *exception: object) -> None:
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(20)
        super().__exit__(*exception)

    async def _close(self) -> None:
        self._server.close()
        for task in self._relays:
            task.cancel()
        await asyncio.gather(*self._relays, return_exceptions=True)

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        self.asked_from.add(str(request.remote))
        return await super()._answer(request)

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._relays.add(task)
        task.add_done_callback(self._relays.discard)
        from_database, to_database = await asyncio.open_unix_connection(self._socket)
        try:
            await asyncio.gather(_pump(reader, to_database), _pump(from_database, writer))
        finally:
            to_database.close()
            writer.close()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    if not writer.is_closing():
        writer.close()


def _enter(namespace: str) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    descriptor = os.open(f"/run/netns/{namespace}", os.O_RDONLY)
    try:
        if libc.setns(descriptor, _CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), "setns")
    finally:
        os.close(descriptor)
