"""What must hold at every moment, and not only at the end."""

import threading
from typing import Self

import psycopg

ONE_AT_A_TIME = {
    "a source is in the queue once": """
        SELECT r.source_id FROM tidings.procrastinate_jobs j JOIN tidings.runs r ON r.job_id = j.id
         WHERE j.status IN ('todo', 'doing') GROUP BY r.source_id HAVING count(*) > 1""",
    "a source has one run under way": """
        SELECT source_id FROM tidings.runs WHERE finished_at IS NULL GROUP BY source_id HAVING count(*) > 1""",
    "a host is visited by one worker": """
        SELECT lock FROM tidings.procrastinate_jobs WHERE status = 'doing' AND lock IS NOT NULL
         GROUP BY lock HAVING count(*) > 1""",
}
"""What holds at every moment."""


class Watch:
    """Asks the database all the time whether :data:`ONE_AT_A_TIME` holds."""

    def __init__(self, database_url: str) -> None:
        self._database_url = database_url
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self.broken: dict[str, list[tuple]] = {}
        self.num_looks = 0

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join(10)

    def _look(self) -> None:
        with psycopg.connect(self._database_url, autocommit=True) as connection:
            while not self._ended.wait(0.05):
                for name, statement in ONE_AT_A_TIME.items():
                    if rows := connection.execute(statement).fetchall():
                        self.broken[name] = rows
                self.num_looks += 1
