-- What became of the buttons of messages: the first time of each.
CREATE TABLE button_marks (
    org_id  TEXT NOT NULL,
    message TEXT NOT NULL,
    place   INTEGER NOT NULL,
    mark    TEXT NOT NULL CHECK (mark IN ('delivered', 'viewed', 'clicked')),
    action  TEXT NOT NULL,
    job_id  TEXT NOT NULL,
    via     TEXT NOT NULL,
    at      INTEGER NOT NULL,
    PRIMARY KEY (org_id, message, place, mark)
) WITHOUT ROWID;
CREATE INDEX button_marks_by_job ON button_marks (job_id);
-- A report reads those of a time.
CREATE INDEX button_marks_delivered ON button_marks (org_id, at) WHERE mark = 'delivered';
