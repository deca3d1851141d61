"""When two texts are the same text, and two URLs the same page."""

from crawler.ingestion.identity.texts import HASH_VERSION, content_hash, content_hashes
from crawler.ingestion.identity.urls import KEY_VERSION, LONGEST_URL, url_key

__all__ = ["HASH_VERSION", "KEY_VERSION", "LONGEST_URL", "content_hash", "content_hashes", "url_key"]
