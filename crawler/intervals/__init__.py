"""How often a source is asked: what its own rhythm, its feeds and a target for freshness come to."""
