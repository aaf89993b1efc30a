-- When a calendar is asked again that refused or asked for a pause, how often it did so in a
-- row, and the server's mark of what was read, so that the same is not read again.

ALTER TABLE calendars ADD COLUMN next_attempt TEXT;
ALTER TABLE calendars ADD COLUMN tries INTEGER NOT NULL DEFAULT 0;
ALTER TABLE calendars ADD COLUMN mark TEXT;
