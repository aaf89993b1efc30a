-- Who may see what.
--
-- Two roles, neither of which owns a table or can log in. `skillhost_app` is what
-- every host becomes after it has connected: it sees rows of the orgs that its
-- transaction names in `app.orgs`, and without any name no row at all.
-- `skillhost_dispatch` owns the functions that answer across orgs, and nothing runs
-- as it but these. Row security is forced, so that the owner of the tables is held
-- to it as well.
--
-- Roles belong to the whole server, so another database may have made them. Who is a
-- member of them and which functions `skillhost_dispatch` owns is settled after the
-- migrations, and anew after a restore (host/store/src/postgres/rights.rs).

DO $$
DECLARE
    role text;
BEGIN
    FOREACH role IN ARRAY ARRAY['skillhost_app', 'skillhost_dispatch'] LOOP
        IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = role) THEN
            BEGIN
                EXECUTE format('CREATE ROLE %I NOLOGIN', role);
            EXCEPTION WHEN duplicate_object OR unique_violation THEN
                NULL;
            END;
        END IF;
    END LOOP;
END $$;

DO $$
DECLARE
    name text;
    crossed CONSTANT text[] := ARRAY['sequence_jobs', 'job_payloads', 'job_journal', 'pending_actions', 'outbox',
        'connections', 'api_keys', 'bodies', 'reservations', 'purse_totals', 'audit', 'schedules', 'users'];
BEGIN
    FOR name IN
        SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
        WHERE c.relnamespace = 'skillhost'::regnamespace AND c.relkind = 'r' AND a.attname = 'org_id'
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY org ON %I TO skillhost_app
            USING (org_id = ANY (ARRAY(SELECT unnest(nullif(current_setting(''app.orgs'', true), '''')::text[]))))', name);
        IF name = ANY (crossed) THEN
            EXECUTE format('CREATE POLICY dispatch ON %I TO skillhost_dispatch USING (true)', name);
        END IF;
    END LOOP;
END $$;

ALTER TABLE orgs ENABLE ROW LEVEL SECURITY;
ALTER TABLE orgs FORCE ROW LEVEL SECURITY;
CREATE POLICY org ON orgs TO skillhost_app
    USING (id = ANY (ARRAY(SELECT unnest(nullif(current_setting('app.orgs', true), '')::text[]))));

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA skillhost FROM PUBLIC;
GRANT USAGE ON SCHEMA skillhost TO skillhost_app, skillhost_dispatch;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA skillhost TO skillhost_app;
REVOKE ALL ON _sqlx_migrations FROM skillhost_app;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA skillhost TO skillhost_app, skillhost_dispatch;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA skillhost TO skillhost_app;

GRANT SELECT ON sequence_jobs, job_payloads, sequences, job_journal, pending_actions, outbox, connections, api_keys,
    schedules, users TO skillhost_dispatch;
-- To lock a row is to be able to change it.
GRANT UPDATE (version) ON sequence_jobs TO skillhost_dispatch;
GRANT INSERT, UPDATE ON connections, api_keys TO skillhost_dispatch;
GRANT SELECT (n, sealed, expires_at), UPDATE (sealed) ON bodies TO skillhost_dispatch;
GRANT SELECT, UPDATE ON reservations, purse_totals TO skillhost_dispatch;
GRANT INSERT ON audit TO skillhost_dispatch;
GRANT SELECT, INSERT, UPDATE, DELETE ON hosts TO skillhost_dispatch;
GRANT EXECUTE ON FUNCTION is_alive, is_blocked, job_json, action_json, effect_json, connection_json,
    schedule_json TO skillhost_dispatch;
