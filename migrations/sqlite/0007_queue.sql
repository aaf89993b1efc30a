-- The queue: who goes first, and who waits for whom.

-- Higher goes first.
ALTER TABLE sequence_jobs ADD COLUMN priority INTEGER NOT NULL DEFAULT 0;
-- Open jobs of an org with the same word run one after the other, oldest first.
ALTER TABLE sequence_jobs ADD COLUMN concurrency TEXT;
CREATE INDEX sequence_jobs_concurrency ON sequence_jobs (org_id, concurrency, status) WHERE concurrency IS NOT NULL;
-- The head of each org's queue, however long the others' are.
CREATE INDEX sequence_jobs_queue ON sequence_jobs (org_id, priority DESC) WHERE status = 'pending';
