"""WARC files (ISO 28500) in place of a crawl: records cut, decoded, and read beside the loop."""
