-- All tables, as SQLite has them after its seventh migration.
--
-- Instants of the durable half are integers, milliseconds since 1970; those of an
-- org's own data are RFC 3339 text, as skills read them. Text is compared byte by
-- byte (COLLATE "C"), so that both databases order alike. JSON is kept as it came
-- (json, not jsonb): approvals are bound to bytes.
--
-- Tables that are rewritten at every checkpoint leave room in their pages, so that
-- a new version of a row touches no index. A job's row is what its other tables
-- refer to; the functions that write look it up, which a foreign key would do again.

CREATE TABLE events (
    n               bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id              text COLLATE "C" NOT NULL UNIQUE,
    org_id          text COLLATE "C" NOT NULL,
    user_id         text COLLATE "C" NOT NULL,
    type            text COLLATE "C" NOT NULL,
    source          text COLLATE "C" NOT NULL,
    parent_job_id   text COLLATE "C",
    depth           bigint NOT NULL,
    idempotency_key text COLLATE "C" NOT NULL,
    body_digest     text COLLATE "C" NOT NULL,
    received_at     bigint NOT NULL,
    not_before      bigint,
    payload         json
);

-- The oldest migration a host must know to run here; raised when something it
-- would still use is taken away.
CREATE TABLE schema_floor (
    oldest bigint NOT NULL
);
INSERT INTO schema_floor VALUES (1);

-- Definitions by digest: a thousand jobs of one sequence keep its text once.
CREATE TABLE sequences (
    digest text COLLATE "C" PRIMARY KEY,
    text   text COLLATE "C" NOT NULL
);

CREATE TABLE sequence_jobs (
    n               bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id              text COLLATE "C" NOT NULL UNIQUE,
    org_id          text COLLATE "C" NOT NULL,
    user_id         text COLLATE "C" NOT NULL,
    status          text COLLATE "C" NOT NULL CHECK (status IN (
        'pending', 'in_progress', 'awaiting_approval', 'awaiting_budget', 'deferred', 'paused',
        'completed', 'failed', 'skipped', 'cancelled', 'expired')),
    reason          text COLLATE "C",
    version         bigint NOT NULL,
    wake_at         bigint,
    lease_owner     text COLLATE "C",
    lease_until     bigint,
    updated_at      bigint NOT NULL,
    created_at      bigint NOT NULL,
    event_id        text COLLATE "C" NOT NULL,
    event_type      text COLLATE "C" NOT NULL,
    event_source    text COLLATE "C" NOT NULL,
    idempotency_key text COLLATE "C" NOT NULL,
    -- 1 while the job shields its key; a failed job, or one older than the window, frees it.
    key_held        bigint NOT NULL,
    body_digest     text COLLATE "C" NOT NULL,
    parent_job_id   text COLLATE "C",
    depth           bigint NOT NULL,
    sequence        text COLLATE "C" NOT NULL,
    sequence_digest text COLLATE "C" NOT NULL,
    -- Higher goes first.
    priority        bigint NOT NULL,
    -- Open jobs of an org with the same word run one after the other, oldest first.
    concurrency     text COLLATE "C"
) WITH (fillfactor = 70);
CREATE INDEX sequence_jobs_concurrency ON sequence_jobs (org_id, concurrency, status) WHERE concurrency IS NOT NULL;
-- The head of each org's queue, however long the others' are.
CREATE INDEX sequence_jobs_queue ON sequence_jobs (org_id, priority DESC, n) WHERE status = 'pending';
CREATE UNIQUE INDEX sequence_jobs_by_org ON sequence_jobs (org_id, id);
CREATE UNIQUE INDEX sequence_jobs_held_key ON sequence_jobs (org_id, idempotency_key) WHERE key_held = 1;
CREATE INDEX sequence_jobs_children ON sequence_jobs (parent_job_id) WHERE parent_job_id IS NOT NULL;
CREATE INDEX sequence_jobs_open ON sequence_jobs (status, wake_at)
    WHERE status = 'pending' OR status = 'in_progress' OR status = 'awaiting_approval' OR status = 'deferred'
        OR status = 'awaiting_budget';
CREATE INDEX sequence_jobs_by_sequence ON sequence_jobs (org_id, sequence) WHERE status = 'completed';

CREATE TABLE job_payloads (
    job_id          text COLLATE "C" NOT NULL UNIQUE,
    org_id          text COLLATE "C" NOT NULL,
    n               bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    trigger_payload json
);

CREATE TABLE job_journal (
    n      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    org_id text COLLATE "C" NOT NULL,
    job_id text COLLATE "C" NOT NULL,
    seq    bigint NOT NULL,
    kind   text COLLATE "C" NOT NULL,
    at     bigint NOT NULL,
    body   text COLLATE "C" NOT NULL
);
CREATE UNIQUE INDEX job_journal_by_job ON job_journal (job_id, seq);

CREATE TABLE pending_actions (
    n            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id           text COLLATE "C" NOT NULL UNIQUE,
    org_id       text COLLATE "C" NOT NULL,
    user_id      text COLLATE "C" NOT NULL,
    job_id       text COLLATE "C" NOT NULL,
    step         text COLLATE "C" NOT NULL,
    round        bigint NOT NULL,
    status       text COLLATE "C" NOT NULL CHECK (status IN (
        'pending', 'approved', 'skipped', 'cancelled', 'expired', 'withdrawn')),
    revision     bigint NOT NULL,
    created_at   bigint NOT NULL,
    expires_at   bigint NOT NULL,
    resolved_at  bigint,
    channel      text COLLATE "C",
    message_ts   text COLLATE "C",
    nonce        text COLLATE "C" NOT NULL,
    -- The request as the skill put it, the effects an answer releases, what is shown.
    action_data  json,
    effects      json,
    preview_data json,
    module       json,
    rights       json,
    resolution   json
);
CREATE INDEX pending_actions_by_job ON pending_actions (job_id);
CREATE INDEX pending_actions_open ON pending_actions (org_id, user_id) WHERE status = 'pending';
CREATE INDEX pending_actions_by_user ON pending_actions (org_id, user_id, created_at);
CREATE INDEX pending_actions_expiry ON pending_actions (expires_at) WHERE status = 'pending';

CREATE TABLE outbox (
    n           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    "key"       text COLLATE "C" NOT NULL UNIQUE,
    org_id      text COLLATE "C" NOT NULL,
    user_id     text COLLATE "C" NOT NULL,
    job_id      text COLLATE "C" NOT NULL,
    step        text COLLATE "C" NOT NULL,
    local_id    text COLLATE "C" NOT NULL,
    kind        text COLLATE "C" NOT NULL,
    state       text COLLATE "C" NOT NULL CHECK (state IN ('ready', 'sending', 'sent', 'dead', 'unknown', 'cancelled')),
    revision    bigint NOT NULL,
    attempt     bigint NOT NULL,
    not_before  bigint NOT NULL,
    last_error  text COLLATE "C",
    created_at  bigint NOT NULL,
    updated_at  bigint NOT NULL,
    digest      text COLLATE "C" NOT NULL,
    approval    text COLLATE "C",
    "after"     json,
    module      json,
    rights      json,
    release     json,
    receipt     json,
    payload     json,
    -- The boot that performs it, while it is under way.
    sender      text COLLATE "C"
) WITH (fillfactor = 80);
CREATE INDEX outbox_by_job ON outbox (job_id);
CREATE INDEX outbox_open ON outbox (state, not_before)
    WHERE state = 'ready' OR state = 'sending' OR state = 'dead' OR state = 'unknown';

CREATE TABLE audit (
    n       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    org_id  text COLLATE "C" NOT NULL,
    job_id  text COLLATE "C",
    actor   text COLLATE "C" NOT NULL,
    action  text COLLATE "C" NOT NULL,
    subject text COLLATE "C" NOT NULL,
    detail  json NOT NULL,
    at      bigint NOT NULL
);
CREATE INDEX audit_by_job ON audit (job_id, n) WHERE job_id IS NOT NULL;
CREATE INDEX audit_by_org ON audit (org_id, n);

CREATE TABLE chat_messages (
    n       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    org_id  text COLLATE "C" NOT NULL,
    id      text COLLATE "C" NOT NULL,
    user_id text COLLATE "C" NOT NULL,
    job_id  text COLLATE "C",
    text    text COLLATE "C" NOT NULL,
    at      bigint NOT NULL
);
CREATE UNIQUE INDEX chat_messages_by_id ON chat_messages (org_id, id);
CREATE INDEX chat_messages_by_user ON chat_messages (org_id, user_id, at);

CREATE TABLE tokens (
    kind       text COLLATE "C" NOT NULL,
    digest     text COLLATE "C" NOT NULL,
    value      json NOT NULL,
    expires_at bigint NOT NULL,
    proof      text COLLATE "C" NOT NULL,
    PRIMARY KEY (kind, digest)
);
CREATE INDEX tokens_expiry ON tokens (expires_at);

CREATE TABLE orgs (
    id       text COLLATE "C" NOT NULL PRIMARY KEY,
    name     text COLLATE "C" NOT NULL,
    domains  json NOT NULL,
    settings json NOT NULL
);

CREATE TABLE users (
    n           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    org_id      text COLLATE "C" NOT NULL,
    id          text COLLATE "C" NOT NULL,
    name        text COLLATE "C" NOT NULL,
    email       text COLLATE "C" NOT NULL,
    zone        text COLLATE "C" NOT NULL,
    admin       boolean NOT NULL,
    admin_proof text COLLATE "C",
    signature   text COLLATE "C" NOT NULL,
    preferences json NOT NULL,
    UNIQUE (org_id, id)
);

CREATE TABLE connections (
    n           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind        text COLLATE "C" NOT NULL,
    external_id text COLLATE "C" NOT NULL,
    org_id      text COLLATE "C" NOT NULL,
    user_id     text COLLATE "C" NOT NULL,
    detail      json NOT NULL,
    UNIQUE (kind, external_id)
);
CREATE INDEX connections_of ON connections (org_id, user_id, kind);

CREATE TABLE api_keys (
    n       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    digest  text COLLATE "C" NOT NULL UNIQUE,
    org_id  text COLLATE "C" NOT NULL,
    user_id text COLLATE "C" NOT NULL,
    client  text COLLATE "C" NOT NULL,
    operator boolean NOT NULL DEFAULT false,
    scopes  json NOT NULL,
    proof   text COLLATE "C" NOT NULL
);

CREATE TABLE companies (
    n        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    org_id   text COLLATE "C" NOT NULL,
    id       text COLLATE "C" NOT NULL,
    name     text COLLATE "C" NOT NULL,
    domain   text COLLATE "C",
    industry text COLLATE "C",
    size     bigint,
    owner_id text COLLATE "C",
    fields   json NOT NULL,
    UNIQUE (org_id, id)
);

CREATE TABLE contacts (
    n          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    org_id     text COLLATE "C" NOT NULL,
    id         text COLLATE "C" NOT NULL,
    name       text COLLATE "C" NOT NULL,
    email      text COLLATE "C",
    title      text COLLATE "C",
    company_id text COLLATE "C",
    owner_id   text COLLATE "C",
    zone       text COLLATE "C",
    phone      text COLLATE "C",
    fields     json NOT NULL,
    UNIQUE (org_id, id)
);
CREATE INDEX contacts_by_email ON contacts (org_id, email);

CREATE TABLE deals (
    n            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    org_id       text COLLATE "C" NOT NULL,
    id           text COLLATE "C" NOT NULL,
    name         text COLLATE "C" NOT NULL,
    stage        text COLLATE "C" NOT NULL,
    amount_cents bigint,
    currency     text COLLATE "C",
    close_date   text COLLATE "C",
    company_id   text COLLATE "C",
    contact_ids  json NOT NULL,
    owner_id     text COLLATE "C",
    fields       json NOT NULL,
    updated_at   text COLLATE "C" NOT NULL,
    UNIQUE (org_id, id)
);

CREATE TABLE deal_contacts (
    org_id     text COLLATE "C" NOT NULL,
    contact_id text COLLATE "C" NOT NULL,
    record_id  text COLLATE "C" NOT NULL,
    PRIMARY KEY (org_id, contact_id, record_id)
);
CREATE INDEX deal_contacts_of ON deal_contacts (org_id, record_id);

CREATE TABLE meetings (
    n            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    org_id       text COLLATE "C" NOT NULL,
    id           text COLLATE "C" NOT NULL,
    title        text COLLATE "C" NOT NULL,
    started_at   text COLLATE "C" NOT NULL,
    duration_min bigint,
    attendees    json NOT NULL,
    summary      text COLLATE "C",
    contact_ids  json NOT NULL,
    deal_id      text COLLATE "C",
    company_id   text COLLATE "C",
    owner_id     text COLLATE "C",
    UNIQUE (org_id, id)
);
CREATE INDEX meetings_by_time ON meetings (org_id, started_at);

CREATE TABLE meeting_contacts (
    org_id     text COLLATE "C" NOT NULL,
    contact_id text COLLATE "C" NOT NULL,
    record_id  text COLLATE "C" NOT NULL,
    PRIMARY KEY (org_id, contact_id, record_id)
);
CREATE INDEX meeting_contacts_of ON meeting_contacts (org_id, record_id);

CREATE TABLE emails (
    n             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    org_id        text COLLATE "C" NOT NULL,
    id            text COLLATE "C" NOT NULL,
    owner_id      text COLLATE "C",
    thread_id     text COLLATE "C",
    direction     text COLLATE "C" NOT NULL CHECK (direction IN ('in', 'out')),
    "from"        text COLLATE "C" NOT NULL,
    "to"          json NOT NULL,
    cc            json NOT NULL,
    subject       text COLLATE "C" NOT NULL,
    body          text COLLATE "C" NOT NULL,
    at            text COLLATE "C" NOT NULL,
    message_id    text COLLATE "C",
    in_reply_to   text COLLATE "C",
    "references"  json NOT NULL,
    contact_id    text COLLATE "C",
    deal_id       text COLLATE "C",
    UNIQUE (org_id, id)
);
CREATE INDEX emails_by_contact ON emails (org_id, contact_id, at);
CREATE INDEX emails_by_deal ON emails (org_id, deal_id, at);
CREATE INDEX emails_by_owner ON emails (org_id, owner_id, at);
CREATE INDEX emails_by_thread ON emails (org_id, thread_id, at);

CREATE TABLE activities (
    n          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    org_id     text COLLATE "C" NOT NULL,
    id         text COLLATE "C" NOT NULL,
    kind       text COLLATE "C" NOT NULL,
    subject    text COLLATE "C" NOT NULL,
    body       text COLLATE "C" NOT NULL,
    at         text COLLATE "C" NOT NULL,
    user_id    text COLLATE "C",
    contact_id text COLLATE "C",
    deal_id    text COLLATE "C",
    UNIQUE (org_id, id)
);
CREATE INDEX activities_by_contact ON activities (org_id, contact_id, at);
CREATE INDEX activities_by_deal ON activities (org_id, deal_id, at);
CREATE INDEX activities_by_user ON activities (org_id, user_id, at);

CREATE TABLE tasks (
    n          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    org_id     text COLLATE "C" NOT NULL,
    id         text COLLATE "C" NOT NULL,
    title      text COLLATE "C" NOT NULL,
    detail     text COLLATE "C",
    due        text COLLATE "C",
    priority   text COLLATE "C" NOT NULL CHECK (priority IN ('low', 'normal', 'high')),
    status     text COLLATE "C" NOT NULL CHECK (status IN ('open', 'done')),
    owner_id   text COLLATE "C",
    contact_id text COLLATE "C",
    deal_id    text COLLATE "C",
    created_at text COLLATE "C" NOT NULL,
    UNIQUE (org_id, id)
);
CREATE INDEX tasks_by_contact ON tasks (org_id, contact_id);
CREATE INDEX tasks_by_deal ON tasks (org_id, deal_id);
CREATE INDEX tasks_by_owner ON tasks (org_id, owner_id);

CREATE TABLE notes (
    n          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    org_id     text COLLATE "C" NOT NULL,
    id         text COLLATE "C" NOT NULL,
    body       text COLLATE "C" NOT NULL,
    at         text COLLATE "C" NOT NULL,
    author_id  text COLLATE "C",
    contact_id text COLLATE "C",
    deal_id    text COLLATE "C",
    UNIQUE (org_id, id)
);
CREATE INDEX notes_by_contact ON notes (org_id, contact_id, at);
CREATE INDEX notes_by_deal ON notes (org_id, deal_id, at);
CREATE INDEX notes_by_author ON notes (org_id, author_id, at);

CREATE TABLE products (
    n           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    org_id      text COLLATE "C" NOT NULL,
    id          text COLLATE "C" NOT NULL,
    name        text COLLATE "C" NOT NULL,
    description text COLLATE "C" NOT NULL,
    price_cents bigint,
    currency    text COLLATE "C" NOT NULL,
    url         text COLLATE "C",
    fields      json NOT NULL,
    UNIQUE (org_id, id)
);

CREATE TABLE transcripts (
    n          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    org_id     text COLLATE "C" NOT NULL,
    id         text COLLATE "C" NOT NULL,
    -- Whose it is; of a loaded one that does not say so, its meeting's owner's.
    owner_id   text COLLATE "C",
    meeting_id text COLLATE "C",
    format     text COLLATE "C" NOT NULL,
    digest     text COLLATE "C" NOT NULL,
    at         text COLLATE "C" NOT NULL,
    -- Under whose key the text is, which is a sealed body.
    subject    text COLLATE "C" NOT NULL,
    body       text COLLATE "C" NOT NULL,
    UNIQUE (org_id, id)
);
CREATE INDEX transcripts_by_digest ON transcripts (org_id, digest);
CREATE INDEX transcripts_by_meeting ON transcripts (org_id, meeting_id) WHERE meeting_id IS NOT NULL;

CREATE TABLE flags (
    n         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    org_id    text COLLATE "C" NOT NULL,
    entity    text COLLATE "C" NOT NULL,
    record_id text COLLATE "C" NOT NULL,
    flag      text COLLATE "C" NOT NULL,
    reason    text COLLATE "C" NOT NULL,
    at        text COLLATE "C" NOT NULL,
    UNIQUE (org_id, entity, record_id, flag)
);

CREATE TABLE suppressions (
    n       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    org_id  text COLLATE "C" NOT NULL,
    address text COLLATE "C" NOT NULL,
    reason  text COLLATE "C" NOT NULL,
    at      text COLLATE "C" NOT NULL,
    UNIQUE (org_id, address)
);

CREATE TABLE sent_mails (
    n           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    org_id      text COLLATE "C" NOT NULL,
    "key"       text COLLATE "C" NOT NULL,
    user_id     text COLLATE "C" NOT NULL,
    message_id  text COLLATE "C" NOT NULL,
    "to"        json NOT NULL,
    subject     text COLLATE "C" NOT NULL,
    body_digest text COLLATE "C" NOT NULL,
    at          text COLLATE "C" NOT NULL,
    UNIQUE (org_id, "key")
);
CREATE INDEX sent_mails_by_user ON sent_mails (org_id, user_id, at);

CREATE TABLE budgets (
    org_id          text COLLATE "C" NOT NULL,
    -- 'org', 'skill:NAME' or 'sequence:NAME'.
    scope           text COLLATE "C" NOT NULL,
    period          text COLLATE "C" NOT NULL CHECK (period IN ('day', 'month')),
    limit_micro_usd bigint NOT NULL CHECK (limit_micro_usd >= 0),
    updated_at      bigint NOT NULL,
    PRIMARY KEY (org_id, scope, period)
);

-- What the clock raises next: one row a sequence and user, or a sequence and meeting.
CREATE TABLE schedules (
    org_id     text COLLATE "C" NOT NULL,
    user_id    text COLLATE "C" NOT NULL,
    event_type text COLLATE "C" NOT NULL,
    -- The meeting; empty for a pattern.
    subject    text COLLATE "C" NOT NULL,
    -- What next_at was computed from.
    spec       text COLLATE "C" NOT NULL,
    next_at    bigint,
    PRIMARY KEY (org_id, user_id, event_type, subject)
);
CREATE INDEX schedules_due ON schedules (next_at) WHERE next_at IS NOT NULL;

CREATE TABLE reservations (
    n        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id       text COLLATE "C" NOT NULL UNIQUE,
    org_id   text COLLATE "C" NOT NULL,
    job_id   text COLLATE "C" NOT NULL,
    step     text COLLATE "C" NOT NULL,
    call_id  text COLLATE "C" NOT NULL,
    skill    text COLLATE "C" NOT NULL,
    sequence text COLLATE "C" NOT NULL,
    what     text COLLATE "C" NOT NULL,
    amount   bigint NOT NULL CHECK (amount >= 0),
    settled  bigint NOT NULL DEFAULT 0 CHECK (settled >= 0),
    state    text COLLATE "C" NOT NULL CHECK (state IN ('held', 'settled', 'released', 'disputed')),
    -- The boot that made it: held by another one, its process is dead.
    owner    text COLLATE "C" NOT NULL,
    day      text COLLATE "C" NOT NULL,
    month    text COLLATE "C" NOT NULL,
    at       bigint NOT NULL,
    ended_at bigint
);
CREATE INDEX reservations_by_job ON reservations (job_id);
CREATE INDEX reservations_open ON reservations (org_id, state) WHERE state = 'held' OR state = 'disputed';

CREATE TABLE purse_totals (
    org_id   text COLLATE "C" NOT NULL,
    scope    text COLLATE "C" NOT NULL,
    period   text COLLATE "C" NOT NULL,
    reserved bigint NOT NULL DEFAULT 0,
    settled  bigint NOT NULL DEFAULT 0,
    disputed bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (org_id, scope, period)
);

CREATE TABLE skill_modules (
    n            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    digest       text COLLATE "C" NOT NULL UNIQUE,
    name         text COLLATE "C" NOT NULL,
    version      text COLLATE "C" NOT NULL,
    bytes        bigint NOT NULL,
    state        text COLLATE "C" NOT NULL CHECK (state IN ('installed', 'revoked')),
    installed_at bigint NOT NULL,
    installed_by text COLLATE "C" NOT NULL,
    revoked_at   bigint,
    revoked_by   text COLLATE "C",
    reason       text COLLATE "C",
    manifest     json NOT NULL
);
CREATE INDEX skill_modules_by_name ON skill_modules (name);

-- Each module's bytes, for hosts that do not have its file yet. They are there before
-- the row that names them.
CREATE TABLE skill_module_bytes (
    digest text COLLATE "C" PRIMARY KEY,
    bytes  bytea NOT NULL
);
-- A module is compressed no further; whole values are read.
ALTER TABLE skill_module_bytes ALTER COLUMN bytes SET STORAGE EXTERNAL;

CREATE TABLE skill_changes (
    n      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    skill  text COLLATE "C" NOT NULL,
    seq    bigint NOT NULL,
    why    text COLLATE "C" NOT NULL CHECK (why IN (
        'install', 'activate', 'rollback', 'canary', 'canary-ended', 'auto-rollback', 'revoke')),
    digest text COLLATE "C" NOT NULL REFERENCES skill_modules (digest),
    actor  text COLLATE "C" NOT NULL,
    at     bigint NOT NULL,
    note   text COLLATE "C",
    active text COLLATE "C" REFERENCES skill_modules (digest),
    canary json NOT NULL
);
CREATE UNIQUE INDEX skill_changes_by_skill ON skill_changes (skill, seq);

-- In the transaction itself, so that no change of what serves goes untold.
CREATE FUNCTION tell_of_skills() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('skillhost_news', '{"from":"","news":"skills"}');
    RETURN NULL;
END $$;
CREATE TRIGGER told AFTER INSERT ON skill_changes FOR EACH STATEMENT EXECUTE FUNCTION tell_of_skills();
CREATE TRIGGER told AFTER INSERT ON skill_modules FOR EACH STATEMENT EXECUTE FUNCTION tell_of_skills();

CREATE TABLE data_keys (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    org_id       text COLLATE "C" NOT NULL,
    -- `contact:<id>` or `user:<id>`.
    subject      text COLLATE "C" NOT NULL,
    -- Encrypted under a key derived from the host's; null once destroyed.
    wrapped      bytea,
    destroyed_at bigint
);
CREATE UNIQUE INDEX data_keys_live ON data_keys (org_id, subject) WHERE wrapped IS NOT NULL;
CREATE INDEX data_keys_destroyed ON data_keys (org_id, subject) WHERE wrapped IS NULL;

CREATE TABLE bodies (
    n          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    org_id     text COLLATE "C" NOT NULL,
    subject    text COLLATE "C" NOT NULL,
    digest     text COLLATE "C" NOT NULL,
    key_id     bigint NOT NULL REFERENCES data_keys (id),
    expires_at bigint NOT NULL,
    -- Nonce and ciphertext; null once its retention has passed.
    sealed     bytea
);
CREATE UNIQUE INDEX bodies_by_digest ON bodies (org_id, subject, digest);
CREATE INDEX bodies_by_key ON bodies (key_id);
CREATE INDEX bodies_expiry ON bodies (expires_at) WHERE sealed IS NOT NULL;

CREATE TABLE paid_answers (
    job_id  text COLLATE "C" NOT NULL,
    step    text COLLATE "C" NOT NULL,
    round   bigint NOT NULL,
    ask     text COLLATE "C" NOT NULL,
    nth     bigint NOT NULL,
    org_id  text COLLATE "C" NOT NULL,
    subject text COLLATE "C" NOT NULL,
    digest  text COLLATE "C" NOT NULL,
    PRIMARY KEY (job_id, step, round, ask, nth)
);

-- What the org's own settings say holds until a budget of the same kind is set.
CREATE VIEW effective_budgets WITH (security_invoker = true) AS
SELECT org_id, scope, period, limit_micro_usd FROM budgets
UNION ALL
SELECT o.id, 'org', p.period, (o.settings #>> ARRAY['budget', p.period || '_limit_micro_usd'])::bigint
FROM orgs o, (VALUES ('day'), ('month')) p (period)
WHERE json_typeof(o.settings #> ARRAY['budget', p.period || '_limit_micro_usd']) = 'number'
    AND o.settings #>> ARRAY['budget', p.period || '_limit_micro_usd'] ~ '^-?[0-9]{1,18}$'
    AND NOT EXISTS (SELECT 1 FROM budgets b WHERE b.org_id = o.id AND b.scope = 'org' AND b.period = p.period);

-- The sums follow every move of a reservation, whatever statement makes it; rows
-- are locked in one order.
CREATE FUNCTION reservation_made() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO purse_totals (org_id, scope, period, reserved)
    SELECT NEW.org_id, s.scope, p.period, NEW.amount
    FROM (VALUES ('org'), ('sequence:' || NEW.sequence), ('skill:' || NEW.skill)) s (scope),
         (VALUES (NEW.day), (NEW.month)) p (period)
    ORDER BY s.scope, p.period
    ON CONFLICT (org_id, scope, period) DO UPDATE SET reserved = purse_totals.reserved + excluded.reserved;
    RETURN NULL;
END $$;
CREATE TRIGGER reservation_made AFTER INSERT ON reservations FOR EACH ROW EXECUTE FUNCTION reservation_made();

CREATE FUNCTION reservation_moved() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE purse_totals
    SET reserved = reserved + NEW.amount * ((NEW.state = 'held')::int - (OLD.state = 'held')::int),
        disputed = disputed + NEW.amount * ((NEW.state = 'disputed')::int - (OLD.state = 'disputed')::int),
        settled = settled + NEW.settled - OLD.settled
    WHERE org_id = NEW.org_id AND scope IN ('org', 'skill:' || NEW.skill, 'sequence:' || NEW.sequence)
        AND period IN (NEW.day, NEW.month);
    RETURN NULL;
END $$;
CREATE TRIGGER reservation_moved AFTER UPDATE OF state, settled ON reservations
    FOR EACH ROW EXECUTE FUNCTION reservation_moved();

-- One row a writing connection: the number of its last transaction. A connection
-- that is lost in the middle of a commit leaves nobody guessing: whoever raises the
-- number first wins, the commit under way or the host that gives it up.
CREATE TABLE writers (
    slot     text COLLATE "C" PRIMARY KEY,
    seq      bigint NOT NULL,
    given_up boolean NOT NULL DEFAULT false,
    at       timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 20);

-- Boots of hosts, and until when each is known to live; by the database's clock, which
-- is one for all.
CREATE TABLE hosts (
    boot        text COLLATE "C" PRIMARY KEY,
    alive_until timestamptz NOT NULL
) WITH (fillfactor = 20);

CREATE FUNCTION is_alive(host text) RETURNS boolean LANGUAGE sql STABLE AS $$
SELECT EXISTS (SELECT 1 FROM hosts h WHERE h.boot = host AND h.alive_until > now()) $$;

-- The job as the documents describe it, for people with a SQL prompt.
CREATE VIEW sequence_jobs_view WITH (security_invoker = true) AS
SELECT j.id, j.org_id, j.user_id, j.status, j.reason, j.event_type, j.event_source, j.idempotency_key,
       j.sequence, j.sequence_digest, j.version, j.depth, j.created_at, j.updated_at, j.wake_at,
       p.trigger_payload,
       json_build_object(
           'parent', j.parent_job_id,
           'children', (SELECT coalesce(json_agg(c.id), '[]') FROM sequence_jobs c WHERE c.parent_job_id = j.id)
       ) AS event_chain,
       json_build_object(
           'event', json_build_object('id', j.event_id, 'type', j.event_type, 'source', j.event_source,
                                      'payload', p.trigger_payload),
           'steps_completed', (SELECT coalesce(json_agg(e.body::json ->> 'step'), '[]') FROM job_journal e
                               WHERE e.job_id = j.id AND e.kind = 'step_proposed'),
           'outputs', (SELECT coalesce(json_object_agg(e.body::json ->> 'step', e.body::json -> 'output'), '{}')
                       FROM job_journal e WHERE e.job_id = j.id AND e.kind = 'step_proposed'),
           'pending_approvals', (SELECT coalesce(json_agg(a.id), '[]') FROM pending_actions a
                                 WHERE a.job_id = j.id AND a.status = 'pending'),
           'queued_followups', (SELECT coalesce(json_agg(c.id), '[]') FROM sequence_jobs c
                                WHERE c.parent_job_id = j.id),
           'started_at', j.created_at,
           'cost_accumulated', (SELECT coalesce(sum((e.body::json #>> '{spend,money}')::bigint), 0) FROM job_journal e
                                WHERE e.job_id = j.id AND e.kind IN ('step_proposed', 'step_failed'))
       ) AS context
FROM sequence_jobs j JOIN job_payloads p ON p.job_id = j.id;

-- RFC 7396: objects are merged, a null takes a field away.
CREATE FUNCTION merge_patch(target jsonb, patch jsonb) RETURNS jsonb LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    field record;
    merged jsonb := CASE jsonb_typeof(target) WHEN 'object' THEN target ELSE '{}' END;
BEGIN
    IF jsonb_typeof(patch) IS DISTINCT FROM 'object' THEN
        RETURN patch;
    END IF;
    FOR field IN SELECT * FROM jsonb_each(patch) LOOP
        IF jsonb_typeof(field.value) = 'null' THEN
            merged := merged - field.key;
        ELSE
            merged := jsonb_set(merged, ARRAY[field.key], merge_patch(merged -> field.key, field.value));
        END IF;
    END LOOP;
    RETURN merged;
END $$;
