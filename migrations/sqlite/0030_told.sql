-- What people are told outside of the inbox, and when.

-- Whether something is to be brought to its person: 0 no, or it was; 1 yes; 2 the call that brings it
-- has begun, and of one that has no message nobody knows whether it is there; 3 it was given up;
-- 4 there is nobody to bring it to. Of a question it counts while it is open and has no message.
ALTER TABLE pending_actions ADD COLUMN telling INTEGER NOT NULL DEFAULT 1;
-- The instant at which a question is brought to its person, or was.
ALTER TABLE pending_actions ADD COLUMN post_at INTEGER;
-- What state of its effects its message last told of: the sum of their revisions.
ALTER TABLE pending_actions ADD COLUMN told_state INTEGER;
CREATE INDEX pending_actions_to_bring ON pending_actions (created_at) WHERE status = 'pending' AND message_ts IS NULL;
CREATE INDEX pending_actions_posts ON pending_actions (org_id, user_id, post_at) WHERE post_at IS NOT NULL;
CREATE INDEX pending_actions_outcomes ON pending_actions (resolved_at)
    WHERE resolved_at IS NOT NULL AND message_ts IS NOT NULL;
CREATE INDEX outbox_answered ON outbox (updated_at) WHERE approval IS NOT NULL;

-- Notices of the host itself are brought to their person as well; what is there already was, or is old.
ALTER TABLE chat_messages ADD COLUMN telling INTEGER NOT NULL DEFAULT 0;
ALTER TABLE chat_messages ADD COLUMN post_at INTEGER;
CREATE INDEX chat_messages_to_bring ON chat_messages (at) WHERE telling <> 0;
CREATE INDEX chat_messages_posts ON chat_messages (org_id, user_id, post_at) WHERE post_at IS NOT NULL;

-- Messages of skills: those that left, and those that wait for a quieter time.
CREATE INDEX outbox_chat ON outbox (org_id, user_id, updated_at) WHERE kind = 'chat.post' AND state <> 'ready';
CREATE INDEX outbox_chat_held ON outbox (org_id, user_id, not_before) WHERE kind = 'chat.post' AND state = 'ready';
