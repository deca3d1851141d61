"""The pages of the operator's: a module each, with its address, what it asks of the database, and its template."""
