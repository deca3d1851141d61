-- What `tidings explain` tells of a URL: who found it, and what each visit met. What was recorded before says neither.
-- The new columns take no time. The indexes read every visit and every revision once: a few seconds for a million.

ALTER TABLE tidings.urls
    ADD COLUMN found_in bigint REFERENCES tidings.documents,
    ADD COLUMN entry jsonb;
COMMENT ON COLUMN tidings.urls.found_in IS 'The feed, sitemap, listing or home page that listed it when it was seen first; NULL if none did.';
COMMENT ON COLUMN tidings.urls.entry IS 'What was said of it where it was found: headline, date_published, date_modified; and unless a document simply listed it, how it was found (by: gap, page, part, redirect or import) and where (from).';

ALTER TABLE tidings.pages ADD COLUMN trace jsonb;
COMMENT ON COLUMN tidings.pages.trace IS 'What the visit met on its way, where there is anything to tell: why it was made (for), conditional headers (sent), browser or proxy (via), http, redirects (hops: status and URL that gave it; at: where they led, if nothing came from there), robots (status of robots.txt, else the group and the rule that forbade), type, validators (said), ms (turn, download, read, store), reader of the body, rules by field, pages joined, evidence against a page that is no article, attempt of the run. Of a link to another site: found_in and entry, as in tidings.urls.';

-- By a URL that a page names as its own, which may never have been seen itself.
CREATE INDEX article_urls_by_canonical ON tidings.article_urls USING hash (canonical_key) WHERE canonical_key IS NOT NULL;

-- By the URL alone as well: whose listing it was is what is asked.
DROP INDEX tidings.pages_off_site;
CREATE INDEX pages_off_site ON tidings.pages (md5(url), source_id) WHERE url_id IS NULL;
