-- What changes the database as a whole.

-- name: drop_schema
-- Begin again with nothing; only for databases that are thrown away.
DROP SCHEMA IF EXISTS tidings CASCADE;
