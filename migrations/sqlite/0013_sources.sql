-- What skills read of the rep's day, and what an org has of people and companies outside.
-- Column names are those of docs/data.md; instants are RFC 3339 text as in org_data.

CREATE TABLE calendars (
    n            INTEGER PRIMARY KEY,
    org_id       TEXT NOT NULL,
    id           TEXT NOT NULL,
    user_id      TEXT NOT NULL,
    name         TEXT NOT NULL,
    zone         TEXT NOT NULL,
    -- When its events were read last, and what is wrong with them.
    as_of        TEXT,
    error        TEXT,
    -- Of which time its events are known; null is all of it.
    covers_from  TEXT,
    covers_until TEXT,
    -- What the events were made of, so that the same is not written again.
    digest       TEXT,
    UNIQUE (org_id, id)
);
CREATE INDEX calendars_of ON calendars (org_id, user_id);

CREATE TABLE calendar_events (
    n           INTEGER PRIMARY KEY,
    org_id      TEXT NOT NULL,
    id          TEXT NOT NULL,
    calendar_id TEXT NOT NULL,
    title       TEXT NOT NULL,
    starts      TEXT NOT NULL,
    ends        TEXT NOT NULL,
    all_day     INTEGER NOT NULL,
    zone        TEXT,
    status      TEXT NOT NULL CHECK (status IN ('confirmed', 'tentative', 'cancelled')),
    shows       TEXT NOT NULL CHECK (shows IN ('busy', 'tentative', 'out_of_office', 'free')),
    response    TEXT NOT NULL CHECK (response IN ('accepted', 'tentative', 'declined', 'needs_action', 'organizer')),
    organizer   TEXT,
    attendees   TEXT NOT NULL,
    location    TEXT,
    url         TEXT,
    recurring   INTEGER NOT NULL,
    deal_id     TEXT,
    updated_at  TEXT NOT NULL,
    UNIQUE (org_id, id)
);
-- What is not over yet, and of it what has begun.
CREATE INDEX calendar_events_by_time ON calendar_events (org_id, calendar_id, ends, starts);

ALTER TABLE emails ADD COLUMN from_name TEXT NOT NULL DEFAULT '';
ALTER TABLE emails ADD COLUMN headers TEXT NOT NULL DEFAULT '{}';
ALTER TABLE emails ADD COLUMN unread INTEGER NOT NULL DEFAULT 0;
ALTER TABLE emails ADD COLUMN class TEXT;
CREATE INDEX emails_by_answered ON emails (org_id, in_reply_to, direction) WHERE in_reply_to IS NOT NULL;

ALTER TABLE deals ADD COLUMN created_at TEXT;
ALTER TABLE deals ADD COLUMN stage_since TEXT;
-- What happened with a contact and belongs to no deal, newest at the end.
CREATE INDEX activities_loose ON activities (org_id, contact_id, at) WHERE deal_id IS NULL;
CREATE INDEX deals_by_owner ON deals (org_id, owner_id, stage);
-- Whoever moves a deal need not say since when; and a row that is replaced without these
-- keeps what was known of them.
CREATE TRIGGER deals_since AFTER UPDATE OF stage ON deals
WHEN NEW.stage IS NOT OLD.stage AND (NEW.stage_since IS NULL OR NEW.stage_since IS OLD.stage_since)
    OR NEW.stage IS OLD.stage AND NEW.stage_since IS NULL AND OLD.stage_since IS NOT NULL
    OR NEW.created_at IS NULL AND OLD.created_at IS NOT NULL
BEGIN
    UPDATE deals SET created_at = coalesce(NEW.created_at, OLD.created_at),
        stage_since = CASE
            WHEN NEW.stage IS OLD.stage THEN coalesce(NEW.stage_since, OLD.stage_since)
            WHEN NEW.stage_since IS NULL OR NEW.stage_since IS OLD.stage_since THEN NEW.updated_at
            ELSE NEW.stage_since END
    WHERE n = NEW.n;
END;

CREATE TABLE enrichment (
    n      INTEGER PRIMARY KEY,
    org_id TEXT NOT NULL,
    source TEXT NOT NULL CHECK (source IN ('apollo', 'linkedin')),
    "key"  TEXT NOT NULL,
    body   TEXT NOT NULL,
    as_of  TEXT NOT NULL,
    UNIQUE (org_id, source, "key")
);

CREATE TABLE news_articles (
    n            INTEGER PRIMARY KEY,
    org_id       TEXT NOT NULL,
    id           TEXT NOT NULL,
    company      TEXT NOT NULL,
    domain       TEXT,
    title        TEXT NOT NULL,
    url          TEXT,
    source       TEXT NOT NULL,
    published_at TEXT NOT NULL,
    summary      TEXT NOT NULL,
    kind         TEXT,
    UNIQUE (org_id, id)
);
CREATE INDEX news_by_company ON news_articles (org_id, company, published_at);
CREATE INDEX news_by_domain ON news_articles (org_id, domain, published_at) WHERE domain IS NOT NULL;

CREATE TABLE templates (
    n           INTEGER PRIMARY KEY,
    org_id      TEXT NOT NULL,
    id          TEXT NOT NULL,
    kind        TEXT NOT NULL CHECK (kind IN ('proposal', 'content', 'pricing', 'email')),
    name        TEXT NOT NULL,
    description TEXT NOT NULL,
    tags        TEXT NOT NULL,
    industries  TEXT NOT NULL,
    stages      TEXT NOT NULL,
    min_cents   INTEGER,
    max_cents   INTEGER,
    language    TEXT NOT NULL,
    version     TEXT NOT NULL,
    updated_at  TEXT NOT NULL,
    url         TEXT,
    variables   TEXT NOT NULL,
    sections    TEXT NOT NULL,
    body        TEXT,
    UNIQUE (org_id, id)
);
CREATE INDEX templates_by_kind ON templates (org_id, kind, name);

CREATE TABLE campaigns (
    n          INTEGER PRIMARY KEY,
    org_id     TEXT NOT NULL,
    id         TEXT NOT NULL,
    name       TEXT NOT NULL,
    status     TEXT NOT NULL CHECK (status IN ('active', 'paused', 'finished')),
    channel    TEXT NOT NULL CHECK (channel IN ('email')),
    started_at TEXT NOT NULL,
    owner_id   TEXT,
    UNIQUE (org_id, id)
);
CREATE INDEX campaigns_by_time ON campaigns (org_id, started_at);

CREATE TABLE campaign_steps (
    n           INTEGER PRIMARY KEY,
    org_id      TEXT NOT NULL,
    campaign_id TEXT NOT NULL,
    id          TEXT NOT NULL,
    name        TEXT NOT NULL,
    variant     TEXT,
    position    INTEGER NOT NULL,
    UNIQUE (org_id, campaign_id, id)
);

-- What happened of a step on a day.
CREATE TABLE campaign_days (
    n            INTEGER PRIMARY KEY,
    org_id       TEXT NOT NULL,
    campaign_id  TEXT NOT NULL,
    step_id      TEXT NOT NULL,
    day          TEXT NOT NULL,
    sent         INTEGER NOT NULL,
    delivered    INTEGER NOT NULL,
    opened       INTEGER NOT NULL,
    clicked      INTEGER NOT NULL,
    replied      INTEGER NOT NULL,
    positive     INTEGER NOT NULL,
    bounced      INTEGER NOT NULL,
    unsubscribed INTEGER NOT NULL,
    UNIQUE (org_id, campaign_id, step_id, day)
);
CREATE INDEX campaign_days_by_day ON campaign_days (org_id, campaign_id, day);

CREATE TABLE campaign_replies (
    n           INTEGER PRIMARY KEY,
    org_id      TEXT NOT NULL,
    id          TEXT NOT NULL,
    campaign_id TEXT NOT NULL,
    step_id     TEXT,
    email_id    TEXT,
    contact_id  TEXT,
    "from"      TEXT NOT NULL,
    from_name   TEXT NOT NULL,
    subject     TEXT NOT NULL,
    text        TEXT NOT NULL,
    at          TEXT NOT NULL,
    headers     TEXT NOT NULL,
    UNIQUE (org_id, id)
);
CREATE INDEX campaign_replies_by_time ON campaign_replies (org_id, campaign_id, at);
