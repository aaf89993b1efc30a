-- Tables of an organisation's own data: who they are and the built-in CRM.
-- Column names are those of docs/data.md. Instants here are RFC 3339 text in UTC
-- with milliseconds, as skills read them: fixed width, so text order is time order.

CREATE TABLE orgs (
    id       TEXT NOT NULL PRIMARY KEY,
    name     TEXT NOT NULL,
    domains  TEXT NOT NULL,
    settings TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE users (
    n           INTEGER PRIMARY KEY,
    org_id      TEXT NOT NULL,
    id          TEXT NOT NULL,
    name        TEXT NOT NULL,
    email       TEXT NOT NULL,
    zone        TEXT NOT NULL,
    admin       INTEGER NOT NULL,
    admin_proof TEXT,
    signature   TEXT NOT NULL,
    preferences TEXT NOT NULL,
    UNIQUE (org_id, id)
);

CREATE TABLE connections (
    n           INTEGER PRIMARY KEY,
    kind        TEXT NOT NULL,
    external_id TEXT NOT NULL,
    org_id      TEXT NOT NULL,
    user_id     TEXT NOT NULL,
    detail      TEXT NOT NULL,
    UNIQUE (kind, external_id)
);
CREATE INDEX connections_of ON connections (org_id, user_id, kind);

CREATE TABLE api_keys (
    n       INTEGER PRIMARY KEY,
    digest  TEXT NOT NULL UNIQUE,
    org_id  TEXT NOT NULL,
    user_id TEXT NOT NULL,
    client  TEXT NOT NULL,
    scopes  TEXT NOT NULL,
    proof   TEXT NOT NULL
);

CREATE TABLE companies (
    n        INTEGER PRIMARY KEY,
    org_id   TEXT NOT NULL,
    id       TEXT NOT NULL,
    name     TEXT NOT NULL,
    domain   TEXT,
    industry TEXT,
    size     INTEGER,
    owner_id TEXT,
    fields   TEXT NOT NULL,
    UNIQUE (org_id, id)
);

CREATE TABLE contacts (
    n          INTEGER PRIMARY KEY,
    org_id     TEXT NOT NULL,
    id         TEXT NOT NULL,
    name       TEXT NOT NULL,
    email      TEXT,
    title      TEXT,
    company_id TEXT,
    owner_id   TEXT,
    zone       TEXT,
    phone      TEXT,
    fields     TEXT NOT NULL,
    UNIQUE (org_id, id)
);
CREATE INDEX contacts_by_email ON contacts (org_id, email);

CREATE TABLE deals (
    n            INTEGER PRIMARY KEY,
    org_id       TEXT NOT NULL,
    id           TEXT NOT NULL,
    name         TEXT NOT NULL,
    stage        TEXT NOT NULL,
    amount_cents INTEGER,
    currency     TEXT,
    close_date   TEXT,
    company_id   TEXT,
    contact_ids  TEXT NOT NULL,
    owner_id     TEXT,
    fields       TEXT NOT NULL,
    updated_at   TEXT NOT NULL,
    UNIQUE (org_id, id)
);
-- `contact_ids` turned around, so that "deals of a contact" is a lookup.
CREATE TABLE deal_contacts (
    org_id     TEXT NOT NULL,
    contact_id TEXT NOT NULL,
    record_id  TEXT NOT NULL,
    PRIMARY KEY (org_id, contact_id, record_id)
) WITHOUT ROWID;
CREATE INDEX deal_contacts_of ON deal_contacts (org_id, record_id);

CREATE TABLE meetings (
    n            INTEGER PRIMARY KEY,
    org_id       TEXT NOT NULL,
    id           TEXT NOT NULL,
    title        TEXT NOT NULL,
    started_at   TEXT NOT NULL,
    duration_min INTEGER,
    attendees    TEXT NOT NULL,
    summary      TEXT,
    contact_ids  TEXT NOT NULL,
    deal_id      TEXT,
    company_id   TEXT,
    owner_id     TEXT,
    UNIQUE (org_id, id)
);
CREATE INDEX meetings_by_time ON meetings (org_id, started_at);
CREATE TABLE meeting_contacts (
    org_id     TEXT NOT NULL,
    contact_id TEXT NOT NULL,
    record_id  TEXT NOT NULL,
    PRIMARY KEY (org_id, contact_id, record_id)
) WITHOUT ROWID;
CREATE INDEX meeting_contacts_of ON meeting_contacts (org_id, record_id);

CREATE TABLE emails (
    n             INTEGER PRIMARY KEY,
    org_id        TEXT NOT NULL,
    id            TEXT NOT NULL,
    owner_id      TEXT,
    thread_id     TEXT,
    direction     TEXT NOT NULL CHECK (direction IN ('in', 'out')),
    "from"        TEXT NOT NULL,
    "to"          TEXT NOT NULL,
    cc            TEXT NOT NULL,
    subject       TEXT NOT NULL,
    body          TEXT NOT NULL,
    at            TEXT NOT NULL,
    message_id    TEXT,
    in_reply_to   TEXT,
    "references"  TEXT NOT NULL,
    contact_id    TEXT,
    deal_id       TEXT,
    UNIQUE (org_id, id)
);
CREATE INDEX emails_by_contact ON emails (org_id, contact_id, at);
CREATE INDEX emails_by_deal ON emails (org_id, deal_id, at);
CREATE INDEX emails_by_owner ON emails (org_id, owner_id, at);
CREATE INDEX emails_by_thread ON emails (org_id, thread_id, at);

CREATE TABLE activities (
    n          INTEGER PRIMARY KEY,
    org_id     TEXT NOT NULL,
    id         TEXT NOT NULL,
    kind       TEXT NOT NULL,
    subject    TEXT NOT NULL,
    body       TEXT NOT NULL,
    at         TEXT NOT NULL,
    user_id    TEXT,
    contact_id TEXT,
    deal_id    TEXT,
    UNIQUE (org_id, id)
);
CREATE INDEX activities_by_contact ON activities (org_id, contact_id, at);
CREATE INDEX activities_by_deal ON activities (org_id, deal_id, at);
CREATE INDEX activities_by_user ON activities (org_id, user_id, at);

CREATE TABLE tasks (
    n          INTEGER PRIMARY KEY,
    org_id     TEXT NOT NULL,
    id         TEXT NOT NULL,
    title      TEXT NOT NULL,
    detail     TEXT,
    due        TEXT,
    priority   TEXT NOT NULL CHECK (priority IN ('low', 'normal', 'high')),
    status     TEXT NOT NULL CHECK (status IN ('open', 'done')),
    owner_id   TEXT,
    contact_id TEXT,
    deal_id    TEXT,
    created_at TEXT NOT NULL,
    UNIQUE (org_id, id)
);
CREATE INDEX tasks_by_contact ON tasks (org_id, contact_id);
CREATE INDEX tasks_by_deal ON tasks (org_id, deal_id);
CREATE INDEX tasks_by_owner ON tasks (org_id, owner_id);

CREATE TABLE notes (
    n          INTEGER PRIMARY KEY,
    org_id     TEXT NOT NULL,
    id         TEXT NOT NULL,
    body       TEXT NOT NULL,
    at         TEXT NOT NULL,
    author_id  TEXT,
    contact_id TEXT,
    deal_id    TEXT,
    UNIQUE (org_id, id)
);
CREATE INDEX notes_by_contact ON notes (org_id, contact_id, at);
CREATE INDEX notes_by_deal ON notes (org_id, deal_id, at);
CREATE INDEX notes_by_author ON notes (org_id, author_id, at);

CREATE TABLE products (
    n           INTEGER PRIMARY KEY,
    org_id      TEXT NOT NULL,
    id          TEXT NOT NULL,
    name        TEXT NOT NULL,
    description TEXT NOT NULL,
    price_cents INTEGER,
    currency    TEXT NOT NULL,
    url         TEXT,
    fields      TEXT NOT NULL,
    UNIQUE (org_id, id)
);

CREATE TABLE transcripts (
    n          INTEGER PRIMARY KEY,
    org_id     TEXT NOT NULL,
    id         TEXT NOT NULL,
    -- Whose it is; of a loaded one that does not say so, its meeting's owner's.
    owner_id   TEXT,
    meeting_id TEXT,
    format     TEXT NOT NULL,
    digest     TEXT NOT NULL,
    at         TEXT NOT NULL,
    body       TEXT NOT NULL,
    UNIQUE (org_id, id)
);
CREATE INDEX transcripts_by_meeting ON transcripts (org_id, meeting_id) WHERE meeting_id IS NOT NULL;

CREATE TABLE flags (
    n         INTEGER PRIMARY KEY,
    org_id    TEXT NOT NULL,
    entity    TEXT NOT NULL,
    record_id TEXT NOT NULL,
    flag      TEXT NOT NULL,
    reason    TEXT NOT NULL,
    at        TEXT NOT NULL,
    UNIQUE (org_id, entity, record_id, flag)
);

CREATE TABLE suppressions (
    n       INTEGER PRIMARY KEY,
    org_id  TEXT NOT NULL,
    address TEXT NOT NULL,
    reason  TEXT NOT NULL,
    at      TEXT NOT NULL,
    UNIQUE (org_id, address)
);

CREATE TABLE sent_mails (
    n           INTEGER PRIMARY KEY,
    org_id      TEXT NOT NULL,
    "key"       TEXT NOT NULL,
    user_id     TEXT NOT NULL,
    message_id  TEXT NOT NULL,
    "to"        TEXT NOT NULL,
    subject     TEXT NOT NULL,
    body_digest TEXT NOT NULL,
    at          TEXT NOT NULL,
    UNIQUE (org_id, "key")
);
CREATE INDEX sent_mails_by_user ON sent_mails (org_id, user_id, at);
