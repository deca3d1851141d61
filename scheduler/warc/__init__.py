"""The import of WARC files: which file it is, which runs it makes, and one sitting from open to closed."""
