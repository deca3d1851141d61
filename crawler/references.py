"""References to secrets: ``env:NAME`` or ``file:/path``, looked up when a run starts, and stored nowhere."""

import re
from collections.abc import Mapping
from pathlib import Path

_REFERENCE = re.compile(r"env:[A-Za-z_][A-Za-z0-9_]*|file:/.+")
# A file that somebody named by mistake should not end in a header.
_LONGEST_SECRET = 16 * 1024


class SecretMissingError(Exception):
    """A secret cannot be had, or is of no use; the message names its key and where it was looked for."""


def is_reference(value: str) -> bool:
    """Whether a value stands for a secret that is kept elsewhere."""
    return _REFERENCE.fullmatch(value) is not None


def check_secret(value: str) -> str:
    """A reference to a secret. What is raised never repeats the value, which may be the secret itself."""
    if not is_reference(value):
        raise ValueError(
            'must not hold the secret itself: write "env:NAME" for an environment variable, or "file:/path" for a'
            " file that holds it"
        )
    return value


def look_up(key: str, reference: str, environ: Mapping[str, str]) -> str:
    """The secret that the reference under ``key`` stands for, without white space around it.

    Raises:
        SecretMissingError: there is no such variable or file, or it is empty.
    """
    kind, _, place = reference.partition(":")
    if kind == "env":
        secret, missing = environ.get(place, ""), f"the environment variable {place} is not set"
    else:
        secret, missing = _read(key, Path(place)), f"{place} is empty"
    if not secret.strip():
        raise SecretMissingError(f"{key}: {missing}")
    return secret.strip()


def _read(key: str, path: Path) -> str:
    try:
        with path.open(encoding="utf-8") as file:
            return file.read(_LONGEST_SECRET)
    except UnicodeDecodeError:
        raise SecretMissingError(f"{key}: {path} is not UTF-8") from None
    except OSError as error:
        raise SecretMissingError(f"{key}: {path} cannot be read: {error.strerror}") from None
