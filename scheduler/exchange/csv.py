"""Sources as a table: a header with the keys of a source, one row each; lists have spaces between their items."""

import csv
import io
from collections.abc import Iterable, Iterator

from crawler.source import Source
from scheduler.definition import name_of
from scheduler.exchange.entries import KEYS, Entry, UnreadableError, as_texts, from_text, used_keys


def read_csv(text: str) -> list[Entry]:
    """The rows of a table, whose columns stand between commas or semicolons; raises UnreadableError.

    Empty cells are keys not written. Without a name, a source is named after its host.
    """
    delimiter = ";" if ";" in text.partition("\n")[0] else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        header = [cell.strip().lower() for cell in next(reader, [])]
        _check(header)
        return list(_entries(reader, header))
    except csv.Error as error:
        raise UnreadableError(f"{reader.line_num}: not CSV: {error}") from None


def write_csv(sources: Iterable[Source]) -> str:
    """A table with a column for each key that any of the sources has."""
    sources = list(sources)
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, used_keys(sources), restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(as_texts(source) for source in sources)
    return out.getvalue()


def _check(header: list[str]) -> None:
    known = f"there are {', '.join(KEYS)}"
    for number, name in enumerate(header, 1):
        if name not in KEYS:
            raise UnreadableError(f"1: column {number}: no such column {name!r}; {known}")
        if name in header[: number - 1]:
            raise UnreadableError(f"1: column {number}: {name!r} is there twice")
    if "url" not in header:
        raise UnreadableError(f"1: has no column 'url'; {known}")


def _entries(reader: Iterator[list[str]], header: list[str]) -> Iterator[Entry]:
    line = 2
    for row in reader:
        cells = [cell.strip() for cell in row]
        if len(cells) > len(header):
            raise UnreadableError(f"{line}: has {len(cells)} cells, but the header has {len(header)}")
        if any(cells):
            written = {key: from_text(key, cell) for key, cell in zip(header, cells, strict=False) if cell}
            yield Entry(line, {"name": name_of(written.get("url", "")), **written})
        line = reader.line_num + 1  # type: ignore[attr-defined]
