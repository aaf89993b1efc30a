-- What people did with suggestions before they answered them: the first time of each.
CREATE TABLE suggestion_marks (
    org_id    TEXT NOT NULL,
    action_id TEXT NOT NULL,
    mark      TEXT NOT NULL CHECK (mark IN ('delivered', 'viewed', 'clicked')),
    job_id    TEXT NOT NULL,
    via       TEXT NOT NULL,
    at        INTEGER NOT NULL,
    PRIMARY KEY (org_id, action_id, mark)
) WITHOUT ROWID;
CREATE INDEX suggestion_marks_by_job ON suggestion_marks (job_id);
