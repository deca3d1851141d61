"""Parquet: one file that is there when it is whole, or a folder of parts, which can be taken up again."""

import json
import os
import re
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from scheduler.export.cursor import Cursor, CursorError, Mark
from scheduler.export.outputs import lock

_MOST_ROWS = 20_000  # of a row group, and of a part
_UNFINISHED = ".unfinished"
_PART = re.compile(r"arrivals-(\d+)-\d+\.parquet")
_NAMES = {16: "bool", 20: "int64", 21: "int16", 23: "int32", 1009: "texts", 1184: "time", 3802: "json"}  # by OID


class ParquetMissingError(Exception):
    """pyarrow is not installed."""


class _Table:
    """Rows on their way to a row group."""

    def __init__(self, columns: Mapping[str, int]) -> None:
        try:
            import pyarrow as pa
        except ImportError:
            raise ParquetMissingError("--format parquet needs pyarrow: install 'tidings[parquet]'") from None
        types = {
            "bool": pa.bool_(),
            "int16": pa.int16(),
            "int32": pa.int32(),
            "int64": pa.int64(),
            "texts": pa.list_(pa.string()),
            "time": pa.timestamp("us", tz="UTC"),
        }
        self.schema = pa.schema(
            [(name, types.get(_NAMES.get(oid, ""), pa.string())) for name, oid in columns.items()]
        )
        self._jsons = [name for name, oid in columns.items() if _NAMES.get(oid) == "json"]
        self.clear()

    def clear(self) -> None:
        self.rows: list[dict[str, Any]] = []
        self.num_bytes = 0

    def add(self, row: Mapping[str, Any]) -> None:
        jsons = {name: json.dumps(row[name], ensure_ascii=False) for name in self._jsons}
        self.rows.append({**row, **jsons})
        self.num_bytes += 500 + len(row["article_body"])

    def taken(self) -> Any:
        """The rows as a table, and none of them any more."""
        import pyarrow as pa

        table = pa.Table.from_pylist(self.rows, schema=self.schema)
        self.clear()
        return table


class ParquetFile:
    """One file, under another name until it is whole."""

    most_rows = _MOST_ROWS

    def __init__(self, path: Path, columns: Mapping[str, int]) -> None:
        """Raises ParquetMissingError, and OSError if it cannot be written."""
        self._table = _Table(columns)
        import pyarrow.parquet as pq

        self._path = path
        self._beside = path.with_name(f".{path.name}{_UNFINISHED}")
        self._file = self._beside.open("wb")
        lock(self._file.fileno(), str(path))
        self._writer = pq.ParquetWriter(self._file, self._table.schema, compression="zstd")

    @property
    def num_pending(self) -> int:
        """Bytes of text in memory."""
        return self._table.num_bytes

    def write(self, row: Mapping[str, Any]) -> None:
        """Take a row."""
        self._table.add(row)

    def commit(self) -> Mark:
        """Write a row group."""
        if self._table.rows:
            self._writer.write_table(self._table.taken())
        return Mark()

    def finish(self) -> None:
        """Make it a whole file."""
        self._writer.close()
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        self._beside.replace(self._path)

    def abandon(self) -> None:
        """Leave nothing."""
        self._beside.unlink(missing_ok=True)
        with suppress(OSError, ValueError):
            self._file.close()


class ParquetParts:
    """A folder, to which each commit adds a file, named by the first and last number in it."""

    most_rows = _MOST_ROWS

    def __init__(self, folder: Path, columns: Mapping[str, int], cursor: Cursor | None) -> None:
        """Parts of numbers above the cursor's, which it does not tell of, are removed: they come again.

        Raises:
            ParquetMissingError: pyarrow is not there.
            CursorError: another export is at it, or it has parts that are not this cursor's.
            OSError: it cannot be written to.
        """
        self._table = _Table(columns)
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self._descriptor = os.open(folder, os.O_RDONLY)
        lock(self._descriptor, str(folder))
        self._begin(cursor)

    def _begin(self, cursor: Cursor | None) -> None:
        is_ours = cursor is not None and cursor.output == str(self._folder.resolve())
        for path in self._folder.iterdir():
            part = _PART.fullmatch(path.name)
            if part and (cursor is None or not is_ours):
                os.close(self._descriptor)
                raise CursorError(
                    f"{self._folder}: has parts that are not by this cursor: move them, or name another output"
                )
            if path.name.endswith(_UNFINISHED) or (part and cursor and int(part[1]) > cursor.seq):
                path.unlink()

    @property
    def num_pending(self) -> int:
        """Bytes of text in memory."""
        return self._table.num_bytes

    def write(self, row: Mapping[str, Any]) -> None:
        """Take a row."""
        self._table.add(row)

    def commit(self) -> Mark:
        """Write a part."""
        import pyarrow.parquet as pq

        if self._table.rows:
            first, last = self._table.rows[0]["seq"], self._table.rows[-1]["seq"]
            path = self._folder / f"arrivals-{first:012}-{last:012}.parquet"
            beside = self._folder / f".{path.name}{_UNFINISHED}"
            try:
                with beside.open("wb") as file:
                    pq.write_table(self._table.taken(), file, compression="zstd")
                    file.flush()
                    os.fsync(file.fileno())
                beside.replace(path)
                os.fsync(self._descriptor)
            finally:
                beside.unlink(missing_ok=True)
        return Mark()

    def finish(self) -> None:
        """Every part is whole."""
        os.close(self._descriptor)

    def abandon(self) -> None:
        """What is in memory was on no disk."""
        os.close(self._descriptor)
