"""On the PYTHONPATH of tidings: pages that hold a marker do to the process that reads them what the marker says.

Python imports this module at its start, wherever it is. It wraps what reads pages as soon as that is imported.
"""

import importlib.abc
import importlib.util
import os
import re
import signal
import sys

_MODULE = "crawler.extraction.reading"


def _crash():
    os.kill(os.getpid(), signal.SIGSEGV)


def _hang():
    re.match(r"(a+)+$", "a" * 64 + "b")


def _bloat():
    taken = []
    while True:
        taken.append(bytearray(2**25))


_POISONS = {b"POISON-CRASH": _crash, b"POISON-HANG": _hang, b"POISON-BLOAT": _bloat}


def _poisoned(read):
    def wrapped(body, *args, **kwargs):
        for marker, act in _POISONS.items():
            if marker in body:
                act()
        return read(body, *args, **kwargs)

    return wrapped


class _Finder(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name != _MODULE:
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(name)
        execute = spec.loader.exec_module

        def exec_module(module):
            execute(module)
            module.read = _poisoned(module.read)

        spec.loader.exec_module = exec_module
        return spec


sys.meta_path.insert(0, _Finder())
