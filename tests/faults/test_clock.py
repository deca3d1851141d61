"""Clocks are set while everything runs: the machine's, the daemon's alone, the database's alone."""

import secrets
import time
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta

import pytest

from sql.migrate import migrate
from tests.faults.audit import audit
from tests.faults.clocks import CACHE_SECONDS, MISSING, Clock, postgres_by
from tests.faults.daemon import Installation
from tests.faults.papers import Papers
from tests.support.cli import eventually

pytestmark = pytest.mark.skipif(bool(MISSING), reason=MISSING)

HOUR, DAY, RIGHT = timedelta(hours=1), timedelta(days=1), timedelta(0)
EVERY = timedelta(seconds=2)

OF = {"the machine": ("postgres", "daemon"), "the daemon": ("daemon",), "the database": ("postgres",)}
"""Whose clock is set, and who goes by it."""


class Machine:
    """Papers, a server and an installation on it, of which some go by a clock that can be set."""

    def __init__(self, stack: ExitStack, whose: str, database_url: str, folder, short_folder) -> None:
        name = secrets.token_hex(3)
        self.clock = Clock(short_folder / f"clock-{name}")
        self.papers = stack.enter_context(Papers(sites=2, articles=5))
        self._processes = OF[whose]
        if "postgres" in self._processes:
            database_url = stack.enter_context(postgres_by(self.clock, short_folder / f"pg-{name}"))
            migrate(database_url)
        self.installation = Installation(self.papers, database_url, folder)
        stack.callback(self.installation.end)

    def start(self, **timetable: str) -> None:
        """Begin, with another timetable if one is given."""
        if timetable:
            self.papers.keys = timetable
            self.installation.configure()
        time.sleep(CACHE_SECONDS)  # a server that runs already would give a source a time by what the clock was
        settings = self.clock.environment if "daemon" in self._processes else {}
        self.installation.start(**settings)

    def set_clock(self, ahead: timedelta) -> None:
        """Set it while everything runs."""
        self.clock.set(ahead)

    def jumped_over(self, jump: timedelta) -> timedelta:
        """How much of the timetable, which goes by the database's clock, a jump passes over."""
        return jump if "postgres" in self._processes else timedelta(0)

    def num_runs(self) -> int:
        """How many runs are over, of the source that has had fewer."""
        return self.installation.value(
            "SELECT coalesce(min(n), 0) FROM (SELECT count(r.finished_at) AS n FROM tidings.sources s"
            " LEFT JOIN tidings.runs r USING (source_id) GROUP BY s.source_id) of_source"
        )

    def slots(self) -> list[tuple[str, datetime]]:
        """The sources and slots of all runs, in the order in which they were claimed."""
        return [
            (line["source"], datetime.fromisoformat(line["scheduled_for"]))
            for line in self.installation.log("source.claimed")
        ]


@pytest.fixture
def machine(request, database_url, tmp_path, short_folder):
    """Of whoever's clock is set."""
    with ExitStack() as stack:
        yield Machine(stack, request.param, database_url, tmp_path, short_folder)


@pytest.mark.parametrize("machine", OF, indirect=True)
def test_a_clock_is_set_forth_and_back(request, machine, figures, full):
    """Runs go on at once, no slot has two, and all that was jumped over comes to one run."""
    if not full and "the machine" not in request.node.name:
        pytest.skip("whose clock it is makes a difference in the long form")
    machine.start()
    eventually(lambda: machine.num_runs() >= 2, seconds=240)
    for ahead in (HOUR, RIGHT, DAY, RIGHT, -HOUR, RIGHT, -DAY, RIGHT) if full else (DAY, RIGHT):
        jump, before, num_before = ahead - machine.clock.ahead, machine.num_runs(), len(machine.slots())
        was = machine.installation.value("SELECT clock_timestamp()")
        machine.set_clock(ahead)
        set_at = time.monotonic()
        what = f"third run after a jump of {jump.total_seconds():+.0f} s"
        figures.within(60, what, lambda before=before: machine.num_runs() >= before + 3, since=set_at)
        claimed = machine.slots()[num_before:]
        num_due = 2 * ((time.monotonic() - set_at) / EVERY.total_seconds() + 1)
        figures.note("runs more than the timetable has", max(0, len(claimed) - num_due), at_most=2)
        # What was jumped over has no runs of its own: the one that makes up for it is named after the first slot.
        passed = machine.jumped_over(jump)
        assert [slot for _, slot in claimed if was + 3 * EVERY < slot < was + passed - 3 * EVERY] == []
    machine.installation.come_to_rest()
    audit(machine.installation)
    figures.note("runs taken for lost", len(machine.installation.log("run.requeued")))
    jumps = {round(line["seconds"] / 3600) for line in machine.installation.log("clock.jumped")}
    assert jumps == ({24, -24, -1, 1} if full else {24, -24})


@pytest.mark.parametrize("machine", ["the machine"], indirect=True)
def test_a_zone_changes_its_clocks_while_we_run(machine, figures, full):
    """A time of day that a zone skips has its run after the gap, and one that it shows twice at the first."""
    if not full:
        pytest.skip("takes a minute, and is in the long form")
    spring, autumn = datetime(2030, 3, 31, 1, tzinfo=UTC), datetime(2030, 10, 27, 0, 30, tzinfo=UTC)
    moment = timedelta(seconds=2)
    machine.clock.set_to(spring - HOUR)
    machine.start(cron="30 2 * * *", timezone="Europe/Berlin")
    for slot, what in (
        (spring - HOUR, "a new source"),
        (spring - moment, "the skipped time"),
        (autumn - HOUR, "all that was missed in summer"),
        (autumn - moment, "the time that comes twice"),
    ):
        before = machine.num_runs()
        machine.clock.set_to(slot)
        figures.within(60, f"the run for {what}", lambda before=before: machine.num_runs() > before)
    machine.clock.set_to(autumn + HOUR - moment)
    later = autumn + HOUR + timedelta(seconds=10)
    eventually(lambda: machine.installation.value("SELECT clock_timestamp()") > later)
    machine.installation.come_to_rest()
    audit(machine.installation)
    slots = [slot for source, slot in machine.slots() if source == "paper-0"]
    assert slots[1:] == [spring, spring + timedelta(hours=23, minutes=30), autumn]
