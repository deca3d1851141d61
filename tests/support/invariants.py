"""What holds in a database, whoever writes to it at once and whoever is killed: each statement finds no row."""

ALWAYS = {
    "a hash is one article": """
        SELECT content_hash FROM tidings.articles GROUP BY content_hash HAVING count(*) > 1""",
    "a URL key is one URL": """
        SELECT url_key FROM tidings.urls GROUP BY url_key HAVING count(*) > 1""",
    "an article stands at a URL": """
        SELECT a.article_id FROM tidings.articles a
         WHERE NOT EXISTS (SELECT FROM tidings.article_urls c WHERE c.article_id = a.article_id)""",
    "a copy is that of an article, at a URL": """
        SELECT c.url_id, c.revision
          FROM tidings.article_urls c
          LEFT JOIN tidings.articles a USING (article_id)
          LEFT JOIN tidings.urls u USING (url_id)
         WHERE a.article_id IS NULL OR u.url_id IS NULL""",
    "every copy arrives": """
        SELECT url_id, revision FROM tidings.article_urls
        EXCEPT SELECT url_id, revision FROM tidings.arrival_log""",
    "a URL with a text has one current revision": """
        SELECT url_id FROM tidings.article_urls GROUP BY url_id HAVING count(*) FILTER (WHERE is_current) <> 1""",
    "the current revision was seen last": """
        SELECT c.url_id
          FROM tidings.article_urls c JOIN tidings.article_urls later USING (url_id)
         WHERE c.is_current AND later.last_seen_at > c.last_seen_at""",
    "a copy was seen first before it was seen last": """
        SELECT url_id, revision FROM tidings.article_urls WHERE first_seen_at > last_seen_at""",
    "the copy seen first is the first": """
        SELECT a.article_id FROM tidings.articles a
         WHERE ROW(a.first_seen_at, a.first_seen_url_id) IS DISTINCT FROM
               (SELECT ROW(c.first_seen_at, c.url_id) FROM tidings.article_urls c WHERE c.article_id = a.article_id
                 ORDER BY c.first_seen_at, c.url_id LIMIT 1)""",
    "the copy published first is the first": """
        SELECT a.article_id FROM tidings.articles a
         WHERE a.first_published_url_id IS DISTINCT FROM
               (SELECT c.url_id FROM tidings.article_urls c
                 WHERE c.article_id = a.article_id AND c.published_before IS NOT NULL
                 ORDER BY c.published_before, c.first_seen_at, c.url_id LIMIT 1)""",
    "a byline is that of an article, and counts from 1": """
        SELECT b.article_id
          FROM tidings.article_authors b LEFT JOIN tidings.articles a USING (article_id)
         GROUP BY b.article_id
        HAVING count(a.article_id) < count(*) OR min(b.position) <> 1 OR max(b.position) <> count(*)""",
    "an author has signed something": """
        SELECT w.author_id FROM tidings.authors w
         WHERE NOT EXISTS (SELECT FROM tidings.article_authors b WHERE b.author_id = w.author_id)""",
    "a lesson is that of an article": """
        SELECT l.article_id
          FROM tidings.lessons l LEFT JOIN tidings.articles a USING (article_id)
         WHERE a.article_id IS NULL""",
    "a story has one first article": """
        SELECT story_id FROM tidings.articles WHERE story_id IS NOT NULL
         GROUP BY story_id HAVING count(*) FILTER (WHERE story_role = 'first') <> 1""",
    "no text is stored and deleted": """
        SELECT article_id FROM tidings.articles JOIN tidings.tombstones USING (content_hash)""",
    "an expired URL has no text, and is not visited": """
        SELECT u.url_id FROM tidings.urls u
         WHERE u.reason = 'expired'
           AND (u.next_visit_at IS NOT NULL
                OR EXISTS (SELECT FROM tidings.article_urls c WHERE c.url_id = u.url_id))""",
}
"""Name, in English, to the statement that finds what breaks it."""

UNTIL_DELETED = ALWAYS | {
    "the revisions of a URL are 1 to n": """
        SELECT url_id FROM tidings.article_urls
         GROUP BY url_id HAVING min(revision) <> 1 OR max(revision) <> count(*)""",
    "no revision says what the one before said": """
        SELECT c.url_id
          FROM tidings.article_urls c JOIN tidings.article_urls d USING (url_id, article_id)
         WHERE d.revision = c.revision - 1""",
    "a visit saw an article that is there": """
        SELECT p.page_id
          FROM tidings.pages p LEFT JOIN tidings.articles a USING (article_id)
         WHERE p.article_id IS NOT NULL AND a.article_id IS NULL""",
}
"""What holds, too, as long as no text was deleted for good."""

AS_LOADED = UNTIL_DELETED | {
    "a visit is one page": """
        SELECT run_id, url, fetched_at FROM tidings.pages GROUP BY run_id, url, fetched_at HAVING count(*) > 1""",
    "a text is new once": """
        SELECT article_id FROM tidings.pages WHERE outcome = 'new' GROUP BY article_id HAVING count(*) > 1""",
    "the first page of a text is new, or changed another's": """
        SELECT a.article_id
          FROM tidings.articles a
         WHERE NOT EXISTS (SELECT FROM tidings.pages p
                            WHERE p.article_id = a.article_id AND p.outcome IN ('new', 'changed'))""",
    "a URL has as many further revisions as pages changed it": """
        SELECT c.url_id
          FROM (SELECT url_id, count(*) - 1 AS num_edits FROM tidings.article_urls GROUP BY url_id) c
          LEFT JOIN (SELECT u.url_id, count(*) AS num_edits
                       FROM tidings.pages p
                       JOIN tidings.urls u ON u.url = coalesce(p.final_url, p.url)
                      WHERE p.outcome = 'changed' GROUP BY u.url_id) p USING (url_id)
         WHERE coalesce(p.num_edits, 0) > c.num_edits""",
    "a URL knows how its last visit ended": """
        SELECT u.url_id
          FROM tidings.urls u
          JOIN (SELECT url_id, max(fetched_at) AS fetched_at FROM tidings.pages GROUP BY url_id) p USING (url_id)
         WHERE u.outcome IS NULL OR u.last_fetched_at < p.fetched_at""",
    "a URL has failed as often as its pages say": """
        SELECT u.url_id
          FROM tidings.urls u
         WHERE u.num_failures > 0
           AND u.num_failures > (SELECT count(*) FROM tidings.pages p
                                  WHERE p.outcome = 'failed' AND (p.url_id = u.url_id OR p.final_url = u.url))""",
    "a finished run counts its pages": """
        SELECT r.run_id
          FROM tidings.runs r
          LEFT JOIN (SELECT run_id, count(*) AS num_pages,
                            count(*) FILTER (WHERE outcome = 'new') AS num_new,
                            count(*) FILTER (WHERE outcome = 'changed') AS num_changed,
                            count(*) FILTER (WHERE outcome = 'duplicate') AS num_duplicate,
                            count(*) FILTER (WHERE outcome = 'unchanged') AS num_unchanged,
                            count(*) FILTER (WHERE outcome = 'rejected') AS num_rejected,
                            count(*) FILTER (WHERE outcome = 'failed') AS num_failed
                       FROM tidings.pages GROUP BY run_id) p USING (run_id)
         WHERE r.finished_at IS NOT NULL
           AND (r.num_new, r.num_changed, r.num_duplicate, r.num_unchanged, r.num_rejected, r.num_failed)
               IS DISTINCT FROM
               (coalesce(p.num_new, 0), coalesce(p.num_changed, 0), coalesce(p.num_duplicate, 0),
                coalesce(p.num_unchanged, 0), coalesce(p.num_rejected, 0), coalesce(p.num_failed, 0))""",
}
"""What holds, too, as long as neither texts nor URLs have become one."""


async def broken(database, invariants=AS_LOADED):
    """Those that do not hold, each with its first offending rows; empty if all is well."""
    found = {}
    async with database.transaction() as connection:
        for name, statement in invariants.items():
            cursor = await connection.execute(f"SELECT * FROM ({statement}) offending LIMIT 5")
            if rows := await cursor.fetchall():
                found[name] = rows
    return found
