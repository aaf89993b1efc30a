-- Whom a user's notices of risk go to as well.

ALTER TABLE users ADD COLUMN manager_id text COLLATE "C";
