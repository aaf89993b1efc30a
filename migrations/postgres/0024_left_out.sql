-- Mails of a mailbox that the server would not give.

ALTER TABLE mailboxes ADD COLUMN left_out bigint NOT NULL DEFAULT 0;
