-- What follows from the number of an article, for all of them. {at}, {source} and {url} say when, whose and where.
INSERT INTO tidings.urls
       (url_id, url_key, key_version, url, source_id, first_seen_at, last_fetched_at, outcome, reason)
       OVERRIDING SYSTEM VALUE
SELECT n, sha256(convert_to('{key_version} ' || {url}, 'UTF8')), {key_version}, {url}, {source}, {at}, {at}, 'new', 'new_text' {numbers};

INSERT INTO tidings.article_urls (url_id, revision, article_id, source_id, is_current, first_seen_at, last_seen_at)
SELECT n, 1, n, {source}, true, {at}, {at} {numbers};

INSERT INTO tidings.arrival_log (url_id, revision, outcome, arrived_at, seq)
SELECT n, 1, 'new', {at}, n {numbers};
SELECT setval('tidings.arrival_seq', %(count)s);

INSERT INTO tidings.pages
       (run_id, source_id, url_id, url, outcome, reason, http_status, num_bytes, fetched_at, duration_ms, article_id)
SELECT (%(run_ids)s::uuid[])[{source}], {source}, n, {url}, 'new', 'new_text', 200, 60000, {at}, 400, n {numbers};

INSERT INTO tidings.authors (name) SELECT format('Author %%s', n) FROM generate_series(0, 999) AS n;

INSERT INTO tidings.article_authors (article_id, position, author_id)
SELECT n, p, 1 + (n + p * 7) %% 1000 {numbers} CROSS JOIN generate_series(1, 2) AS p;

-- The smallest 12 of some 600 hashes lie in the lowest fiftieth of 32 bits.
INSERT INTO tidings.sketches (article_id, seen_at, keys)
SELECT n, {at}, ARRAY(SELECT ('x' || substr(h, 1 + 7 * k, 7))::bit(28)::int / 3 - 2147483648
                        FROM generate_series(0, 11) AS k ORDER BY 1)
  FROM (SELECT n, md5('a' || n) || md5('b' || n) || md5('c' || n) AS h {numbers}) AS hashed;

SELECT setval(pg_get_serial_sequence('tidings.urls', 'url_id'), %(count)s),
       setval(pg_get_serial_sequence('tidings.articles', 'article_id'), %(count)s);
