-- Jobs that ended move out into files; what stays is how many there were.

CREATE INDEX sequence_jobs_ended ON sequence_jobs (updated_at)
    WHERE status = 'completed' OR status = 'failed' OR status = 'skipped' OR status = 'cancelled' OR status = 'expired';

-- Of jobs that moved out, by the day (UTC) of their end.
CREATE TABLE archived_counts (
    org_id     TEXT NOT NULL,
    day        TEXT NOT NULL,
    event_type TEXT NOT NULL,
    status     TEXT NOT NULL,
    jobs       INTEGER NOT NULL,
    PRIMARY KEY (org_id, day, event_type, status)
) WITHOUT ROWID;

-- How much of each file is there for good. What is behind it was written by a host
-- that died before it could say so, and is cut off before the next is written.
CREATE TABLE archive_files (
    month TEXT PRIMARY KEY,
    bytes INTEGER NOT NULL
) WITHOUT ROWID;
