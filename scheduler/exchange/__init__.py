"""Sources in other people's formats: OPML of feed readers, CSV of spreadsheets, TOML of our own configuration."""
