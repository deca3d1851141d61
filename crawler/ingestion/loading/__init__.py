"""Stores a batch of pages: texts once, copies, revisions, visits."""

from crawler.ingestion.loading.batch import load

__all__ = ["load"]
