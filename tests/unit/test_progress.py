"""Duties that get on, and duties that hang; and what systemd hears of them."""

import socket

import pytest
from structlog.testing import capture_logs

from scheduler.vitals.progress import Progress, Signs


@pytest.fixture
def manager(tmp_path, monkeypatch):
    """Returns what systemd was sent since it was asked last; it wants a sign every four seconds."""
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
    monkeypatch.setenv("WATCHDOG_USEC", "4000000")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
        channel.bind(str(tmp_path / "notify"))
        channel.settimeout(0)

        def heard():
            found = []
            while True:
                try:
                    found.append(channel.recv(1000).decode())
                except BlockingIOError:
                    return found

        yield heard


def test_a_duty_hangs_when_it_has_said_nothing_for_too_long():
    """However its turns end: one that fails again and again goes on."""
    progress = Progress()
    progress.expect("dispatch", 3)
    for _ in range(10):
        progress.turn(1)
        progress.mark("dispatch", done=False)
    assert progress.hung == {}
    with capture_logs() as logs:
        for _ in range(6):
            progress.turn(1)
    assert progress.hung == {"dispatch": 6}
    assert [(line["event"], line["duty"]) for line in logs] == [("duty.hung", "dispatch")]
    progress.mark("dispatch")
    assert progress.hung == {}


def test_only_what_is_ours_is_expected():
    """A duty that was given up (the lead) hangs no more, and has done nothing."""
    progress = Progress()
    progress.expect("dispatch", 3)
    progress.release("dispatch")
    progress.mark("dispatch")
    progress.turn(10)
    assert progress.hung == {}
    assert "dispatch" not in progress
    assert progress.done_at("dispatch") is None


def test_failed_turns_are_progress_but_nothing_done():
    """So that it can be told who is alive from who is of use."""
    progress = Progress()
    progress.expect("dispatch", 3)
    before = progress.done_at("dispatch")
    progress.mark("dispatch", done=False)
    assert progress.done_at("dispatch") == before
    progress.mark("dispatch")
    assert progress.done_at("dispatch") > before


def test_systemd_hears_of_us_as_long_as_every_duty_gets_on(manager):
    """Every half of its limit; one duty that hangs is enough for it to hear nothing; then it hears of us again."""
    progress = Progress()
    progress.expect("dispatch", 3)
    progress.expect("watch", 300)
    signs = Signs(progress)
    for _ in range(6):
        signs.turn(1)
        progress.mark("dispatch")
        progress.mark("watch")
    assert manager() == ["WATCHDOG=1"] * 3
    for _ in range(20):
        signs.turn(1)
        progress.mark("watch")
    assert len(manager()) <= 2, "those of the time before it hung"
    progress.mark("dispatch")
    signs.turn(1)
    assert manager() == ["WATCHDOG=1"]


def test_systemd_is_told_what_has_changed(manager):
    """A status line, once."""
    signs = Signs(Progress())
    for _ in range(3):
        signs.tell("2 workers, leading")
    assert manager() == ["STATUS=2 workers, leading"]


def test_nobody_who_wants_no_sign_is_given_one(manager, monkeypatch):
    """A unit without WatchdogSec=, or a container."""
    monkeypatch.delenv("WATCHDOG_USEC")
    signs = Signs(Progress())
    signs.turn(1)
    assert manager() == []
