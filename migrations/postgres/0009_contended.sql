-- What several hosts, and large orgs, ask of a busy queue.

-- The policies say what is shown and nothing of where to look: written so that no index
-- serves it, the planner does not find a job by walking its org.
DO $$
DECLARE
    name text;
BEGIN
    FOR name IN
        SELECT c.relname FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid
        JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'org_id'
        WHERE c.relnamespace = 'skillhost'::regnamespace AND p.polname = 'org'
    LOOP
        EXECUTE format('ALTER POLICY org ON %I
            USING (org_id || '''' = ANY (ARRAY(SELECT unnest(nullif(current_setting(''app.orgs'', true), '''')::text[]))))', name);
    END LOOP;
END $$;

-- A question of its own for each id: no plan of it walks a table, however few rows that
-- had when it was made.
CREATE OR REPLACE FUNCTION orgs_of_v1(orgs text[], jobs text[], actions text[]) RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = skillhost, pg_temp AS $$
BEGIN
    RETURN ARRAY(SELECT DISTINCT o.org FROM (
        SELECT unnest(orgs) AS org
        UNION ALL SELECT (SELECT j.org_id FROM sequence_jobs j WHERE j.id = k.id) FROM unnest(jobs) k (id)
        UNION ALL SELECT (SELECT a.org_id FROM pending_actions a WHERE a.id = k.id) FROM unnest(actions) k (id)) o
        WHERE o.org IS NOT NULL)::text;
END $$;

-- Whether a job may be taken now, whoever is just moving it: a host whose look at the
-- queue left out everything that others had under way looks again.
CREATE FUNCTION is_any_runnable_v1(now_ms bigint, host text) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = skillhost, pg_temp AS $$
BEGIN
    RETURN EXISTS (SELECT 1 FROM sequence_jobs q WHERE q.status = 'pending'
            AND (q.wake_at IS NULL OR q.wake_at <= now_ms) AND NOT is_blocked(q, now_ms))
        OR EXISTS (SELECT 1 FROM sequence_jobs q WHERE q.status = 'deferred' AND q.wake_at <= now_ms
            AND NOT (q.version = 1 AND is_blocked(q, now_ms)))
        OR EXISTS (SELECT 1 FROM sequence_jobs q WHERE q.status = 'awaiting_approval' AND q.wake_at <= now_ms)
        OR EXISTS (SELECT 1 FROM sequence_jobs q WHERE q.status = 'awaiting_budget' AND q.wake_at <= now_ms)
        OR EXISTS (SELECT 1 FROM sequence_jobs q WHERE q.status = 'in_progress'
            AND (q.lease_owner IS NULL OR q.lease_until <= now_ms
                OR q.lease_owner <> host AND NOT is_alive(q.lease_owner)));
END $$;

REVOKE ALL ON FUNCTION is_any_runnable_v1 FROM PUBLIC;
GRANT EXECUTE ON FUNCTION is_any_runnable_v1 TO skillhost_app;
