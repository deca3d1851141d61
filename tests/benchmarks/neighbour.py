"""A program in another process, asked page by page as if it were in ours."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Self

from tests.benchmarks.corpus import Page
from tests.benchmarks.scoring import Row


class MissingError(Exception):
    """A program cannot be had here; the message says why."""


class Neighbour:
    """``apart.py`` under ``uv run``, which installs what it needs beside the project, not in it."""

    def __init__(self, name: str, requirements: Iterable[str]) -> None:
        needs = [part for requirement in requirements for part in ("--with", requirement)]
        python = f"{sys.version_info.major}.{sys.version_info.minor}"
        script = Path(__file__).with_name("apart.py")
        self._trouble = tempfile.TemporaryFile()  # noqa: SIM115 (open as long as the process is)
        try:
            self._process = subprocess.Popen(
                ["uv", "run", "--no-project", "--isolated", "--python", python, *needs, "python", script, name],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._trouble,
                env={key: value for key, value in os.environ.items() if key != "VIRTUAL_ENV"},
            )
        except OSError as error:
            raise MissingError(f"uv: {error.strerror}") from error
        if not self._process.stdout.readline():
            self._process.wait()
            self._trouble.seek(0)
            lines = self._trouble.read().decode(errors="replace").split("\n")
            self.close()
            raise MissingError(next((line.strip() for line in lines if line.strip()), "it ended without a word"))

    def read(self, page: Page) -> tuple[Row, float]:
        """The row of a page, and the seconds of CPU that it took."""
        question = json.dumps({"text": page.text, "url": page.url}, ensure_ascii=True) + "\n"
        self._process.stdin.write(question.encode())
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline() or b'{"seconds": 0}')
        authors = tuple(filter(None, answer.get("authors", ())))
        row = Row(answer.get("title"), answer.get("body"), authors, answer.get("published"))
        return row, float(answer["seconds"])

    def close(self) -> None:
        """End it."""
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()
        self._trouble.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
