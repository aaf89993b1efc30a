-- A transcript's text is a sealed body; its row says under whose key. A row with
-- text of its own is from before, and is read as it is.

ALTER TABLE transcripts ADD COLUMN subject TEXT NOT NULL DEFAULT '';
CREATE INDEX transcripts_by_digest ON transcripts (org_id, digest);
