-- Money: limits, reservations, and the sums that limits are held against.
--
-- A reservation counts against three scopes and two periods. The sums are kept by
-- triggers, so that no statement that moves a reservation can forget them.

CREATE TABLE budgets (
    org_id          TEXT NOT NULL,
    -- 'org', 'skill:NAME' or 'sequence:NAME'.
    scope           TEXT NOT NULL,
    period          TEXT NOT NULL CHECK (period IN ('day', 'month')),
    limit_micro_usd INTEGER NOT NULL CHECK (limit_micro_usd >= 0),
    updated_at      INTEGER NOT NULL,
    PRIMARY KEY (org_id, scope, period)
) WITHOUT ROWID;

-- What the org's own settings say holds until a budget of the same kind is set.
CREATE VIEW effective_budgets AS
SELECT org_id, scope, period, limit_micro_usd FROM budgets
UNION ALL
SELECT o.id, 'org', p.value, o.settings ->> ('$.budget.' || p.value || '_limit_micro_usd')
FROM orgs o, json_each('["day", "month"]') p
WHERE typeof(o.settings ->> ('$.budget.' || p.value || '_limit_micro_usd')) = 'integer'
    AND NOT EXISTS (SELECT 1 FROM budgets b WHERE b.org_id = o.id AND b.scope = 'org' AND b.period = p.value);

CREATE TABLE reservations (
    n        INTEGER PRIMARY KEY,
    id       TEXT NOT NULL UNIQUE,
    org_id   TEXT NOT NULL,
    job_id   TEXT NOT NULL,
    step     TEXT NOT NULL,
    call_id  TEXT NOT NULL,
    skill    TEXT NOT NULL,
    sequence TEXT NOT NULL,
    what     TEXT NOT NULL,
    amount   INTEGER NOT NULL CHECK (amount >= 0),
    settled  INTEGER NOT NULL DEFAULT 0 CHECK (settled >= 0),
    state    TEXT NOT NULL CHECK (state IN ('held', 'settled', 'released', 'disputed')),
    -- The boot that made it: held by another one, its process is dead.
    owner    TEXT NOT NULL,
    day      TEXT NOT NULL,
    month    TEXT NOT NULL,
    at       INTEGER NOT NULL,
    ended_at INTEGER
);
CREATE INDEX reservations_by_job ON reservations (job_id);
CREATE INDEX reservations_open ON reservations (org_id, state) WHERE state = 'held' OR state = 'disputed';

-- Running sums; the period is '2026-11-21' or '2026-11'.
CREATE TABLE purse_totals (
    org_id   TEXT NOT NULL,
    scope    TEXT NOT NULL,
    period   TEXT NOT NULL,
    reserved INTEGER NOT NULL DEFAULT 0,
    settled  INTEGER NOT NULL DEFAULT 0,
    disputed INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (org_id, scope, period)
) WITHOUT ROWID;

CREATE TRIGGER reservation_made AFTER INSERT ON reservations BEGIN
    INSERT INTO purse_totals (org_id, scope, period, reserved)
    SELECT NEW.org_id, s.scope, p.period, NEW.amount
    FROM (SELECT 'org' AS scope UNION ALL SELECT 'skill:' || NEW.skill UNION ALL SELECT 'sequence:' || NEW.sequence) s,
         (SELECT NEW.day AS period UNION ALL SELECT NEW.month) p
    WHERE true ON CONFLICT (org_id, scope, period) DO UPDATE SET reserved = reserved + excluded.reserved;
END;

CREATE TRIGGER reservation_moved AFTER UPDATE OF state, settled ON reservations BEGIN
    UPDATE purse_totals
    SET reserved = reserved + NEW.amount * ((NEW.state = 'held') - (OLD.state = 'held')),
        disputed = disputed + NEW.amount * ((NEW.state = 'disputed') - (OLD.state = 'disputed')),
        settled = settled + NEW.settled - OLD.settled
    WHERE org_id = NEW.org_id AND scope IN ('org', 'skill:' || NEW.skill, 'sequence:' || NEW.sequence)
        AND period IN (NEW.day, NEW.month);
END;

-- A job that waits for money is among those a driver looks for.
DROP INDEX sequence_jobs_open;
CREATE INDEX sequence_jobs_open ON sequence_jobs (status, wake_at)
    WHERE status = 'pending' OR status = 'in_progress' OR status = 'awaiting_approval' OR status = 'deferred'
        OR status = 'awaiting_budget';
CREATE INDEX sequence_jobs_by_sequence ON sequence_jobs (org_id, sequence) WHERE status = 'completed';
