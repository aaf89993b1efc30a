-- What became of the buttons of messages: the first time of each.
CREATE TABLE button_marks (
    org_id  text COLLATE "C" NOT NULL,
    message text COLLATE "C" NOT NULL,
    place   bigint NOT NULL,
    mark    text COLLATE "C" NOT NULL CHECK (mark IN ('delivered', 'viewed', 'clicked')),
    action  text COLLATE "C" NOT NULL,
    job_id  text COLLATE "C" NOT NULL,
    via     text COLLATE "C" NOT NULL,
    at      bigint NOT NULL,
    PRIMARY KEY (org_id, message, place, mark)
);
CREATE INDEX button_marks_by_job ON button_marks (job_id);
-- A report reads those of a time.
CREATE INDEX button_marks_delivered ON button_marks (org_id, at) WHERE mark = 'delivered';
ALTER TABLE button_marks ENABLE ROW LEVEL SECURITY;
ALTER TABLE button_marks FORCE ROW LEVEL SECURITY;
-- Written so that no index serves it, as those of the other tables are.
CREATE POLICY org ON button_marks TO skillhost_app
    USING (org_id || '' = ANY (ARRAY(SELECT unnest(nullif(current_setting('app.orgs', true), '')::text[]))));
GRANT SELECT, INSERT, UPDATE, DELETE ON button_marks TO skillhost_app;

-- As before, and with the marks of the buttons of what moves out.
CREATE OR REPLACE FUNCTION remove_archived_v1(jobs json, host text, folder text, month text, bytes bigint) RETURNS bigint
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
    DELETE FROM suggestion_marks s WHERE s.job_id = ANY (moving);
    DELETE FROM button_marks b WHERE b.job_id = ANY (moving);
    DELETE FROM pending_actions a WHERE a.job_id = ANY (moving);
    DELETE FROM paid_answers p WHERE p.job_id = ANY (moving);
    DELETE FROM job_journal l WHERE l.job_id = ANY (moving);
    DELETE FROM job_payloads p WHERE p.job_id = ANY (moving);
    DELETE FROM events e WHERE e.id IN (SELECT j.event_id FROM sequence_jobs j WHERE j.id = ANY (moving));
    DELETE FROM sequence_jobs j WHERE j.id = ANY (moving);
    RETURN cardinality(moving);
END $$;
