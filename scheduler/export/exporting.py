"""An export: rows from the database to an output, with a cursor that tells how far it came."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from scheduler.export.cursor import Cursor, save
from scheduler.export.outputs import Output
from scheduler.export.reading import Selection, last_arrival, listen, read_arrivals, wait
from sql.database import Connection

_MOST_BYTES = 16 << 20  # between two commits, about

Told = Callable[[int, int, int], None]
"""Is told now and then how many rows are written, up to which number, and of which last one."""


class Export:
    """From the number of ``cursor`` on. Its file, if there is one, never tells of more than is on the disk."""

    def __init__(
        self,
        connection: Connection,
        selection: Selection,
        output: Output,
        cursor: Cursor,
        *,
        file: Path | None = None,
    ) -> None:
        self.num_rows = 0
        """Written and committed so far."""
        self.cursor = cursor
        self.file = file
        self.told: Told = lambda *_: None
        self._connection = connection
        self._selection = selection
        self._output = output
        self._num_uncommitted = 0

    def run(self, *, follow: bool) -> None:
        """Write what has arrived by now; ``follow``: and go on with what arrives, until interrupted.

        Raises:
            DatabaseError: what is committed is kept.
            OSError: of the output; so it is.
        """
        if follow:
            listen(self._connection)
        while True:
            self._catch_up(last_arrival(self._connection))
            if not follow:
                return
            wait(self._connection)

    def _catch_up(self, upto: int) -> None:
        for row in read_arrivals(self._connection, self._selection, self.cursor.seq, upto):
            self._output.write(row)
            self._num_uncommitted += 1
            if self._num_uncommitted >= self._output.most_rows or self._output.num_pending >= _MOST_BYTES:
                self._commit(row["seq"])
                self.told(self.num_rows, row["seq"], upto)
        # Nothing that comes later has a number up to this one, so it is not looked for there again.
        if upto > self.cursor.seq or self._output.num_pending:
            self._commit(max(upto, self.cursor.seq))
        self.told(self.num_rows, upto, upto)

    def _commit(self, seq: int) -> None:
        mark = self._output.commit()
        self.cursor = replace(self.cursor, seq=seq, num_bytes=mark.num_bytes, check=mark.check)
        if self.file is not None:
            save(self.file, self.cursor)
        self.num_rows += self._num_uncommitted
        self._num_uncommitted = 0
