-- What tells trouble early, as SQLite has it after its eighth migration: figures of all
-- orgs, each by an index of its own, and no row of any.

CREATE INDEX sequence_jobs_waiting ON sequence_jobs (updated_at) WHERE status = 'pending';
CREATE INDEX sequence_jobs_paused ON sequence_jobs (status) WHERE status = 'paused';
CREATE INDEX pending_actions_asked ON pending_actions (created_at) WHERE status = 'pending';
CREATE INDEX purse_totals_open ON purse_totals (org_id, scope, period) WHERE reserved <> 0 OR disputed <> 0;
CREATE INDEX reservations_by_day ON reservations (day, org_id);

CREATE FUNCTION figures_v1(now_ms bigint, today text, most_texts bigint) RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = skillhost, pg_temp AS $$
BEGIN
    RETURN json_build_object(
        'jobs', json_build_object(
            'pending', (SELECT count(*) FROM sequence_jobs WHERE status = 'pending'),
            'in_progress', (SELECT count(*) FROM sequence_jobs WHERE status = 'in_progress'),
            'awaiting_approval', (SELECT count(*) FROM sequence_jobs WHERE status = 'awaiting_approval'),
            'awaiting_budget', (SELECT count(*) FROM sequence_jobs WHERE status = 'awaiting_budget'),
            'deferred', (SELECT count(*) FROM sequence_jobs WHERE status = 'deferred'),
            'paused', (SELECT count(*) FROM sequence_jobs WHERE status = 'paused')),
        'effects', json_build_object(
            'ready', (SELECT count(*) FROM outbox WHERE state = 'ready'),
            'sending', (SELECT count(*) FROM outbox WHERE state = 'sending'),
            'dead', (SELECT count(*) FROM outbox WHERE state = 'dead'),
            'unknown', (SELECT count(*) FROM outbox WHERE state = 'unknown')),
        'runnable_since', (SELECT min(since) FROM (
            SELECT * FROM (SELECT greatest(q.updated_at, coalesce(q.wake_at, 0)) AS since FROM sequence_jobs q
                WHERE q.status = 'pending' AND (q.wake_at IS NULL OR q.wake_at <= now_ms) AND NOT is_blocked(q, now_ms)
                ORDER BY q.updated_at LIMIT 1) head
            UNION ALL SELECT * FROM (SELECT q.wake_at FROM sequence_jobs q
                WHERE q.status = 'deferred' AND q.wake_at <= now_ms AND NOT (q.version = 1 AND is_blocked(q, now_ms))
                ORDER BY q.wake_at LIMIT 1) due
            UNION ALL SELECT min(lease_until) FROM sequence_jobs WHERE status = 'in_progress' AND lease_until <= now_ms) w),
        'due_since', (SELECT min(not_before) FROM outbox WHERE state = 'ready' AND not_before <= now_ms),
        'asked_since', (SELECT min(created_at) FROM pending_actions WHERE status = 'pending'),
        'questions', (SELECT count(*) FROM pending_actions WHERE status = 'pending'),
        'texts_due', (SELECT count(*) FROM (SELECT 1 FROM bodies
            WHERE sealed IS NOT NULL AND expires_at <= now_ms LIMIT most_texts) t),
        'purse_drift', (
            SELECT coalesce(sum(abs(reserved) + abs(disputed)), 0) FROM (
                SELECT sum(o.reserved) AS reserved, sum(o.disputed) AS disputed FROM (
                    SELECT r.org_id, s.scope, p.period,
                        CASE WHEN r.state = 'held' THEN r.amount ELSE 0 END AS reserved,
                        CASE WHEN r.state = 'disputed' THEN r.amount ELSE 0 END AS disputed
                    FROM reservations r,
                        unnest(ARRAY['org', 'skill:' || r.skill, 'sequence:' || r.sequence]) AS s (scope),
                        unnest(ARRAY[r.day, r.month]) AS p (period)
                    WHERE r.state = 'held' OR r.state = 'disputed'
                    UNION ALL SELECT t.org_id, t.scope, t.period, -t.reserved, -t.disputed FROM purse_totals t
                    WHERE t.reserved <> 0 OR t.disputed <> 0) o
                GROUP BY o.org_id, o.scope, o.period) d)
            + (SELECT coalesce(sum(abs(settled)), 0) FROM (
                SELECT sum(e.settled) AS settled FROM (
                    SELECT r.org_id, r.settled FROM reservations r WHERE r.day = today
                    UNION ALL SELECT t.org_id, -t.settled
                    FROM (SELECT DISTINCT r.org_id FROM reservations r WHERE r.day = today) busy
                    JOIN purse_totals t ON t.org_id = busy.org_id AND t.scope = 'org' AND t.period = today) e
                GROUP BY e.org_id) f))::text;
END $$;

CREATE FUNCTION open_jobs_v1(at_most bigint) RETURNS bigint
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = skillhost, pg_temp AS $$
BEGIN
    RETURN (SELECT count(*) FROM (
        SELECT 1 FROM sequence_jobs WHERE status = 'pending'
        UNION ALL SELECT 1 FROM sequence_jobs WHERE status = 'in_progress'
        UNION ALL SELECT 1 FROM sequence_jobs WHERE status = 'awaiting_approval'
        UNION ALL SELECT 1 FROM sequence_jobs WHERE status = 'awaiting_budget'
        UNION ALL SELECT 1 FROM sequence_jobs WHERE status = 'deferred'
        UNION ALL SELECT 1 FROM sequence_jobs WHERE status = 'paused' LIMIT at_most) o);
END $$;

REVOKE ALL ON FUNCTION figures_v1, open_jobs_v1 FROM PUBLIC;
GRANT EXECUTE ON FUNCTION figures_v1, open_jobs_v1 TO skillhost_app;
