"""What is signed with the token: sessions, the forms of a session, and messages from one page to the next.

Nothing is stored, so a session outlives a restart, and daemons with one token know each other's. All keys are
derived from the token: with another one, none of what was signed before is worth anything.
"""

import base64
import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Callable
from typing import Any

SESSION_SECONDS = 12 * 3600
MESSAGE_SECONDS = 60

_PARTS = 3


class Signer:
    """Signs with keys that are derived from ``token``; ``clock`` gives seconds since 1970."""

    def __init__(self, token: str, *, clock: Callable[[], float] = time.time) -> None:
        # Derived slowly: a token may have been thought up by a person, and a cookie must not let it be guessed.
        self._key = hashlib.scrypt(token.encode(), salt=b"tidings operator page", n=2**14, r=8, p=1)
        self._digest = _digest(token)
        self._clock = clock
        self._ended: dict[str, float] = {}
        name = self._sign("name", "")[:8]
        self.session_cookie = f"tidings-{name}"
        """Named after the token: two daemons on one host, whose cookies a browser does not part, are two."""
        self.message_cookie = f"tidings-message-{name}"

    def is_token(self, given: str) -> bool:
        """Whether this is the token, in a time that tells nothing of it."""
        return hmac.compare_digest(_digest(given), self._digest)

    # Sessions

    def new_session(self) -> str:
        """A cookie's value for somebody who has given the token."""
        return self._seal("session", secrets.token_hex(16), SESSION_SECONDS)

    def session(self, value: str) -> str | None:
        """The id of the session that a cookie holds; None if it is not ours, or over."""
        found = self._unseal("session", value)
        return None if found is None or found in self._ended else found

    def end_session(self, session: str) -> None:
        """Take no cookie of this session any more, as long as this process lives."""
        now = self._clock()
        self._ended = {known: end for known, end in self._ended.items() if end > now}
        self._ended[session] = now + SESSION_SECONDS

    def form_token(self, session: str) -> str:
        """What every form of this session has in it, so that no other site can make one up."""
        return self._sign("form", session)

    def is_form_token(self, session: str, given: str) -> bool:
        """Whether a form comes from a page of this session."""
        return hmac.compare_digest(self.form_token(session).encode(), given.encode("utf-8", "replace"))

    # Messages

    def message(self, **facts: str) -> str:
        """A cookie's value that has the next page say something."""
        return self._seal("message", json.dumps(facts), MESSAGE_SECONDS)

    def read_message(self, value: str) -> dict[str, Any] | None:
        """What a page is to say; None if it does not come from us, or is stale."""
        found = self._unseal("message", value)
        return None if found is None else json.loads(found)

    def _seal(self, purpose: str, text: str, seconds: float) -> str:
        body = base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")
        signed = f"{self._clock() + seconds:.0f}.{body}"
        return f"{signed}.{self._sign(purpose, signed)}"

    def _unseal(self, purpose: str, value: str) -> str | None:
        parts = value.split(".")
        if len(parts) != _PARTS or not value.isascii():
            return None
        signed = f"{parts[0]}.{parts[1]}"
        if not hmac.compare_digest(self._sign(purpose, signed), parts[2]) or float(parts[0]) < self._clock():
            return None
        return base64.urlsafe_b64decode(parts[1] + "==").decode()

    def _sign(self, purpose: str, text: str) -> str:
        key = hmac.digest(self._key, purpose.encode(), "sha256")
        return hmac.digest(key, text.encode(), "sha256").hex()


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()
