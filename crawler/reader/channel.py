"""Messages over a socket between a process and the one that reads for it: a length, and so many bytes."""

import socket
import struct
from time import monotonic

_LENGTH = struct.Struct("!Q")
# What has come in while we were stopped (SIGSTOP) is taken, however late it is.
_SHORTEST_WAIT = 0.001


class Channel:
    """One end of a socket pair. Without a ``deadline`` (``time.monotonic()``) it waits as long as that takes."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection

    def send(self, message: bytes, *, deadline: float | None = None) -> None:
        """Raises TimeoutError, or ConnectionError if nobody is at the other end."""
        for part in (_LENGTH.pack(len(message)), message):
            self._wait_until(deadline)
            self._connection.sendall(part)

    def receive(self, *, deadline: float | None = None) -> bytearray:
        """The next message; raises TimeoutError, EOFError at the end, or ConnectionError."""
        (length,) = _LENGTH.unpack(self._take(_LENGTH.size, deadline))
        return self._take(length, deadline)

    def close(self) -> None:
        """The other end sees the end."""
        self._connection.close()

    def _take(self, length: int, deadline: float | None) -> bytearray:
        taken = bytearray(length)
        rest = memoryview(taken)
        while rest:
            self._wait_until(deadline)
            num = self._connection.recv_into(rest)
            if not num:
                raise EOFError
            rest = rest[num:]
        return taken

    def _wait_until(self, deadline: float | None) -> None:
        self._connection.settimeout(None if deadline is None else max(deadline - monotonic(), _SHORTEST_WAIT))
