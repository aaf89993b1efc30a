-- Texts that the journal names by digest: inputs of calls and what doors answered.
-- Encrypted under a key of the person they are about; to destroy that key is to
-- erase every text under it at once, backups of this file included.

CREATE TABLE data_keys (
    id           INTEGER PRIMARY KEY,
    org_id       TEXT NOT NULL,
    -- `contact:<id>` or `user:<id>`.
    subject      TEXT NOT NULL,
    -- Encrypted under a key derived from the host's; null once destroyed.
    wrapped      BLOB,
    destroyed_at INTEGER
);
CREATE UNIQUE INDEX data_keys_live ON data_keys (org_id, subject) WHERE wrapped IS NOT NULL;
CREATE INDEX data_keys_destroyed ON data_keys (org_id, subject) WHERE wrapped IS NULL;

CREATE TABLE bodies (
    n          INTEGER PRIMARY KEY,
    org_id     TEXT NOT NULL,
    subject    TEXT NOT NULL,
    digest     TEXT NOT NULL,
    key_id     INTEGER NOT NULL REFERENCES data_keys (id),
    expires_at INTEGER NOT NULL,
    -- Nonce and ciphertext; null once its retention has passed.
    sealed     BLOB
);
CREATE UNIQUE INDEX bodies_by_digest ON bodies (org_id, subject, digest);
CREATE INDEX bodies_by_key ON bodies (key_id);
CREATE INDEX bodies_expiry ON bodies (expires_at) WHERE sealed IS NOT NULL;

-- Answers that were paid for, found again by a further attempt of their step.
CREATE TABLE paid_answers (
    job_id  TEXT NOT NULL REFERENCES sequence_jobs (id),
    step    TEXT NOT NULL,
    round   INTEGER NOT NULL,
    ask     TEXT NOT NULL,
    nth     INTEGER NOT NULL,
    org_id  TEXT NOT NULL,
    subject TEXT NOT NULL,
    digest  TEXT NOT NULL,
    PRIMARY KEY (job_id, step, round, ask, nth)
) WITHOUT ROWID;
