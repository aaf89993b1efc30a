-- What a person lists is found among any number of completed jobs.

CREATE INDEX sequence_jobs_amiss ON sequence_jobs (org_id, status)
    WHERE status = 'failed' OR status = 'skipped' OR status = 'cancelled' OR status = 'expired';
CREATE INDEX sequence_jobs_of_user ON sequence_jobs (org_id, user_id, id);
