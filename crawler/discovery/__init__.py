"""Feed or sitemap in, links out: plain functions on plain values."""
