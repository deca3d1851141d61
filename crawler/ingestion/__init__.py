"""Page in, rows out: what a text is, whether we have it, and what becomes of it later."""
