"""The token: the one that is configured, else one that the daemon makes for this host and keeps in a file."""

import os
import secrets
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from sql.embedded import default_data_dir

if TYPE_CHECKING:
    from crawler.configuration import Configuration

log = structlog.get_logger("scheduler.web")

_NUM_BYTES = 24
_SHORTEST = 16


@dataclass(frozen=True, slots=True)
class Credentials:
    """What the operator page asks for."""

    token: str | None
    """None if there is none, and none can be made: then nobody may act."""
    is_asked_of_readers: bool
    """Whether reading needs it, too: it does with a token of one's own."""


def token_file(configuration: "Configuration") -> Path:
    """Where the daemon keeps the token that it made."""
    return (configuration.database.data_dir or default_data_dir()) / "web-token"


def obtain(configuration: "Configuration") -> Credentials:
    """The token that is configured; else that of an earlier start, or a new one, whose place the log tells."""
    if configuration.web.token is not None:
        return Credentials(configuration.web.token.get_secret_value(), is_asked_of_readers=True)
    path = token_file(configuration)
    try:
        token = read(path) or _made(path)
    except OSError as error:  # a page that can only be read is better than none
        log.warning("token.failed", file=str(path), error=error.strerror)
        token = None
    return Credentials(token, is_asked_of_readers=False)


def read(path: Path) -> str | None:
    """The token in a file; None if there is none. Raises OSError if it cannot be read."""
    try:
        token = path.read_text(encoding="ascii", errors="replace").strip()
    except FileNotFoundError:
        return None
    return token if len(token) >= _SHORTEST else None


def _made(path: Path) -> str:
    """A new token, in a file that only its owner reads, and that is whole from the moment it is there.

    Of several daemons that begin at a time all have the token of the first.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    unseen = path.with_name(f"{path.name}.{secrets.token_hex(4)}.new")
    descriptor = os.open(unseen, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(f"{secrets.token_urlsafe(_NUM_BYTES)}\n")
        if read(path) is None:
            path.unlink(missing_ok=True)  # one that was cut short
        with suppress(FileExistsError):
            path.hardlink_to(unseen)
            log.info("token.made", file=str(path))
    finally:
        unseen.unlink(missing_ok=True)
    return read(path) or ""
