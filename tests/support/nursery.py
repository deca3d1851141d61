"""Commands as forks of one process that has imported them: hundreds that each import all take minutes.

A command is a process of its own with its own arguments, environment, folder and standard streams, as if started
from a shell. Where the interpreter itself is to start anew (another encoding, another clock), it is not for us.
"""

import atexit
import json
import os
import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from importlib import import_module
from pathlib import Path

_ROOT = Path(__file__).parents[2]
_LARGEST_REQUEST = 1 << 20
_OF_MANY_COMMANDS = (
    *("crawler.fetch", "crawler.probe", "crawler.trial", "crawler.upgrade"),
    *("scheduler.explain", "scheduler.once", "scheduler.status"),
)
_OF_THE_INTERPRETER = ("LC_", "LD_", "PYTHON")


def can_run(settings: dict[str, str]) -> bool:
    """Whether the system has our sockets, and none of these variables is for the start of the interpreter."""
    return sys.platform == "linux" and not any(name.startswith(_OF_THE_INTERPRETER) for name in settings)


def run(arguments: list[str], *, stdin: bytes, timeout: float, cwd: Path | None, env: dict[str, str]):
    """``tidings ARGUMENTS`` to its end, as ``subprocess.run`` has it; raises subprocess.TimeoutExpired."""
    request = json.dumps([arguments, str(cwd or Path.cwd()), env]).encode()
    control, theirs = socket.socketpair()
    (given, to_give), (out, out_end), (err, err_end) = os.pipe(), os.pipe(), os.pipe()
    handed = [given, out_end, err_end, theirs.detach()]
    socket.send_fds(_connection(), [request], handed)
    for descriptor in handed:
        os.close(descriptor)
    with ThreadPoolExecutor(3) as threads, control:
        threads.submit(_write, to_give, stdin)
        streams = [threads.submit(_read, end) for end in (out, err)]
        control.settimeout(timeout)
        pid = int(control.recv(16))
        try:
            code = int(control.recv(16))
        except TimeoutError:
            os.kill(pid, signal.SIGKILL)
            raise subprocess.TimeoutExpired(["tidings", *arguments], timeout) from None
        return subprocess.CompletedProcess(["tidings", *arguments], code, *(each.result() for each in streams))


def _write(descriptor: int, text: bytes) -> None:
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(text)
    except BrokenPipeError:  # it did not want to know
        pass


def _read(descriptor: int) -> bytes:
    with os.fdopen(descriptor, "rb") as stream:
        return stream.read()


@cache
def _connection() -> socket.socket:
    """To the process of which commands are forks; it ends with us."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    command = [sys.executable, "-m", __name__, str(theirs.fileno())]
    nursery = subprocess.Popen(command, cwd=_ROOT, stdin=subprocess.DEVNULL, pass_fds=[theirs.fileno()])
    theirs.close()

    def end() -> None:
        ours.close()
        nursery.wait()

    atexit.register(end)
    return ours


def _serve(connection: socket.socket) -> None:
    """Fork for each request; returns in the fork that is to be the command, all else having been set up."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for those who wait for a command
    while True:
        request, descriptors, *_ = socket.recv_fds(connection, _LARGEST_REQUEST, 4)
        if not request:
            sys.exit()
        if os.fork() == 0:
            break
        for descriptor in descriptors:
            os.close(descriptor)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    connection.close()
    *standard, control = descriptors
    if pid := os.fork():
        os.write(control, f"{pid}".rjust(16).encode())
        for descriptor in (*standard, 0, 1, 2):
            os.close(descriptor)
        code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        os.write(control, f"{code}".rjust(16).encode())
        os._exit(0)
    os.close(control)
    for number, descriptor in enumerate(standard):
        os.dup2(descriptor, number)
        os.close(descriptor)
    # What Python made of them at our own start was for other files: a pipe cannot be sought in.
    sys.stdin = os.fdopen(0, closefd=False)
    sys.stdout = os.fdopen(1, "w", closefd=False)
    sys.stderr = os.fdopen(2, "w", closefd=False, errors="backslashreplace", buffering=1)
    arguments, folder, env = json.loads(request)
    os.chdir(folder)
    sys.path[0] = ""  # as with -c: what lies in that folder is found first
    os.environ.clear()
    os.environ.update(env)
    time.tzset()
    sys.argv[1:] = arguments


if __name__ == "__main__":
    from scheduler.cli import main

    for module in _OF_MANY_COMMANDS:
        import_module(module)
    _serve(socket.socket(fileno=int(sys.argv[1])))
    main()
