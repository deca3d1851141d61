"""URL in, response out: polite, bounded and safe, on top of Scrapy's downloader."""
