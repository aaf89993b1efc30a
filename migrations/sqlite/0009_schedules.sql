-- What the clock raises next: one row a sequence and user, or a sequence and meeting.

CREATE TABLE schedules (
    org_id     TEXT NOT NULL,
    user_id    TEXT NOT NULL,
    event_type TEXT NOT NULL,
    -- The meeting; empty for a pattern.
    subject    TEXT NOT NULL,
    -- What next_at was computed from.
    spec       TEXT NOT NULL,
    next_at    INTEGER,
    PRIMARY KEY (org_id, user_id, event_type, subject)
) WITHOUT ROWID;
CREATE INDEX schedules_due ON schedules (next_at) WHERE next_at IS NOT NULL;

-- For how many notifications a user had of late.
CREATE INDEX pending_actions_by_user ON pending_actions (org_id, user_id, created_at);
