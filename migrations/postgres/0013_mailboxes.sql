-- Mailboxes that the host reads, what the server says of their mails, and which mails
-- of the host's own are filed: as SQLite has it after its migration of the same name. The
-- mails themselves are in `emails`.

CREATE TABLE mailboxes (
    n            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    org_id       text COLLATE "C" NOT NULL,
    address      text COLLATE "C" NOT NULL,
    user_id      text COLLATE "C" NOT NULL,
    state        text COLLATE "C" NOT NULL CHECK (state IN (
        'connecting', 'syncing', 'listening', 'polling', 'waiting', 'refused', 'missing')),
    reason       text COLLATE "C",
    since        bigint NOT NULL,
    next_attempt bigint,
    began_at     bigint NOT NULL,
    uid_validity bigint,
    last_uid     bigint NOT NULL,
    synced_at    bigint,
    received     bigint NOT NULL,
    -- The boot that reads it.
    reader       text COLLATE "C",
    UNIQUE (org_id, address)
);

-- Beside the row of `emails`, because only a mail of a mailbox has it.
CREATE TABLE mailbox_mails (
    n            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    org_id       text COLLATE "C" NOT NULL,
    email_id     text COLLATE "C" NOT NULL,
    address      text COLLATE "C" NOT NULL,
    uid_validity bigint NOT NULL,
    uid          bigint NOT NULL,
    -- 1 until its event is durable.
    raises       bigint NOT NULL,
    size         bigint NOT NULL,
    answered     boolean NOT NULL,
    is_cut       boolean NOT NULL,
    attachments  json NOT NULL,
    UNIQUE (org_id, email_id)
);
CREATE INDEX mailbox_mails_by_uid ON mailbox_mails (org_id, address, uid_validity, uid);

CREATE TABLE filed_mails (
    n      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    org_id text COLLATE "C" NOT NULL,
    "key"  text COLLATE "C" NOT NULL,
    at     bigint NOT NULL,
    UNIQUE (org_id, "key")
);

-- A mail is found by what other mails call it.
CREATE INDEX emails_by_message_id ON emails (org_id, message_id) WHERE message_id IS NOT NULL;
CREATE INDEX emails_by_in_reply_to ON emails (org_id, in_reply_to) WHERE in_reply_to IS NOT NULL;

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['mailboxes', 'mailbox_mails', 'filed_mails'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY org ON %I TO skillhost_app
            USING (org_id || '''' = ANY (ARRAY(SELECT unnest(nullif(current_setting(''app.orgs'', true), '''')::text[]))))', name);
    END LOOP;
END $$;
GRANT SELECT, INSERT, UPDATE, DELETE ON mailboxes, mailbox_mails, filed_mails TO skillhost_app;

-- Whether it is this boot's turn to read a mailbox: nobody else's, or that of one that is
-- gone.
CREATE FUNCTION take_mailbox_v1(m jsonb, host text) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO mailboxes AS b (org_id, address, user_id, state, reason, since, next_attempt, began_at, uid_validity,
        last_uid, synced_at, received, reader)
    VALUES (m ->> 'org', m ->> 'address', m ->> 'user', m ->> 'state', m ->> 'reason', (m ->> 'since')::bigint,
        (m ->> 'next_attempt')::bigint, (m ->> 'began_at')::bigint, NULL, 0, NULL, 0, host)
    ON CONFLICT (org_id, address) DO UPDATE SET reader = host, user_id = excluded.user_id
        WHERE b.reader IS NULL OR b.reader = host OR NOT is_alive(b.reader);
    RETURN FOUND;
END $$;

-- The place of a mailbox behind a mail of it; numbers of another validity say nothing.
CREATE FUNCTION move_mailbox_v1(m jsonb, taken bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    UPDATE mailboxes b SET uid_validity = (m ->> 'uid_validity')::bigint, received = b.received + taken,
        last_uid = CASE WHEN b.uid_validity = (m ->> 'uid_validity')::bigint
            THEN greatest(b.last_uid, (m ->> 'uid')::bigint) ELSE (m ->> 'uid')::bigint END
    WHERE b.org_id = m ->> 'org' AND b.address = m ->> 'address';
END $$;

-- Keeps a mail once. Answers what is known of the one that was there, or nothing.
CREATE FUNCTION keep_mail_v1(m jsonb) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    org CONSTANT text := m ->> 'org';
    there boolean := false;
    open boolean := (m ->> 'raises')::boolean;
    thread text := m ->> 'thread';
BEGIN
    SELECT true, k.raises = 1, x.thread_id INTO there, open, thread FROM mailbox_mails k
        JOIN emails x ON x.org_id = k.org_id AND x.id = k.email_id
        WHERE k.org_id = org AND k.email_id = m ->> 'id';
    IF there THEN
        RETURN NEXT json_build_object('raises', open, 'was_there', true, 'thread_id', coalesce(thread, ''))::text;
        UPDATE mailbox_mails k SET address = m ->> 'address', uid_validity = (m ->> 'uid_validity')::bigint,
            uid = (m ->> 'uid')::bigint, answered = (m ->> 'answered')::boolean
        WHERE k.org_id = org AND k.email_id = m ->> 'id';
        UPDATE emails x SET unread = (m ->> 'unread')::boolean WHERE x.org_id = org AND x.id = m ->> 'id';
        IF NOT open THEN
            PERFORM move_mailbox_v1(m, 0);
        END IF;
        RETURN;
    END IF;
    UPDATE emails x SET thread_id = m ->> 'thread'
    WHERE x.org_id = org AND x.owner_id = m ->> 'user' AND x.thread_id = m ->> 'takes';
    UPDATE emails x SET thread_id = m ->> 'thread'
    WHERE x.org_id = org AND x.owner_id = m ->> 'user' AND x.thread_id IS NULL
        AND x.message_id = ANY (ARRAY(SELECT jsonb_array_elements_text(m -> 'joins')));
    INSERT INTO emails (org_id, id, owner_id, thread_id, direction, "from", "to", cc, subject, body, at, message_id,
        in_reply_to, "references", contact_id, deal_id, from_name, headers, unread)
    VALUES (org, m ->> 'id', m ->> 'user', m ->> 'thread', m ->> 'direction', m ->> 'from', (m -> 'to')::json,
        (m -> 'cc')::json, m ->> 'subject', m ->> 'body', m ->> 'at', m ->> 'message_id', m ->> 'in_reply_to',
        (m -> 'references')::json, m ->> 'contact', m ->> 'deal', m ->> 'from_name',
        (m -> 'headers')::json, (m ->> 'unread')::boolean)
    ON CONFLICT (org_id, id) DO NOTHING;
    INSERT INTO mailbox_mails (org_id, email_id, address, uid_validity, uid, raises, size, answered, is_cut,
        attachments)
    VALUES (org, m ->> 'id', m ->> 'address', (m ->> 'uid_validity')::bigint, (m ->> 'uid')::bigint,
        CASE WHEN (m ->> 'raises')::boolean THEN 1 ELSE 0 END, (m ->> 'size')::bigint,
        (m ->> 'answered')::boolean, (m ->> 'is_cut')::boolean, (m -> 'attachments')::json);
    IF m ->> 'contact' IS NOT NULL AND m ->> 'direction' = 'in' THEN
        INSERT INTO activities (org_id, id, user_id, kind, contact_id, deal_id, subject, body, at)
        VALUES (org, m ->> 'id', m ->> 'user', 'email', m ->> 'contact', m ->> 'deal', m ->> 'subject', '', m ->> 'at')
        ON CONFLICT (org_id, id) DO NOTHING;
    END IF;
    IF (m ->> 'raises')::boolean THEN
        UPDATE mailboxes b SET received = b.received + 1 WHERE b.org_id = org AND b.address = m ->> 'address';
    ELSE
        PERFORM move_mailbox_v1(m, 1);
    END IF;
END $$;

CREATE FUNCTION mail_raised_v1(m jsonb) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    UPDATE mailbox_mails k SET raises = 0 WHERE k.org_id = m ->> 'org' AND k.email_id = m ->> 'id';
    PERFORM move_mailbox_v1(m, 0);
END $$;

-- What is beside the mails of a person that is being forgotten; called before the mails
-- themselves lose whose they are.
CREATE FUNCTION erase_mailboxes_v1(org text, who text, person text, mail text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    UPDATE mailbox_mails k SET attachments = '[]' FROM emails m
    WHERE m.org_id = org AND k.org_id = org AND k.email_id = m.id AND (
        who = 'contact' AND m.contact_id = person OR who = 'user' AND m.owner_id = person
        OR lower(m."from") = mail
        OR EXISTS (SELECT 1 FROM json_array_elements_text(m."to") a WHERE lower(a) = mail)
        OR EXISTS (SELECT 1 FROM json_array_elements_text(m.cc) a WHERE lower(a) = mail));
    IF who = 'user' THEN
        DELETE FROM mailboxes b WHERE b.org_id = org AND b.user_id = person;
        UPDATE mailbox_mails k SET address = '' FROM emails m
        WHERE m.org_id = org AND k.org_id = org AND k.email_id = m.id AND m.owner_id = person;
    END IF;
END $$;

REVOKE ALL ON FUNCTION take_mailbox_v1, move_mailbox_v1, keep_mail_v1, mail_raised_v1, erase_mailboxes_v1 FROM PUBLIC;
GRANT EXECUTE ON FUNCTION take_mailbox_v1, move_mailbox_v1, keep_mail_v1, mail_raised_v1, erase_mailboxes_v1
    TO skillhost_app;
