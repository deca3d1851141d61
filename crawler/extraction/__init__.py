"""Page in, article out: plain functions on plain values."""
