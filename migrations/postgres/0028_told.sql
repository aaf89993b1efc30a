-- What people are told outside of the inbox, and when.

-- Whether something is to be brought to its person: 0 no, or it was; 1 yes; 2 the call that brings it
-- has begun, and of one that has no message nobody knows whether it is there; 3 it was given up;
-- 4 there is nobody to bring it to. Of a question it counts while it is open and has no message.
ALTER TABLE pending_actions ADD COLUMN telling bigint NOT NULL DEFAULT 1;
-- The instant at which a question is brought to its person, or was.
ALTER TABLE pending_actions ADD COLUMN post_at bigint;
-- What state of its effects its message last told of: the sum of their revisions.
ALTER TABLE pending_actions ADD COLUMN told_state bigint;
CREATE INDEX pending_actions_to_bring ON pending_actions (created_at) WHERE status = 'pending' AND message_ts IS NULL;
CREATE INDEX pending_actions_posts ON pending_actions (org_id, user_id, post_at) WHERE post_at IS NOT NULL;
CREATE INDEX pending_actions_outcomes ON pending_actions (resolved_at)
    WHERE resolved_at IS NOT NULL AND message_ts IS NOT NULL;
CREATE INDEX outbox_answered ON outbox (updated_at) WHERE approval IS NOT NULL;

-- Notices of the host itself are brought to their person as well; what is there already was, or is old.
ALTER TABLE chat_messages ADD COLUMN telling bigint NOT NULL DEFAULT 0;
ALTER TABLE chat_messages ADD COLUMN post_at bigint;
CREATE INDEX chat_messages_to_bring ON chat_messages (at) WHERE telling <> 0;
CREATE INDEX chat_messages_posts ON chat_messages (org_id, user_id, post_at) WHERE post_at IS NOT NULL;
CREATE POLICY dispatch ON chat_messages TO skillhost_dispatch USING (true);
GRANT SELECT ON chat_messages TO skillhost_dispatch;

-- Messages of skills: those that left, and those that wait for a quieter time.
CREATE INDEX outbox_chat ON outbox (org_id, user_id, updated_at) WHERE kind = 'chat.post' AND state <> 'ready';
CREATE INDEX outbox_chat_held ON outbox (org_id, user_id, not_before) WHERE kind = 'chat.post' AND state = 'ready';

-- Questions and notices that are to be brought by `until`, made or planned since then, the longest due
-- first; where they are asked for, those that had nobody to be brought to come last. Nothing is put off
-- for as long as a week.
CREATE FUNCTION untold_v1(since bigint, until bigint, states bigint[], most bigint) RETURNS SETOF text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = skillhost, pg_temp AS $$
BEGIN
    RETURN QUERY SELECT json_build_object('kind', x.kind, 'org', x.org, 'id', x.id, 'at', x.at)::text FROM (
        SELECT 'card' AS kind, a.org_id AS org, a.id, a.post_at AS at, a.created_at AS made, a.telling
        FROM pending_actions a
        WHERE a.status = 'pending' AND a.message_ts IS NULL AND a.created_at >= since - 604800000
        UNION ALL
        SELECT 'notice', m.org_id, m.id, m.post_at, m.at, m.telling FROM chat_messages m
        WHERE m.telling <> 0 AND m.at >= since - 604800000) x
    WHERE x.telling = ANY (states) AND greatest(x.made, x.at) >= since AND coalesce(x.at, x.made) <= until
    ORDER BY x.telling, coalesce(x.at, x.made), x.org, x.id LIMIT most;
END $$;

-- In what state the effects of a question are, and where it can be asked again its job.
CREATE FUNCTION outcome_state_v1(a pending_actions) RETURNS bigint
LANGUAGE sql STABLE SET search_path = skillhost, pg_temp AS $$
    SELECT coalesce((SELECT sum(o.revision) FROM outbox o WHERE o.job_id = a.job_id AND o.approval = a.id), 0)::bigint
        + coalesce((SELECT j.version FROM sequence_jobs j
            WHERE j.id = a.job_id AND a.status IN ('expired', 'withdrawn')), 0)
$$;

-- Settled questions whose message is behind what became of them: of those that were settled since then,
-- and of those whose effects went on since then.
CREATE FUNCTION outcomes_untold_v1(since bigint, most bigint) RETURNS SETOF text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = skillhost, pg_temp AS $$
BEGIN
    RETURN QUERY SELECT json_build_array(a.org_id, a.id)::text FROM pending_actions a
    WHERE a.resolved_at IS NOT NULL AND a.message_ts IS NOT NULL
        AND a.id IN (SELECT s.id FROM pending_actions s
            WHERE s.resolved_at IS NOT NULL AND s.message_ts IS NOT NULL AND s.resolved_at >= since
            UNION SELECT o.approval FROM outbox o WHERE o.approval IS NOT NULL AND o.updated_at >= since)
        AND a.told_state IS DISTINCT FROM outcome_state_v1(a)
    ORDER BY a.resolved_at, a.id LIMIT most;
END $$;

-- As before, and the notices.
CREATE OR REPLACE FUNCTION commit_more_v1(
    host text, slot_id text, slot_seq bigint, orgs text[], jobs text[], actions text[],
    kinds text[], lists text[], counts bigint[], known bigint
) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM commit_v1(host, slot_id, slot_seq, orgs, jobs, actions, kinds[1:known], lists[1:known], counts[1:known]);
    FOR i IN known + 1 .. cardinality(kinds) LOOP
        CASE kinds[i]
        WHEN 'sent_activity' THEN
            PERFORM write_sent_activities_v1(lists[i]::jsonb);
        WHEN 'mail_activity' THEN
            PERFORM write_mail_activities_v1(lists[i]::jsonb);
        WHEN 'notice' THEN
            INSERT INTO chat_messages (id, org_id, user_id, job_id, text, at, telling)
            SELECT x.id, x.org, x."user", x.job, x.text, x.at, 1
            FROM json_to_recordset(lists[i]::json) x (id text, org text, "user" text, job text, text text, at bigint)
            ON CONFLICT (org_id, id) DO NOTHING;
        ELSE
            PERFORM write_more_v1(kinds[i], lists[i], counts[i]);
        END CASE;
    END LOOP;
END $$;

REVOKE ALL ON FUNCTION untold_v1, outcome_state_v1, outcomes_untold_v1 FROM PUBLIC;
GRANT EXECUTE ON FUNCTION untold_v1, outcomes_untold_v1 TO skillhost_app;
GRANT EXECUTE ON FUNCTION outcome_state_v1 TO skillhost_dispatch;
