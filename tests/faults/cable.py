"""A cable to the database that can be cut without a word: nobody is told, nothing gets through."""

import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Self

from psycopg.conninfo import conninfo_to_dict, make_conninfo


class Cable:
    """Relays one TCP port on loopback to a PostgreSQL server, until it is cut, and again once it is mended."""

    def __init__(self, database_url: str) -> None:
        given = conninfo_to_dict(database_url)
        self._host, self._port = str(given["host"]), int(given.get("port") or 5432)
        self.num_connections = 0
        self._whole = threading.Event()
        self._whole.set()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._sockets = [self._listener]
        self._threads: list[threading.Thread] = []
        port = self._listener.getsockname()[1]
        self.url = make_conninfo(database_url, host="127.0.0.1", port=port)

    def __enter__(self) -> Self:
        self._begin(self._accept)
        return self

    def __exit__(self, *_: object) -> None:
        self._whole.set()
        for end in self._sockets:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)  # which wakes whoever waits at it
        for thread in self._threads:
            thread.join(10)
        for end in self._sockets:
            end.close()

    def cut(self) -> None:
        """Let nothing through any more, in either direction."""
        self._whole.clear()

    def mend(self) -> None:
        """Let everything through, also what has waited."""
        self._whole.set()

    def _begin(self, work: Callable[..., None], *arguments: socket.socket) -> None:
        thread = threading.Thread(target=work, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        with suppress(OSError):  # closed
            while True:
                near, _ = self._listener.accept()
                self._sockets.append(near)
                self.num_connections += 1
                self._begin(self._connect, near)

    def _connect(self, near: socket.socket) -> None:
        self._whole.wait()
        with suppress(OSError):  # the server is away: so are we
            far = self._server()
            self._begin(self._pump, near, far)
            self._pump(far, near)
        with suppress(OSError):
            near.shutdown(socket.SHUT_RDWR)

    def _server(self) -> socket.socket:
        far = socket.socket(socket.AF_UNIX if self._host.startswith("/") else socket.AF_INET)
        self._sockets.append(far)
        unix = f"{self._host}/.s.PGSQL.{self._port}"
        far.connect(unix if far.family == socket.AF_UNIX else (self._host, self._port))
        return far

    def _pump(self, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                self._whole.wait()
                target.sendall(data)
        for end in (source, target):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
