-- The outbox of a restored database, and jobs that move out into files: what SQLite has
-- after its eleventh migration.
--
-- Nobody has to say that a database was restored. It knows where it was made, and what
-- it knows goes with every copy of it: a copy in another database, on another server or
-- loaded anew into the same one is at another place, and a server that was brought back
-- to an earlier instant is on another timeline.

-- One row. Without a key, so that a row that is loaded beside it shows as well.
CREATE TABLE home (
    place    text COLLATE "C" NOT NULL,
    timeline text COLLATE "C" NOT NULL
);

-- This server, this database, and this table in it.
CREATE FUNCTION here() RETURNS text LANGUAGE sql STABLE SET search_path = skillhost, pg_temp AS $$
SELECT c.system_identifier || '/' || d.oid || '/' || 'skillhost.home'::regclass::oid
FROM pg_control_system() c, pg_database d WHERE d.datname = current_database() $$;

-- Empty where the server does not tell.
CREATE FUNCTION timeline() RETURNS text LANGUAGE plpgsql STABLE SET search_path = skillhost, pg_temp AS $$
BEGIN
    RETURN left(pg_walfile_name(pg_current_wal_lsn()), 8);
EXCEPTION WHEN OTHERS THEN
    RETURN '';
END $$;

CREATE FUNCTION is_at_home() RETURNS boolean LANGUAGE sql STABLE SET search_path = skillhost, pg_temp AS $$
SELECT count(*) > 0 AND coalesce(bool_and(h.place = here()), false) FROM home h $$;

INSERT INTO home VALUES (here(), timeline());

-- While the first table has a row, nothing leaves but what the second one names; away
-- from home nothing leaves at all.
CREATE TABLE effect_hold (
    n        bigint PRIMARY KEY CHECK (n = 1),
    taken_at bigint NOT NULL,
    since    bigint NOT NULL
);
CREATE TABLE effects_released (
    "key" text COLLATE "C" PRIMARY KEY
);

CREATE FUNCTION hold_v1() RETURNS SETOF text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = skillhost, pg_temp AS $$
BEGIN
    RETURN QUERY SELECT json_build_object('taken_at', h.taken_at, 'since', h.since)::text FROM effect_hold h;
END $$;

-- Whoever has looked at a copy and holds it has it at home.
CREATE FUNCTION hold_effects_v1(taken_at bigint, since bigint, by text, org text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = skillhost, pg_temp AS $$
BEGIN
    LOCK TABLE effect_hold IN SHARE ROW EXCLUSIVE MODE;
    DELETE FROM effects_released;
    DELETE FROM effect_hold;
    INSERT INTO effect_hold VALUES (1, hold_effects_v1.taken_at, hold_effects_v1.since);
    DELETE FROM home;
    INSERT INTO home VALUES (here(), timeline());
    INSERT INTO audit (org_id, job_id, actor, action, subject, detail, at)
    VALUES (org, NULL, by, 'effects.held', 'all', json_build_object('taken_at', hold_effects_v1.taken_at),
        hold_effects_v1.since);
END $$;

-- Answers the hold that it set. A host that lives while its server fails over to a
-- standby sees the timeline change and goes on; one that starts then does not know it
-- from a server that was brought back.
CREATE FUNCTION notice_restore_v1(host text, now_ms bigint, org text) RETURNS SETOF text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = skillhost, pg_temp AS $$
DECLARE
    line CONSTANT text := timeline();
    last bigint;
BEGIN
    IF is_at_home() AND NOT EXISTS (SELECT 1 FROM home h WHERE h.timeline <> line AND h.timeline <> '' AND line <> '')
    THEN
        RETURN;
    END IF;
    -- Of two that see it the second one finds it done.
    LOCK TABLE effect_hold IN SHARE ROW EXCLUSIVE MODE;
    IF is_at_home() THEN
        IF is_alive(host) THEN
            UPDATE home SET timeline = line;
        END IF;
        IF NOT EXISTS (SELECT 1 FROM home h WHERE h.timeline <> line) THEN
            RETURN;
        END IF;
    END IF;
    last := least(now_ms, greatest((SELECT u.at FROM audit u ORDER BY u.n DESC LIMIT 1),
        (SELECT (extract(epoch FROM max(w.at)) * 1000)::bigint FROM writers w)));
    PERFORM hold_effects_v1(last, now_ms, 'host', org);
    RETURN QUERY SELECT hold_v1();
END $$;

CREATE FUNCTION held_effects_v1(most bigint) RETURNS SETOF text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = skillhost, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM effect_hold) THEN
        RETURN;
    END IF;
    RETURN QUERY SELECT json_build_object('row', effect_json(o)::json, 'job_created_at', j.created_at)::text
    FROM outbox o JOIN sequence_jobs j ON j.id = o.job_id
    WHERE o.state = 'ready' AND NOT EXISTS (SELECT 1 FROM effects_released r WHERE r."key" = o."key")
    ORDER BY o.n LIMIT most;
END $$;

-- With keys, these alone; without, the hold itself ends.
CREATE FUNCTION release_held_v1(keys json, by text, now_ms bigint, org text) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = skillhost, pg_temp AS $$
DECLARE
    named CONSTANT text[] := (SELECT array_agg(k) FROM json_array_elements_text(keys) k);
    released bigint;
BEGIN
    LOCK TABLE effect_hold IN SHARE ROW EXCLUSIVE MODE;
    IF NOT EXISTS (SELECT 1 FROM effect_hold) THEN
        RETURN 0;
    END IF;
    INSERT INTO audit (org_id, job_id, actor, action, subject, detail, at)
    SELECT o.org_id, o.job_id, by, 'effect.released', o."key", '{}', now_ms FROM outbox o
    WHERE o.state = 'ready' AND (keys IS NULL OR o."key" = ANY (named))
        AND NOT EXISTS (SELECT 1 FROM effects_released r WHERE r."key" = o."key")
    ORDER BY o.n;
    GET DIAGNOSTICS released = ROW_COUNT;
    IF keys IS NULL THEN
        DELETE FROM effects_released;
        DELETE FROM effect_hold;
        INSERT INTO audit (org_id, job_id, actor, action, subject, detail, at)
        VALUES (org, NULL, by, 'effects.hold_ended', 'all', '{}', now_ms);
    ELSE
        INSERT INTO effects_released
        SELECT o."key" FROM outbox o WHERE o.state = 'ready' AND o."key" = ANY (named) ON CONFLICT DO NOTHING;
    END IF;
    RETURN released;
END $$;

CREATE INDEX sequence_jobs_ended ON sequence_jobs (updated_at)
    WHERE status = 'completed' OR status = 'failed' OR status = 'skipped' OR status = 'cancelled' OR status = 'expired';

-- Of jobs that moved out, by the day (UTC) of their end.
CREATE TABLE archived_counts (
    org_id     text COLLATE "C" NOT NULL,
    day        text COLLATE "C" NOT NULL,
    event_type text COLLATE "C" NOT NULL,
    status     text COLLATE "C" NOT NULL,
    jobs       bigint NOT NULL,
    PRIMARY KEY (org_id, day, event_type, status)
);
ALTER TABLE archived_counts ENABLE ROW LEVEL SECURITY;
ALTER TABLE archived_counts FORCE ROW LEVEL SECURITY;
CREATE POLICY org ON archived_counts TO skillhost_app
    USING (org_id = ANY (ARRAY(SELECT unnest(nullif(current_setting('app.orgs', true), '')::text[]))));

-- How much of each file is there for good, by the folder it is in. What is behind it was
-- written by a host that died, or lost its turn, before it could say so, and is cut off
-- before the next is written.
CREATE TABLE archive_files (
    folder text COLLATE "C" NOT NULL,
    month  text COLLATE "C" NOT NULL,
    bytes  bigint NOT NULL,
    PRIMARY KEY (folder, month)
);

-- The boot that moves jobs out: two at once would each write a job into its own file.
CREATE TABLE archive_turn (
    n    bigint PRIMARY KEY CHECK (n = 1),
    boot text COLLATE "C" NOT NULL
);

CREATE FUNCTION take_archive_turn_v1(host text) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO archive_turn AS t (n, boot) VALUES (1, host)
    ON CONFLICT (n) DO UPDATE SET boot = excluded.boot WHERE t.boot = host OR NOT is_alive(t.boot);
    RETURN FOUND;
END $$;

-- Nothing of the job waits for anybody.
CREATE FUNCTION is_settled(job text) RETURNS boolean LANGUAGE sql STABLE AS $$
SELECT NOT EXISTS (SELECT 1 FROM outbox o WHERE o.job_id = job AND o.state IN ('ready', 'sending', 'unknown'))
    AND NOT EXISTS (SELECT 1 FROM pending_actions a WHERE a.job_id = job AND a.status = 'pending') $$;

CREATE FUNCTION ended_before_v1(before_ms bigint, most bigint) RETURNS SETOF text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = skillhost, pg_temp AS $$
BEGIN
    RETURN QUERY SELECT json_build_array(j.org_id, j.id)::text FROM sequence_jobs j
    WHERE (j.status = 'completed' OR j.status = 'failed' OR j.status = 'skipped' OR j.status = 'cancelled'
            OR j.status = 'expired')
        AND j.updated_at < before_ms AND is_settled(j.id)
    ORDER BY j.updated_at LIMIT most;
END $$;

-- Counts the jobs and deletes their rows, while the archive is as long as said. A job
-- that was sent back meanwhile stays. Null where it is another boot's turn by now.
CREATE FUNCTION remove_archived_v1(jobs json, host text, folder text, month text, bytes bigint) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
    asked CONSTANT text[] := coalesce((SELECT array_agg(k ORDER BY k) FROM json_array_elements_text(jobs) k), '{}');
    moving text[];
BEGIN
    -- The turn does not change before this is committed.
    PERFORM 1 FROM archive_turn t WHERE t.boot = host FOR UPDATE;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    PERFORM set_config('app.orgs', orgs_of_v1('{}', asked, '{}'), true);
    -- Nobody moves them any more; whether they are settled is asked after that.
    PERFORM 1 FROM sequence_jobs j WHERE j.id = ANY (asked) ORDER BY j.id FOR UPDATE;
    moving := ARRAY(SELECT j.id FROM sequence_jobs j WHERE j.id = ANY (asked)
        AND j.status IN ('completed', 'failed', 'skipped', 'cancelled', 'expired') AND is_settled(j.id));
    INSERT INTO archived_counts AS c (org_id, day, event_type, status, jobs)
    SELECT j.org_id, to_char(to_timestamp(j.updated_at / 1000) AT TIME ZONE 'UTC', 'YYYY-MM-DD'), j.event_type,
        j.status, count(*)
    FROM sequence_jobs j WHERE j.id = ANY (moving) GROUP BY 1, 2, 3, 4
    ON CONFLICT (org_id, day, event_type, status) DO UPDATE SET jobs = c.jobs + excluded.jobs;
    INSERT INTO archive_files AS f VALUES (folder, month, bytes)
    ON CONFLICT ON CONSTRAINT archive_files_pkey DO UPDATE SET bytes = excluded.bytes;
    DELETE FROM outbox o WHERE o.job_id = ANY (moving);
    DELETE FROM pending_actions a WHERE a.job_id = ANY (moving);
    DELETE FROM paid_answers p WHERE p.job_id = ANY (moving);
    DELETE FROM job_journal l WHERE l.job_id = ANY (moving);
    DELETE FROM job_payloads p WHERE p.job_id = ANY (moving);
    DELETE FROM events e WHERE e.id IN (SELECT j.event_id FROM sequence_jobs j WHERE j.id = ANY (moving));
    DELETE FROM sequence_jobs j WHERE j.id = ANY (moving);
    RETURN cardinality(moving);
END $$;

REVOKE ALL ON FUNCTION here, timeline, is_at_home, hold_v1, hold_effects_v1, notice_restore_v1, held_effects_v1,
    release_held_v1, take_archive_turn_v1, is_settled, ended_before_v1, remove_archived_v1 FROM PUBLIC;
GRANT EXECUTE ON FUNCTION hold_v1, hold_effects_v1, notice_restore_v1, held_effects_v1, release_held_v1,
    take_archive_turn_v1, is_settled, ended_before_v1, remove_archived_v1 TO skillhost_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON archived_counts, archive_files, archive_turn TO skillhost_app;
-- What holds the outbox no host can change but through these functions.
GRANT EXECUTE ON FUNCTION here, timeline, is_at_home, is_settled TO skillhost_dispatch;
GRANT SELECT, INSERT, UPDATE, DELETE ON home, effect_hold, effects_released TO skillhost_dispatch;
GRANT SELECT (n, at) ON audit TO skillhost_dispatch;
GRANT SELECT (at) ON writers TO skillhost_dispatch;
