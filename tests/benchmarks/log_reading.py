"""How fast the log is read: ``uv run python -m tests.benchmarks.log_reading [LINES]``.

A made-up log of a month (a million lines by default): one line in twenty is a warning or an error.
"""

import json
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

from tests.support.cli import environment

_COMMANDS = (
    ("--errors",),
    ("--new-since", "upgrade"),
    ("--source", "paper-77"),
    ("--level", "error"),
    ("--since", "2026-11-29"),
    ("--event", "run.*", "--reason", "http_403"),
    ("--grep", "story-99999"),
    (),
)


def main() -> None:
    """Print lines a second, and the memory at its highest, for some questions."""
    number = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "tidings.log"
        write_log(path, number)
        print(f"{number:,} lines, {path.stat().st_size / 1e6:.0f} MB")
        for arguments in _COMMANDS:
            seconds, kib = _timed(path, arguments)
            question = " ".join(arguments) or "(all, rendered)"
            print(f"{number / seconds:>12,.0f} lines/s  {seconds:6.2f} s  {kib / 1024:5.0f} MB  {question}")


def _timed(path: Path, arguments: tuple[str, ...]) -> tuple[float, int]:
    # The child tells its own peak: that of all our children would be the highest of all questions so far.
    program = (
        "import resource, sys; from scheduler.cli import main\n"
        "try: main()\n"
        "finally: sys.stderr.write(str(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss))"
    )
    command = [sys.executable, "-c", program, "logs", str(path), *arguments]
    began = time.perf_counter()
    done = subprocess.run(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=environment(), check=True
    )
    return time.perf_counter() - began, int(done.stderr.split()[-1])


def write_log(path: Path, number: int) -> None:
    """A log of ``number`` lines, the same each time."""
    random = Random(7)
    began = datetime(2026, 11, 1, tzinfo=UTC)
    with path.open("w", encoding="utf-8") as file:
        for index in range(number):
            moment = began + timedelta(seconds=30 * 86400 * index / number, microseconds=1)
            file.write(json.dumps(_event(random, index, number, moment), ensure_ascii=False) + "\n")


def _event(random: Random, index: int, number: int, moment: datetime) -> dict[str, object]:
    stamp = moment.isoformat().replace("+00:00", "Z")
    if index % 5000 == 0:
        version = "0.1.0" if index < number * 0.9 else "0.2.0"
        return {"timestamp": stamp, "level": "info", "event": "daemon.ready", "version": version, "num_workers": 2}
    source = f"paper-{random.randrange(500)}"
    run_id = f"019abcde-{index // 65536:04x}-7000-8000-{index:012x}"
    event: dict[str, object] = {"timestamp": stamp, "level": "info", "event": "page.finished"}
    event |= {"source": source, "run_id": run_id}
    event |= {"url": f"https://www.{source}.example/2026/11/30/a-story-of-the-usual-length-{index}"}
    if index % 20:
        return event | {"outcome": "new", "reason": "new_text", "status": 200, "duration_ms": index % 900}
    event["level"] = "warning"
    if index % 40:
        reason = random.choice(["http_403", "http_404", "timeout", "dns"])
        return event | {"outcome": "failed", "reason": reason, "duration_ms": index % 900, "detail": "it failed"}
    error = f"OSError: [Errno 111] Connect call failed ('10.0.0.{index % 255}', {index % 65536})"
    return event | {"event": "duty.failed", "duty": "maintenance", "error": error}


if __name__ == "__main__":
    main()
