"""The text: which blocks of a page are its article."""
