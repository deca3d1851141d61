"""How PostgreSQL's programs run as our children: as which user, in what surroundings, no longer than we do."""

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from typing import Any

from sql.embedded.binaries import Account
from sql.embedded.layout import Layout

_ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}
"""All they see of ours: a stray PGDATA or LC_MESSAGES would change what they do and what they say."""

_PR_SET_PDEATHSIG = 1  # prctl(2)


def child_options(layout: Layout, account: Account | None) -> dict[str, Any]:
    """Return the options of ``subprocess`` for a program that serves ``layout``, run as ``account`` or as us."""
    options: dict[str, Any] = {"cwd": layout.data_dir, "env": _ENVIRONMENT, "stdin": subprocess.DEVNULL}
    if account is not None:
        options |= {"user": account.uid, "group": account.gid, "extra_groups": []}
    if sys.platform == "linux":
        options["preexec_fn"] = _end_with_parent()  # runs after the change of user, which would undo it
    return options


def _end_with_parent() -> Callable[[], None]:
    """Return what a child runs before exec so that the kernel sends it SIGINT when its parent has died.

    To the kernel the parent is a thread, not a process: only the main thread may start such a child.
    """
    parent = os.getpid()
    prctl = ctypes.CDLL(None).prctl  # looked up before the fork: a child should do next to nothing before exec

    def before_exec() -> None:
        prctl(_PR_SET_PDEATHSIG, signal.SIGINT)
        if os.getppid() != parent:
            os._exit(1)  # the parent died before the call above

    return before_exec
