"""Is the machine up to it: its clock, its memory, its open files?"""

import os
import resource
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from scheduler.doctor.finding import Finding, Patient, ok, problem, warning
from scheduler.sizes import size

_CLOCK_SAMPLE_SECONDS = 0.2
_MOST_DRIFT_SECONDS = 0.05
_TOOL_SECONDS = 3.0

# Of a worker that visits nothing, and of each run: its connections, and what is asked beside them.
_FILES_OF_A_WORKER = 100
_FILES_OF_A_RUN = 4
_EVERYDAY_BYTES = 200 * 1024 * 1024  # of a worker with the process that reads its pages


def look(_patient: Patient) -> Iterator[Finding]:
    """This host's clock, by itself and by what keeps it."""
    wall, steady = time.time(), time.monotonic()
    time.sleep(_CLOCK_SAMPLE_SECONDS)
    drift = (time.time() - wall) - (time.monotonic() - steady)
    if abs(drift) > _MOST_DRIFT_SECONDS:
        yield warning(f"the clock was set by {drift:+.3f} s just now", "see what sets it: 'timedatectl status'")
    yield from _synchronised()


def _synchronised() -> Iterator[Finding]:
    program = shutil.which("timedatectl")
    if program is None:
        yield ok("the clock runs steadily; what keeps it right is not known (no timedatectl)")
        return
    command = [program, "show", "--property=NTP", "--property=NTPSynchronized"]
    try:
        done = subprocess.run(command, capture_output=True, timeout=_TOOL_SECONDS, check=False, text=True)  # noqa: S603 (a fixed command)
    except (OSError, subprocess.TimeoutExpired):
        done = None
    facts = dict(line.partition("=")[::2] for line in (done.stdout if done else "").splitlines())
    if facts.get("NTPSynchronized") == "yes":
        yield ok("the clock is kept right (NTP)")
    elif "NTPSynchronized" in facts:
        yield warning("nothing keeps the clock right", "timedatectl set-ntp true")
    else:
        yield ok("the clock runs steadily; what keeps it right is not known (no systemd)")


def look_at_limits(patient: Patient) -> Iterator[Finding]:
    """Open files and memory, against what the workers may take."""
    crawl = patient.settings.crawl
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = _FILES_OF_A_WORKER + _FILES_OF_A_RUN * crawl.runs_per_worker
    if soft == resource.RLIM_INFINITY or soft >= needed:
        yield ok(f"a process may open {'any number of' if soft == resource.RLIM_INFINITY else soft} files")
    else:
        fitting = max(1, (soft - _FILES_OF_A_WORKER) // _FILES_OF_A_RUN)
        yield warning(
            f"a process may open {soft} files, and one with {crawl.runs_per_worker} runs may need {needed}",
            f"ulimit -n {needed if hard == resource.RLIM_INFINITY or hard >= needed else 16384} (LimitNOFILE= of a"
            f" systemd unit), or [crawl] runs_per_worker = {fitting}",
        )
    yield from _memory(crawl.workers, crawl.worker_memory)


def _memory(num_workers: int, worker_memory: int) -> Iterator[Finding]:
    import psutil

    total = min(psutil.virtual_memory().total, *_limits_of_group())
    available = psutil.virtual_memory().available
    said = f"{size(total)} of memory, {size(available)} available, for {num_workers} workers"
    if total < num_workers * _EVERYDAY_BYTES:
        fitting = max(1, int(total // (2 * _EVERYDAY_BYTES)))
        yield problem(f"{said}, which take about {size(_EVERYDAY_BYTES)} each", f"[crawl] workers = {fitting}")
    elif total < 2 * num_workers * worker_memory:
        ceiling = max(256 * 1024 * 1024, int(total * 0.8 / (2 * num_workers)))
        yield warning(
            f"{said}, which may take {size(2 * worker_memory)} each at the very worst before they are ended",
            f"[crawl] worker_memory = {ceiling}, or fewer workers",
        )
    else:
        yield ok(said)


def _limits_of_group() -> Iterator[int]:
    """What the control group of this process allows, where that is said."""
    for name in ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"):
        try:
            text = Path(name).read_text(encoding="ascii").strip()
        except OSError:
            continue
        if text.isdecimal():
            yield int(text)
    yield os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
