"""Each field: of all that is claimed and shown, the value to store."""
