-- The modules that made what a message says, of presses on its buttons: what was of no use
-- is said of them.
ALTER TABLE button_marks ADD COLUMN made_by text COLLATE "C" NOT NULL DEFAULT '[]';
