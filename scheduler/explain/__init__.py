"""The story of one URL: where it is, or why it is not there. Command line and operator page both tell it."""

from scheduler.explain.asking import explain
from scheduler.explain.explanation import Explanation, State

__all__ = ["Explanation", "State", "explain"]
