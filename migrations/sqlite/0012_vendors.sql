-- What is remembered of each vendor: how much was called of it, and until when it takes
-- nothing (engine::vendor).

CREATE TABLE vendor_gates (
    vendor   TEXT PRIMARY KEY,
    revision INTEGER NOT NULL,
    gate     TEXT NOT NULL
) WITHOUT ROWID;
