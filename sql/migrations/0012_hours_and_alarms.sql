-- What is usual of a source, and what an alarm rests on.

CREATE TABLE tidings.hourly_pages (
    source_id bigint NOT NULL REFERENCES tidings.sources,
    hour timestamptz NOT NULL,
    outcome tidings.page_outcome NOT NULL,
    reason tidings.page_reason NOT NULL,
    num_pages integer NOT NULL,
    num_articles integer NOT NULL DEFAULT 0,
    num_headlined integer NOT NULL DEFAULT 0,
    num_dated integer NOT NULL DEFAULT 0,
    num_signed integer NOT NULL DEFAULT 0,
    num_in_language integer NOT NULL DEFAULT 0,
    num_words bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (source_id, hour, outcome, reason),
    CONSTRAINT "hours are whole" CHECK (extract(epoch FROM hour)::bigint % 3600 = 0)
) PARTITION BY RANGE (hour);
COMMENT ON TABLE tidings.hourly_pages IS 'The visits of each source by the hour in which they were made (UTC), counted as they are stored; links to other sites do not count.';
COMMENT ON COLUMN tidings.hourly_pages.num_articles IS 'Of these visits, those that read an article; the columns after it count whose article has what.';
COMMENT ON COLUMN tidings.hourly_pages.num_headlined IS 'The page marks the headline as one; it was not worked out from something else.';
COMMENT ON COLUMN tidings.hourly_pages.num_words IS 'Of their bodies, together.';

CREATE TABLE tidings.hourly_pages_default PARTITION OF tidings.hourly_pages DEFAULT;
CREATE INDEX hourly_pages_by_hour ON tidings.hourly_pages (hour, source_id);

INSERT INTO tidings.hourly_pages
SELECT p.source_id, date_trunc('hour', p.fetched_at, 'UTC'), p.outcome, p.reason, count(*), count(a.article_id),
       count(*) FILTER (WHERE a.origins ->> 'headline' <> 'derived'),
       count(a.date_published),
       count(*) FILTER (WHERE EXISTS (SELECT 1 FROM tidings.article_authors w WHERE w.article_id = a.article_id)),
       count(a.in_language),
       coalesce(sum(a.word_count), 0)
  FROM tidings.pages p
  LEFT JOIN tidings.articles a ON a.article_id = p.article_id AND p.reason::text <> 'not_modified'
 WHERE p.url_id IS NOT NULL
 GROUP BY 1, 2, 3, 4;

CREATE TABLE tidings.baselines (
    source_id bigint PRIMARY KEY REFERENCES tidings.sources,
    num_weeks smallint NOT NULL,
    num_new integer NOT NULL,
    usual real[] NOT NULL,
    spread real[] NOT NULL,
    longest_silence interval,
    longest_quiet real NOT NULL,
    fields jsonb NOT NULL DEFAULT '{}',
    computed_at timestamptz NOT NULL,
    CONSTRAINT "a week has 168 hours" CHECK (cardinality(usual) = 168 AND cardinality(spread) = 168)
);
COMMENT ON TABLE tidings.baselines IS 'What is usual of a source, by the hour of the week: what alarms are measured against.';
COMMENT ON COLUMN tidings.baselines.num_weeks IS 'From how many whole weeks it was learned.';
COMMENT ON COLUMN tidings.baselines.num_new IS 'New articles in these weeks.';
COMMENT ON COLUMN tidings.baselines.usual IS 'New articles in each hour of the week, the first being that from Monday 00:00 on in the source''s time zone: medians over the weeks, of an hour and so many of its neighbours that three articles are usual of them.';
COMMENT ON COLUMN tidings.baselines.spread IS 'The median absolute deviation from them.';
COMMENT ON COLUMN tidings.baselines.longest_silence IS 'The longest time between two new articles that was nothing unusual.';
COMMENT ON COLUMN tidings.baselines.longest_quiet IS 'The longest time between two new articles that was nothing unusual, by how many are usual of such a time: a night counts little.';
COMMENT ON COLUMN tidings.baselines.fields IS 'By the name of a field the median, the median absolute deviation (mad) and the low end of its fill rate over num_blocks blocks of at least six articles; body: of words in an article, article: of articles among pages, refused: of refusals among visits.';
CREATE INDEX baselines_by_age ON tidings.baselines (computed_at);

ALTER TABLE tidings.alarms
    ADD COLUMN since timestamptz,
    ADD COLUMN evidence jsonb NOT NULL DEFAULT '[]',
    ADD CONSTRAINT "evidence is a list" CHECK (jsonb_typeof(evidence) = 'array');
COMMENT ON COLUMN tidings.alarms.since IS 'When what it tells of began, as far as is known: before it was raised.';
COMMENT ON COLUMN tidings.alarms.evidence IS 'What it rests on: objects with text, and one of run_id, url, document, source.';
CREATE INDEX alarms_by_time ON tidings.alarms (raised_at DESC);
CREATE INDEX alarms_by_source ON tidings.alarms (source_id, raised_at DESC);
