"""Articles that have arrived, as many as are wanted."""

from crawler.source import Source
from scheduler.sources import put
from sql.database import connect, rows

_STATEMENTS = """
INSERT INTO tidings.urls (url_id, url_key, key_version, url, source_id, first_seen_at)
OVERRIDING SYSTEM VALUE
SELECT n, sha256(n::text::bytea), 2, 'https://gazette.example/' || n, %(source_id)s, now() FROM {numbers};
INSERT INTO tidings.articles (article_id, content_hash, hash_version, headline, article_body, keywords, word_count,
                              first_seen_at, first_seen_url_id, in_language)
OVERRIDING SYSTEM VALUE
SELECT n, sha256(n::text::bytea), 2, 'Headline ' || n, repeat('Body of ' || n || '. ', 20), '{{}}', 60, now(), n,
       'en'
  FROM {numbers};
INSERT INTO tidings.article_urls (url_id, revision, article_id, source_id, is_current, first_seen_at, last_seen_at)
SELECT n, 1, n, %(source_id)s, true, now(), now() FROM {numbers};
INSERT INTO tidings.arrival_log (url_id, revision, outcome, arrived_at)
SELECT n, 1, 'new', now() FROM {numbers}
"""


def arrive(database_url, first, last):
    """Store articles that are numbered so, at URLs that end so, and number them as arrivals."""
    with connect(database_url) as connection:
        put(connection, Source(name="gazette", url="https://gazette.example/"), origin="command")
        source_id = rows(connection, "find_source", {"name": "gazette"})[0]["source_id"]
        for statement in _STATEMENTS.format(numbers="generate_series(%(first)s::int, %(last)s) AS n").split(";"):
            connection.execute(statement, {"source_id": source_id, "first": first, "last": last})
    with connect(database_url) as connection:
        assert rows(connection, "number_arrivals")[0]["num_numbered"] == last - first + 1
