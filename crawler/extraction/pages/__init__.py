"""Articles that are more than one page, or more than one text."""
