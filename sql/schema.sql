-- The schema that all migrations make, to read. Written by `uv run python -m tests.schema`; a test keeps it equal.
-- The queue's own tables, types and functions (procrastinate_*) are left out.

CREATE SCHEMA tidings;

COMMENT ON SCHEMA tidings IS 'News articles, and how they were found. Kept by the tidings daemon.';

CREATE TYPE tidings.boilerplate_state AS ENUM (
    'learned',
    'unlearned',
    'kept'
);

CREATE TYPE tidings.document_kind AS ENUM (
    'home',
    'feed',
    'sitemap',
    'listing'
);

CREATE TYPE tidings.edit_kind AS ENUM (
    'typo',
    'headline',
    'correction',
    'update',
    'stealth'
);

CREATE TYPE tidings.notice_state AS ENUM (
    'waiting',
    'sent',
    'withdrawn',
    'given_up'
);

CREATE TYPE tidings.page_outcome AS ENUM (
    'new',
    'changed',
    'duplicate',
    'unchanged',
    'rejected',
    'failed'
);

CREATE TYPE tidings.page_reason AS ENUM (
    'new_text',
    'changed_text',
    'known_text',
    'same_text',
    'scheme_not_allowed',
    'port_not_allowed',
    'private_address',
    'robots_disallowed',
    'url_too_long',
    'url_invalid',
    'too_large',
    'not_html',
    'not_article',
    'too_short',
    'redirect_loop',
    'http_410',
    'http_451',
    'http_401',
    'http_403',
    'http_404',
    'http_4xx',
    'http_429',
    'http_5xx',
    'http_503',
    'robots_unreachable',
    'dns',
    'connection',
    'tls',
    'timeout',
    'truncated',
    'extraction_error',
    'extraction_timeout',
    'bad_row',
    'off_site',
    'too_old',
    'over_budget',
    'known',
    'opted_out',
    'bot_wall',
    'login_wall',
    'cookie_wall',
    'paywall',
    'soft_404',
    'host_paused',
    'host_down',
    'part_of_article',
    'not_modified',
    'expired',
    'extraction_crashed',
    'extraction_memory',
    'quarantined'
);

CREATE TYPE tidings.poll_outcome AS ENUM (
    'read',
    'unchanged',
    'failed'
);

CREATE TYPE tidings.run_outcome AS ENUM (
    'succeeded',
    'partial',
    'failed',
    'aborted'
);

CREATE TYPE tidings.run_trigger AS ENUM (
    'timetable',
    'command'
);

CREATE TYPE tidings.source_origin AS ENUM (
    'file',
    'command'
);

CREATE TYPE tidings.source_state AS ENUM (
    'enabled',
    'disabled',
    'removed'
);

CREATE TYPE tidings.story_role AS ENUM (
    'first',
    'copy',
    'rewrite'
);

CREATE FUNCTION tidings.number_arrivals(at_most integer DEFAULT 10000) RETURNS integer
    LANGUAGE plpgsql
    AS $$
DECLARE
    num_numbered integer;
    highest bigint;
    moment timestamptz;
BEGIN
    IF NOT pg_try_advisory_xact_lock(8388346184940876550) THEN
        RETURN NULL;
    END IF;
    IF current_setting('synchronous_commit') = 'off' THEN
        PERFORM set_config('synchronous_commit', 'on', true);
    END IF;
    moment := clock_timestamp();
    WITH waiting AS MATERIALIZED (
        SELECT url_id, revision
          FROM tidings.arrival_log
         WHERE seq IS NULL
         ORDER BY arrived_at, url_id, revision
         LIMIT at_most
           FOR UPDATE SKIP LOCKED
    ), numbers AS MATERIALIZED (
        SELECT url_id, revision, nextval('tidings.arrival_seq') AS seq FROM waiting
    ), numbered AS (
        UPDATE tidings.arrival_log l
           SET seq = n.seq, arrived_at = moment
          FROM numbers n
         WHERE l.url_id = n.url_id AND l.revision = n.revision
        RETURNING l.seq
    )
    SELECT count(*), max(seq) INTO num_numbered, highest FROM numbered;
    IF num_numbered > 0 THEN
        PERFORM pg_notify('tidings_arrivals', highest::text);
    END IF;
    RETURN num_numbered;
END $$;

COMMENT ON FUNCTION tidings.number_arrivals(at_most integer) IS 'Number what has arrived, and notify tidings_arrivals of the highest number. Returns how many were numbered; NULL if another transaction is at it.';

CREATE TABLE tidings.actions (
    action_id bigint NOT NULL,
    taken_at timestamp with time zone DEFAULT now() NOT NULL,
    action text NOT NULL,
    source text NOT NULL,
    url text,
    taken_by text NOT NULL,
    CONSTRAINT "an action has a known name" CHECK ((action = ANY (ARRAY['run'::text, 'revisit'::text, 'enable'::text, 'disable'::text, 'remove'::text, 'retry'::text, 'drop'::text])))
);

COMMENT ON TABLE tidings.actions IS 'What operators did by hand, on the page and on the command line; a row each, kept for good.';

COMMENT ON COLUMN tidings.actions.source IS 'By its name, so that a row outlives whatever it is about; so with url.';

COMMENT ON COLUMN tidings.actions.taken_by IS 'From where: the address that the page was asked from, or user and host of a command.';

ALTER TABLE tidings.actions ALTER COLUMN action_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME tidings.actions_action_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE tidings.alarms (
    alarm_id bigint NOT NULL,
    kind text NOT NULL,
    source_id bigint,
    raised_at timestamp with time zone NOT NULL,
    cleared_at timestamp with time zone,
    cause text NOT NULL,
    since timestamp with time zone,
    evidence jsonb DEFAULT '[]'::jsonb NOT NULL,
    CONSTRAINT "evidence is a list" CHECK ((jsonb_typeof(evidence) = 'array'::text))
);

COMMENT ON TABLE tidings.alarms IS 'What an operator should know of, from raised to cleared.';

COMMENT ON COLUMN tidings.alarms.since IS 'When what it tells of began, as far as is known: before it was raised.';

COMMENT ON COLUMN tidings.alarms.evidence IS 'What it rests on: objects with text, and one of run_id, url, document, source.';

ALTER TABLE tidings.alarms ALTER COLUMN alarm_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME tidings.alarms_alarm_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE tidings.arrival_log (
    url_id bigint NOT NULL,
    revision integer NOT NULL,
    outcome tidings.page_outcome NOT NULL,
    arrived_at timestamp with time zone NOT NULL,
    seq bigint,
    CONSTRAINT "only a text arrives" CHECK ((outcome = ANY (ARRAY['new'::tidings.page_outcome, 'changed'::tidings.page_outcome, 'duplicate'::tidings.page_outcome])))
);

COMMENT ON TABLE tidings.arrival_log IS 'A row per row of article_urls, written with it, and numbered once that is committed: what tidings.arrivals shows.';

COMMENT ON COLUMN tidings.arrival_log.arrived_at IS 'When it was numbered, by the database''s clock; before that, when it was written.';

COMMENT ON COLUMN tidings.arrival_log.seq IS 'NULL until number_arrivals() gives it the next number.';

CREATE SEQUENCE tidings.arrival_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

ALTER SEQUENCE tidings.arrival_seq OWNED BY tidings.arrival_log.seq;

CREATE TABLE tidings.article_authors (
    article_id bigint NOT NULL,
    "position" smallint NOT NULL,
    author_id bigint NOT NULL
);

COMMENT ON TABLE tidings.article_authors IS 'Who signed an article, in the order of the byline.';

CREATE TABLE tidings.article_urls (
    url_id bigint NOT NULL,
    revision integer NOT NULL,
    article_id bigint NOT NULL,
    source_id bigint NOT NULL,
    is_current boolean NOT NULL,
    canonical_url text,
    first_seen_at timestamp with time zone NOT NULL,
    last_seen_at timestamp with time zone NOT NULL,
    whole_hash bytea,
    whole_hash_version smallint,
    canonical_key bytea,
    date_published timestamp with time zone,
    date_modified timestamp with time zone,
    published_before timestamp with time zone,
    edit_kind tidings.edit_kind,
    CONSTRAINT "a canonical key is a SHA-256" CHECK ((octet_length(canonical_key) = 32)),
    CONSTRAINT "a whole hash has a version" CHECK (((whole_hash IS NULL) = (whole_hash_version IS NULL))),
    CONSTRAINT "a whole hash is a SHA-256" CHECK ((octet_length(whole_hash) = 32)),
    CONSTRAINT "revisions count from 1" CHECK ((revision >= 1))
);

COMMENT ON TABLE tidings.article_urls IS 'Which text stood at which URL: the first is revision 1, each further text the next.';

COMMENT ON COLUMN tidings.article_urls.canonical_url IS 'What the page names as its own URL (rel=canonical and the like), believed or not.';

COMMENT ON COLUMN tidings.article_urls.whole_hash IS 'The content hash of all that the page showed, if boilerplate was dropped from it: by this it is known again, whatever has been learned since.';

COMMENT ON COLUMN tidings.article_urls.whole_hash_version IS 'Which canonical form whole_hash is of; what it was computed from is not kept, so it is computed anew when the page is seen again.';

COMMENT ON COLUMN tidings.article_urls.canonical_key IS 'The URL key of canonical_url, where that is believed: it lies within the same site.';

COMMENT ON COLUMN tidings.article_urls.date_published IS 'As this URL''s page said when it was seen first.';

COMMENT ON COLUMN tidings.article_urls.date_modified IS 'As this URL''s page said when it was seen last.';

COMMENT ON COLUMN tidings.article_urls.published_before IS 'By when it was out, by its page''s word: date_published, or where that is a day alone its end, or our visit; NULL if it had not come yet at our visit.';

COMMENT ON COLUMN tidings.article_urls.edit_kind IS 'What became of the text that was seen there before it; NULL if none was, or it was seen by a version that did not judge.';

CREATE TABLE tidings.articles (
    article_id bigint NOT NULL,
    content_hash bytea NOT NULL,
    hash_version smallint NOT NULL,
    headline text NOT NULL,
    article_body text NOT NULL,
    description text,
    article_section text,
    keywords text[] NOT NULL,
    in_language text,
    date_published timestamp with time zone,
    date_published_source text,
    date_modified timestamp with time zone,
    main_image_url text,
    word_count integer NOT NULL,
    first_seen_at timestamp with time zone NOT NULL,
    is_accessible_for_free boolean,
    alternative_headline text,
    main_image_caption text,
    main_image_credit text,
    dateline text,
    is_live_blog boolean DEFAULT false NOT NULL,
    num_pages smallint DEFAULT 1 NOT NULL,
    origins jsonb DEFAULT '{}'::jsonb NOT NULL,
    first_seen_url_id bigint,
    first_published_url_id bigint,
    story_id bigint,
    story_role tidings.story_role,
    CONSTRAINT "a body is not empty" CHECK ((article_body <> ''::text)),
    CONSTRAINT "a content hash is a SHA-256" CHECK ((octet_length(content_hash) = 32)),
    CONSTRAINT "a headline is not empty" CHECK ((headline <> ''::text)),
    CONSTRAINT "an article has a page" CHECK ((num_pages >= 1)),
    CONSTRAINT "whoever is in a story has a role in it" CHECK (((story_id IS NULL) = (story_role IS NULL)))
);

COMMENT ON TABLE tidings.articles IS 'Each distinct text once.';

COMMENT ON COLUMN tidings.articles.content_hash IS 'SHA-256 of the canonical form of headline and body; the form is numbered by hash_version.';

COMMENT ON COLUMN tidings.articles.is_accessible_for_free IS 'Whether the page says that all may read it; NULL if it says neither.';

COMMENT ON COLUMN tidings.articles.dateline IS 'The place that opens the text.';

COMMENT ON COLUMN tidings.articles.num_pages IS 'How many pages of the site its text was joined from.';

COMMENT ON COLUMN tidings.articles.origins IS 'Where each field was found: json_ld, meta, microdata, html, feed, sitemap, rule or derived.';

COMMENT ON COLUMN tidings.articles.first_seen_url_id IS 'The copy that we saw first.';

COMMENT ON COLUMN tidings.articles.first_published_url_id IS 'The copy that is the oldest by its publisher''s word; NULL if none is dated.';

COMMENT ON COLUMN tidings.articles.story_id IS 'The article_id of the first article known of the story; NULL until it was looked for.';

COMMENT ON COLUMN tidings.articles.story_role IS 'The first of its story, nearly a copy of another article of it, or a rewrite.';

CREATE TABLE tidings.authors (
    author_id bigint NOT NULL,
    name text NOT NULL
);

COMMENT ON TABLE tidings.authors IS 'People and agencies, by the name they sign with.';

CREATE TABLE tidings.sources (
    source_id bigint NOT NULL,
    name text NOT NULL,
    url text NOT NULL,
    state tidings.source_state DEFAULT 'enabled'::tidings.source_state NOT NULL,
    origin tidings.source_origin NOT NULL,
    definition jsonb NOT NULL,
    host_lock text NOT NULL,
    due_at timestamp with time zone,
    run_id uuid,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    failure_score real DEFAULT 0 NOT NULL,
    failing_since timestamp with time zone,
    last_success_at timestamp with time zone,
    edit_rate real DEFAULT 0 NOT NULL,
    slot_at timestamp with time zone,
    learned_every interval,
    timed_at timestamp with time zone,
    CONSTRAINT "a source name is 1 to 64 of a-z, 0-9 and hyphen" CHECK ((name ~ '^[a-z0-9-]{1,64}$'::text)),
    CONSTRAINT "an edit rate is a share" CHECK (((edit_rate >= (0)::double precision) AND (edit_rate <= (1)::double precision))),
    CONSTRAINT "an enabled source has a due time" CHECK (((state <> 'enabled'::tidings.source_state) OR (due_at IS NOT NULL)))
);

COMMENT ON TABLE tidings.sources IS 'News sites as configured. The one truth about what is due.';

COMMENT ON COLUMN tidings.sources.origin IS 'file: from the configuration file, follows it. command: added by hand, stays.';

COMMENT ON COLUMN tidings.sources.definition IS 'The [[source]] table as written.';

COMMENT ON COLUMN tidings.sources.host_lock IS 'Politeness key (registrable domain): one run at a time among all sources that share it.';

COMMENT ON COLUMN tidings.sources.due_at IS 'When it is visited next: at its next slot, or later where it was put off.';

COMMENT ON COLUMN tidings.sources.run_id IS 'The run under way, queued or started; a source has at most one.';

COMMENT ON COLUMN tidings.sources.failure_score IS 'Failed runs since the last good one, weighed: hard 1, soft 0.5, temporary 0.25. The interval doubles with each full point.';

COMMENT ON COLUMN tidings.sources.edit_rate IS 'The share of visits to known articles that found another text: a mean in which the last fifty count most.';

COMMENT ON COLUMN tidings.sources.slot_at IS 'The next slot of the timetable.';

COMMENT ON COLUMN tidings.sources.learned_every IS 'The interval that its own rhythm has led to, where the operator left it to us (every = "auto", freshness).';

COMMENT ON COLUMN tidings.sources.timed_at IS 'When slot_at and due_at were set. One that lies ahead tells of a clock that was set back since.';

CREATE TABLE tidings.urls (
    url_id bigint NOT NULL,
    url_key bytea NOT NULL,
    url text NOT NULL,
    source_id bigint NOT NULL,
    first_seen_at timestamp with time zone NOT NULL,
    last_fetched_at timestamp with time zone,
    outcome tidings.page_outcome,
    reason tidings.page_reason,
    num_failures integer DEFAULT 0 NOT NULL,
    next_visit_at timestamp with time zone,
    link jsonb,
    key_version smallint NOT NULL,
    etag text,
    last_modified text,
    num_not_modified smallint DEFAULT 0 NOT NULL,
    gone_at timestamp with time zone,
    num_crashes smallint DEFAULT 0 NOT NULL,
    found_in bigint,
    entry jsonb,
    CONSTRAINT "a URL key is a SHA-256" CHECK ((octet_length(url_key) = 32)),
    CONSTRAINT "a rejected URL is not visited again" CHECK (((next_visit_at IS NULL) OR (outcome <> 'rejected'::tidings.page_outcome) OR ((reason)::text = 'over_budget'::text)))
);

COMMENT ON TABLE tidings.urls IS 'Every URL ever seen, with how its last visit ended.';

COMMENT ON COLUMN tidings.urls.url_key IS 'SHA-256 of the URL''s canonical form, in which what does not make another page is evened out; the form is numbered by key_version.';

COMMENT ON COLUMN tidings.urls.next_visit_at IS 'When it is visited again, listed still or not: one that failed, that was over a run''s budget, or whose article may have been edited.';

COMMENT ON COLUMN tidings.urls.link IS 'What the document that listed it said of it, as long as another visit is to come.';

COMMENT ON COLUMN tidings.urls.etag IS 'Of the page whose text is stored: sent back as If-None-Match; last_modified as If-Modified-Since.';

COMMENT ON COLUMN tidings.urls.num_not_modified IS 'How many visits in a row the server has ended with 304: after two it is asked for the page in full.';

COMMENT ON COLUMN tidings.urls.gone_at IS 'Since when its article is not there any more (404, 410, or another page in its place); what was stored is kept.';

COMMENT ON COLUMN tidings.urls.num_crashes IS 'How often in a row reading it has crashed, hung or bloated the process that read; from three on it is not visited.';

COMMENT ON COLUMN tidings.urls.found_in IS 'The feed, sitemap, listing or home page that listed it when it was seen first; NULL if none did.';

COMMENT ON COLUMN tidings.urls.entry IS 'What was said of it where it was found: headline, date_published, date_modified; and unless a document simply listed it, how it was found (by: gap, page, part, redirect or import) and where (from).';

CREATE VIEW tidings.arrivals AS
 SELECT l.seq,
    l.arrived_at,
    l.outcome,
    u.url,
    s.name AS source,
    a.article_id,
    encode(a.content_hash, 'hex'::text) AS content_hash,
    a.headline,
    a.article_body,
    ARRAY( SELECT w.name
           FROM (tidings.article_authors aa
             JOIN tidings.authors w USING (author_id))
          WHERE (aa.article_id = a.article_id)
          ORDER BY aa."position") AS authors,
    a.date_published,
    a.date_modified,
    a.article_section,
    a.in_language,
    a.description,
    a.main_image_url,
    au.canonical_url,
    au.revision,
    au.is_current,
    au.first_seen_at,
    au.last_seen_at,
    a.is_accessible_for_free,
    a.alternative_headline,
    a.keywords,
    a.main_image_caption,
    a.main_image_credit,
    a.dateline,
    a.is_live_blog,
    a.num_pages,
    a.origins,
    au.edit_kind,
    u.gone_at,
    (a.first_seen_url_id = au.url_id) AS is_first_seen,
    (a.first_published_url_id = au.url_id) AS is_first_published,
    ((au.canonical_key IS NULL) OR (au.canonical_key = u.url_key)) AS is_canonical,
    a.story_id,
    a.story_role
   FROM ((((tidings.arrival_log l
     JOIN tidings.article_urls au USING (url_id, revision))
     JOIN tidings.urls u USING (url_id))
     JOIN tidings.articles a USING (article_id))
     JOIN tidings.sources s ON ((s.source_id = au.source_id)))
  WHERE (l.seq IS NOT NULL);

COMMENT ON VIEW tidings.arrivals IS 'One row per URL and revision, as in copies, in the order of seq: whoever reads on after the highest seq that they have seen misses none, and meets none twice.';

CREATE TABLE tidings.article_words (
    article_id bigint NOT NULL,
    config text NOT NULL,
    words tsvector NOT NULL,
    facets text[] NOT NULL,
    first_seen_at timestamp with time zone NOT NULL
);

COMMENT ON TABLE tidings.article_words IS 'The words of each article, as the text search of its language has them: of headline (A), description (B) and body (C).';

COMMENT ON COLUMN tidings.article_words.config IS 'The text search configuration of its language, by name: so a dump can be restored where there are others.';

COMMENT ON COLUMN tidings.article_words.facets IS 'By what a search is narrowed within the index: l and its language, s and each source_id that has it, d and the day on which it was seen first, w and the week, both counted from 1970 (UTC).';

ALTER TABLE tidings.articles ALTER COLUMN article_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME tidings.articles_article_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

ALTER TABLE tidings.authors ALTER COLUMN author_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME tidings.authors_author_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE tidings.baselines (
    source_id bigint NOT NULL,
    num_weeks smallint NOT NULL,
    num_new integer NOT NULL,
    usual real[] NOT NULL,
    spread real[] NOT NULL,
    longest_silence interval,
    longest_quiet real NOT NULL,
    fields jsonb DEFAULT '{}'::jsonb NOT NULL,
    computed_at timestamp with time zone NOT NULL,
    CONSTRAINT "a week has 168 hours" CHECK (((cardinality(usual) = 168) AND (cardinality(spread) = 168)))
);

COMMENT ON TABLE tidings.baselines IS 'What is usual of a source, by the hour of the week: what alarms are measured against.';

COMMENT ON COLUMN tidings.baselines.num_weeks IS 'From how many whole weeks it was learned.';

COMMENT ON COLUMN tidings.baselines.num_new IS 'New articles in these weeks.';

COMMENT ON COLUMN tidings.baselines.usual IS 'New articles in each hour of the week, the first being that from Monday 00:00 on in the source''s time zone: medians over the weeks, of an hour and so many of its neighbours that three articles are usual of them.';

COMMENT ON COLUMN tidings.baselines.spread IS 'The median absolute deviation from them.';

COMMENT ON COLUMN tidings.baselines.longest_silence IS 'The longest time between two new articles that was nothing unusual.';

COMMENT ON COLUMN tidings.baselines.longest_quiet IS 'The longest time between two new articles that was nothing unusual, by how many are usual of such a time: a night counts little.';

COMMENT ON COLUMN tidings.baselines.fields IS 'By the name of a field the median, the median absolute deviation (mad) and the low end of its fill rate over num_blocks blocks of at least six articles; body: of words in an article, article: of articles among pages, refused: of refusals among visits.';

CREATE TABLE tidings.boilerplate (
    source_id bigint NOT NULL,
    paragraph_key bigint NOT NULL,
    paragraph text NOT NULL,
    state tidings.boilerplate_state NOT NULL,
    num_articles integer NOT NULL,
    learned_at timestamp with time zone NOT NULL,
    last_seen_at timestamp with time zone NOT NULL,
    unlearned_at timestamp with time zone,
    CONSTRAINT "what is unlearned has a time for it" CHECK (((state = 'unlearned'::tidings.boilerplate_state) = (unlearned_at IS NOT NULL)))
);

COMMENT ON TABLE tidings.boilerplate IS 'Paragraphs that recur across a source''s articles: what is learned is dropped from bodies, what an operator has kept is not.';

COMMENT ON COLUMN tidings.boilerplate.paragraph_key IS 'Of what the paragraph says: digits, case, space and punctuation do not count.';

COMMENT ON COLUMN tidings.boilerplate.paragraph IS 'The beginning of it, as it stood on the page that taught it.';

COMMENT ON COLUMN tidings.boilerplate.num_articles IS 'Of the source''s latest articles (tidings.lessons), those that had it when it was counted last.';

COMMENT ON COLUMN tidings.boilerplate.last_seen_at IS 'When an article that had it was fetched last.';

CREATE VIEW tidings.copies AS
 SELECT u.url,
    s.name AS source,
    a.article_id,
    encode(a.content_hash, 'hex'::text) AS content_hash,
    a.headline,
    a.article_body,
    ARRAY( SELECT w.name
           FROM (tidings.article_authors aa
             JOIN tidings.authors w USING (author_id))
          WHERE (aa.article_id = a.article_id)
          ORDER BY aa."position") AS authors,
    a.date_published,
    a.date_modified,
    a.article_section,
    a.in_language,
    a.description,
    a.main_image_url,
    au.canonical_url,
    au.revision,
    au.is_current,
    au.first_seen_at,
    au.last_seen_at,
    a.is_accessible_for_free,
    a.alternative_headline,
    a.keywords,
    a.main_image_caption,
    a.main_image_credit,
    a.dateline,
    a.is_live_blog,
    a.num_pages,
    a.origins,
    au.edit_kind,
    u.gone_at,
    (a.first_seen_url_id = au.url_id) AS is_first_seen,
    (a.first_published_url_id = au.url_id) AS is_first_published,
    ((au.canonical_key IS NULL) OR (au.canonical_key = u.url_key)) AS is_canonical,
    a.story_id,
    a.story_role
   FROM (((tidings.article_urls au
     JOIN tidings.urls u USING (url_id))
     JOIN tidings.articles a USING (article_id))
     JOIN tidings.sources s ON ((s.source_id = au.source_id)));

COMMENT ON VIEW tidings.copies IS 'One row per URL and revision.';

CREATE TABLE tidings.documents (
    document_id bigint NOT NULL,
    source_id bigint NOT NULL,
    url text NOT NULL,
    kind tidings.document_kind NOT NULL,
    is_root boolean NOT NULL,
    etag text,
    last_modified text,
    body_hash bytea,
    num_polls integer DEFAULT 0 NOT NULL,
    polled_at timestamp with time zone,
    changed_at timestamp with time zone,
    fresh_until timestamp with time zone,
    moved_to text,
    num_moves integer DEFAULT 0 NOT NULL,
    promoted_at timestamp with time zone,
    retired_at timestamp with time zone,
    num_failures integer DEFAULT 0 NOT NULL,
    entry_keys bigint[],
    CONSTRAINT "a body hash is a SHA-256" CHECK ((octet_length(body_hash) = 32)),
    CONSTRAINT "a promoted document has moved" CHECK (((promoted_at IS NULL) OR (moved_to IS NOT NULL)))
);

COMMENT ON TABLE tidings.documents IS 'Feeds, sitemaps and listings of each source, configured or found, with what their server said last.';

COMMENT ON COLUMN tidings.documents.is_root IS 'Whether a run begins with it; others are asked for when a document lists them.';

COMMENT ON COLUMN tidings.documents.etag IS 'Sent back as If-None-Match; last_modified as If-Modified-Since.';

COMMENT ON COLUMN tidings.documents.fresh_until IS 'Until when its publisher says that asking again is of no use (ttl, sy:update*, Cache-Control, Expires).';

COMMENT ON COLUMN tidings.documents.moved_to IS 'Where permanent redirects (301, 308) led the last num_moves times.';

COMMENT ON COLUMN tidings.documents.promoted_at IS 'Since when moved_to is asked in its place.';

COMMENT ON COLUMN tidings.documents.retired_at IS 'Since when it is not asked any more, for its server said 410 Gone.';

COMMENT ON COLUMN tidings.documents.entry_keys IS 'Of a feed: the first 64 bits of the URL keys of what it listed last, by which a gap is seen.';

ALTER TABLE tidings.documents ALTER COLUMN document_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME tidings.documents_document_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE tidings.hosts (
    host text NOT NULL,
    turn_at timestamp with time zone NOT NULL,
    paused_until timestamp with time zone,
    pause_reason text,
    latency_ms real,
    CONSTRAINT "a pause has a reason" CHECK (((paused_until IS NULL) = (pause_reason IS NULL)))
)
WITH (fillfactor='50');

COMMENT ON TABLE tidings.hosts IS 'The pace of each host across the whole installation.';

COMMENT ON COLUMN tidings.hosts.turn_at IS 'When the next request may be sent.';

COMMENT ON COLUMN tidings.hosts.paused_until IS 'It asked to be left alone until then (429 and 503, with Retry-After).';

COMMENT ON COLUMN tidings.hosts.latency_ms IS 'How long it takes to answer, as a moving mean; a slow host is asked more slowly.';

CREATE TABLE tidings.hot_keys (
    key integer NOT NULL,
    found_at timestamp with time zone NOT NULL
);

COMMENT ON TABLE tidings.hot_keys IS 'Keys of tidings.sketches that are in too many of them to tell anything.';

CREATE TABLE tidings.hourly_pages (
    source_id bigint NOT NULL,
    hour timestamp with time zone NOT NULL,
    outcome tidings.page_outcome NOT NULL,
    reason tidings.page_reason NOT NULL,
    num_pages integer NOT NULL,
    num_articles integer DEFAULT 0 NOT NULL,
    num_headlined integer DEFAULT 0 NOT NULL,
    num_dated integer DEFAULT 0 NOT NULL,
    num_signed integer DEFAULT 0 NOT NULL,
    num_in_language integer DEFAULT 0 NOT NULL,
    num_words bigint DEFAULT 0 NOT NULL,
    CONSTRAINT "hours are whole" CHECK ((((EXTRACT(epoch FROM hour))::bigint % (3600)::bigint) = 0))
)
PARTITION BY RANGE (hour);

COMMENT ON TABLE tidings.hourly_pages IS 'The visits of each source by the hour in which they were made (UTC), counted as they are stored; links to other sites do not count.';

COMMENT ON COLUMN tidings.hourly_pages.num_articles IS 'Of these visits, those that read an article; the columns after it count whose article has what.';

COMMENT ON COLUMN tidings.hourly_pages.num_headlined IS 'The page marks the headline as one; it was not worked out from something else.';

COMMENT ON COLUMN tidings.hourly_pages.num_words IS 'Of their bodies, together.';

CREATE TABLE tidings.hourly_pages_default (
    source_id bigint CONSTRAINT hourly_pages_source_id_not_null NOT NULL,
    hour timestamp with time zone CONSTRAINT hourly_pages_hour_not_null NOT NULL,
    outcome tidings.page_outcome CONSTRAINT hourly_pages_outcome_not_null NOT NULL,
    reason tidings.page_reason CONSTRAINT hourly_pages_reason_not_null NOT NULL,
    num_pages integer CONSTRAINT hourly_pages_num_pages_not_null NOT NULL,
    num_articles integer DEFAULT 0 CONSTRAINT hourly_pages_num_articles_not_null NOT NULL,
    num_headlined integer DEFAULT 0 CONSTRAINT hourly_pages_num_headlined_not_null NOT NULL,
    num_dated integer DEFAULT 0 CONSTRAINT hourly_pages_num_dated_not_null NOT NULL,
    num_signed integer DEFAULT 0 CONSTRAINT hourly_pages_num_signed_not_null NOT NULL,
    num_in_language integer DEFAULT 0 CONSTRAINT hourly_pages_num_in_language_not_null NOT NULL,
    num_words bigint DEFAULT 0 CONSTRAINT hourly_pages_num_words_not_null NOT NULL,
    CONSTRAINT "hours are whole" CHECK ((((EXTRACT(epoch FROM hour))::bigint % (3600)::bigint) = 0))
);

CREATE TABLE tidings.lessons (
    source_id bigint NOT NULL,
    article_id bigint NOT NULL,
    paragraph_keys bigint[] NOT NULL,
    paragraph_lengths integer[] NOT NULL,
    fetched_at timestamp with time zone NOT NULL,
    CONSTRAINT "every paragraph has a length" CHECK ((cardinality(paragraph_keys) = cardinality(paragraph_lengths)))
);

COMMENT ON TABLE tidings.lessons IS 'The paragraphs of each source''s latest articles, from which its boilerplate is learned; older rows are deleted.';

CREATE TABLE tidings.lost_attempts (
    run_id uuid NOT NULL,
    attempt integer NOT NULL,
    worker text,
    lost_at timestamp with time zone NOT NULL,
    with_host boolean DEFAULT false NOT NULL,
    CONSTRAINT "attempts count from 1" CHECK ((attempt >= 1))
);

COMMENT ON TABLE tidings.lost_attempts IS 'Attempts at a run that ended with their worker. How the last attempt ended, the run itself says.';

COMMENT ON COLUMN tidings.lost_attempts.with_host IS 'Whether all of tidings on that host ended with it, for which the run is not to blame.';

CREATE TABLE tidings.migrations (
    number integer NOT NULL,
    name text NOT NULL,
    checksum text NOT NULL,
    applied_at timestamp with time zone NOT NULL
);

COMMENT ON TABLE tidings.migrations IS 'Which migration files this database has seen, and their SHA-256.';

CREATE TABLE tidings.notice_targets (
    target text NOT NULL,
    first_seen_at timestamp with time zone NOT NULL
);

COMMENT ON TABLE tidings.notice_targets IS 'Who is told of alarms, by a hash of the URL that [alarms] notify has: the URL may hold a secret.';

CREATE TABLE tidings.notices (
    alarm_id bigint NOT NULL,
    event text NOT NULL,
    target text NOT NULL,
    state tidings.notice_state DEFAULT 'waiting'::tidings.notice_state NOT NULL,
    queued_at timestamp with time zone NOT NULL,
    num_attempts smallint DEFAULT 0 NOT NULL,
    next_attempt_at timestamp with time zone,
    settled_at timestamp with time zone,
    error text,
    CONSTRAINT "an alarm is raised or cleared" CHECK ((event = ANY (ARRAY['raised'::text, 'cleared'::text]))),
    CONSTRAINT "what is settled has a time" CHECK (((state = 'waiting'::tidings.notice_state) = (settled_at IS NULL))),
    CONSTRAINT "what waits has a next attempt" CHECK (((state = 'waiting'::tidings.notice_state) = (next_attempt_at IS NOT NULL)))
);

COMMENT ON TABLE tidings.notices IS 'Each message of an alarm to a target: to be sent, sent, withdrawn because the alarm was over at once, or given up after a day.';

COMMENT ON COLUMN tidings.notices.next_attempt_at IS 'Not before; while it is being sent, when somebody else may try.';

COMMENT ON COLUMN tidings.notices.settled_at IS 'When it was sent, withdrawn or given up; those that were sent as one message have the same time.';

CREATE TABLE tidings.oldest_hash (
    hash_version smallint NOT NULL
);

COMMENT ON TABLE tidings.oldest_hash IS 'One row: no text is known by a hash of an older version than this.';

CREATE TABLE tidings.pages (
    page_id bigint CONSTRAINT pages_page_id_not_null1 NOT NULL,
    run_id uuid CONSTRAINT pages_run_id_not_null1 NOT NULL,
    source_id bigint CONSTRAINT pages_source_id_not_null1 NOT NULL,
    url_id bigint,
    url text CONSTRAINT pages_url_not_null1 NOT NULL,
    final_url text,
    outcome tidings.page_outcome CONSTRAINT pages_outcome_not_null1 NOT NULL,
    reason tidings.page_reason CONSTRAINT pages_reason_not_null1 NOT NULL,
    detail text,
    http_status smallint,
    num_bytes integer,
    fetched_at timestamp with time zone CONSTRAINT pages_fetched_at_not_null1 NOT NULL,
    duration_ms integer,
    article_id bigint,
    opt_outs text[] DEFAULT '{}'::text[] CONSTRAINT pages_opt_outs_not_null1 NOT NULL,
    trace jsonb,
    CONSTRAINT "a stored text belongs to a stored article" CHECK (((outcome = ANY (ARRAY['rejected'::tidings.page_outcome, 'failed'::tidings.page_outcome])) OR (article_id IS NOT NULL))),
    CONSTRAINT "only an off-site link is no URL of ours" CHECK (((url_id IS NOT NULL) OR ((reason)::text = 'off_site'::text)))
)
PARTITION BY RANGE (fetched_at);

COMMENT ON TABLE tidings.pages IS 'One row per visit to a URL, with its one outcome and reason.';

COMMENT ON COLUMN tidings.pages.final_url IS 'Where redirects led; NULL if there were none.';

COMMENT ON COLUMN tidings.pages.detail IS 'The reason in words: what was measured, or the error.';

COMMENT ON COLUMN tidings.pages.article_id IS 'What stood there; it may have been deleted since.';

COMMENT ON COLUMN tidings.pages.opt_outs IS 'What the publisher asked not to be done with it, such as noarchive or tdm_reservation.';

COMMENT ON COLUMN tidings.pages.trace IS 'What the visit met on its way, where there is anything to tell: why it was made (for), conditional headers (sent), browser or proxy (via), http, redirects (hops: status and URL that gave it; at: where they led, if nothing came from there), robots (status of robots.txt, else the group and the rule that forbade), type, validators (said), ms (turn, download, read, store), reader of the body, rules by field, pages joined, evidence against a page that is no article, attempt of the run. Of a link to another site: found_in and entry, as in tidings.urls.';

CREATE TABLE tidings.pages_default (
    page_id bigint CONSTRAINT pages_page_id_not_null NOT NULL,
    run_id uuid CONSTRAINT pages_run_id_not_null NOT NULL,
    source_id bigint CONSTRAINT pages_source_id_not_null NOT NULL,
    url_id bigint,
    url text CONSTRAINT pages_url_not_null NOT NULL,
    final_url text,
    outcome tidings.page_outcome CONSTRAINT pages_outcome_not_null NOT NULL,
    reason tidings.page_reason CONSTRAINT pages_reason_not_null NOT NULL,
    detail text,
    http_status smallint,
    num_bytes integer,
    fetched_at timestamp with time zone CONSTRAINT pages_fetched_at_not_null NOT NULL,
    duration_ms integer,
    article_id bigint,
    opt_outs text[] DEFAULT '{}'::text[] CONSTRAINT pages_opt_outs_not_null NOT NULL,
    trace jsonb,
    CONSTRAINT "a stored text belongs to a stored article" CHECK (((outcome = ANY (ARRAY['rejected'::tidings.page_outcome, 'failed'::tidings.page_outcome])) OR (article_id IS NOT NULL))),
    CONSTRAINT "only an off-site link is no URL of ours" CHECK (((url_id IS NOT NULL) OR ((reason)::text = 'off_site'::text)))
);

COMMENT ON TABLE tidings.pages_default IS 'One row per visit to a URL, with its one outcome and reason.';

COMMENT ON COLUMN tidings.pages_default.final_url IS 'Where redirects led; NULL if there were none.';

COMMENT ON COLUMN tidings.pages_default.detail IS 'The reason in words: what was measured, or the error.';

COMMENT ON COLUMN tidings.pages_default.opt_outs IS 'What the publisher asked not to be done with it, such as noarchive or tdm_reservation.';

ALTER TABLE tidings.pages ALTER COLUMN page_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME tidings.pages_page_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE tidings.polls (
    run_id uuid CONSTRAINT polls_run_id_not_null1 NOT NULL,
    document_id bigint CONSTRAINT polls_document_id_not_null1 NOT NULL,
    polled_at timestamp with time zone CONSTRAINT polls_polled_at_not_null1 NOT NULL,
    outcome tidings.poll_outcome CONSTRAINT polls_outcome_not_null1 NOT NULL,
    reason text,
    detail text,
    http_status smallint,
    damage text,
    num_bytes integer,
    num_links integer DEFAULT 0 CONSTRAINT polls_num_links_not_null1 NOT NULL,
    num_unknown integer DEFAULT 0 CONSTRAINT polls_num_unknown_not_null1 NOT NULL,
    duration_ms integer,
    is_gap boolean DEFAULT false NOT NULL,
    CONSTRAINT "a failed poll has a reason" CHECK (((outcome = 'failed'::tidings.poll_outcome) = (reason IS NOT NULL)))
)
PARTITION BY RANGE (polled_at);

COMMENT ON TABLE tidings.polls IS 'One row per request for a feed, sitemap or listing, with its one outcome.';

COMMENT ON COLUMN tidings.polls.damage IS 'What was wrong with a document that could be read only in part.';

COMMENT ON COLUMN tidings.polls.is_gap IS 'Whether a feed listed nothing that it had listed at the poll before: what came and went between is not known.';

CREATE TABLE tidings.polls_default (
    run_id uuid CONSTRAINT polls_run_id_not_null NOT NULL,
    document_id bigint CONSTRAINT polls_document_id_not_null NOT NULL,
    polled_at timestamp with time zone CONSTRAINT polls_polled_at_not_null NOT NULL,
    outcome tidings.poll_outcome CONSTRAINT polls_outcome_not_null NOT NULL,
    reason text,
    detail text,
    http_status smallint,
    damage text,
    num_bytes integer,
    num_links integer DEFAULT 0 CONSTRAINT polls_num_links_not_null NOT NULL,
    num_unknown integer DEFAULT 0 CONSTRAINT polls_num_unknown_not_null NOT NULL,
    duration_ms integer,
    is_gap boolean DEFAULT false CONSTRAINT polls_is_gap_not_null NOT NULL,
    CONSTRAINT "a failed poll has a reason" CHECK (((outcome = 'failed'::tidings.poll_outcome) = (reason IS NOT NULL)))
);

COMMENT ON TABLE tidings.polls_default IS 'One row per request for a feed, sitemap or listing, with its one outcome.';

COMMENT ON COLUMN tidings.polls_default.damage IS 'What was wrong with a document that could be read only in part.';

CREATE TABLE tidings.quarantine (
    url_id bigint NOT NULL,
    reason tidings.page_reason NOT NULL,
    detail text,
    num_attempts integer NOT NULL,
    quarantined_at timestamp with time zone NOT NULL,
    CONSTRAINT "a page is tried before it is quarantined" CHECK ((num_attempts >= 1))
);

COMMENT ON TABLE tidings.quarantine IS 'Pages that crashed, hung or bloated whoever read them, time and again: not opened any more until an operator says so.';

CREATE TABLE tidings.runs (
    run_id uuid NOT NULL,
    source_id bigint NOT NULL,
    trigger tidings.run_trigger NOT NULL,
    revisit boolean DEFAULT false NOT NULL,
    scheduled_for timestamp with time zone NOT NULL,
    queued_at timestamp with time zone NOT NULL,
    started_at timestamp with time zone,
    finished_at timestamp with time zone,
    attempt integer DEFAULT 0 NOT NULL,
    job_id bigint,
    worker text,
    outcome tidings.run_outcome,
    reason text,
    num_links integer DEFAULT 0 NOT NULL,
    num_known integer DEFAULT 0 NOT NULL,
    num_fetched integer DEFAULT 0 NOT NULL,
    num_new integer DEFAULT 0 NOT NULL,
    num_changed integer DEFAULT 0 NOT NULL,
    num_duplicate integer DEFAULT 0 NOT NULL,
    num_unchanged integer DEFAULT 0 NOT NULL,
    num_rejected integer DEFAULT 0 NOT NULL,
    num_failed integer DEFAULT 0 NOT NULL,
    import_id bigint,
    CONSTRAINT "a finished run has an outcome" CHECK (((finished_at IS NULL) = (outcome IS NULL)))
);

COMMENT ON TABLE tidings.runs IS 'One visit to a source, from claimed to finished. Its run_id is its idempotency key.';

COMMENT ON COLUMN tidings.runs.scheduled_for IS 'The slot of the timetable that it serves; for a command, when it was given.';

COMMENT ON COLUMN tidings.runs.attempt IS 'How often a worker took it up; late writes of an earlier attempt are refused.';

COMMENT ON COLUMN tidings.runs.import_id IS 'The file that it read in place of the source''s site.';

CREATE TABLE tidings.search_configs (
    config text NOT NULL
);

COMMENT ON TABLE tidings.search_configs IS 'The text search configurations that articles were indexed by.';

CREATE TABLE tidings.search_progress (
    name text NOT NULL,
    seq bigint NOT NULL,
    CONSTRAINT "new ones, or those before" CHECK ((name = ANY (ARRAY['new'::text, 'before'::text])))
);

COMMENT ON TABLE tidings.search_progress IS 'new: up to which arrival articles are indexed. before: from which on they are, of those that were stored before there was an index; it goes down to 0.';

CREATE TABLE tidings.sketches (
    article_id bigint NOT NULL,
    seen_at timestamp with time zone NOT NULL,
    keys integer[] NOT NULL
)
PARTITION BY RANGE (seen_at);

COMMENT ON TABLE tidings.sketches IS 'What near-copies are found by: the smallest hashes of the shingles of each article of the last 30 days.';

CREATE TABLE tidings.sketches_default (
    article_id bigint CONSTRAINT sketches_article_id_not_null NOT NULL,
    seen_at timestamp with time zone CONSTRAINT sketches_seen_at_not_null NOT NULL,
    keys integer[] CONSTRAINT sketches_keys_not_null NOT NULL
);

ALTER TABLE tidings.sources ALTER COLUMN source_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME tidings.sources_source_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE VIEW tidings.stories AS
 SELECT f.story_id,
    m.num_articles,
    m.num_sources,
    f.first_seen_at,
    f.headline,
    m.num_current
   FROM (tidings.articles f
     CROSS JOIN LATERAL ( SELECT count(DISTINCT a.article_id) AS num_articles,
            count(DISTINCT au.source_id) AS num_sources,
            count(DISTINCT a.article_id) FILTER (WHERE au.is_current) AS num_current
           FROM (tidings.articles a
             LEFT JOIN tidings.article_urls au USING (article_id))
          WHERE (a.story_id = f.story_id)) m)
  WHERE (f.story_role = 'first'::tidings.story_role);

COMMENT ON VIEW tidings.stories IS 'One row per story, the articles that are near-copies of one another; num_current of them stand at some URL now.';

CREATE TABLE tidings.tombstones (
    content_hash bytea NOT NULL,
    hash_version smallint NOT NULL,
    deleted_at timestamp with time zone NOT NULL,
    CONSTRAINT "a content hash is a SHA-256" CHECK ((octet_length(content_hash) = 32))
);

COMMENT ON TABLE tidings.tombstones IS 'Texts that were stored and deleted: they are not stored again. Their URLs stay in tidings.urls.';

ALTER TABLE tidings.urls ALTER COLUMN url_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME tidings.urls_url_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE tidings.warc_imports (
    import_id bigint NOT NULL,
    file_key bytea,
    file text NOT NULL,
    num_bytes bigint,
    next_offset bigint DEFAULT 0 NOT NULL,
    records jsonb DEFAULT '{}'::jsonb NOT NULL,
    started_at timestamp with time zone NOT NULL,
    finished_at timestamp with time zone,
    CONSTRAINT "a file key is a SHA-256" CHECK ((octet_length(file_key) = 32)),
    CONSTRAINT "an offset is not negative" CHECK ((next_offset >= 0))
);

COMMENT ON TABLE tidings.warc_imports IS 'WARC files that were read into the database, and how far.';

COMMENT ON COLUMN tidings.warc_imports.file_key IS 'SHA-256 of the file''s size and first 64 KiB; NULL for standard input, which cannot be taken up again.';

COMMENT ON COLUMN tidings.warc_imports.file IS 'Its path when it was read last.';

COMMENT ON COLUMN tidings.warc_imports.next_offset IS 'Bytes of the file: what every record before it came to is stored.';

COMMENT ON COLUMN tidings.warc_imports.records IS 'How many records of which kind lie before next_offset: page, request, http_404, damaged and so on.';

ALTER TABLE tidings.warc_imports ALTER COLUMN import_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME tidings.warc_imports_import_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE tidings.workers (
    worker text NOT NULL,
    started_at timestamp with time zone NOT NULL,
    heartbeat_at timestamp with time zone NOT NULL
);

COMMENT ON TABLE tidings.workers IS 'The worker processes, and when each was last heard of.';

ALTER TABLE ONLY tidings.hourly_pages ATTACH PARTITION tidings.hourly_pages_default DEFAULT;

ALTER TABLE ONLY tidings.pages ATTACH PARTITION tidings.pages_default DEFAULT;

ALTER TABLE ONLY tidings.polls ATTACH PARTITION tidings.polls_default DEFAULT;

ALTER TABLE ONLY tidings.sketches ATTACH PARTITION tidings.sketches_default DEFAULT;

ALTER TABLE ONLY tidings.runs
    ADD CONSTRAINT "a slot of the timetable runs once" UNIQUE (source_id, trigger, scheduled_for);

ALTER TABLE ONLY tidings.actions
    ADD CONSTRAINT actions_pkey PRIMARY KEY (action_id);

ALTER TABLE ONLY tidings.alarms
    ADD CONSTRAINT alarms_pkey PRIMARY KEY (alarm_id);

ALTER TABLE ONLY tidings.arrival_log
    ADD CONSTRAINT arrival_log_pkey PRIMARY KEY (url_id, revision);

ALTER TABLE ONLY tidings.article_authors
    ADD CONSTRAINT article_authors_author_id_article_id_key UNIQUE (author_id, article_id);

ALTER TABLE ONLY tidings.article_authors
    ADD CONSTRAINT article_authors_pkey PRIMARY KEY (article_id, "position");

ALTER TABLE ONLY tidings.article_urls
    ADD CONSTRAINT article_urls_pkey PRIMARY KEY (url_id, revision);

ALTER TABLE ONLY tidings.article_words
    ADD CONSTRAINT article_words_pkey PRIMARY KEY (article_id);

ALTER TABLE ONLY tidings.articles
    ADD CONSTRAINT articles_content_hash_key UNIQUE (content_hash);

ALTER TABLE ONLY tidings.articles
    ADD CONSTRAINT articles_pkey PRIMARY KEY (article_id);

ALTER TABLE ONLY tidings.authors
    ADD CONSTRAINT authors_name_key UNIQUE (name);

ALTER TABLE ONLY tidings.authors
    ADD CONSTRAINT authors_pkey PRIMARY KEY (author_id);

ALTER TABLE ONLY tidings.baselines
    ADD CONSTRAINT baselines_pkey PRIMARY KEY (source_id);

ALTER TABLE ONLY tidings.boilerplate
    ADD CONSTRAINT boilerplate_pkey PRIMARY KEY (source_id, paragraph_key);

ALTER TABLE ONLY tidings.documents
    ADD CONSTRAINT documents_pkey PRIMARY KEY (document_id);

ALTER TABLE ONLY tidings.documents
    ADD CONSTRAINT documents_source_id_url_key UNIQUE (source_id, url);

ALTER TABLE ONLY tidings.hosts
    ADD CONSTRAINT hosts_pkey PRIMARY KEY (host);

ALTER TABLE ONLY tidings.hot_keys
    ADD CONSTRAINT hot_keys_pkey PRIMARY KEY (key);

ALTER TABLE ONLY tidings.hourly_pages
    ADD CONSTRAINT hourly_pages_pkey PRIMARY KEY (source_id, hour, outcome, reason);

ALTER TABLE ONLY tidings.hourly_pages_default
    ADD CONSTRAINT hourly_pages_default_pkey PRIMARY KEY (source_id, hour, outcome, reason);

ALTER TABLE ONLY tidings.lessons
    ADD CONSTRAINT lessons_pkey PRIMARY KEY (source_id, article_id);

ALTER TABLE ONLY tidings.lost_attempts
    ADD CONSTRAINT lost_attempts_pkey PRIMARY KEY (run_id, attempt);

ALTER TABLE ONLY tidings.migrations
    ADD CONSTRAINT migrations_pkey PRIMARY KEY (number);

ALTER TABLE ONLY tidings.notice_targets
    ADD CONSTRAINT notice_targets_pkey PRIMARY KEY (target);

ALTER TABLE ONLY tidings.notices
    ADD CONSTRAINT notices_pkey PRIMARY KEY (alarm_id, event, target);

ALTER TABLE ONLY tidings.pages
    ADD CONSTRAINT pages_pkey PRIMARY KEY (page_id, fetched_at);

ALTER TABLE ONLY tidings.pages_default
    ADD CONSTRAINT pages_default_pkey PRIMARY KEY (page_id, fetched_at);

ALTER TABLE ONLY tidings.polls
    ADD CONSTRAINT polls_pkey PRIMARY KEY (run_id, document_id, polled_at);

ALTER TABLE ONLY tidings.polls_default
    ADD CONSTRAINT polls_default_pkey PRIMARY KEY (run_id, document_id, polled_at);

ALTER TABLE ONLY tidings.quarantine
    ADD CONSTRAINT quarantine_pkey PRIMARY KEY (url_id);

ALTER TABLE ONLY tidings.runs
    ADD CONSTRAINT runs_pkey PRIMARY KEY (run_id);

ALTER TABLE ONLY tidings.search_configs
    ADD CONSTRAINT search_configs_pkey PRIMARY KEY (config);

ALTER TABLE ONLY tidings.search_progress
    ADD CONSTRAINT search_progress_pkey PRIMARY KEY (name);

ALTER TABLE ONLY tidings.sketches
    ADD CONSTRAINT sketches_pkey PRIMARY KEY (article_id, seen_at);

ALTER TABLE ONLY tidings.sketches_default
    ADD CONSTRAINT sketches_default_pkey PRIMARY KEY (article_id, seen_at);

ALTER TABLE ONLY tidings.sources
    ADD CONSTRAINT sources_name_key UNIQUE (name);

ALTER TABLE ONLY tidings.sources
    ADD CONSTRAINT sources_pkey PRIMARY KEY (source_id);

ALTER TABLE ONLY tidings.tombstones
    ADD CONSTRAINT tombstones_pkey PRIMARY KEY (content_hash);

ALTER TABLE ONLY tidings.urls
    ADD CONSTRAINT urls_pkey PRIMARY KEY (url_id);

ALTER TABLE ONLY tidings.urls
    ADD CONSTRAINT urls_url_key_key UNIQUE (url_key);

ALTER TABLE ONLY tidings.warc_imports
    ADD CONSTRAINT warc_imports_file_key_key UNIQUE (file_key);

ALTER TABLE ONLY tidings.warc_imports
    ADD CONSTRAINT warc_imports_pkey PRIMARY KEY (import_id);

ALTER TABLE ONLY tidings.workers
    ADD CONSTRAINT workers_pkey PRIMARY KEY (worker);

CREATE UNIQUE INDEX "a URL has one current revision" ON tidings.article_urls USING btree (url_id) WHERE is_current;

CREATE UNIQUE INDEX "a number is given once" ON tidings.arrival_log USING btree (seq) WHERE (seq IS NOT NULL);

CREATE UNIQUE INDEX "a visit is recorded once" ON ONLY tidings.pages USING btree (run_id, md5(url), fetched_at);

CREATE INDEX actions_by_source ON tidings.actions USING btree (source, action_id DESC);

CREATE INDEX alarms_by_end ON tidings.alarms USING btree (cleared_at) WHERE (cleared_at IS NOT NULL);

CREATE INDEX alarms_by_source ON tidings.alarms USING btree (source_id, raised_at DESC);

CREATE INDEX alarms_by_time ON tidings.alarms USING btree (raised_at DESC);

CREATE UNIQUE INDEX "an alarm is raised once" ON tidings.alarms USING btree (kind, source_id) NULLS NOT DISTINCT WHERE (cleared_at IS NULL);

CREATE INDEX arrival_log_unnumbered ON tidings.arrival_log USING btree (arrived_at, url_id, revision) WHERE (seq IS NULL);

CREATE INDEX article_urls_by_article ON tidings.article_urls USING btree (article_id);

CREATE INDEX article_urls_by_canonical ON tidings.article_urls USING hash (canonical_key) WHERE (canonical_key IS NOT NULL);

CREATE INDEX article_urls_by_hash_version ON tidings.article_urls USING btree (whole_hash_version) WHERE (whole_hash IS NOT NULL);

CREATE INDEX article_urls_by_source ON tidings.article_urls USING btree (source_id, first_seen_at DESC);

CREATE INDEX article_urls_by_whole_hash ON tidings.article_urls USING btree (whole_hash) WHERE (whole_hash IS NOT NULL);

CREATE INDEX article_words_by_word ON tidings.article_words USING gin (words, facets) WITH (gin_pending_list_limit='1024');

CREATE INDEX articles_by_hash_version ON tidings.articles USING btree (hash_version, article_id);

CREATE INDEX articles_by_story ON tidings.articles USING btree (story_id, story_role);

CREATE INDEX articles_by_time ON tidings.articles USING btree (first_seen_at DESC);

CREATE INDEX articles_without_story ON tidings.articles USING btree (article_id) WHERE (story_id IS NULL);

CREATE INDEX baselines_by_age ON tidings.baselines USING btree (computed_at);

CREATE INDEX hourly_pages_by_hour ON ONLY tidings.hourly_pages USING btree (hour, source_id);

CREATE INDEX hourly_pages_default_hour_source_id_idx ON tidings.hourly_pages_default USING btree (hour, source_id);

CREATE INDEX lessons_by_article ON tidings.lessons USING btree (article_id);

CREATE INDEX notices_sent ON tidings.notices USING btree (target, settled_at) WHERE (state = 'sent'::tidings.notice_state);

CREATE INDEX notices_waiting ON tidings.notices USING btree (target, next_attempt_at) WHERE (state = 'waiting'::tidings.notice_state);

CREATE INDEX pages_by_article ON ONLY tidings.pages USING btree (article_id);

CREATE INDEX pages_by_time ON ONLY tidings.pages USING btree (fetched_at);

CREATE INDEX pages_by_url ON ONLY tidings.pages USING btree (url_id, fetched_at DESC);

CREATE INDEX pages_default_article_id_idx ON tidings.pages_default USING btree (article_id);

CREATE INDEX pages_default_fetched_at_idx ON tidings.pages_default USING btree (fetched_at);

CREATE INDEX pages_off_site ON ONLY tidings.pages USING btree (md5(url), source_id) WHERE (url_id IS NULL);

CREATE INDEX pages_default_md5_source_id_idx ON tidings.pages_default USING btree (md5(url), source_id) WHERE (url_id IS NULL);

CREATE UNIQUE INDEX pages_default_run_id_md5_fetched_at_idx ON tidings.pages_default USING btree (run_id, md5(url), fetched_at);

CREATE INDEX pages_default_url_id_fetched_at_idx ON tidings.pages_default USING btree (url_id, fetched_at DESC);

CREATE INDEX polls_by_document ON ONLY tidings.polls USING btree (document_id, polled_at DESC);

CREATE INDEX polls_by_time ON ONLY tidings.polls USING btree (polled_at);

CREATE INDEX polls_default_document_id_polled_at_idx ON tidings.polls_default USING btree (document_id, polled_at DESC);

CREATE INDEX polls_default_polled_at_idx ON tidings.polls_default USING btree (polled_at);

CREATE INDEX runs_by_command ON tidings.runs USING btree (queued_at DESC) WHERE (trigger = 'command'::tidings.run_trigger);

CREATE INDEX runs_by_end ON tidings.runs USING btree (finished_at DESC) WHERE (finished_at IS NOT NULL);

CREATE INDEX runs_by_import ON tidings.runs USING btree (import_id) WHERE (import_id IS NOT NULL);

CREATE INDEX runs_by_reason ON tidings.runs USING btree (reason, queued_at DESC) WHERE (reason IS NOT NULL);

CREATE INDEX runs_by_source ON tidings.runs USING btree (source_id, queued_at DESC);

CREATE INDEX runs_by_time ON tidings.runs USING btree (queued_at DESC);

CREATE INDEX runs_in_trouble ON tidings.runs USING btree (outcome, queued_at DESC) WHERE (outcome <> 'succeeded'::tidings.run_outcome);

CREATE INDEX runs_unfinished ON tidings.runs USING btree (queued_at) WHERE (finished_at IS NULL);

CREATE INDEX sketches_by_key ON ONLY tidings.sketches USING gin (keys) WITH (fastupdate=off);

CREATE INDEX sketches_default_keys_idx ON tidings.sketches_default USING gin (keys) WITH (fastupdate=off);

CREATE INDEX sources_by_host ON tidings.sources USING btree (host_lock) WHERE (state = 'enabled'::tidings.source_state);

CREATE INDEX sources_by_run ON tidings.sources USING btree (run_id) WHERE (run_id IS NOT NULL);

CREATE INDEX sources_claimable ON tidings.sources USING btree (due_at) WHERE ((state = 'enabled'::tidings.source_state) AND (run_id IS NULL));

CREATE INDEX tombstones_by_hash_version ON tidings.tombstones USING btree (hash_version);

CREATE INDEX urls_by_source ON tidings.urls USING btree (source_id);

CREATE INDEX urls_of_older_keys ON tidings.urls USING btree (url_id) WHERE (key_version < 2);

CREATE INDEX urls_to_revisit ON tidings.urls USING btree (source_id, next_visit_at) WHERE ((next_visit_at IS NOT NULL) AND (outcome <> ALL (ARRAY['rejected'::tidings.page_outcome, 'failed'::tidings.page_outcome])));

CREATE INDEX urls_waiting ON tidings.urls USING btree (source_id, next_visit_at) WHERE ((next_visit_at IS NOT NULL) AND (outcome = ANY (ARRAY['rejected'::tidings.page_outcome, 'failed'::tidings.page_outcome])));

ALTER INDEX tidings.hourly_pages_by_hour ATTACH PARTITION tidings.hourly_pages_default_hour_source_id_idx;

ALTER INDEX tidings.hourly_pages_pkey ATTACH PARTITION tidings.hourly_pages_default_pkey;

ALTER INDEX tidings.pages_by_article ATTACH PARTITION tidings.pages_default_article_id_idx;

ALTER INDEX tidings.pages_by_time ATTACH PARTITION tidings.pages_default_fetched_at_idx;

ALTER INDEX tidings.pages_off_site ATTACH PARTITION tidings.pages_default_md5_source_id_idx;

ALTER INDEX tidings.pages_pkey ATTACH PARTITION tidings.pages_default_pkey;

ALTER INDEX tidings."a visit is recorded once" ATTACH PARTITION tidings.pages_default_run_id_md5_fetched_at_idx;

ALTER INDEX tidings.pages_by_url ATTACH PARTITION tidings.pages_default_url_id_fetched_at_idx;

ALTER INDEX tidings.polls_by_document ATTACH PARTITION tidings.polls_default_document_id_polled_at_idx;

ALTER INDEX tidings.polls_pkey ATTACH PARTITION tidings.polls_default_pkey;

ALTER INDEX tidings.polls_by_time ATTACH PARTITION tidings.polls_default_polled_at_idx;

ALTER INDEX tidings.sketches_by_key ATTACH PARTITION tidings.sketches_default_keys_idx;

ALTER INDEX tidings.sketches_pkey ATTACH PARTITION tidings.sketches_default_pkey;

ALTER TABLE ONLY tidings.alarms
    ADD CONSTRAINT alarms_source_id_fkey FOREIGN KEY (source_id) REFERENCES tidings.sources(source_id);

ALTER TABLE ONLY tidings.arrival_log
    ADD CONSTRAINT arrival_log_url_id_revision_fkey FOREIGN KEY (url_id, revision) REFERENCES tidings.article_urls(url_id, revision) ON UPDATE CASCADE ON DELETE CASCADE;

ALTER TABLE ONLY tidings.article_authors
    ADD CONSTRAINT article_authors_article_id_fkey FOREIGN KEY (article_id) REFERENCES tidings.articles(article_id) ON DELETE CASCADE;

ALTER TABLE ONLY tidings.article_authors
    ADD CONSTRAINT article_authors_author_id_fkey FOREIGN KEY (author_id) REFERENCES tidings.authors(author_id);

ALTER TABLE ONLY tidings.article_urls
    ADD CONSTRAINT article_urls_article_id_fkey FOREIGN KEY (article_id) REFERENCES tidings.articles(article_id);

ALTER TABLE ONLY tidings.article_urls
    ADD CONSTRAINT article_urls_source_id_fkey FOREIGN KEY (source_id) REFERENCES tidings.sources(source_id);

ALTER TABLE ONLY tidings.article_urls
    ADD CONSTRAINT article_urls_url_id_fkey FOREIGN KEY (url_id) REFERENCES tidings.urls(url_id);

ALTER TABLE ONLY tidings.article_words
    ADD CONSTRAINT article_words_article_id_fkey FOREIGN KEY (article_id) REFERENCES tidings.articles(article_id) ON DELETE CASCADE;

ALTER TABLE ONLY tidings.baselines
    ADD CONSTRAINT baselines_source_id_fkey FOREIGN KEY (source_id) REFERENCES tidings.sources(source_id);

ALTER TABLE ONLY tidings.boilerplate
    ADD CONSTRAINT boilerplate_source_id_fkey FOREIGN KEY (source_id) REFERENCES tidings.sources(source_id);

ALTER TABLE ONLY tidings.documents
    ADD CONSTRAINT documents_source_id_fkey FOREIGN KEY (source_id) REFERENCES tidings.sources(source_id);

ALTER TABLE tidings.hourly_pages
    ADD CONSTRAINT hourly_pages_source_id_fkey FOREIGN KEY (source_id) REFERENCES tidings.sources(source_id);

ALTER TABLE ONLY tidings.lessons
    ADD CONSTRAINT lessons_article_id_fkey FOREIGN KEY (article_id) REFERENCES tidings.articles(article_id) ON DELETE CASCADE;

ALTER TABLE ONLY tidings.lessons
    ADD CONSTRAINT lessons_source_id_fkey FOREIGN KEY (source_id) REFERENCES tidings.sources(source_id);

ALTER TABLE ONLY tidings.lost_attempts
    ADD CONSTRAINT lost_attempts_run_id_fkey FOREIGN KEY (run_id) REFERENCES tidings.runs(run_id) ON DELETE CASCADE;

ALTER TABLE ONLY tidings.notices
    ADD CONSTRAINT notices_alarm_id_fkey FOREIGN KEY (alarm_id) REFERENCES tidings.alarms(alarm_id) ON DELETE CASCADE;

ALTER TABLE ONLY tidings.notices
    ADD CONSTRAINT notices_target_fkey FOREIGN KEY (target) REFERENCES tidings.notice_targets(target);

ALTER TABLE tidings.pages
    ADD CONSTRAINT pages_run_id_fkey FOREIGN KEY (run_id) REFERENCES tidings.runs(run_id);

ALTER TABLE tidings.pages
    ADD CONSTRAINT pages_source_id_fkey FOREIGN KEY (source_id) REFERENCES tidings.sources(source_id);

ALTER TABLE tidings.pages
    ADD CONSTRAINT pages_url_id_fkey FOREIGN KEY (url_id) REFERENCES tidings.urls(url_id);

ALTER TABLE tidings.polls
    ADD CONSTRAINT polls_document_id_fkey FOREIGN KEY (document_id) REFERENCES tidings.documents(document_id);

ALTER TABLE tidings.polls
    ADD CONSTRAINT polls_run_id_fkey FOREIGN KEY (run_id) REFERENCES tidings.runs(run_id);

ALTER TABLE ONLY tidings.quarantine
    ADD CONSTRAINT quarantine_url_id_fkey FOREIGN KEY (url_id) REFERENCES tidings.urls(url_id) ON DELETE CASCADE;

ALTER TABLE ONLY tidings.runs
    ADD CONSTRAINT runs_import_id_fkey FOREIGN KEY (import_id) REFERENCES tidings.warc_imports(import_id);

ALTER TABLE ONLY tidings.runs
    ADD CONSTRAINT runs_source_id_fkey FOREIGN KEY (source_id) REFERENCES tidings.sources(source_id);

ALTER TABLE tidings.sketches
    ADD CONSTRAINT sketches_article_id_fkey FOREIGN KEY (article_id) REFERENCES tidings.articles(article_id) ON DELETE CASCADE;

ALTER TABLE ONLY tidings.sources
    ADD CONSTRAINT sources_run_id_fkey FOREIGN KEY (run_id) REFERENCES tidings.runs(run_id);

ALTER TABLE ONLY tidings.urls
    ADD CONSTRAINT urls_found_in_fkey FOREIGN KEY (found_in) REFERENCES tidings.documents(document_id);

ALTER TABLE ONLY tidings.urls
    ADD CONSTRAINT urls_source_id_fkey FOREIGN KEY (source_id) REFERENCES tidings.sources(source_id);
