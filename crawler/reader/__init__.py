"""Reads pages and documents in a process of its own: what crashes, hangs or bloats it, harms nobody else."""

from crawler.reader.process import ReaderLostError, ReaderProcess

__all__ = ["ReaderLostError", "ReaderProcess"]
