"""What systemd is told, if there is one."""

import socket

from scheduler.notify import notify


def test_a_state_is_one_datagram(tmp_path, monkeypatch):
    """To the socket that the service manager names."""
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        assert notify("READY=1")
        assert manager.recv(100) == b"READY=1"


def test_a_service_manager_that_does_not_read_holds_up_nobody(tmp_path, monkeypatch):
    """What it was sent fills its queue, and what comes then is not sent: the loop goes on."""
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        while notify("WATCHDOG=1", wait=0):
            pass
        manager.recv(100)
        assert notify("WATCHDOG=1", wait=0)


def test_a_service_manager_that_has_stopped_listening_ends_nobody(tmp_path, monkeypatch):
    """Container runtimes wait for READY=1 alone, and close the socket then."""
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
    assert not notify("WATCHDOG=1")
