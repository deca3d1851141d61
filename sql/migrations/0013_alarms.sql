-- What silence is measured by.

ALTER TABLE tidings.baselines
    ADD COLUMN num_new integer NOT NULL DEFAULT 0,
    ADD COLUMN longest_quiet real NOT NULL DEFAULT 0;
COMMENT ON COLUMN tidings.baselines.num_new IS 'New articles in these weeks.';
COMMENT ON COLUMN tidings.baselines.longest_quiet IS 'The longest time between two new articles that was nothing unusual, by how many are usual of such a time: a night counts little.';
COMMENT ON COLUMN tidings.baselines.usual IS 'New articles in each hour of the week, the first being that from Monday 00:00 on in the source''s time zone: medians over the weeks, of an hour and so many of its neighbours that three articles are usual of them.';
COMMENT ON COLUMN tidings.baselines.fields IS 'By the name of a field the median, the median absolute deviation (mad) and the low end of its fill rate over num_blocks blocks of at least six articles; body: of words in an article, article: of articles among pages, refused: of refusals among visits.';
CREATE INDEX baselines_by_age ON tidings.baselines (computed_at);
