-- Every row of the log carries a checksum over all its other columns (`store::sqlite::checksum`). Rows that are
-- there already get theirs here, from what the disk says today. The table is made anew, so that its columns stand
-- in the schema as the data map wants them.

CREATE TABLE checked_entries (
    conversation BLOB NOT NULL REFERENCES conversations (id), -- {identifier}
    seq INTEGER NOT NULL CHECK (seq >= 1), -- {technical} dense, for staff
    visitor_seq INTEGER CHECK (visitor_seq BETWEEN 1 AND seq), -- {technical} dense, for the visitor
    audience TEXT NOT NULL CHECK (audience IN ('all', 'staff')), -- {technical} who may read it
    at INTEGER NOT NULL, -- {technical}
    author TEXT NOT NULL CHECK (author IN ('visitor', 'agent', 'system')), -- {technical}
    author_agent BLOB REFERENCES agents (id), -- {identifier}
    kind TEXT NOT NULL CHECK (kind IN ('message', 'assigned', 'resolved', 'reopened')), -- {technical}
    cmid BLOB CHECK (length(cmid) = 16), -- {identifier} the author's own id of the message
    text TEXT, -- {content}
    assignee BLOB REFERENCES agents (id), -- {identifier} whom it was given to
    version INTEGER, -- {technical} the assignment version after it
    checksum INTEGER NOT NULL, -- {technical} CRC-32 of all before it
    PRIMARY KEY (conversation, seq),
    CHECK ((audience = 'all') = (visitor_seq IS NOT NULL)),
    CHECK ((author = 'agent') = (author_agent IS NOT NULL)),
    CHECK ((kind = 'message') = (text IS NOT NULL) AND (kind = 'message') = (cmid IS NOT NULL)),
    CHECK ((kind = 'assigned') = (assignee IS NOT NULL) AND (kind = 'message') = (version IS NULL))
) STRICT, WITHOUT ROWID;

INSERT INTO checked_entries SELECT conversation, seq, visitor_seq, audience, at, author, author_agent, kind, cmid,
    text, assignee, version, entry_checksum(conversation, seq, visitor_seq, audience, at, author, author_agent, kind,
    cmid, text, assignee, version) FROM entries;

DROP TABLE entries;
ALTER TABLE checked_entries RENAME TO entries;

CREATE UNIQUE INDEX entries_for_visitor ON entries (conversation, visitor_seq) WHERE visitor_seq IS NOT NULL;
-- A message is stored once for each author's id of it, for the life of the conversation. The visitor of a
-- conversation is one, so their id needs no column here.
CREATE UNIQUE INDEX entries_once_visitor ON entries (conversation, cmid) WHERE author = 'visitor' AND cmid IS NOT NULL;
CREATE UNIQUE INDEX entries_once_agent ON entries (conversation, author_agent, cmid) WHERE author = 'agent' AND cmid IS NOT NULL;
