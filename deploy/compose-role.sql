-- Run once by the postgres image, as its superuser, in the new database: the role that the daemon logs in with.
\set password `cat /run/secrets/tidings_password`
\if :SHELL_ERROR
    DO $$ BEGIN RAISE 'cannot read /run/secrets/tidings_password'; END $$;
\endif
CREATE ROLE tidings LOGIN PASSWORD :'password';
REVOKE ALL ON DATABASE tidings FROM PUBLIC;
GRANT CONNECT, CREATE, TEMPORARY ON DATABASE tidings TO tidings;
