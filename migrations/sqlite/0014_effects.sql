-- What effects of skills keep beside the CRM's records.

-- What was found about a user's own calls.
CREATE TABLE coaching_analyses (
    n            INTEGER PRIMARY KEY,
    org_id       TEXT NOT NULL,
    -- The effect's key.
    id           TEXT NOT NULL,
    user_id      TEXT NOT NULL,
    period_start TEXT NOT NULL,
    period_end   TEXT NOT NULL,
    meeting_id   TEXT,
    analysis     TEXT NOT NULL,
    at           TEXT NOT NULL,
    UNIQUE (org_id, id)
);
CREATE INDEX coaching_analyses_by_user ON coaching_analyses (org_id, user_id, period_end);
CREATE INDEX coaching_analyses_by_meeting ON coaching_analyses (org_id, meeting_id) WHERE meeting_id IS NOT NULL;

-- What a mail is about, as it was said last.
CREATE TABLE email_classes (
    org_id   TEXT NOT NULL,
    email_id TEXT NOT NULL,
    class    TEXT NOT NULL,
    reason   TEXT NOT NULL,
    at       TEXT NOT NULL,
    PRIMARY KEY (org_id, email_id)
) WITHOUT ROWID;

-- Calendar events that people were asked to, by a digest of org and uid, and the effect
-- that asks: an event is asked for once.
CREATE TABLE invites (
    org_id TEXT NOT NULL,
    event  TEXT NOT NULL,
    "key"  TEXT NOT NULL,
    at     INTEGER NOT NULL,
    PRIMARY KEY (org_id, event)
) WITHOUT ROWID;
CREATE INDEX invites_by_key ON invites ("key");

-- Links to kept files. A link's text is not here: it is made of this row under the
-- host's key, so whoever reads the database has no link.
CREATE TABLE shares (
    n          INTEGER PRIMARY KEY,
    org_id     TEXT NOT NULL,
    -- The key of the effect that made it.
    id         TEXT NOT NULL,
    user_id    TEXT NOT NULL,
    job_id     TEXT NOT NULL,
    -- Under whose key the file is kept.
    about      TEXT NOT NULL,
    digest     TEXT NOT NULL,
    name       TEXT NOT NULL,
    media_type TEXT NOT NULL,
    title      TEXT NOT NULL,
    contact_id TEXT,
    made_at    INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    revoked_at INTEGER,
    UNIQUE (org_id, id)
);
CREATE INDEX shares_by_job ON shares (org_id, job_id);
