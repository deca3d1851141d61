-- The further pages of an article are no articles of their own.

ALTER TYPE tidings.page_reason ADD VALUE 'part_of_article';
