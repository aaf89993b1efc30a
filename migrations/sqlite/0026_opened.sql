-- When the folder of a mailbox was first opened: of older mails nobody is told.

ALTER TABLE mailboxes ADD COLUMN opened_at INTEGER;
