-- What waited too long, and where it was to go on to. Once for each arrival: two inboxes send nothing to and fro.

CREATE TABLE overflows (
    conversation BLOB NOT NULL REFERENCES conversations (id), -- {identifier}
    arrived_at INTEGER NOT NULL, -- {technical} since when it had waited
    at INTEGER NOT NULL, -- {technical}
    inbox BLOB NOT NULL REFERENCES inboxes (id), -- {identifier} where it had waited
    next BLOB NOT NULL, -- {identifier} the inbox it was to go to
    went INTEGER NOT NULL CHECK (went IN (0, 1)), -- {technical} none: its visitor had another one open there, or may not write there
    PRIMARY KEY (conversation, arrived_at)
) STRICT, WITHOUT ROWID;
