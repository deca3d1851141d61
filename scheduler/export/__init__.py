"""Writes articles to files, in the order in which they arrived."""
