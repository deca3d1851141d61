"""Reading the log: lines made legible, filtered, followed, and their errors told apart.

The other end of :mod:`crawler.logs`, which writes it; what the events are is in ``crawler/events.md``.
"""
