-- What people are told outside of the inbox, and when.

-- The instant at which a question is brought to its person, or was.
ALTER TABLE pending_actions ADD COLUMN post_at bigint;
-- When its message last said what became of it; empty where the message is behind.
ALTER TABLE pending_actions ADD COLUMN told_at bigint;
CREATE INDEX pending_actions_posts ON pending_actions (org_id, user_id, post_at) WHERE post_at IS NOT NULL;
CREATE INDEX pending_actions_untold ON pending_actions (resolved_at)
    WHERE resolved_at IS NOT NULL AND message_ts IS NOT NULL AND told_at IS NULL;

-- Notices of the host itself are brought to their person as well; what is there already was, or is old.
ALTER TABLE chat_messages ADD COLUMN unposted bigint NOT NULL DEFAULT 0;
ALTER TABLE chat_messages ADD COLUMN post_at bigint;
CREATE INDEX chat_messages_unposted ON chat_messages (at) WHERE unposted = 1;
CREATE INDEX chat_messages_posts ON chat_messages (org_id, user_id, post_at) WHERE post_at IS NOT NULL;
CREATE POLICY dispatch ON chat_messages TO skillhost_dispatch USING (true);
GRANT SELECT ON chat_messages TO skillhost_dispatch;

-- Messages of skills: those that left, and those that wait for a quieter time.
CREATE INDEX outbox_chat ON outbox (org_id, user_id, updated_at) WHERE kind = 'chat.post' AND state <> 'ready';
CREATE INDEX outbox_chat_held ON outbox (org_id, user_id, not_before) WHERE kind = 'chat.post' AND state = 'ready';

-- Questions and notices that were brought nowhere yet, made since then, the newest first.
CREATE FUNCTION untold_v1(since bigint, most bigint) RETURNS SETOF text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = skillhost, pg_temp AS $$
BEGIN
    RETURN QUERY SELECT json_build_object('kind', x.kind, 'org', x.org, 'id', x.id, 'at', x.at)::text FROM (
        (SELECT 'card' AS kind, a.org_id AS org, a.id, a.post_at AS at, a.created_at AS made FROM pending_actions a
            WHERE a.status = 'pending' AND a.message_ts IS NULL AND a.created_at >= since ORDER BY a.n DESC LIMIT most)
        UNION ALL
        (SELECT 'notice', m.org_id, m.id, m.post_at, m.at FROM chat_messages m
            WHERE m.unposted = 1 AND m.at >= since ORDER BY m.at DESC LIMIT most)) x
    ORDER BY x.made DESC LIMIT most;
END $$;

-- Settled questions whose message is behind.
CREATE FUNCTION outcomes_untold_v1(since bigint, most bigint) RETURNS SETOF text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = skillhost, pg_temp AS $$
BEGIN
    RETURN QUERY SELECT json_build_array(a.org_id, a.id)::text FROM pending_actions a
    WHERE a.resolved_at >= since AND a.message_ts IS NOT NULL AND a.told_at IS NULL
    ORDER BY a.resolved_at DESC LIMIT most;
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
            INSERT INTO chat_messages (id, org_id, user_id, job_id, text, at, unposted)
            SELECT x.id, x.org, x."user", x.job, x.text, x.at, 1
            FROM json_to_recordset(lists[i]::json) x (id text, org text, "user" text, job text, text text, at bigint)
            ON CONFLICT (org_id, id) DO NOTHING;
        ELSE
            PERFORM write_more_v1(kinds[i], lists[i], counts[i]);
        END CASE;
    END LOOP;
END $$;

REVOKE ALL ON FUNCTION untold_v1, outcomes_untold_v1 FROM PUBLIC;
GRANT EXECUTE ON FUNCTION untold_v1, outcomes_untold_v1 TO skillhost_app;
