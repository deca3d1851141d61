"""A mail server on loopback that keeps what it is given."""

import asyncio
import email
import email.policy
import threading
from typing import Self

from aiosmtpd.smtp import SMTP


class Mailbox:
    """Takes every message, on a free port, in a thread of its own."""

    def __init__(self) -> None:
        self.messages: list[email.message.EmailMessage] = []
        self.port = 0
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self._server = asyncio.run_coroutine_threadsafe(self._start(), self._loop).result(10)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._server.close)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    async def _start(self) -> asyncio.Server:
        return await self._loop.create_server(lambda: SMTP(self, loop=self._loop), "127.0.0.1", 0)

    async def handle_DATA(self, _server, _session, envelope) -> str:  # noqa: N802 (the library's name)
        """What the library calls for each message."""
        self.messages.append(email.message_from_bytes(envelope.content, policy=email.policy.default))
        return "250 taken"
