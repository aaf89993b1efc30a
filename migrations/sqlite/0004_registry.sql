-- Versions of skills: modules by digest, and what served when.
--
-- The bytes of a module are a file named by its digest; the database names them.

CREATE TABLE skill_modules (
    n            INTEGER PRIMARY KEY,
    digest       TEXT NOT NULL UNIQUE,
    name         TEXT NOT NULL,
    version      TEXT NOT NULL,
    bytes        INTEGER NOT NULL,
    state        TEXT NOT NULL CHECK (state IN ('installed', 'revoked')),
    installed_at INTEGER NOT NULL,
    installed_by TEXT NOT NULL,
    revoked_at   INTEGER,
    revoked_by   TEXT,
    reason       TEXT,
    manifest     TEXT NOT NULL
);
CREATE INDEX skill_modules_by_name ON skill_modules (name);

-- Append-only. Each line says what serves after it, so the last one is the truth.
CREATE TABLE skill_changes (
    n      INTEGER PRIMARY KEY,
    skill  TEXT NOT NULL,
    seq    INTEGER NOT NULL,
    why    TEXT NOT NULL CHECK (why IN (
        'install', 'activate', 'rollback', 'canary', 'canary-ended', 'auto-rollback', 'revoke')),
    digest TEXT NOT NULL REFERENCES skill_modules (digest),
    actor  TEXT NOT NULL,
    at     INTEGER NOT NULL,
    note   TEXT,
    active TEXT REFERENCES skill_modules (digest),
    canary TEXT NOT NULL
);
CREATE UNIQUE INDEX skill_changes_by_skill ON skill_changes (skill, seq);

-- A key that may change what the host runs for every org.
ALTER TABLE api_keys ADD COLUMN operator INTEGER NOT NULL DEFAULT 0;
