"""``tidings demo``: the daemon itself, on three small newspapers of our own that are served on loopback."""

from scheduler.demo.show import run_demo

__all__ = ["run_demo"]
