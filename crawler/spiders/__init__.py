"""Spiders: they conduct a run from stage to stage, and know nothing of how a stage does its work."""
