-- The outbox of a restored database: while the first table has a row, nothing leaves
-- but what the second one names.

CREATE TABLE effect_hold (
    n        INTEGER PRIMARY KEY CHECK (n = 1),
    taken_at INTEGER NOT NULL,
    since    INTEGER NOT NULL
);
CREATE TABLE effects_released (
    "key" TEXT PRIMARY KEY
) WITHOUT ROWID;
