"""Remembers how far an export came: what another one goes on from, however the one before ended."""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NamedTuple


class CursorError(Exception):
    """A cursor, or the output that it tells of, is not what it was; the message names it and says what to do."""


class Mark(NamedTuple):
    """Up to where a file of text is on the disk; parts are known by their names."""

    num_bytes: int = 0
    check: int = 0


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where an export stood when it last wrote to the disk."""

    seq: int
    """All arrivals up to it are written."""
    format: str
    output: str | None
    """The absolute path of the output; None for standard output."""
    sources: list[str]
    language: str | None
    num_bytes: int = 0
    """Of the output, if that is one file of text: what comes after was not finished."""
    check: int = 0
    """CRC 32 of the last bytes before that."""


def load(path: Path) -> Cursor | None:
    """The cursor in a file; None if there is none.

    Raises:
        CursorError: it is no cursor.
    """
    try:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        cursor = Cursor(**found)
    except FileNotFoundError:
        return None
    except (ValueError, TypeError):
        raise CursorError(f"{path}: is no cursor of an export: name another file") from None
    if not isinstance(cursor.seq, int) or not isinstance(cursor.num_bytes, int):
        raise CursorError(f"{path}: is no cursor of an export: name another file")
    return cursor


def save(path: Path, cursor: Cursor) -> None:
    """Put the cursor into the file, whole or not at all."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with beside.open("w", encoding="utf-8") as file:
            json.dump(asdict(cursor), file)
            file.write("\n")
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
