-- What people are told outside of the inbox, and when.

-- The instant at which a question is brought to its person, or was.
ALTER TABLE pending_actions ADD COLUMN post_at INTEGER;
-- When its message last said what became of it; empty where the message is behind.
ALTER TABLE pending_actions ADD COLUMN told_at INTEGER;
CREATE INDEX pending_actions_posts ON pending_actions (org_id, user_id, post_at) WHERE post_at IS NOT NULL;
CREATE INDEX pending_actions_untold ON pending_actions (resolved_at)
    WHERE resolved_at IS NOT NULL AND message_ts IS NOT NULL AND told_at IS NULL;

-- Notices of the host itself are brought to their person as well; what is there already was, or is old.
ALTER TABLE chat_messages ADD COLUMN unposted INTEGER NOT NULL DEFAULT 0;
ALTER TABLE chat_messages ADD COLUMN post_at INTEGER;
CREATE INDEX chat_messages_unposted ON chat_messages (at) WHERE unposted = 1;
CREATE INDEX chat_messages_posts ON chat_messages (org_id, user_id, post_at) WHERE post_at IS NOT NULL;

-- Messages of skills: those that left, and those that wait for a quieter time.
CREATE INDEX outbox_chat ON outbox (org_id, user_id, updated_at) WHERE kind = 'chat.post' AND state <> 'ready';
CREATE INDEX outbox_chat_held ON outbox (org_id, user_id, not_before) WHERE kind = 'chat.post' AND state = 'ready';
