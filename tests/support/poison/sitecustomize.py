"""On the PYTHONPATH of tidings: pages and feeds with a marker do to the process that reads them what that says.

Python imports this module at its start, wherever it is. It wraps what reads them as soon as that is imported.
"""

import importlib.abc
import importlib.util
import os
import re
import signal
import sys

_READERS = {"crawler.extraction.reading": "read", "crawler.discovery.document": "open_document"}
"""Module to the function in it that is given the bytes of a page, or of a feed."""


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
        if name not in _READERS:
            return None
        function = _READERS.pop(name)  # the next finders' turn
        spec = importlib.util.find_spec(name)
        execute = spec.loader.exec_module

        def exec_module(module):
            execute(module)
            setattr(module, function, _poisoned(getattr(module, function)))

        spec.loader.exec_module = exec_module
        return spec


sys.meta_path.insert(0, _Finder())
