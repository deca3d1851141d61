"""The operator page: what an operator sees of the daemon in a browser."""
