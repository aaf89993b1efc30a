-- What tells trouble early, each by an index of its own: the head of an index is the
-- oldest, whatever else is in the table.

CREATE INDEX sequence_jobs_waiting ON sequence_jobs (updated_at) WHERE status = 'pending';
CREATE INDEX sequence_jobs_paused ON sequence_jobs (status) WHERE status = 'paused';
CREATE INDEX pending_actions_asked ON pending_actions (created_at) WHERE status = 'pending';
-- Sums that something is still reserved in; the others add nothing.
CREATE INDEX purse_totals_open ON purse_totals (org_id, scope, period, reserved, disputed)
    WHERE reserved <> 0 OR disputed <> 0;
CREATE INDEX reservations_by_day ON reservations (day, org_id, settled);

-- Written and emptied again to find out whether a database that was full has room.
CREATE TABLE room (bytes BLOB NOT NULL);
