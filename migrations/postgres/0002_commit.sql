-- One commit is one call, so that it is one trip to the database.
--
-- The functions carry a version in their names: a release that needs another shape
-- brings `_v2` beside `_v1`, and drops the old one a release later, so that an old
-- and a new host can share a database while hosts are replaced.
--
-- A list is joined as a subquery that is computed first (OFFSET 0): row-level
-- security lets an index be used with plain columns only, never with `->>`.

-- The orgs a batch writes to: those it names, and those of the jobs and approvals
-- it names. Runs before the rows can be seen, so with its owner's eyes.
CREATE FUNCTION orgs_of_v1(orgs text[], jobs text[], actions text[]) RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = skillhost, pg_temp AS $$
BEGIN
    IF cardinality(jobs) = 0 AND cardinality(actions) = 0 THEN
        RETURN orgs::text;
    END IF;
    RETURN ARRAY(
        SELECT unnest(orgs)
        UNION SELECT j.org_id FROM sequence_jobs j WHERE j.id = ANY (jobs)
        UNION SELECT a.org_id FROM pending_actions a WHERE a.id = ANY (actions))::text;
END $$;

-- A text that is there stays as it is and lives as long as its last reader
-- needs; one whose time had passed comes back. A line without a key says that its
-- text is there already. Raises SH004 where it is not, or where a key was destroyed
-- meanwhile: whoever sealed it seals it again.
CREATE FUNCTION keep_bodies_v1(l jsonb) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    kept bigint;
BEGIN
    IF EXISTS (SELECT 1 FROM (SELECT e ->> 0 AS org, e ->> 1 AS subject, e ->> 2 AS digest
            FROM jsonb_array_elements(l) e WHERE e ->> 3 IS NULL OFFSET 0) x
        WHERE NOT EXISTS (SELECT 1 FROM bodies b WHERE b.org_id = x.org AND b.subject = x.subject
            AND b.digest = x.digest AND b.sealed IS NOT NULL)) THEN
        RAISE EXCEPTION 'a text or its key is gone' USING ERRCODE = 'SH004';
    END IF;
    INSERT INTO bodies AS b (org_id, subject, digest, key_id, sealed, expires_at)
    SELECT x.org, x.subject, x.digest, x.key_id, decode(x.sealed, 'hex'), x.expires
    FROM (SELECT DISTINCT ON (e ->> 0, e ->> 1, e ->> 2) e ->> 0 AS org, e ->> 1 AS subject,
            e ->> 2 AS digest, (e ->> 3)::bigint AS key_id, e ->> 4 AS sealed, (e ->> 5)::bigint AS expires
          FROM jsonb_array_elements(l) e WHERE e ->> 3 IS NOT NULL
          ORDER BY e ->> 0, e ->> 1, e ->> 2, (e ->> 5)::bigint DESC OFFSET 0) x
    JOIN data_keys k ON k.id = x.key_id AND k.org_id = x.org AND k.wrapped IS NOT NULL
    -- Whoever destroys a key waits, so that nothing is kept under it that stays.
    ORDER BY k.id FOR SHARE OF k
    ON CONFLICT (org_id, subject, digest) DO UPDATE SET
        key_id = CASE WHEN b.sealed IS NULL THEN excluded.key_id ELSE b.key_id END,
        sealed = coalesce(b.sealed, excluded.sealed),
        expires_at = greatest(b.expires_at, excluded.expires_at);
    GET DIAGNOSTICS kept = ROW_COUNT;
    IF kept < (SELECT count(DISTINCT (e ->> 0, e ->> 1, e ->> 2)) FROM jsonb_array_elements(l) e
            WHERE e ->> 3 IS NOT NULL) THEN
        RAISE EXCEPTION 'a text or its key is gone' USING ERRCODE = 'SH004';
    END IF;
END $$;

-- Applies lists of lines in the order of their kinds, all or nothing. Raises SH001
-- where a row was not where its batch expected it, SH002 where the writer's slot
-- was given up meanwhile, SH004 where a text has to be sealed again.
CREATE FUNCTION commit_v1(
    host text, slot_id text, slot_seq bigint, orgs text[], jobs text[], actions text[],
    kinds text[], lists text[], counts bigint[]
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    idempotency_window CONSTANT bigint := 604800000;
    l jsonb;
    t json;
    moved bigint;
    must_move boolean;
BEGIN
    PERFORM set_config('app.orgs', orgs_of_v1(orgs, jobs, actions), true);
    UPDATE writers w SET seq = slot_seq, at = now() WHERE w.slot = slot_id AND w.seq = slot_seq - 1 AND NOT w.given_up;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'the slot was given up' USING ERRCODE = 'SH002';
    END IF;
    -- The money of an org is moved by one transaction at a time, on all hosts, so
    -- that each is judged against sums that hold every one before it.
    IF kinds && ARRAY['reserve', 'settle', 'budget', 'no_budget'] THEN
        PERFORM pg_advisory_xact_lock(o.key)
        FROM (SELECT DISTINCT hashtextextended(unnest(orgs), 0) AS key ORDER BY 1) o;
    END IF;

    FOR i IN 1 .. cardinality(kinds) LOOP
        must_move := false;
        CASE kinds[i]
        WHEN 'advance' THEN
            l := lists[i]; must_move := true;
            UPDATE sequence_jobs j SET version = j.version + 1, status = x.status, reason = x.reason,
                wake_at = x.wake, lease_owner = x.owner, lease_until = x.until, updated_at = x.at
            FROM (SELECT e ->> 0 AS id, (e ->> 1)::bigint AS expect, e ->> 2 AS status, e ->> 3 AS reason,
                    (e ->> 4)::bigint AS wake, e ->> 5 AS owner, (e ->> 6)::bigint AS until, (e ->> 7)::bigint AS at
                  FROM jsonb_array_elements(l) e OFFSET 0) x
            WHERE j.id = x.id AND j.version = x.expect;
        WHEN 'journal' THEN
            l := lists[i];
            INSERT INTO job_journal (org_id, job_id, seq, kind, at, body)
            SELECT (SELECT j.org_id FROM sequence_jobs j WHERE j.id = x.job), x.job, x.seq, x.kind, x.at, x.body
            FROM (SELECT e ->> 0 AS job, (e ->> 1)::bigint AS seq, e ->> 2 AS kind, (e ->> 3)::bigint AS at,
                    e ->> 4 AS body
                  FROM jsonb_array_elements(l) e OFFSET 0) x;
        WHEN 'audit' THEN
            l := lists[i];
            INSERT INTO audit (org_id, job_id, actor, action, subject, detail, at)
            SELECT e ->> 0, e ->> 1, e ->> 2, e ->> 3, e ->> 4, (e -> 5)::json, (e ->> 6)::bigint
            FROM jsonb_array_elements(l) e;
        WHEN 'new_effect' THEN
            t := lists[i];
            INSERT INTO outbox ("key", org_id, user_id, job_id, step, local_id, kind, state, revision, attempt,
                not_before, last_error, created_at, updated_at, digest, approval, "after", module, rights, release,
                receipt, payload, sender)
            SELECT x."key", (SELECT j.org_id FROM sequence_jobs j WHERE j.id = x.job AND j.org_id = x.org), x."user",
                x.job, x.step, x.local_id, x.kind, x.state, x.revision, x.attempt, x.not_before, x.last_error,
                x.created_at, x.updated_at, x.digest, x.approval, x."after", x.module, x.rights, x.release,
                x.receipt, x.payload, CASE x.state WHEN 'sending' THEN host END
            FROM json_to_recordset(t) x ("key" text, org text, "user" text, job text, step text, local_id text,
                kind text, state text, revision bigint, attempt bigint, not_before bigint, last_error text,
                created_at bigint, updated_at bigint, digest text, approval text, "after" json, module json,
                rights json, release json, receipt json, payload json);
        WHEN 'effect' THEN
            -- Org, job, step and time of making are what they were.
            t := lists[i]; must_move := true;
            UPDATE outbox o SET user_id = x."user", kind = x.kind, state = x.state, revision = x.revision,
                attempt = x.attempt, not_before = x.not_before, last_error = x.last_error,
                updated_at = x.updated_at, digest = x.digest, approval = x.approval, "after" = x."after",
                module = x.module, rights = x.rights, release = x.release, receipt = x.receipt, payload = x.payload,
                sender = CASE x.state WHEN 'sending' THEN host END
            FROM json_to_recordset(t) x ("key" text, org text, "user" text, kind text, state text, revision bigint,
                attempt bigint, not_before bigint, last_error text, updated_at bigint, digest text, approval text,
                "after" json, module json, rights json, release json, receipt json, payload json)
            WHERE o."key" = x."key" AND o.org_id = x.org AND o.revision = x.revision - 1;
        WHEN 'sequence' THEN
            l := lists[i];
            INSERT INTO sequences (digest, text)
            SELECT e ->> 0, e ->> 1 FROM jsonb_array_elements(l) e ORDER BY 1
            ON CONFLICT DO NOTHING;
        WHEN 'event' THEN
            t := lists[i];
            INSERT INTO events (id, org_id, user_id, type, source, parent_job_id, depth, idempotency_key,
                body_digest, received_at, not_before, payload)
            SELECT x.id, x.org, x."user", x.type, x.source, x.parent, x.depth, x.idempotency_key, x.body_digest,
                x.received_at, x.not_before, x.payload
            FROM json_to_recordset(t) x (id text, org text, "user" text, type text, source text, parent text,
                depth bigint, idempotency_key text, body_digest text, received_at bigint, not_before bigint,
                payload json);
        WHEN 'new_job' THEN
            t := lists[i];
            -- Keys whose window has passed are free.
            UPDATE sequence_jobs j SET key_held = 0
            FROM json_to_recordset(t) x (org text, "key" text, held bigint, at bigint)
            WHERE j.key_held = 1 AND j.org_id = x.org AND j.idempotency_key = x."key" AND x.held = 1
                AND j.created_at <= x.at - idempotency_window;
            INSERT INTO sequence_jobs (id, org_id, user_id, status, reason, version, wake_at, lease_owner,
                lease_until, updated_at, created_at, event_id, event_type, event_source, idempotency_key, key_held,
                body_digest, parent_job_id, depth, sequence, sequence_digest, priority, concurrency)
            SELECT x.id, x.org, x."user", x.status, x.reason, x.version, x.wake, x.owner, x.until, x.updated, x.at,
                x.event, x.event_type, x.event_source, x."key", x.held, x.body, x.parent, x.depth, x.seq,
                (SELECT s.digest FROM sequences s WHERE s.digest = x.seq_digest), x.priority, x.concurrency
            FROM json_to_recordset(t) x (id text, org text, "user" text, status text, reason text, version bigint,
                wake bigint, owner text, until bigint, updated bigint, at bigint, event text, event_type text,
                event_source text, "key" text, held bigint, body text, parent text, depth bigint, seq text,
                seq_digest text, priority bigint, concurrency text);
            INSERT INTO job_payloads (job_id, org_id, trigger_payload)
            SELECT x.id, x.org, x.payload FROM json_to_recordset(t) x (id text, org text, payload json);
        WHEN 'rekey' THEN
            l := lists[i];
            UPDATE sequence_jobs j SET key_held = x.held
            FROM (SELECT e ->> 0 AS id, (e ->> 1)::bigint AS held FROM jsonb_array_elements(l) e OFFSET 0) x
            WHERE j.id = x.id AND j.key_held <> x.held;
        WHEN 'new_action' THEN
            t := lists[i];
            INSERT INTO pending_actions (id, org_id, user_id, job_id, step, round, status, revision, created_at,
                expires_at, resolved_at, channel, message_ts, nonce, action_data, effects, preview_data, module,
                rights, resolution)
            SELECT x.id, (SELECT j.org_id FROM sequence_jobs j WHERE j.id = x.job AND j.org_id = x.org), x."user",
                x.job, x.step, x.round, x.status, x.revision, x.created_at, x.expires_at, x.resolved_at, x.channel,
                x.message_ts, x.nonce, x.request, x.effects, x.card, x.module, x.rights, x.resolution
            FROM json_to_recordset(t) x (id text, org text, "user" text, job text, step text, round bigint,
                status text, revision bigint, created_at bigint, expires_at bigint, resolved_at bigint, channel text,
                message_ts text, nonce text, request json, effects json, card json, module json, rights json,
                resolution json);
        WHEN 'action' THEN
            -- Org, job, step and time of making are what they were.
            t := lists[i]; must_move := true;
            UPDATE pending_actions a SET user_id = x."user", round = x.round, status = x.status,
                revision = x.revision, expires_at = x.expires_at, resolved_at = x.resolved_at, channel = x.channel,
                message_ts = x.message_ts, nonce = x.nonce, action_data = x.request, effects = x.effects,
                preview_data = x.card, module = x.module, rights = x.rights, resolution = x.resolution
            FROM json_to_recordset(t) x (id text, org text, "user" text, round bigint, status text, revision bigint,
                expires_at bigint, resolved_at bigint, channel text, message_ts text, nonce text, request json,
                effects json, card json, module json, rights json, resolution json)
            WHERE a.id = x.id AND a.org_id = x.org AND a.revision = x.revision - 1;
        WHEN 'transcript' THEN
            l := lists[i]; must_move := true;
            INSERT INTO transcripts (org_id, id, meeting_id, format, digest, at, subject, owner_id, body)
            SELECT e ->> 0, e ->> 1, e ->> 2, e ->> 3, e ->> 4, e ->> 5, e ->> 6, e ->> 7, ''
            FROM jsonb_array_elements(l) e
            ON CONFLICT (org_id, id) DO UPDATE SET meeting_id = coalesce(transcripts.meeting_id, excluded.meeting_id)
                WHERE transcripts.digest = excluded.digest;
        WHEN 'set_stage' THEN
            l := lists[i]; must_move := true;
            UPDATE deals d SET stage = x.goal, updated_at = x.at
            FROM (SELECT e ->> 0 AS org, e ->> 1 AS id, e ->> 2 AS source, e ->> 3 AS goal, e ->> 4 AS at
                  FROM jsonb_array_elements(l) e OFFSET 0) x
            WHERE d.org_id = x.org AND d.id = x.id AND d.stage = x.source;
        WHEN 'contact_fields' THEN
            l := lists[i]; must_move := true;
            UPDATE contacts c SET fields = merge_patch(c.fields::jsonb, x.patch)
            FROM (SELECT e ->> 0 AS org, e ->> 1 AS id, e -> 2 AS patch
                  FROM jsonb_array_elements(l) e OFFSET 0) x
            WHERE c.org_id = x.org AND c.id = x.id;
        WHEN 'company_fields' THEN
            l := lists[i]; must_move := true;
            UPDATE companies c SET fields = merge_patch(c.fields::jsonb, x.patch)
            FROM (SELECT e ->> 0 AS org, e ->> 1 AS id, e -> 2 AS patch
                  FROM jsonb_array_elements(l) e OFFSET 0) x
            WHERE c.org_id = x.org AND c.id = x.id;
        WHEN 'deal_fields' THEN
            l := lists[i]; must_move := true;
            UPDATE deals d SET fields = merge_patch(d.fields::jsonb, x.patch), updated_at = x.at
            FROM (SELECT e ->> 0 AS org, e ->> 1 AS id, e -> 2 AS patch, e ->> 3 AS at
                  FROM jsonb_array_elements(l) e OFFSET 0) x
            WHERE d.org_id = x.org AND d.id = x.id;
        WHEN 'activity' THEN
            l := lists[i];
            INSERT INTO activities (org_id, id, user_id, kind, contact_id, deal_id, subject, body, at)
            SELECT e ->> 0, e ->> 1, e ->> 2, e ->> 3, e ->> 4, e ->> 5, e ->> 6, e ->> 7, e ->> 8
            FROM jsonb_array_elements(l) e ON CONFLICT (org_id, id) DO NOTHING;
        WHEN 'task' THEN
            l := lists[i];
            INSERT INTO tasks (org_id, id, owner_id, title, detail, due, priority, contact_id, deal_id, created_at, status)
            SELECT e ->> 0, e ->> 1, e ->> 2, e ->> 3, e ->> 4, e ->> 5, e ->> 6, e ->> 7, e ->> 8, e ->> 9, 'open'
            FROM jsonb_array_elements(l) e ON CONFLICT (org_id, id) DO NOTHING;
        WHEN 'flag' THEN
            l := lists[i];
            -- A flag may be there already, so the rows changed say nothing of the records.
            IF EXISTS (SELECT 1 FROM unfit_v1('flag', lists[i])) THEN
                RAISE EXCEPTION 'a row was moved' USING ERRCODE = 'SH001';
            END IF;
            INSERT INTO flags (org_id, entity, record_id, flag, reason, at)
            SELECT e ->> 0, e ->> 1, e ->> 2, e ->> 3, e ->> 4, e ->> 5
            FROM jsonb_array_elements(l) e ON CONFLICT DO NOTHING;
        WHEN 'suppress' THEN
            l := lists[i];
            INSERT INTO suppressions (org_id, address, reason, at)
            SELECT e ->> 0, e ->> 1, e ->> 2, e ->> 3
            FROM jsonb_array_elements(l) e ON CONFLICT (org_id, address) DO NOTHING;
        WHEN 'sent_mail' THEN
            l := lists[i];
            INSERT INTO sent_mails (org_id, user_id, "key", message_id, "to", subject, body_digest, at)
            SELECT e ->> 0, e ->> 1, e ->> 2, e ->> 3, (e -> 4)::json, e ->> 5, e ->> 7, e ->> 8
            FROM jsonb_array_elements(l) e ON CONFLICT (org_id, "key") DO NOTHING;
            -- The mail itself joins the org's mails, so that skills read it.
            INSERT INTO emails (org_id, id, owner_id, direction, "from", "to", cc, subject, body, at, message_id,
                "references", contact_id)
            SELECT x.org, x.id, x.owner, 'out',
                coalesce((SELECT u.email FROM users u WHERE u.org_id = x.org AND u.id = x.owner), ''),
                x.recipients, '[]', x.subject, x.body, x.at, x.message_id, '[]',
                (SELECT c.id FROM contacts c WHERE c.org_id = x.org AND c.email = x.first ORDER BY c.id LIMIT 1)
            FROM (SELECT e ->> 0 AS org, e ->> 1 AS owner, e ->> 2 AS id, e ->> 3 AS message_id,
                    (e -> 4)::json AS recipients, e #>> '{4,0}' AS first, e ->> 5 AS subject, e ->> 6 AS body,
                    e ->> 8 AS at
                  FROM jsonb_array_elements(l) e OFFSET 0) x
            ON CONFLICT (org_id, id) DO NOTHING;
        WHEN 'posted' THEN
            l := lists[i]; must_move := true;
            UPDATE pending_actions a SET channel = x.channel, message_ts = x.ts
            FROM (SELECT e ->> 0 AS id, e ->> 1 AS channel, e ->> 2 AS ts
                  FROM jsonb_array_elements(l) e OFFSET 0) x
            WHERE a.id = x.id;
        WHEN 'chat' THEN
            t := lists[i];
            INSERT INTO chat_messages (id, org_id, user_id, job_id, text, at)
            SELECT x.id, x.org, x."user", x.job, x.text, x.at
            FROM json_to_recordset(t) x (id text, org text, "user" text, job text, text text, at bigint)
            ON CONFLICT (org_id, id) DO NOTHING;
        WHEN 'body' THEN
            l := lists[i];
            PERFORM keep_bodies_v1(l);
        WHEN 'paid' THEN
            l := lists[i];
            INSERT INTO paid_answers (org_id, job_id, step, round, ask, nth, subject, digest)
            SELECT (SELECT j.org_id FROM sequence_jobs j WHERE j.id = x.job AND j.org_id = x.org), x.job, x.step,
                x.round, x.ask, x.nth, x.subject, x.digest
            FROM (SELECT e ->> 0 AS org, e ->> 1 AS job, e ->> 2 AS step, (e ->> 3)::bigint AS round, e ->> 4 AS ask,
                    (e ->> 5)::bigint AS nth, e ->> 6 AS subject, e ->> 7 AS digest
                  FROM jsonb_array_elements(l) e OFFSET 0) x
            ON CONFLICT DO NOTHING;
        WHEN 'reserve' THEN
            t := lists[i];
            -- The sums follow by trigger; a limit that is passed takes everything back.
            INSERT INTO reservations (id, org_id, job_id, step, call_id, skill, sequence, what, amount, state,
                owner, day, month, at)
            SELECT x.id, x.org, x.job, x.step, x."call", x.skill, x.sequence, x.what, x.amount, 'held', x.owner,
                x.day, x.month, x.at
            FROM json_to_recordset(t) x (id text, org text, job text, step text, "call" text, skill text,
                sequence text, what text, amount bigint, owner text, day text, month text, at bigint)
            ORDER BY x.org;
            IF EXISTS (
                SELECT 1 FROM json_to_recordset(t) x (org text, skill text, sequence text, day text, month text)
                JOIN effective_budgets b ON b.org_id = x.org
                    AND b.scope IN ('org', 'skill:' || x.skill, 'sequence:' || x.sequence)
                JOIN purse_totals p ON p.org_id = b.org_id AND p.scope = b.scope
                    AND p.period = CASE b.period WHEN 'day' THEN x.day ELSE x.month END
                WHERE p.reserved + p.settled + p.disputed > b.limit_micro_usd
            ) THEN
                RAISE EXCEPTION 'a row was moved' USING ERRCODE = 'SH001';
            END IF;
        WHEN 'settle' THEN
            t := lists[i]; must_move := true;
            UPDATE reservations r SET state = x."to", settled = x.cost, ended_at = x.at
            FROM json_to_recordset(t) x (org text, id text, "from" text, "to" text, cost bigint, at bigint)
            WHERE r.id = x.id AND r.org_id = x.org AND r.state = x."from";
        WHEN 'budget' THEN
            l := lists[i];
            INSERT INTO budgets (org_id, scope, period, limit_micro_usd, updated_at)
            SELECT e ->> 0, e ->> 1, e ->> 2, (e ->> 3)::bigint, (e ->> 4)::bigint FROM jsonb_array_elements(l) e
            ON CONFLICT (org_id, scope, period) DO UPDATE SET limit_micro_usd = excluded.limit_micro_usd,
                updated_at = excluded.updated_at;
        WHEN 'no_budget' THEN
            l := lists[i];
            DELETE FROM budgets b USING (
                SELECT e ->> 0 AS org, e ->> 1 AS scope, e ->> 2 AS period FROM jsonb_array_elements(l) e OFFSET 0) x
            WHERE b.org_id = x.org AND b.scope = x.scope AND b.period = x.period;
        WHEN 'schedule' THEN
            t := lists[i];
            INSERT INTO schedules (org_id, user_id, event_type, subject, spec, next_at)
            SELECT DISTINCT ON (x.org, x."user", x.event_type, x.subject) x.org, x."user", x.event_type, x.subject,
                x.spec, x.next
            FROM json_to_recordset(t) x (org text, "user" text, event_type text, subject text, spec text, next bigint)
            ORDER BY x.org, x."user", x.event_type, x.subject, x.next DESC NULLS LAST
            ON CONFLICT (org_id, user_id, event_type, subject) DO UPDATE SET spec = excluded.spec,
                next_at = excluded.next_at;
        WHEN 'unschedule' THEN
            t := lists[i];
            DELETE FROM schedules s USING (
                SELECT x.org, x."user", x.event_type, x.subject
                FROM json_to_recordset(t) x (org text, "user" text, event_type text, subject text) OFFSET 0) x
            WHERE s.org_id = x.org AND s.user_id = x."user" AND s.event_type = x.event_type AND s.subject = x.subject;
        WHEN 'new_module' THEN
            t := lists[i];
            INSERT INTO skill_modules (digest, name, version, bytes, state, installed_at, installed_by, manifest)
            SELECT x.digest, x.name, x.version, x.bytes, x.state, x.installed_at, x.installed_by, x.manifest
            FROM json_to_recordset(t) x (digest text, name text, version text, bytes bigint, state text,
                installed_at bigint, installed_by text, manifest json);
        WHEN 'revoke_module' THEN
            l := lists[i]; must_move := true;
            UPDATE skill_modules m SET state = 'revoked', revoked_by = x.by, reason = x.reason, revoked_at = x.at
            FROM (SELECT e ->> 0 AS digest, e ->> 1 AS by, e ->> 2 AS reason, (e ->> 3)::bigint AS at
                  FROM jsonb_array_elements(l) e OFFSET 0) x
            WHERE m.digest = x.digest AND m.state = 'installed';
        WHEN 'skill_change' THEN
            t := lists[i];
            INSERT INTO skill_changes (skill, seq, why, digest, actor, at, note, active, canary)
            SELECT x.skill, x.seq, x.why, x.digest, x.by, x.at, x.note, x.active, coalesce(x.canary, 'null')
            FROM json_to_recordset(t) x (skill text, seq bigint, why text, digest text, by text, at bigint,
                note text, active text, canary json);
        END CASE;
        IF must_move THEN
            GET DIAGNOSTICS moved = ROW_COUNT;
            IF moved <> counts[i] THEN
                RAISE EXCEPTION 'a row was moved' USING ERRCODE = 'SH001';
            END IF;
        END IF;
    END LOOP;
END $$;

-- Lines of one kind that do not fit what is committed: what they are, two keys that
-- name their batch, and what was seen instead.
CREATE FUNCTION unfit_v1(kind text, list text)
RETURNS TABLE (what text, key1 text, key2 text, seen text) LANGUAGE plpgsql STABLE AS $$
DECLARE
    idempotency_window CONSTANT bigint := 604800000;
BEGIN
    CASE kind
    WHEN 'new_job' THEN
        RETURN QUERY SELECT 'key', x.org, x."key", j.id || CASE WHEN j.body_digest = x.body THEN '=' ELSE '!' END
        FROM json_to_recordset(list::json) x (org text, "key" text, held bigint, body text, at bigint)
        JOIN sequence_jobs j ON j.org_id = x.org AND j.idempotency_key = x."key" AND j.key_held = 1
        WHERE x.held = 1 AND j.created_at > x.at - idempotency_window;
    WHEN 'advance' THEN
        RETURN QUERY SELECT 'job', x.id, NULL::text, NULL::text
        FROM (SELECT e ->> 0 AS id, (e ->> 1)::bigint AS expect FROM jsonb_array_elements(list::jsonb) e OFFSET 0) x
        LEFT JOIN sequence_jobs j ON j.id = x.id WHERE j.version IS DISTINCT FROM x.expect;
    WHEN 'rekey' THEN
        -- A failed job is sent back while another one holds its key.
        RETURN QUERY SELECT 'taken', x.id, NULL::text,
            h.id || CASE WHEN h.body_digest = j.body_digest THEN '=' ELSE '!' END
        FROM (SELECT e ->> 0 AS id, (e ->> 1)::bigint AS held FROM jsonb_array_elements(list::jsonb) e OFFSET 0) x
        JOIN sequence_jobs j ON j.id = x.id AND j.key_held = 0
        JOIN sequence_jobs h ON h.org_id = j.org_id AND h.idempotency_key = j.idempotency_key AND h.key_held = 1
        WHERE x.held = 1;
    WHEN 'journal' THEN
        RETURN QUERY SELECT 'line', l.job_id, l.seq::text, NULL::text
        FROM (SELECT e ->> 0 AS job, (e ->> 1)::bigint AS seq FROM jsonb_array_elements(list::jsonb) e OFFSET 0) x
        JOIN job_journal l ON l.job_id = x.job AND l.seq = x.seq;
    WHEN 'new_action' THEN
        RETURN QUERY SELECT 'action', a.id, NULL::text, NULL::text
        FROM json_to_recordset(list::json) x (id text) JOIN pending_actions a ON a.id = x.id;
    WHEN 'action' THEN
        RETURN QUERY SELECT 'action', x.id, NULL::text, NULL::text
        FROM json_to_recordset(list::json) x (id text, org text, revision bigint)
        LEFT JOIN pending_actions a ON a.id = x.id AND a.org_id = x.org
        WHERE a.revision IS DISTINCT FROM x.revision - 1;
    WHEN 'new_effect' THEN
        RETURN QUERY SELECT 'effect', o."key", NULL::text, NULL::text
        FROM json_to_recordset(list::json) x ("key" text) JOIN outbox o ON o."key" = x."key";
    WHEN 'effect' THEN
        RETURN QUERY SELECT 'effect', x."key", NULL::text, NULL::text
        FROM json_to_recordset(list::json) x ("key" text, org text, revision bigint)
        LEFT JOIN outbox o ON o."key" = x."key" AND o.org_id = x.org
        WHERE o.revision IS DISTINCT FROM x.revision - 1;
    WHEN 'transcript' THEN
        RETURN QUERY SELECT 'transcript', x.org, x.id, NULL::text
        FROM (SELECT e ->> 0 AS org, e ->> 1 AS id, e ->> 4 AS digest
              FROM jsonb_array_elements(list::jsonb) e OFFSET 0) x
        JOIN transcripts t ON t.org_id = x.org AND t.id = x.id WHERE t.digest <> x.digest;
    WHEN 'set_stage' THEN
        RETURN QUERY SELECT 'stage', x.org, x.id, d.stage::text
        FROM (SELECT e ->> 0 AS org, e ->> 1 AS id, e ->> 2 AS source
              FROM jsonb_array_elements(list::jsonb) e OFFSET 0) x
        LEFT JOIN deals d ON d.org_id = x.org AND d.id = x.id WHERE d.stage IS DISTINCT FROM x.source;
    WHEN 'contact_fields' THEN
        RETURN QUERY SELECT 'contacts', e ->> 0, e ->> 1, NULL::text FROM jsonb_array_elements(list::jsonb) e
        WHERE NOT EXISTS (SELECT 1 FROM contacts r WHERE r.org_id = e ->> 0 AND r.id = e ->> 1);
    WHEN 'company_fields' THEN
        RETURN QUERY SELECT 'companies', e ->> 0, e ->> 1, NULL::text FROM jsonb_array_elements(list::jsonb) e
        WHERE NOT EXISTS (SELECT 1 FROM companies r WHERE r.org_id = e ->> 0 AND r.id = e ->> 1);
    WHEN 'deal_fields' THEN
        RETURN QUERY SELECT 'deals', e ->> 0, e ->> 1, NULL::text FROM jsonb_array_elements(list::jsonb) e
        WHERE NOT EXISTS (SELECT 1 FROM deals r WHERE r.org_id = e ->> 0 AND r.id = e ->> 1);
    WHEN 'flag' THEN
        RETURN QUERY SELECT 'flags', e ->> 0, (e ->> 1) || '/' || (e ->> 2), NULL::text
        FROM jsonb_array_elements(list::jsonb) e WHERE NOT CASE e ->> 1
            WHEN 'contact' THEN EXISTS (SELECT 1 FROM contacts r WHERE r.org_id = e ->> 0 AND r.id = e ->> 2)
            WHEN 'company' THEN EXISTS (SELECT 1 FROM companies r WHERE r.org_id = e ->> 0 AND r.id = e ->> 2)
            WHEN 'deal' THEN EXISTS (SELECT 1 FROM deals r WHERE r.org_id = e ->> 0 AND r.id = e ->> 2)
            ELSE false END;
    WHEN 'posted' THEN
        RETURN QUERY SELECT 'posted', e ->> 0, NULL::text, NULL::text FROM jsonb_array_elements(list::jsonb) e
        WHERE NOT EXISTS (SELECT 1 FROM pending_actions a WHERE a.id = e ->> 0);
    WHEN 'reserve' THEN
        -- Of several budgets that fall short the longer one is told: it opens last.
        RETURN QUERY SELECT 'purse', x.org, NULL::text, json_build_array(b.scope, b.period,
            CASE b.period WHEN 'day' THEN x.day ELSE x.month END, b.limit_micro_usd,
            greatest(0, b.limit_micro_usd - coalesce(p.reserved + p.settled + p.disputed, 0)), x.amount)::text
        FROM json_to_recordset(list::json) x (org text, skill text, sequence text, day text, month text, amount bigint)
        JOIN effective_budgets b ON b.org_id = x.org
            AND b.scope IN ('org', 'skill:' || x.skill, 'sequence:' || x.sequence)
        LEFT JOIN purse_totals p ON p.org_id = b.org_id AND p.scope = b.scope
            AND p.period = CASE b.period WHEN 'day' THEN x.day ELSE x.month END
        WHERE coalesce(p.reserved + p.settled + p.disputed, 0) + x.amount > b.limit_micro_usd
        ORDER BY b.period DESC;
    WHEN 'settle' THEN
        RETURN QUERY SELECT 'reservation', x.org, x.id, NULL::text
        FROM json_to_recordset(list::json) x (org text, id text, "from" text)
        LEFT JOIN reservations r ON r.id = x.id AND r.org_id = x.org WHERE r.state IS DISTINCT FROM x."from";
    WHEN 'new_module' THEN
        RETURN QUERY SELECT 'module', m.digest, NULL::text, NULL::text
        FROM json_to_recordset(list::json) x (digest text) JOIN skill_modules m ON m.digest = x.digest;
    WHEN 'revoke_module' THEN
        RETURN QUERY SELECT 'module', e ->> 0, NULL::text, NULL::text FROM jsonb_array_elements(list::jsonb) e
        LEFT JOIN skill_modules m ON m.digest = e ->> 0 WHERE m.state IS DISTINCT FROM 'installed';
    WHEN 'skill_change' THEN
        RETURN QUERY SELECT 'change', c.skill, c.seq::text, NULL::text
        FROM json_to_recordset(list::json) x (skill text, seq bigint)
        JOIN skill_changes c ON c.skill = x.skill AND c.seq = x.seq;
    ELSE
        -- What is only added has nothing to be judged against.
        NULL;
    END CASE;
END $$;

-- The same for all lines of a transaction that was refused.
CREATE FUNCTION refusals_v1(orgs text[], jobs text[], actions text[], kinds text[], lists text[])
RETURNS TABLE (what text, key1 text, key2 text, seen text) LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('app.orgs', orgs_of_v1(orgs, jobs, actions), true);
    FOR i IN 1 .. cardinality(kinds) LOOP
        RETURN QUERY SELECT * FROM unfit_v1(kinds[i], lists[i]);
    END LOOP;
END $$;
