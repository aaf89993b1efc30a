-- Mails of a mailbox that the server would not give.

ALTER TABLE mailboxes ADD COLUMN left_out INTEGER NOT NULL DEFAULT 0;
