-- Forgetting a person: their key, every text of their jobs, and their own rows. Ids,
-- digests, numbers and times stay, so that what happened can still be told.
--
-- One call is one transaction. Whoever holds an old copy of a row loses its
-- compare-and-set and cannot write the text back. To add a table that holds text,
-- bring a version with its statement.

-- Payloads keep ids, which name nothing by themselves.
CREATE FUNCTION ids_only(payload json) RETURNS json LANGUAGE sql IMMUTABLE AS $$
SELECT CASE json_typeof(payload) WHEN 'object' THEN (
    SELECT coalesce(json_object_agg(f.key, f.value), '{}') FROM json_each(payload) f
    WHERE (json_typeof(f.value) = 'string' OR json_typeof(f.value) = 'number' AND f.value::text ~ '^-?[0-9]+$')
        AND (f.key = 'id' OR f.key LIKE '%!_id' ESCAPE '!')) ELSE '{}' END $$;

-- Lists lose `field` of each of their objects.
CREATE FUNCTION each_without(list jsonb, field text) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
SELECT CASE jsonb_typeof(list) WHEN 'array' THEN
    (SELECT coalesce(jsonb_agg(r - field ORDER BY place), '[]')
     FROM jsonb_array_elements(list) WITH ORDINALITY e (r, place)) ELSE '[]' END $$;

-- Jobs of the person, and those that these raised.
CREATE FUNCTION jobs_about_v1(org text, kind text, person text) RETURNS TABLE (id text, event text, status text)
LANGUAGE sql STABLE AS $$
WITH RECURSIVE down (id, event, status) AS (
    SELECT j.id, j.event_id, j.status FROM sequence_jobs j JOIN job_payloads p ON p.job_id = j.id
    WHERE j.org_id = org AND (kind = 'user' AND j.user_id = person OR kind = 'contact'
        AND coalesce(p.trigger_payload ->> 'contact_id', p.trigger_payload #>> '{contact,id}') = person)
    UNION SELECT j.id, j.event_id, j.status FROM sequence_jobs j JOIN down ON j.parent_job_id = down.id)
SELECT id, event, status FROM down $$;

-- Answers `{jobs, texts, mails}`. Raises SH003 while a job of theirs is open.
CREATE FUNCTION erase_person_v1(org text, who text, person text, about text, now_ms bigint, mail text,
    hashed text, by text)
RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    of_jobs text[];
    of_events text[];
    of_transcripts bigint[];
    texts bigint;
    mails json;
    open text;
BEGIN
    -- Nobody takes one of them up, sends it back or raises another by it until this has
    -- ended; which they are, and whether one is open, is judged after that.
    PERFORM 1 FROM sequence_jobs j
    WHERE j.id = ANY (ARRAY(SELECT a.id FROM jobs_about_v1(org, who, person) a)) ORDER BY j.n FOR UPDATE;
    SELECT coalesce(array_agg(j.id ORDER BY j.id), '{}'), coalesce(array_agg(j.event), '{}'),
        min(j.id) FILTER (WHERE j.status NOT IN ('completed', 'failed', 'skipped', 'cancelled', 'expired'))
    INTO of_jobs, of_events, open FROM jobs_about_v1(org, who, person) j;
    IF open IS NOT NULL THEN
        RAISE EXCEPTION 'job % of this person is still open', open USING ERRCODE = 'SH003';
    END IF;
    texts := (SELECT count(*) FROM bodies b WHERE b.org_id = org AND b.subject = about);
    mails := (SELECT coalesce(json_agg(o."key"), '[]') FROM outbox o
        WHERE o.job_id = ANY (of_jobs) AND o.kind = 'email.send');
    INSERT INTO audit (org_id, job_id, actor, action, subject, detail, at)
    SELECT org, NULL, by, 'person.erased', about,
        json_build_object('jobs', cardinality(of_jobs), 'texts', texts), now_ms;

    -- The key before the texts, as they are kept.
    UPDATE data_keys k SET wrapped = NULL, destroyed_at = now_ms
    WHERE k.wrapped IS NOT NULL AND k.org_id = org AND k.subject = about;
    INSERT INTO data_keys (org_id, subject, destroyed_at) VALUES (org, about, now_ms);
    DELETE FROM paid_answers p WHERE p.job_id = ANY (of_jobs);
    DELETE FROM bodies b WHERE b.org_id = org AND (b.subject = about
        OR b.digest IN (SELECT r ->> 'digest' FROM job_journal l,
                LATERAL jsonb_array_elements(CASE jsonb_typeof(l.body::jsonb -> 'reads')
                    WHEN 'array' THEN l.body::jsonb -> 'reads' ELSE '[]' END) r
            WHERE l.job_id = ANY (of_jobs))
        OR b.digest IN (SELECT l.body::jsonb #>> '{call,input}' FROM job_journal l WHERE l.job_id = ANY (of_jobs)));

    UPDATE flags f SET reason = '' FROM outbox o
    WHERE o.kind = 'flag.add' AND o.job_id = ANY (of_jobs) AND f.org_id = o.org_id
        AND f.entity = o.payload ->> 'entity' AND f.record_id = o.payload ->> 'id' AND f.flag = o.payload ->> 'flag';
    UPDATE job_journal l SET body = CASE l.kind
        WHEN 'step_proposed' THEN l.body::jsonb || jsonb_build_object('output', NULL, 'summary', NULL,
            'suggested', '[]'::jsonb, 'reads', each_without(l.body::jsonb -> 'reads', 'message'))
        WHEN 'step_failed' THEN jsonb_set(jsonb_set(jsonb_set(jsonb_set(l.body::jsonb
            || jsonb_build_object('reads', each_without(l.body::jsonb -> 'reads', 'message')),
            '{error,message}', '"erased"', false), '{error,pointer}', '""', false),
            '{error,failure,message}', '"erased"', false), '{error,failure,code}', '"erased"', false)
        WHEN 'output_edited' THEN l.body::jsonb || '{"output":null}'
        WHEN 'step_fanned' THEN l.body::jsonb || jsonb_build_object('items', CASE jsonb_typeof(l.body::jsonb -> 'items')
            WHEN 'array' THEN to_jsonb(array_fill(NULL::int, ARRAY[jsonb_array_length(l.body::jsonb -> 'items')]))
            ELSE '[]' END)
        WHEN 'step_skipped' THEN jsonb_set(l.body::jsonb, '{reason}', '"erased"', false)
        WHEN 'ended' THEN CASE WHEN l.body::jsonb ->> 'reason' IS NULL THEN l.body::jsonb
            ELSE jsonb_set(l.body::jsonb, '{reason}', '"erased"', false) END
        ELSE l.body::jsonb END::text
    WHERE l.job_id = ANY (of_jobs) AND l.kind IN ('step_proposed', 'step_failed', 'output_edited',
        'step_fanned', 'step_skipped', 'ended');
    UPDATE sequence_jobs j SET version = j.version + 1, concurrency = NULL,
        reason = CASE WHEN j.reason IS NOT NULL THEN 'erased' END WHERE j.id = ANY (of_jobs);
    UPDATE pending_actions a SET revision = a.revision + 1,
        action_data = a.action_data::jsonb || jsonb_build_object('title', 'erased', 'summary', '', 'fields', '[]'::jsonb,
            'ask', '{"pattern":"review","effects":[],"editable":[],"deferrable":false}'::jsonb),
        effects = (SELECT coalesce(jsonb_agg(jsonb_set(f, '{effect,payload}', 'null') ORDER BY place), '[]')
            FROM jsonb_array_elements(a.effects::jsonb) WITH ORDINALITY e (f, place)),
        preview_data = a.preview_data::jsonb || jsonb_build_object('heading', 'erased', 'parts', '[]'::jsonb,
            'comment_title', '', 'comment', '', 'comment_fields', '[]'::jsonb),
        resolution = jsonb_set(jsonb_set(jsonb_set(a.resolution::jsonb, '{answer}', 'null', false),
            '{note}', 'null', false), '{reason}',
            CASE WHEN a.resolution ->> 'reason' IS NULL THEN 'null' ELSE '"erased"' END::jsonb, false)
    WHERE a.job_id = ANY (of_jobs);
    UPDATE emails m SET "from" = '', "to" = '[]', cc = '[]', subject = '', body = ''
    FROM outbox o WHERE o.job_id = ANY (of_jobs) AND m.org_id = org AND m.id = o."key";
    UPDATE sent_mails s SET "to" = '[]', subject = ''
    FROM outbox o WHERE o.job_id = ANY (of_jobs) AND s.org_id = org AND s."key" = o."key";
    UPDATE activities a SET subject = 'erased', body = ''
    FROM outbox o WHERE o.job_id = ANY (of_jobs) AND a.org_id = org AND a.id = o."key";
    UPDATE tasks t SET title = 'erased', detail = NULL
    FROM outbox o WHERE o.job_id = ANY (of_jobs) AND t.org_id = org AND t.id = o."key";
    UPDATE outbox o SET revision = o.revision + 1, payload = NULL,
        last_error = CASE WHEN o.last_error IS NOT NULL THEN 'erased' END,
        receipt = CASE WHEN o.receipt ->> 'message_id' IS NOT NULL
            THEN json_build_object('message_id', o.receipt ->> 'message_id') END
    WHERE o.job_id = ANY (of_jobs);
    UPDATE chat_messages c SET text = 'erased' WHERE c.job_id = ANY (of_jobs)
        OR who = 'user' AND c.org_id = org AND c.user_id = person;
    UPDATE audit u SET detail = jsonb_set(u.detail::jsonb, '{reason}', '"erased"', false)
    WHERE u.job_id = ANY (of_jobs) AND u.detail ->> 'reason' IS NOT NULL;
    of_transcripts := ARRAY(SELECT t.n FROM transcripts t WHERE t.org_id = org AND (
        t.id IN (SELECT p.trigger_payload ->> 'transcript_id' FROM job_payloads p WHERE p.job_id = ANY (of_jobs))
        OR t.meeting_id IN (SELECT p.trigger_payload ->> 'meeting_id' FROM job_payloads p
            WHERE p.job_id = ANY (of_jobs))
        OR who = 'contact' AND t.meeting_id IN (SELECT m.record_id FROM meeting_contacts m
            WHERE m.org_id = org AND m.contact_id = person)));
    DELETE FROM bodies b USING transcripts t
    WHERE t.n = ANY (of_transcripts) AND b.org_id = org AND b.subject = t.subject AND b.digest = t.digest;
    UPDATE transcripts t SET body = '' WHERE t.n = ANY (of_transcripts);
    UPDATE meetings r SET title = 'erased', summary = NULL, attendees = '[]' WHERE r.org_id = org AND (
        r.id IN (SELECT p.trigger_payload ->> 'meeting_id' FROM job_payloads p WHERE p.job_id = ANY (of_jobs))
        OR who = 'contact' AND r.id IN (SELECT m.record_id FROM meeting_contacts m
            WHERE m.org_id = org AND m.contact_id = person));
    UPDATE job_payloads p SET trigger_payload = CASE WHEN p.trigger_payload #>> '{contact,id}' IS NULL
        THEN ids_only(p.trigger_payload)
        ELSE (ids_only(p.trigger_payload)::jsonb
            || jsonb_build_object('contact_id', p.trigger_payload #>> '{contact,id}'))::json END
    WHERE p.job_id = ANY (of_jobs);
    UPDATE events v SET payload = ids_only(v.payload) WHERE v.id = ANY (of_events);

    IF who = 'contact' THEN
        UPDATE contacts c SET name = 'erased', email = NULL, title = NULL, phone = NULL, zone = NULL, fields = '{}'
        WHERE c.org_id = org AND c.id = person;
        UPDATE flags f SET reason = '' WHERE f.entity = 'contact' AND f.org_id = org AND f.record_id = person;
    END IF;
    UPDATE emails m SET "from" = '', "to" = '[]', cc = '[]', subject = '', body = '' WHERE m.org_id = org AND (
        who = 'contact' AND m.contact_id = person OR who = 'user' AND m.owner_id = person
        OR lower(m."from") = mail
        OR EXISTS (SELECT 1 FROM json_array_elements_text(m."to") a WHERE lower(a) = mail)
        OR EXISTS (SELECT 1 FROM json_array_elements_text(m.cc) a WHERE lower(a) = mail));
    UPDATE activities a SET subject = 'erased', body = '' WHERE a.org_id = org
        AND (who = 'contact' AND a.contact_id = person OR who = 'user' AND a.user_id = person);
    UPDATE tasks t SET title = 'erased', detail = NULL WHERE t.org_id = org
        AND (who = 'contact' AND t.contact_id = person OR who = 'user' AND t.owner_id = person);
    UPDATE notes o SET body = 'erased' WHERE o.org_id = org
        AND (who = 'contact' AND o.contact_id = person OR who = 'user' AND o.author_id = person);
    UPDATE connections c SET detail = jsonb_set(jsonb_set(c.detail::jsonb, '{meeting,title}', '"erased"', false),
        '{meeting,attendees}', '[]', false)
    WHERE c.org_id = org AND (strpos(lower(c.detail::text), mail) > 0 OR who = 'user' AND c.user_id = person);
    IF EXISTS (SELECT 1 FROM suppressions s WHERE s.org_id = org AND s.address = mail) THEN
        DELETE FROM suppressions s WHERE s.org_id = org AND s.address = hashed;
        UPDATE suppressions s SET address = hashed, reason = 'erased' WHERE s.org_id = org AND s.address = mail;
    END IF;
    IF who = 'user' THEN
        UPDATE users u SET name = 'erased', email = '', signature = '', preferences = '{}'
        WHERE u.org_id = org AND u.id = person;
        DELETE FROM api_keys k WHERE k.org_id = org AND k.user_id = person;
        DELETE FROM tokens t WHERE t.value ->> 'org' = org AND t.value ->> 'user' = person;
    END IF;
    RETURN json_build_object('jobs', of_jobs, 'texts', texts, 'mails', mails)::text;
END $$;
