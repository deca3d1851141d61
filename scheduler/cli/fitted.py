"""Tables that fit a screen: columns of nothing are left out, and long names are cut."""

import shutil
from collections.abc import Sequence

from scheduler.cli.differences_shown import printable
from scheduler.wording import shortened

_GAP = "  "
_SHORTEST = 8

Row = dict[str, str]


def screen_width() -> int:
    """As many characters as a line has; 80 where there is no terminal."""
    return shutil.get_terminal_size((80, 24)).columns


def fitted(
    rows: Sequence[Row],
    columns: dict[str, str],
    *,
    width: int,
    numbers: frozenset[str] = frozenset(),
    cut: Sequence[str] = (),
) -> list[str]:
    """The lines of a table, its headings first.

    ``columns`` maps keys to headings; what is empty in all rows is left out. ``numbers`` are set to the right.
    What does not fit into ``width`` is cut: the first of the columns that may be ``cut`` gives way first.
    """
    shown = [{key: printable(row.get(key, "")) for key in columns} for row in rows]
    keys = [key for key in columns if any(row[key] for row in shown)]
    widths = {key: max(len(columns[key]), *(len(row[key]) for row in shown)) for key in keys}
    over = sum(widths.values()) + len(_GAP) * (len(keys) - 1) - width
    for key in cut:
        if over > 0 and key in widths:
            given = min(over, max(widths[key] - max(_SHORTEST, len(columns[key])), 0))
            widths[key] -= given
            over -= given
    return [_line(row, keys, widths, numbers) for row in ({key: columns[key] for key in keys}, *shown)]


def _line(row: Row, keys: Sequence[str], widths: dict[str, int], numbers: frozenset[str]) -> str:
    cells = (
        shortened(row[key], widths[key]).rjust(widths[key])
        if key in numbers
        else shortened(row[key], widths[key]).ljust(widths[key])
        for key in keys
    )
    return _GAP.join(cells).rstrip()
