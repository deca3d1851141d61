"""Which articles tell one story: near-copies of one another, found as they are stored."""
