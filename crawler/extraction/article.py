"""Moved: the result types live in crawler/article.py, since later stages carry them; import them from there."""

from crawler.article import Article, Hints, NotAnArticle

__all__ = ["Article", "Hints", "NotAnArticle"]
