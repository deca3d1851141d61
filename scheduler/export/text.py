"""Rows as lines of text: JSON Lines and CSV."""

import csv
import io
import json
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

Encode = Callable[[Mapping[str, Any]], bytes]


def json_lines(_columns: Iterable[str]) -> tuple[bytes, Encode]:
    """No header, and an object per line; times are ISO 8601 in UTC, lists are lists, and nothing is null."""

    def encode(row: Mapping[str, Any]) -> bytes:
        return json.dumps(row, ensure_ascii=False, default=_plain).encode() + b"\n"

    return b"", encode


def csv_lines(columns: Iterable[str]) -> tuple[bytes, Encode]:
    """A header and a record per row, by RFC 4180; lists and objects are JSON, and nothing is empty.

    Cells are what was published: one may begin with ``=``, which a spreadsheet takes for a formula of its own.
    """
    names = list(columns)

    def encode(row: Mapping[str, Any]) -> bytes:
        return _record(_cell(row[name]) for name in names)

    return _record(names), encode


def _record(cells: Iterable[str]) -> bytes:
    line = io.StringIO()
    csv.writer(line, lineterminator="\r\n").writerow(cells)
    return line.getvalue().encode()


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.isoformat()
    return json.dumps(value, ensure_ascii=False) if isinstance(value, list | dict) else str(value)


def _plain(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
