-- What effects of skills keep beside the CRM's records, as SQLite has it after its
-- migration of the same number.

-- What was found about a user's own calls.
CREATE TABLE coaching_analyses (
    n            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    org_id       text COLLATE "C" NOT NULL,
    -- The effect's key.
    id           text COLLATE "C" NOT NULL,
    user_id      text COLLATE "C" NOT NULL,
    period_start text COLLATE "C" NOT NULL,
    period_end   text COLLATE "C" NOT NULL,
    meeting_id   text COLLATE "C",
    analysis     json NOT NULL,
    at           text COLLATE "C" NOT NULL,
    UNIQUE (org_id, id)
);
CREATE INDEX coaching_analyses_by_user ON coaching_analyses (org_id, user_id, period_end);
CREATE INDEX coaching_analyses_by_meeting ON coaching_analyses (org_id, meeting_id) WHERE meeting_id IS NOT NULL;

-- What a mail is about, as it was said last.
CREATE TABLE email_classes (
    org_id   text COLLATE "C" NOT NULL,
    email_id text COLLATE "C" NOT NULL,
    class    text COLLATE "C" NOT NULL,
    reason   text COLLATE "C" NOT NULL,
    at       text COLLATE "C" NOT NULL,
    PRIMARY KEY (org_id, email_id)
);

-- Calendar events that people were asked to, by a digest of org and uid, and the effect
-- that asks: an event is asked for once.
CREATE TABLE invites (
    org_id text COLLATE "C" NOT NULL,
    event  text COLLATE "C" NOT NULL,
    "key"  text COLLATE "C" NOT NULL,
    at     bigint NOT NULL,
    PRIMARY KEY (org_id, event)
);
CREATE INDEX invites_by_key ON invites ("key");

-- Links to kept files. A link's text is not here: it is made of this row under the
-- host's key, so whoever reads the database has no link.
CREATE TABLE shares (
    n          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    org_id     text COLLATE "C" NOT NULL,
    -- The key of the effect that made it.
    id         text COLLATE "C" NOT NULL,
    user_id    text COLLATE "C" NOT NULL,
    job_id     text COLLATE "C" NOT NULL,
    -- Under whose key the file is kept.
    about      text COLLATE "C" NOT NULL,
    digest     text COLLATE "C" NOT NULL,
    name       text COLLATE "C" NOT NULL,
    media_type text COLLATE "C" NOT NULL,
    title      text COLLATE "C" NOT NULL,
    contact_id text COLLATE "C",
    made_at    bigint NOT NULL,
    expires_at bigint NOT NULL,
    revoked_at bigint,
    UNIQUE (org_id, id)
);
CREATE INDEX shares_by_job ON shares (org_id, job_id);

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['coaching_analyses', 'email_classes', 'invites', 'shares'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        -- Written so that no index serves it, as those of the other tables are.
        EXECUTE format('CREATE POLICY org ON %I TO skillhost_app
            USING (org_id || '''' = ANY (ARRAY(SELECT unnest(nullif(current_setting(''app.orgs'', true), '''')::text[]))))', name);
    END LOOP;
END $$;
GRANT SELECT, INSERT, UPDATE, DELETE ON coaching_analyses, email_classes, invites, shares TO skillhost_app;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA skillhost TO skillhost_app;

-- Whose outbox row holds an event and may still leave, or has left.
CREATE FUNCTION is_given_up(effect text) RETURNS boolean LANGUAGE sql STABLE AS $$
SELECT EXISTS (SELECT 1 FROM outbox o WHERE o."key" = effect AND o.state IN ('dead', 'cancelled')) $$;

-- Lines of the kinds that came after commit_v1 which do not fit what is committed, as
-- unfit_v1 answers them of the others.
CREATE FUNCTION unfit_more_v1(kind text, list text)
RETURNS TABLE (what text, key1 text, key2 text, seen text) LANGUAGE plpgsql AS $$
BEGIN
    CASE kind
    WHEN 'contact' THEN
        RETURN QUERY SELECT 'address', e ->> 0, e ->> 4, e ->> 5 FROM jsonb_array_elements(list::jsonb) e
        WHERE e ->> 5 IS NOT NULL
            AND NOT EXISTS (SELECT 1 FROM companies y WHERE y.org_id = e ->> 0 AND y.id = e ->> 5);
    WHEN 'email_class' THEN
        RETURN QUERY SELECT 'emails', e ->> 0, e ->> 2, NULL::text FROM jsonb_array_elements(list::jsonb) e
        WHERE NOT EXISTS (SELECT 1 FROM emails m WHERE m.org_id = e ->> 0 AND m.id = e ->> 2
            AND (m.owner_id IS NULL OR m.owner_id = e ->> 1));
    WHEN 'invite' THEN
        RETURN QUERY SELECT 'invite', i.org_id, i.event, NULL::text FROM jsonb_array_elements(list::jsonb) e
        JOIN invites i ON i.org_id = e ->> 0 AND i.event = e ->> 1
        WHERE i."key" <> e ->> 2 AND NOT is_given_up(i."key");
    ELSE
        -- What is only added has nothing to be judged against.
        NULL;
    END CASE;
END $$;

-- Writes the lines of one kind that came after commit_v1. To add a kind: its branch here
-- in a version of its own, and in unfit_more_v1 what it is judged against.
CREATE FUNCTION write_more_v1(kind text, list text, wanted bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    l CONSTANT jsonb := list::jsonb;
    moved bigint;
BEGIN
    CASE kind
    WHEN 'contact' THEN
        -- Of one address there is one contact, whichever host adds it.
        PERFORM pg_advisory_xact_lock(a.key) FROM (
            SELECT DISTINCT hashtextextended((e ->> 0) || ' ' || (e ->> 4), 1) AS key
            FROM jsonb_array_elements(l) e ORDER BY 1) a;
        IF EXISTS (SELECT 1 FROM unfit_more_v1(kind, list)) THEN
            RAISE EXCEPTION 'a row was moved' USING ERRCODE = 'SH001';
        END IF;
        INSERT INTO contacts (org_id, id, owner_id, name, email, company_id, title, phone, zone, fields)
        SELECT x.org, x.id, x.owner, x.name, x.email, x.company, x.title, x.phone, x.zone, '{}'
        FROM (SELECT e ->> 0 AS org, e ->> 1 AS id, e ->> 2 AS owner, e ->> 3 AS name, e ->> 4 AS email,
                e ->> 5 AS company, e ->> 6 AS title, e ->> 7 AS phone, e ->> 8 AS zone
              FROM jsonb_array_elements(l) e OFFSET 0) x
        WHERE NOT EXISTS (SELECT 1 FROM contacts c WHERE c.org_id = x.org AND c.email = x.email)
        ON CONFLICT (org_id, id) DO NOTHING;
    WHEN 'coaching' THEN
        INSERT INTO coaching_analyses (org_id, id, user_id, period_start, period_end, meeting_id, analysis, at)
        SELECT e ->> 0, e ->> 1, e ->> 2, e ->> 3, e ->> 4, e ->> 5, (e -> 6)::json, e ->> 7
        FROM jsonb_array_elements(l) e ON CONFLICT (org_id, id) DO NOTHING;
    WHEN 'email_class' THEN
        INSERT INTO email_classes (org_id, email_id, class, reason, at)
        SELECT x.org, x.id, x.class, x.reason, x.at
        FROM (SELECT e ->> 0 AS org, e ->> 1 AS owner, e ->> 2 AS id, e ->> 3 AS class, e ->> 4 AS reason, e ->> 5 AS at
              FROM jsonb_array_elements(l) e OFFSET 0) x
        JOIN emails m ON m.org_id = x.org AND m.id = x.id AND (m.owner_id IS NULL OR m.owner_id = x.owner)
        ON CONFLICT (org_id, email_id)
        DO UPDATE SET class = excluded.class, reason = excluded.reason, at = excluded.at;
        GET DIAGNOSTICS moved = ROW_COUNT;
        IF moved < wanted THEN
            RAISE EXCEPTION 'a row was moved' USING ERRCODE = 'SH001';
        END IF;
    WHEN 'invite' THEN
        -- An event whose effect was given up is free.
        INSERT INTO invites AS i (org_id, event, "key", at)
        SELECT e ->> 0, e ->> 1, e ->> 2, (e ->> 3)::bigint FROM jsonb_array_elements(l) e
        ON CONFLICT (org_id, event) DO UPDATE SET "key" = excluded."key", at = excluded.at
            WHERE i."key" = excluded."key" OR is_given_up(i."key");
        GET DIAGNOSTICS moved = ROW_COUNT;
        IF moved < wanted THEN
            RAISE EXCEPTION 'a row was moved' USING ERRCODE = 'SH001';
        END IF;
    WHEN 'share' THEN
        INSERT INTO shares (org_id, id, user_id, job_id, about, digest, name, media_type, title, contact_id,
            made_at, expires_at)
        SELECT x.org, x.id, x."user", x.job, x.about, x.digest, x.name, x.media_type, x.title, x.contact,
            x.made_at, x.expires_at
        FROM jsonb_to_recordset(l) x (org text, id text, "user" text, job text, about text, digest text, name text,
            media_type text, title text, contact text, made_at bigint, expires_at bigint)
        ON CONFLICT (org_id, id) DO NOTHING;
    WHEN 'postpone' THEN
        -- The version stays: it says that the job has not begun, and who reads the row as
        -- due by now may still take it.
        WITH put_off AS (
            UPDATE sequence_jobs j SET wake_at = x.until
            FROM (SELECT e ->> 0 AS org, e ->> 1 AS owner, e ->> 2 AS contact, (e ->> 3)::bigint AS until, e ->> 4 AS said_by,
                    e ->> 5 AS effect, (e ->> 6)::bigint AS at, e ->> 7 AS waits
                  FROM jsonb_array_elements(l) e OFFSET 0) x, sequence_jobs was
            WHERE was.id = j.id AND j.status = 'deferred' AND j.wake_at < x.until AND j.version = 1 AND j.reason = x.waits
                AND j.org_id = x.org AND j.user_id = x.owner AND j.id <> x.said_by
                AND EXISTS (SELECT 1 FROM job_payloads p WHERE p.job_id = j.id
                    AND coalesce(p.trigger_payload ->> 'contact_id', p.trigger_payload #>> '{contact,id}') = x.contact)
            RETURNING j.org_id, j.id, was.wake_at AS before, x.until, x.effect, x.at)
        INSERT INTO audit (org_id, job_id, actor, action, subject, detail, at)
        SELECT o.org_id, o.id, 'host', 'job.postponed', o.id,
            json_build_object('from', o.before, 'until', o.until, 'effect', o.effect), o.at FROM put_off o;
    ELSE
        RAISE EXCEPTION 'no such kind: %', kind;
    END CASE;
END $$;

-- commit_v1, and after it the kinds that came later: those behind the first `known`.
CREATE FUNCTION commit_more_v1(
    host text, slot_id text, slot_seq bigint, orgs text[], jobs text[], actions text[],
    kinds text[], lists text[], counts bigint[], known bigint
) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM commit_v1(host, slot_id, slot_seq, orgs, jobs, actions, kinds[1:known], lists[1:known], counts[1:known]);
    FOR i IN known + 1 .. cardinality(kinds) LOOP
        PERFORM write_more_v1(kinds[i], lists[i], counts[i]);
    END LOOP;
END $$;

-- refusals_v1, and those of the kinds that came later.
CREATE FUNCTION refusals_more_v1(orgs text[], jobs text[], actions text[], kinds text[], lists text[])
RETURNS TABLE (what text, key1 text, key2 text, seen text) LANGUAGE plpgsql AS $$
BEGIN
    RETURN QUERY SELECT * FROM refusals_v1(orgs, jobs, actions, kinds, lists);
    FOR i IN 1 .. cardinality(kinds) LOOP
        RETURN QUERY SELECT * FROM unfit_more_v1(kinds[i], lists[i]);
    END LOOP;
END $$;

-- Jobs of the person, those that made a record of them, and those that these raised.
CREATE OR REPLACE FUNCTION jobs_about_v1(org text, kind text, person text) RETURNS TABLE (id text, event text, status text)
LANGUAGE sql STABLE AS $$
WITH RECURSIVE down (id, event, status) AS (
    SELECT j.id, j.event_id, j.status FROM sequence_jobs j JOIN job_payloads p ON p.job_id = j.id
    WHERE j.org_id = org AND (kind = 'user' AND j.user_id = person OR kind = 'contact'
        AND (coalesce(p.trigger_payload ->> 'contact_id', p.trigger_payload #>> '{contact,id}') = person
            OR j.id = (SELECT o.job_id FROM outbox o WHERE o."key" = person AND o.kind = 'crm.create_contact')))
    UNION SELECT j.id, j.event_id, j.status FROM sequence_jobs j JOIN down ON j.parent_job_id = down.id)
SELECT id, event, status FROM down $$;

-- erase_person_v2, and what came after it: files that the person's jobs made with the
-- links to them, addresses they were asked to write to no more, classes of their mails and
-- analyses of their meetings. Answers `{jobs, texts, mails, events}`.
CREATE FUNCTION erase_person_v3(org text, who text, person text, about text, now_ms bigint, mail text,
    hashed text, by text)
RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    of_jobs text[];
    of_effects text[];
    of_mails text[];
    addresses text[];
    files text[];
    erased jsonb;
BEGIN
    PERFORM 1 FROM sequence_jobs j
    WHERE j.id = ANY (ARRAY(SELECT a.id FROM jobs_about_v1(org, who, person) a)) ORDER BY j.n FOR UPDATE;
    of_jobs := ARRAY(SELECT a.id FROM jobs_about_v1(org, who, person) a);
    -- What only the payloads, the journals and the mails themselves tell, while they do.
    of_effects := ARRAY(SELECT o."key" FROM outbox o WHERE o.job_id = ANY (of_jobs));
    addresses := ARRAY(SELECT lower(o.payload ->> 'address') FROM outbox o
        WHERE o.job_id = ANY (of_jobs) AND o.kind = 'crm.suppress' AND o.payload ->> 'address' IS NOT NULL);
    of_mails := ARRAY(
        SELECT o.payload ->> 'email_id' FROM outbox o WHERE o.job_id = ANY (of_jobs) AND o.kind = 'email.classify'
        UNION SELECT m.id FROM emails m WHERE m.org_id = org AND (
            who = 'contact' AND m.contact_id = person OR who = 'user' AND m.owner_id = person
            OR lower(m."from") = mail
            OR EXISTS (SELECT 1 FROM json_array_elements_text(m."to") a WHERE lower(a) = mail)
            OR EXISTS (SELECT 1 FROM json_array_elements_text(m.cc) a WHERE lower(a) = mail)));
    files := ARRAY(SELECT a ->> 'digest' FROM job_journal l,
            LATERAL jsonb_array_elements(CASE jsonb_typeof(l.body::jsonb -> 'artifacts')
                WHEN 'array' THEN l.body::jsonb -> 'artifacts' ELSE '[]' END) a
        WHERE l.job_id = ANY (of_jobs) AND l.kind = 'step_proposed');

    erased := erase_person_v2(org, who, person, about, now_ms, mail, hashed, by)::jsonb;

    DELETE FROM bodies b WHERE b.org_id = org AND b.digest = ANY (files);
    UPDATE job_journal l SET body = (l.body::jsonb || '{"artifacts": []}')::text
    WHERE l.job_id = ANY (of_jobs) AND l.kind = 'step_proposed' AND l.body::jsonb ? 'artifacts';
    UPDATE shares h SET title = 'erased', name = 'erased', media_type = '', revoked_at = coalesce(h.revoked_at, now_ms)
    WHERE h.org_id = org AND (h.job_id = ANY (of_jobs) OR who = 'contact' AND h.contact_id = person
        OR who = 'user' AND h.user_id = person);
    DELETE FROM suppressions s USING unnest(addresses) a (address)
    WHERE s.org_id = org AND s.address = 'sha256:' || encode(sha256(convert_to(a.address, 'UTF8')), 'hex')
        AND EXISTS (SELECT 1 FROM suppressions t WHERE t.org_id = org AND t.address = a.address);
    UPDATE suppressions s SET reason = 'erased',
        address = 'sha256:' || encode(sha256(convert_to(s.address, 'UTF8')), 'hex')
    WHERE s.org_id = org AND s.address = ANY (addresses);
    UPDATE email_classes c SET reason = '' WHERE c.org_id = org AND c.email_id = ANY (of_mails);
    UPDATE coaching_analyses c SET analysis = '{}' WHERE c.org_id = org AND (c.id = ANY (of_effects)
        OR who = 'user' AND c.user_id = person
        OR who = 'contact' AND c.meeting_id IN (SELECT m.record_id FROM meeting_contacts m
            WHERE m.org_id = org AND m.contact_id = person));
    RETURN (erased || jsonb_build_object(
        'mails', (SELECT coalesce(jsonb_agg(o."key"), '[]') FROM outbox o
            WHERE o.job_id = ANY (of_jobs) AND o.kind IN ('email.send', 'calendar.invite')),
        'events', (SELECT coalesce(jsonb_agg(i.event), '[]') FROM invites i
            WHERE i.org_id = org AND i."key" = ANY (of_effects))))::text;
END $$;

REVOKE ALL ON FUNCTION is_given_up, unfit_more_v1, write_more_v1, commit_more_v1, refusals_more_v1, erase_person_v3
    FROM PUBLIC;
GRANT EXECUTE ON FUNCTION is_given_up, unfit_more_v1, write_more_v1, commit_more_v1, refusals_more_v1,
    erase_person_v3 TO skillhost_app;
