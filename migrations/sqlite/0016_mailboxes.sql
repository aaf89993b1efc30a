-- Mailboxes that the host reads, what the server says of their mails, and which mails
-- of the host's own are filed. The mails themselves are in `emails`.

CREATE TABLE mailboxes (
    n            INTEGER PRIMARY KEY,
    org_id       TEXT NOT NULL,
    address      TEXT NOT NULL,
    user_id      TEXT NOT NULL,
    state        TEXT NOT NULL CHECK (state IN (
        'connecting', 'syncing', 'listening', 'polling', 'waiting', 'refused', 'missing')),
    reason       TEXT,
    since        INTEGER NOT NULL,
    next_attempt INTEGER,
    began_at     INTEGER NOT NULL,
    uid_validity INTEGER,
    last_uid     INTEGER NOT NULL,
    synced_at    INTEGER,
    received     INTEGER NOT NULL,
    UNIQUE (org_id, address)
);

-- Beside the row of `emails`, because only a mail of a mailbox has it.
CREATE TABLE mailbox_mails (
    n            INTEGER PRIMARY KEY,
    org_id       TEXT NOT NULL,
    email_id     TEXT NOT NULL,
    address      TEXT NOT NULL,
    uid_validity INTEGER NOT NULL,
    uid          INTEGER NOT NULL,
    -- 1 until its event is durable.
    raises       INTEGER NOT NULL,
    size         INTEGER NOT NULL,
    answered     INTEGER NOT NULL,
    is_cut       INTEGER NOT NULL,
    attachments  TEXT NOT NULL,
    UNIQUE (org_id, email_id)
);
CREATE INDEX mailbox_mails_by_uid ON mailbox_mails (org_id, address, uid_validity, uid);

CREATE TABLE filed_mails (
    n      INTEGER PRIMARY KEY,
    org_id TEXT NOT NULL,
    "key"  TEXT NOT NULL,
    at     INTEGER NOT NULL,
    UNIQUE (org_id, "key")
);

-- A mail is found by what other mails call it.
CREATE INDEX emails_by_message_id ON emails (org_id, message_id) WHERE message_id IS NOT NULL;
CREATE INDEX emails_by_in_reply_to ON emails (org_id, in_reply_to) WHERE in_reply_to IS NOT NULL;
