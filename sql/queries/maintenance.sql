-- What changes the database as a whole.

-- name: drop_schema
-- Begin again with nothing; only for databases that are thrown away.
DROP SCHEMA IF EXISTS tidings CASCADE;

-- name: list_partitions
-- The months that a table has partitions of.
SELECT c.relname AS name
  FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
 WHERE i.inhparent = to_regclass('tidings.' || %(parent)s) AND c.relname ~ '_\d{4}_\d{2}$'
 ORDER BY c.relname;

-- name: list_columns
-- The columns of a table, in their order.
SELECT attname AS name
  FROM pg_attribute
 WHERE attrelid = to_regclass('tidings.' || %(name)s) AND attnum > 0 AND NOT attisdropped
 ORDER BY attnum;

-- name: set_lock_timeout
-- Do not wait for a lock any longer, up to the end of the transaction.
SELECT set_config('lock_timeout', %(timeout)s, true);

-- name: set_statement_timeout
-- Let statements take longer than usual, up to the end of the transaction.
SELECT set_config('statement_timeout', %(timeout)s, true);

-- name: read_clock
-- The database's time.
SELECT now() AS now;
