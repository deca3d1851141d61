"""After how long a worker is taken for dead."""

HEARTBEAT_SECONDS = 3.0
"""How often a worker says that it lives."""

SILENCE_SECONDS = 3 * HEARTBEAT_SECONDS
"""After three heartbeats missed a worker is taken for dead, and its runs for lost."""
