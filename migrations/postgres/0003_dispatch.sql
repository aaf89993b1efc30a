-- What the host asks across orgs: what to do next, and who somebody is before their
-- org is known. Each is a function that answers this and no more, and runs with the
-- eyes of a role that no host connects as.

CREATE FUNCTION job_json(j sequence_jobs, payload json, definition text) RETURNS text LANGUAGE sql STABLE AS $$
SELECT json_build_object('id', j.id, 'org', j.org_id, 'user', j.user_id, 'status', j.status,
    'reason', j.reason, 'version', j.version, 'event', j.event_id, 'event_type', j.event_type,
    'event_source', j.event_source, 'trigger_payload', payload, 'idempotency_key', j.idempotency_key,
    'body_digest', j.body_digest, 'parent', j.parent_job_id, 'depth', j.depth, 'sequence', j.sequence,
    'sequence_digest', j.sequence_digest, 'sequence_text', definition, 'priority', j.priority, 'concurrency', j.concurrency,
    'wake_at', j.wake_at,
    'lease', CASE WHEN j.lease_owner IS NOT NULL
        THEN json_build_object('owner', j.lease_owner, 'until', j.lease_until) END,
    'created_at', j.created_at, 'updated_at', j.updated_at)::text $$;

CREATE FUNCTION action_json(a pending_actions) RETURNS text LANGUAGE sql STABLE AS $$
SELECT json_build_object('id', a.id, 'org', a.org_id, 'user', a.user_id, 'job', a.job_id, 'step', a.step,
    'round', a.round, 'request', a.action_data, 'effects', a.effects, 'module', a.module, 'rights', a.rights,
    'card', a.preview_data, 'nonce', a.nonce, 'status', a.status, 'revision', a.revision, 'channel', a.channel,
    'message_ts', a.message_ts, 'created_at', a.created_at, 'expires_at', a.expires_at,
    'resolved_at', a.resolved_at, 'resolution', a.resolution)::text $$;

CREATE FUNCTION effect_json(o outbox) RETURNS text LANGUAGE sql STABLE AS $$
SELECT json_build_object('key', o."key", 'org', o.org_id, 'user', o.user_id, 'job', o.job_id, 'step', o.step,
    'local_id', o.local_id, 'kind', o.kind, 'payload', o.payload, 'after', o."after", 'module', o.module,
    'rights', o.rights, 'digest', o.digest, 'approval', o.approval, 'release', o.release, 'state', o.state,
    'revision', o.revision, 'attempt', o.attempt, 'not_before', o.not_before, 'last_error', o.last_error,
    'receipt', o.receipt, 'created_at', o.created_at, 'updated_at', o.updated_at)::text $$;

CREATE FUNCTION connection_json(c connections) RETURNS text LANGUAGE sql STABLE AS $$
SELECT json_build_object('kind', c.kind, 'external_id', c.external_id, 'org', c.org_id, 'user', c.user_id,
    'detail', c.detail)::text $$;

-- Whether another open job with the same word keeps this one, which is queued or
-- falls due for the first time, from being taken: one that has begun and has not
-- ended, whatever their ages; of those that may be taken as well one that was taken
-- before, then the oldest; and an older one that is paused.
CREATE FUNCTION is_blocked(j sequence_jobs, now_ms bigint) RETURNS boolean LANGUAGE sql STABLE AS $$
SELECT j.concurrency IS NOT NULL AND EXISTS (SELECT 1 FROM sequence_jobs o
    WHERE o.org_id = j.org_id AND o.concurrency = j.concurrency
        AND o.status IN ('pending', 'in_progress', 'awaiting_approval', 'awaiting_budget', 'deferred', 'paused')
        AND CASE WHEN o.status = 'paused' THEN o.n < j.n
            WHEN o.status = 'pending' OR o.status = 'deferred' AND o.version = 1 AND o.wake_at <= now_ms
                THEN (o.version = 1, o.n) < (j.version = 1, j.n)
            ELSE NOT (o.status = 'deferred' AND o.version = 1) END) $$;

-- Jobs that `host` may take now. A job whose lease has run out is among them, and with
-- `reclaim` one whose boot is gone. Higher priorities first; among equals the
-- orgs take turns, and what an org has running counts as turns it took. Of what is
-- pending only the head of each org's queue is looked at; the orgs are found by
-- skipping along the index. Whoever takes a job wins by its version; what another
-- transaction is just moving is left out.
CREATE FUNCTION runnable_jobs_v1(now_ms bigint, host text, reclaim boolean, most bigint)
RETURNS SETOF text LANGUAGE plpgsql SECURITY DEFINER SET search_path = skillhost, pg_temp AS $$
BEGIN
    RETURN QUERY
    WITH RECURSIVE orgs (org) AS (
        SELECT min(q.org_id) FROM sequence_jobs q WHERE q.status = 'pending'
        UNION ALL SELECT (SELECT min(q.org_id) FROM sequence_jobs q
            WHERE q.status = 'pending' AND q.org_id > orgs.org)
        FROM orgs WHERE orgs.org IS NOT NULL),
    running (org, jobs) AS (
        SELECT q.org_id, count(*) FROM sequence_jobs q WHERE q.status = 'in_progress' AND q.lease_until > now_ms
        GROUP BY q.org_id),
    due (n) AS (
        SELECT head.n FROM orgs, LATERAL (
            SELECT q.n FROM sequence_jobs q WHERE q.status = 'pending' AND q.org_id = orgs.org
                AND (q.wake_at IS NULL OR q.wake_at <= now_ms) AND NOT is_blocked(q, now_ms)
            ORDER BY q.priority DESC, q.n LIMIT most) head
        UNION ALL SELECT q.n FROM sequence_jobs q WHERE q.status = 'deferred' AND q.wake_at <= now_ms
            AND NOT (q.version = 1 AND is_blocked(q, now_ms))
        UNION ALL SELECT q.n FROM sequence_jobs q WHERE q.status = 'awaiting_approval' AND q.wake_at <= now_ms
        UNION ALL SELECT q.n FROM sequence_jobs q WHERE q.status = 'awaiting_budget' AND q.wake_at <= now_ms
        UNION ALL SELECT q.n FROM sequence_jobs q WHERE q.status = 'in_progress'
            AND (q.lease_owner IS NULL OR q.lease_until <= now_ms OR (reclaim AND q.lease_owner <> host
                AND NOT is_alive(q.lease_owner)))),
    turns (n, priority, turn) AS MATERIALIZED (
        SELECT q.n, q.priority, coalesce((SELECT r.jobs FROM running r WHERE r.org = q.org_id), 0)
            + row_number() OVER (PARTITION BY q.org_id ORDER BY q.priority DESC, q.n)
        FROM due JOIN sequence_jobs q ON q.n = due.n),
    -- A row that was moved since this began is locked as it is now, so it is asked again.
    taken AS MATERIALIZED (
        SELECT j AS job, t.priority, t.turn FROM turns t JOIN sequence_jobs j ON j.n = t.n
        WHERE CASE j.status
            WHEN 'pending' THEN j.wake_at IS NULL OR j.wake_at <= now_ms
            WHEN 'in_progress' THEN
                j.lease_owner IS NULL OR j.lease_until <= now_ms OR (reclaim AND j.lease_owner <> host
                    AND NOT is_alive(j.lease_owner))
            ELSE j.status IN ('deferred', 'awaiting_approval', 'awaiting_budget') AND j.wake_at <= now_ms END
        ORDER BY t.priority DESC, t.turn, t.n LIMIT most FOR NO KEY UPDATE OF j SKIP LOCKED)
    SELECT job_json(k.job, p.trigger_payload, s.text) FROM taken k
    JOIN job_payloads p ON p.job_id = (k.job).id JOIN sequences s ON s.digest = (k.job).sequence_digest
    ORDER BY k.priority DESC, k.turn, (k.job).n;
END $$;

-- Parked jobs, open questions and held effects, each by an index of its own.
CREATE FUNCTION next_due_v1(after_ms bigint) RETURNS bigint
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = skillhost, pg_temp AS $$
BEGIN
    RETURN (SELECT min(due) FROM (
        SELECT min(wake_at) AS due FROM sequence_jobs WHERE status = 'pending' AND wake_at > after_ms
        UNION ALL SELECT min(wake_at) FROM sequence_jobs WHERE status = 'deferred' AND wake_at > after_ms
        UNION ALL SELECT min(wake_at) FROM sequence_jobs WHERE status = 'awaiting_approval' AND wake_at > after_ms
        UNION ALL SELECT min(wake_at) FROM sequence_jobs WHERE status = 'awaiting_budget' AND wake_at > after_ms
        UNION ALL SELECT min(not_before) FROM outbox WHERE state = 'ready' AND not_before > after_ms
        UNION ALL SELECT min(expires_at) FROM pending_actions WHERE status = 'pending' AND expires_at > after_ms
        UNION ALL SELECT min(next_at) FROM schedules WHERE next_at > after_ms) d);
END $$;

CREATE FUNCTION schedule_json(s schedules) RETURNS text LANGUAGE sql STABLE AS $$
SELECT json_build_object('org', s.org_id, 'user', s.user_id, 'event_type', s.event_type, 'subject', s.subject,
    'spec', s.spec, 'next', s.next_at)::text $$;

CREATE FUNCTION due_schedules_v1(now_ms bigint, most bigint) RETURNS SETOF text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = skillhost, pg_temp AS $$
BEGIN
    RETURN QUERY SELECT schedule_json(s) FROM schedules s WHERE s.next_at <= now_ms ORDER BY s.next_at LIMIT most;
END $$;

CREATE FUNCTION users_after_v1(org text, id text, most bigint) RETURNS SETOF text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = skillhost, pg_temp AS $$
BEGIN
    RETURN QUERY SELECT json_build_object('org', u.org_id, 'id', u.id, 'name', u.name, 'email', u.email,
        'zone', u.zone, 'admin', u.admin, 'admin_proof', u.admin_proof, 'signature', u.signature, 'preferences', u.preferences)::text
    FROM users u WHERE (u.org_id, u.id) > (org, users_after_v1.id) ORDER BY u.org_id, u.id LIMIT most;
END $$;

CREATE FUNCTION unposted_actions_v1(most bigint) RETURNS SETOF text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = skillhost, pg_temp AS $$
BEGIN
    RETURN QUERY SELECT action_json(a) FROM pending_actions a WHERE a.status = 'pending' AND a.message_ts IS NULL
    ORDER BY a.n DESC LIMIT most;
END $$;

CREATE FUNCTION expired_actions_v1(now_ms bigint, most bigint) RETURNS SETOF text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = skillhost, pg_temp AS $$
BEGIN
    RETURN QUERY SELECT action_json(a) FROM pending_actions a WHERE a.status = 'pending' AND a.expires_at <= now_ms
    ORDER BY a.expires_at, a.n LIMIT most;
END $$;

CREATE FUNCTION due_effects_v1(now_ms bigint, most bigint) RETURNS SETOF text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = skillhost, pg_temp AS $$
DECLARE
    held CONSTANT boolean := EXISTS (SELECT 1 FROM effect_hold);
BEGIN
    -- From a copy that nobody has looked at nothing leaves, whatever host asks.
    IF NOT is_at_home() THEN
        RETURN;
    END IF;
    RETURN QUERY SELECT effect_json(o) FROM outbox o WHERE o.state = 'ready' AND o.not_before <= now_ms
        AND (NOT held OR EXISTS (SELECT 1 FROM effects_released r WHERE r."key" = o."key"))
    ORDER BY o.not_before, o.n LIMIT most;
END $$;

-- One that is leaving is the business of the boot that sends it while that one lives.
CREATE FUNCTION effects_in_v1(wanted text, most bigint) RETURNS SETOF text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = skillhost, pg_temp AS $$
BEGIN
    RETURN QUERY SELECT effect_json(o) FROM outbox o WHERE o.state = wanted
        AND (wanted <> 'sending' OR o.sender IS NULL OR NOT is_alive(o.sender)) ORDER BY o.n LIMIT most;
END $$;

-- Walks the journal backwards, so that the newest calls cost the least.
CREATE FUNCTION last_calls_v1(skill text, most bigint) RETURNS SETOF text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = skillhost, pg_temp AS $$
BEGIN
    RETURN QUERY SELECT json_build_object('org', l.org_id, 'job', l.job_id, 'seq', l.seq)::text FROM job_journal l
    WHERE l.kind IN ('step_proposed', 'step_failed') AND l.body::json #>> '{skill,name}' = last_calls_v1.skill
        AND l.body::json -> 'call' IS NOT NULL
    ORDER BY l.n DESC LIMIT most;
END $$;

CREATE FUNCTION connection_v1(kind text, external_id text) RETURNS SETOF text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = skillhost, pg_temp AS $$
BEGIN
    RETURN QUERY SELECT connection_json(c) FROM connections c
    WHERE c.kind = connection_v1.kind AND c.external_id = connection_v1.external_id;
END $$;

-- An identity of a vendor belongs to one org; whoever gives it to another takes it away.
CREATE FUNCTION put_connection_v1(line jsonb) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = skillhost, pg_temp AS $$
BEGIN
    INSERT INTO connections (kind, external_id, org_id, user_id, detail)
    SELECT line ->> 0, line ->> 1, line ->> 2, line ->> 3, (line -> 4)::json
    ON CONFLICT ON CONSTRAINT connections_kind_external_id_key DO UPDATE SET org_id = excluded.org_id,
        user_id = excluded.user_id, detail = excluded.detail;
END $$;

CREATE FUNCTION api_key_v1(digest text) RETURNS SETOF text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = skillhost, pg_temp AS $$
BEGIN
    RETURN QUERY SELECT json_build_object('digest', k.digest, 'org', k.org_id, 'user', k.user_id,
        'client', k.client, 'operator', k.operator, 'scopes', k.scopes, 'proof', k.proof)::text FROM api_keys k WHERE k.digest = api_key_v1.digest;
END $$;

-- What says nothing of the operator is a data set, which changes no operator's key.
CREATE FUNCTION put_api_key_v1(line jsonb) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = skillhost, pg_temp AS $$
BEGIN
    INSERT INTO api_keys (digest, org_id, user_id, client, operator, scopes, proof)
    SELECT line ->> 0, line ->> 1, line ->> 2, line ->> 3, coalesce((line ->> 4)::boolean, false),
        (line -> 5)::json, line ->> 6
    ON CONFLICT (digest) DO UPDATE SET org_id = excluded.org_id, user_id = excluded.user_id,
        client = excluded.client, operator = excluded.operator, scopes = excluded.scopes, proof = excluded.proof
        WHERE (line ->> 4) IS NOT NULL OR NOT api_keys.operator;
END $$;

-- One page: the caller asks again until less than a page was swept.
CREATE FUNCTION sweep_bodies_v1(now_ms bigint, most bigint) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = skillhost, pg_temp AS $$
DECLARE
    swept bigint;
BEGIN
    UPDATE bodies SET sealed = NULL WHERE sealed IS NOT NULL AND expires_at <= now_ms AND n = ANY (ARRAY(
        SELECT b.n FROM bodies b WHERE b.sealed IS NOT NULL AND b.expires_at <= now_ms ORDER BY b.expires_at LIMIT most));
    GET DIAGNOSTICS swept = ROW_COUNT;
    RETURN swept;
END $$;

-- Disputes what boots that are gone held, each with a line in the audit. Money is moved
-- under the locks of its orgs, as in `commit_v1`.
CREATE FUNCTION dispute_strays_v1(boot text, now_ms bigint) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = skillhost, pg_temp AS $$
DECLARE
    orgs text[] := ARRAY(SELECT DISTINCT r.org_id FROM reservations r
        WHERE r.state = 'held' AND r.owner <> boot AND NOT is_alive(r.owner));
    strays bigint;
BEGIN
    PERFORM pg_advisory_xact_lock(o.key)
    FROM (SELECT DISTINCT hashtextextended(unnest(orgs), 0) AS key ORDER BY 1) o;
    WITH stray AS (
        SELECT r.n FROM reservations r WHERE r.org_id = ANY (orgs) AND r.state = 'held' AND r.owner <> boot
            AND NOT is_alive(r.owner) ORDER BY r.org_id, r.n FOR UPDATE),
    gone AS (
        UPDATE reservations r SET state = 'disputed' FROM stray s WHERE r.n = s.n RETURNING r.*)
    INSERT INTO audit (org_id, job_id, actor, action, subject, detail, at)
    SELECT g.org_id, g.job_id, 'host', 'money.disputed', g.id, json_build_object('amount', g.amount,
        'what', g.what, 'step', g.step, 'boot', g.owner), now_ms
    FROM gone g ORDER BY g.org_id, g.n;
    GET DIAGNOSTICS strays = ROW_COUNT;
    RETURN strays;
END $$;

-- Says that a boot lives for so long from now. Answers whether another one died and
-- left something under way.
CREATE FUNCTION alive_v1(host text, for_ms bigint) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = skillhost, pg_temp AS $$
BEGIN
    INSERT INTO hosts (boot, alive_until) VALUES (host, now() + for_ms * interval '1 millisecond')
    ON CONFLICT (boot) DO UPDATE SET alive_until = excluded.alive_until;
    DELETE FROM hosts h WHERE h.alive_until < now() - interval '1 hour';
    RETURN EXISTS (SELECT 1 FROM sequence_jobs j
            WHERE j.status = 'in_progress' AND j.lease_owner <> host AND NOT is_alive(j.lease_owner))
        OR EXISTS (SELECT 1 FROM outbox o
            WHERE o.state = 'sending' AND o.sender <> host AND NOT is_alive(o.sender))
        -- Its job may be another host's by now.
        OR EXISTS (SELECT 1 FROM reservations r
            WHERE r.state = 'held' AND r.owner <> host AND NOT is_alive(r.owner));
END $$;
