"""Article in, rows out: what a text is, whether we have it, and one transaction a batch."""
