-- Roles on PostgreSQL, for whoever runs the server.
--
-- The server signs in as onestory_server. It may add lines to the journal and to the log
-- of changes, and may not change or take away one: not by a mistake in the program, nor
-- by somebody who has its password. Whoever owns the tables makes the migrations
-- (onestory migrate) and does nothing else.
--
-- Run as the owner of the tables, on the schema that they are in, after the first
-- migration, and again after each: what a migration adds is the owner's alone until then.
--
--   psql "$OWNER_URL" -v ON_ERROR_STOP=1 -f deploy/postgres-roles.sql
--   psql "$OWNER_URL" -c '\password onestory_server'

DO $$
DECLARE
	here text := current_schema();
	t text;
BEGIN
	IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'onestory_server') THEN
		CREATE ROLE onestory_server LOGIN;
	END IF;
	EXECUTE format('GRANT USAGE ON SCHEMA %I TO onestory_server', here);
	EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA %I TO onestory_server', here);
	-- What was done and who looked, the tree over it, and what is signed: added to, never changed.
	FOREACH t IN ARRAY ARRAY['change', 'look', 'leaf', 'node', 'checkpoint', 'schema_version'] LOOP
		EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON %I.%I FROM onestory_server', here, t);
	END LOOP;
	-- Erasing takes the words out of a change and leaves its place: the hashes stay true.
	EXECUTE format('GRANT UPDATE (parts) ON %I.change TO onestory_server', here);
END $$;
