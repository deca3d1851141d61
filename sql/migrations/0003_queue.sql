-- The queue that carries runs to workers. Its tables are procrastinate's own, taken from the installed package.

SET LOCAL search_path = tidings;
-- include: procrastinate/sql/schema.sql
