-- Copies of sent mails that their folder refused: how often, and when it is asked again.
-- One without a time was given up.

ALTER TABLE filed_mails ADD COLUMN refused bigint NOT NULL DEFAULT 0, ADD COLUMN again_at bigint;
CREATE INDEX filed_mails_refused ON filed_mails (org_id) WHERE refused > 0;
