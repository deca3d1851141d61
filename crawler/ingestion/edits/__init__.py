"""What an edit is, of which kind, and what it changed. Plain functions on plain values."""

from crawler.ingestion.edits.differences import Op, compare
from crawler.ingestion.edits.kinds import EditKind, Seen, kind_of_edit

__all__ = ["EditKind", "Op", "Seen", "compare", "kind_of_edit"]
