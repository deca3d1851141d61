"""Tells systemd how we are: sd_notify(3), which is one datagram on a socket."""

import os
import socket


def notify(state: str, *, wait: float = 1.0) -> bool:
    """Send ``state`` (``READY=1``, ``WATCHDOG=1``, ``STOPPING=1``) to systemd; False if nobody listens.

    One that does not read what it was sent is waited for no longer than ``wait`` seconds, and the loop with it.
    """
    address = os.environ.get("NOTIFY_SOCKET")
    if not address:
        return False
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as channel:
            channel.settimeout(wait)
            # An address that begins with @ lies in the abstract namespace.
            channel.connect(f"\0{address[1:]}" if address.startswith("@") else address)
            channel.sendall(state.encode())
    except OSError:  # some only wait for READY=1, and close the socket then: no reason to end
        return False
    return True


def is_heard() -> bool:
    """Whether systemd has told us where it listens."""
    return bool(os.environ.get("NOTIFY_SOCKET"))


def notify_stopping(seconds: float) -> bool:
    """Tell systemd that we are stopping, and may take so long, whatever ``TimeoutStopSec=`` says."""
    return notify("STOPPING=1") and notify(f"EXTEND_TIMEOUT_USEC={round(seconds * 1_000_000)}")


def watchdog_interval() -> float | None:
    """Seconds between two signs of life: half of systemd's limit, as sd_watchdog_enabled(3) advises."""
    limit = os.environ.get("WATCHDOG_USEC")
    return int(limit) / 2_000_000 if limit else None
