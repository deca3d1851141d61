"""How this process fares: what systemd, the health endpoints and the metrics are told."""
