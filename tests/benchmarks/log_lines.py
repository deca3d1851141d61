"""What a line of the log costs whoever writes it: ``uv run python -m tests.benchmarks.log_lines FILE``."""

import sys
import time
from pathlib import Path

import structlog

from crawler import logs
from crawler.configuration import load

_ROUNDS = 5
_LINES = 4000


def main() -> None:
    """Print the best of some rounds, in microseconds of CPU and of time."""
    settings = {"TIDINGS_LOG_FILE": sys.argv[1], "TIDINGS_DATABASE_URL": "postgresql://user:password@host/name"}
    Path(sys.argv[1]).unlink(missing_ok=True)
    logs.configure(load(None, settings))
    with structlog.contextvars.bound_contextvars(source="gazette", run_id="019abcde-0000-7000-8000-000000000000"):
        cpu, wall = min(_round() for _ in range(_ROUNDS))
    logs.flush()
    kept = Path(sys.argv[1]).read_text(encoding="utf-8").count("\n")
    print(f"{cpu:.0f} us of CPU, {wall:.0f} us of time a line; {kept} of {_ROUNDS * _LINES} lines written")


def _round() -> tuple[float, float]:
    log = structlog.get_logger("benchmark")
    cpu, wall = time.process_time(), time.perf_counter()
    for number in range(_LINES):
        url = f"https://www.gazette.example/2026/11/30/a-story-of-the-usual-length-{number}"
        log.info("page.finished", url=url, outcome="new", reason=None, status=200, duration_ms=123, final_url=url)
    return (time.process_time() - cpu) / _LINES * 1e6, (time.perf_counter() - wall) / _LINES * 1e6


if __name__ == "__main__":
    main()
