-- Of a mail there is one activity, whoever made it: its mailbox, the host that sent it, or
-- a skill that filed it.

-- The open deal of a contact that changed last.
CREATE FUNCTION open_deal_v1(org text, contact text) RETURNS text LANGUAGE sql STABLE AS $$
SELECT d.id FROM deal_contacts l JOIN deals d ON d.org_id = l.org_id AND d.id = l.record_id
    JOIN orgs o ON o.id = d.org_id
WHERE l.org_id = org AND l.contact_id = contact AND NOT EXISTS (
    SELECT 1 FROM json_array_elements_text(CASE json_typeof(o.settings -> 'closed_stages')
        WHEN 'array' THEN o.settings -> 'closed_stages' ELSE '["closed_won","closed_lost"]' END) s (value)
    WHERE s.value = d.stage)
ORDER BY d.updated_at DESC, d.id LIMIT 1 $$;

-- As before, and mails of the user's own are activities of whom they went to; one that the
-- host sent is one already.
CREATE OR REPLACE FUNCTION keep_mail_v1(m jsonb) RETURNS SETOF text LANGUAGE plpgsql AS $$
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
    IF m ->> 'contact' IS NOT NULL AND (m ->> 'direction' = 'in' OR NOT EXISTS (SELECT 1 FROM emails x
        WHERE x.org_id = org AND x.message_id = m ->> 'message_id' AND x.owner_id = m ->> 'user'
            AND x.direction = 'out' AND x.id <> m ->> 'id')) THEN
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

-- As before, and what the history says of the mails.
CREATE OR REPLACE FUNCTION erase_mailboxes_v1(org text, who text, person text, mail text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    UPDATE mailbox_mails k SET attachments = '[]' FROM emails m
    WHERE m.org_id = org AND k.org_id = org AND k.email_id = m.id AND (
        who = 'contact' AND m.contact_id = person OR who = 'user' AND m.owner_id = person
        OR lower(m."from") = mail
        OR EXISTS (SELECT 1 FROM json_array_elements_text(m."to") a WHERE lower(a) = mail)
        OR EXISTS (SELECT 1 FROM json_array_elements_text(m.cc) a WHERE lower(a) = mail));
    UPDATE activities h SET subject = 'erased', body = '' FROM emails m
    WHERE m.org_id = org AND h.org_id = org AND h.id = m.id AND (
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

-- A mail that left is an activity under its own id, unless the mailbox read its copy first.
CREATE FUNCTION write_sent_activities_v1(lines jsonb) RETURNS void LANGUAGE sql AS $$
INSERT INTO activities (org_id, id, user_id, kind, contact_id, deal_id, subject, body, at)
SELECT c.org_id, x.id, x.owner, 'email', c.id, open_deal_v1(c.org_id, c.id), x.subject, '', x.at
FROM (SELECT e ->> 0 AS org, e ->> 1 AS owner, e ->> 2 AS id, e ->> 3 AS message_id, e -> 4 AS recipients,
        e ->> 5 AS subject, e ->> 6 AS at
      FROM jsonb_array_elements(lines) e OFFSET 0) x
JOIN contacts c ON c.org_id = x.org AND c.id = (
    SELECT k.id FROM jsonb_array_elements_text(x.recipients) WITH ORDINALITY a (value, key)
    JOIN contacts k ON k.org_id = x.org AND k.email = a.value ORDER BY a.key, k.id LIMIT 1)
WHERE NOT EXISTS (SELECT 1 FROM emails m JOIN activities h ON h.org_id = m.org_id AND h.id = m.id
    WHERE m.org_id = x.org AND m.message_id = x.message_id AND m.owner_id = x.owner AND m.direction = 'out')
ON CONFLICT (org_id, id) DO NOTHING $$;

-- The line about a mail of the user's own takes the place of the one that is there, whose
-- time stays. One by one: a statement moves no row twice.
CREATE FUNCTION write_mail_activities_v1(lines jsonb) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    e jsonb;
BEGIN
    FOR e IN SELECT * FROM jsonb_array_elements(lines) LOOP
        INSERT INTO activities AS h (org_id, id, user_id, kind, contact_id, deal_id, subject, body, at)
        SELECT e ->> 0, coalesce(m.id, e ->> 1), e ->> 2, e ->> 3, e ->> 4, e ->> 5, e ->> 6, e ->> 7,
            coalesce(m.at, e ->> 8)
        FROM (SELECT 1) one
        LEFT JOIN emails m ON m.org_id = e ->> 0 AND m.id = e ->> 9 AND m.owner_id = e ->> 2
        ON CONFLICT (org_id, id) DO UPDATE SET subject = excluded.subject, body = excluded.body,
            contact_id = coalesce(excluded.contact_id, h.contact_id), deal_id = coalesce(excluded.deal_id, h.deal_id)
            WHERE h.user_id = excluded.user_id AND h.kind = excluded.kind;
    END LOOP;
END $$;

-- As before, and the two kinds that came later still.
CREATE OR REPLACE FUNCTION commit_more_v1(
    host text, slot_id text, slot_seq bigint, orgs text[], jobs text[], actions text[],
    kinds text[], lists text[], counts bigint[], known bigint
) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM commit_v1(host, slot_id, slot_seq, orgs, jobs, actions, kinds[1:known], lists[1:known], counts[1:known]);
    FOR i IN known + 1 .. cardinality(kinds) LOOP
        CASE kinds[i]
        WHEN 'sent_activity' THEN
            PERFORM write_sent_activities_v1(lists[i]::jsonb);
        WHEN 'mail_activity' THEN
            PERFORM write_mail_activities_v1(lists[i]::jsonb);
        ELSE
            PERFORM write_more_v1(kinds[i], lists[i], counts[i]);
        END CASE;
    END LOOP;
END $$;

REVOKE ALL ON FUNCTION open_deal_v1, write_sent_activities_v1, write_mail_activities_v1 FROM PUBLIC;
GRANT EXECUTE ON FUNCTION open_deal_v1, write_sent_activities_v1, write_mail_activities_v1 TO skillhost_app;
