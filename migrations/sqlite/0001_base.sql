-- Tables of the durable half: events, jobs, journal, questions, effects, audit.
--
-- Instants here are integers, milliseconds since 1970. Every table is a rowid
-- table with an integer key `n` and unique indexes beside it: appends then stay
-- at the right edge of the tree, which measured 2.5 times as fast as clustering
-- by (job, seq). Large bodies stand apart from the row that compare-and-set
-- rewrites at every checkpoint.

CREATE TABLE events (
    n               INTEGER PRIMARY KEY,
    id              TEXT NOT NULL UNIQUE,
    org_id          TEXT NOT NULL,
    user_id         TEXT NOT NULL,
    type            TEXT NOT NULL,
    source          TEXT NOT NULL,
    parent_job_id   TEXT,
    depth           INTEGER NOT NULL,
    idempotency_key TEXT NOT NULL,
    body_digest     TEXT NOT NULL,
    received_at     INTEGER NOT NULL,
    not_before      INTEGER,
    payload         TEXT NOT NULL
);

-- Definitions by digest: a thousand jobs of one sequence keep its text once.
CREATE TABLE sequences (
    digest TEXT PRIMARY KEY,
    text   TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE sequence_jobs (
    n               INTEGER PRIMARY KEY,
    id              TEXT NOT NULL UNIQUE,
    org_id          TEXT NOT NULL,
    user_id         TEXT NOT NULL,
    status          TEXT NOT NULL CHECK (status IN (
        'pending', 'in_progress', 'awaiting_approval', 'awaiting_budget', 'deferred', 'paused',
        'completed', 'failed', 'skipped', 'cancelled', 'expired')),
    reason          TEXT,
    version         INTEGER NOT NULL,
    wake_at         INTEGER,
    lease_owner     TEXT,
    lease_until     INTEGER,
    updated_at      INTEGER NOT NULL,
    created_at      INTEGER NOT NULL,
    event_id        TEXT NOT NULL,
    event_type      TEXT NOT NULL,
    event_source    TEXT NOT NULL,
    idempotency_key TEXT NOT NULL,
    -- 1 while the job shields its key; a failed job, or one older than the window, frees it.
    key_held        INTEGER NOT NULL,
    body_digest     TEXT NOT NULL,
    parent_job_id   TEXT,
    depth           INTEGER NOT NULL,
    sequence        TEXT NOT NULL,
    sequence_digest TEXT NOT NULL REFERENCES sequences (digest)
);
CREATE UNIQUE INDEX sequence_jobs_by_org ON sequence_jobs (org_id, id);
CREATE UNIQUE INDEX sequence_jobs_held_key ON sequence_jobs (org_id, idempotency_key) WHERE key_held = 1;
CREATE INDEX sequence_jobs_children ON sequence_jobs (parent_job_id) WHERE parent_job_id IS NOT NULL;
-- What a driver looks for; ended and paused jobs are not in it.
-- Written with OR, because SQLite matches `status = 'pending'` only against such a term.
CREATE INDEX sequence_jobs_open ON sequence_jobs (status, wake_at)
    WHERE status = 'pending' OR status = 'in_progress' OR status = 'awaiting_approval' OR status = 'deferred';

CREATE TABLE job_payloads (
    job_id          TEXT NOT NULL UNIQUE REFERENCES sequence_jobs (id),
    n               INTEGER PRIMARY KEY,
    trigger_payload TEXT NOT NULL
);

CREATE TABLE job_journal (
    n      INTEGER PRIMARY KEY,
    job_id TEXT NOT NULL REFERENCES sequence_jobs (id),
    seq    INTEGER NOT NULL,
    kind   TEXT NOT NULL,
    at     INTEGER NOT NULL,
    body   TEXT NOT NULL
);
CREATE UNIQUE INDEX job_journal_by_job ON job_journal (job_id, seq);

CREATE TABLE pending_actions (
    n            INTEGER PRIMARY KEY,
    id           TEXT NOT NULL UNIQUE,
    org_id       TEXT NOT NULL,
    user_id      TEXT NOT NULL,
    job_id       TEXT NOT NULL REFERENCES sequence_jobs (id),
    step         TEXT NOT NULL,
    round        INTEGER NOT NULL,
    status       TEXT NOT NULL CHECK (status IN (
        'pending', 'approved', 'skipped', 'cancelled', 'expired', 'withdrawn')),
    revision     INTEGER NOT NULL,
    created_at   INTEGER NOT NULL,
    expires_at   INTEGER NOT NULL,
    resolved_at  INTEGER,
    channel      TEXT,
    message_ts   TEXT,
    nonce        TEXT NOT NULL,
    -- The request as the skill put it, the effects an answer releases, what is shown.
    action_data  TEXT NOT NULL,
    effects      TEXT NOT NULL,
    preview_data TEXT NOT NULL,
    module       TEXT NOT NULL,
    rights       TEXT NOT NULL,
    resolution   TEXT NOT NULL
);
CREATE INDEX pending_actions_by_job ON pending_actions (job_id);
CREATE INDEX pending_actions_open ON pending_actions (org_id, user_id) WHERE status = 'pending';
CREATE INDEX pending_actions_expiry ON pending_actions (expires_at) WHERE status = 'pending';

CREATE TABLE outbox (
    n           INTEGER PRIMARY KEY,
    "key"       TEXT NOT NULL UNIQUE,
    org_id      TEXT NOT NULL,
    user_id     TEXT NOT NULL,
    job_id      TEXT NOT NULL REFERENCES sequence_jobs (id),
    step        TEXT NOT NULL,
    local_id    TEXT NOT NULL,
    kind        TEXT NOT NULL,
    state       TEXT NOT NULL CHECK (state IN ('ready', 'sending', 'sent', 'dead', 'unknown', 'cancelled')),
    revision    INTEGER NOT NULL,
    attempt     INTEGER NOT NULL,
    not_before  INTEGER NOT NULL,
    last_error  TEXT,
    created_at  INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL,
    digest      TEXT NOT NULL,
    approval    TEXT,
    "after"     TEXT NOT NULL,
    module      TEXT NOT NULL,
    rights      TEXT NOT NULL,
    release     TEXT NOT NULL,
    receipt     TEXT NOT NULL,
    payload     TEXT NOT NULL
);
CREATE INDEX outbox_by_job ON outbox (job_id);
-- Sent and cancelled rows are the mass; nobody looks for them by state.
CREATE INDEX outbox_open ON outbox (state, not_before)
    WHERE state = 'ready' OR state = 'sending' OR state = 'dead' OR state = 'unknown';

CREATE TABLE audit (
    n       INTEGER PRIMARY KEY,
    org_id  TEXT NOT NULL,
    job_id  TEXT,
    actor   TEXT NOT NULL,
    action  TEXT NOT NULL,
    subject TEXT NOT NULL,
    detail  TEXT NOT NULL,
    at      INTEGER NOT NULL
);
CREATE INDEX audit_by_job ON audit (job_id) WHERE job_id IS NOT NULL;
CREATE INDEX audit_by_org ON audit (org_id);

CREATE TABLE chat_messages (
    n       INTEGER PRIMARY KEY,
    org_id  TEXT NOT NULL,
    id      TEXT NOT NULL,
    user_id TEXT NOT NULL,
    job_id  TEXT,
    text    TEXT NOT NULL,
    at      INTEGER NOT NULL
);
CREATE UNIQUE INDEX chat_messages_by_id ON chat_messages (org_id, id);
CREATE INDEX chat_messages_by_user ON chat_messages (org_id, user_id, at);

-- One-time links, sessions, delivery ids of signed hooks; digests only.
CREATE TABLE tokens (
    kind       TEXT NOT NULL,
    digest     TEXT NOT NULL,
    value      TEXT NOT NULL,
    expires_at INTEGER NOT NULL,
    proof      TEXT NOT NULL,
    PRIMARY KEY (kind, digest)
) WITHOUT ROWID;
CREATE INDEX tokens_expiry ON tokens (expires_at);

-- The job as the documents describe it, for people with a SQL prompt.
CREATE VIEW sequence_jobs_view AS
SELECT j.id, j.org_id, j.user_id, j.status, j.reason, j.event_type, j.event_source, j.idempotency_key,
       j.sequence, j.sequence_digest, j.version, j.depth, j.created_at, j.updated_at, j.wake_at,
       p.trigger_payload,
       json_object(
           'parent', j.parent_job_id,
           'children', (SELECT json_group_array(c.id) FROM sequence_jobs c WHERE c.parent_job_id = j.id)
       ) AS event_chain,
       json_object(
           'event', json_object('id', j.event_id, 'type', j.event_type, 'source', j.event_source,
                                'payload', json(p.trigger_payload)),
           'steps_completed', (SELECT json_group_array(e.body ->> '$.step') FROM job_journal e
                               WHERE e.job_id = j.id AND e.kind = 'step_proposed'),
           'outputs', (SELECT json_group_object(e.body ->> '$.step', json(e.body -> '$.output'))
                       FROM job_journal e WHERE e.job_id = j.id AND e.kind = 'step_proposed'),
           'pending_approvals', (SELECT json_group_array(a.id) FROM pending_actions a
                                 WHERE a.job_id = j.id AND a.status = 'pending'),
           'queued_followups', (SELECT json_group_array(c.id) FROM sequence_jobs c WHERE c.parent_job_id = j.id),
           'started_at', j.created_at,
           'cost_accumulated', (SELECT coalesce(sum(e.body ->> '$.spend.money'), 0) FROM job_journal e
                                WHERE e.job_id = j.id AND e.kind IN ('step_proposed', 'step_failed'))
       ) AS context
FROM sequence_jobs j JOIN job_payloads p ON p.job_id = j.id;
