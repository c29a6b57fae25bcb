-- Authors edit what they wrote: an edit is a row of its own that names the message and says what is in it from then on.
-- The list of kinds is a rule of the table, so the table is made anew.

CREATE TABLE entries_anew (
    conversation BLOB NOT NULL REFERENCES conversations (id), -- {identifier}
    seq INTEGER NOT NULL CHECK (seq >= 1), -- {technical} dense, for staff
    visitor_seq INTEGER CHECK (visitor_seq BETWEEN 1 AND seq), -- {technical} dense, for the visitor
    audience TEXT NOT NULL CHECK (audience IN ('all', 'staff')), -- {technical} who may read it
    at INTEGER NOT NULL, -- {technical}
    author TEXT NOT NULL CHECK (author IN ('visitor', 'agent', 'system')), -- {technical}
    author_agent BLOB REFERENCES agents (id), -- {identifier}
    kind TEXT NOT NULL, -- {technical} what was done; the list is at the end
    cmid BLOB CHECK (length(cmid) = 16), -- {identifier} the author's own id of the message, or of the one that is edited
    text TEXT, -- {content}
    assignee BLOB REFERENCES agents (id), -- {identifier} whom it was given to, or taken from
    version INTEGER, -- {technical} the assignment version after it
    detail TEXT, -- {content} what else there is to say of it, as on the wire
    checksum INTEGER NOT NULL, -- {technical} CRC-32 of all before it, detail where there is one
    PRIMARY KEY (conversation, seq),
    CHECK ((audience = 'all') = (visitor_seq IS NOT NULL)),
    CHECK ((author = 'agent') = (author_agent IS NOT NULL)),
    CHECK (kind IN ('message', 'note', 'edited', 'erased', 'assigned', 'resolved', 'reopened', 'requeued', 'moved',
        'snoozed', 'woken', 'rated', 'address_left', 'mailed')),
    CHECK ((kind IN ('message', 'note', 'edited')) = (text IS NOT NULL)),
    CHECK (kind = 'erased' OR (kind IN ('message', 'note', 'edited')) = (cmid IS NOT NULL)),
    CHECK ((kind IN ('assigned', 'requeued')) = (assignee IS NOT NULL)),
    CHECK ((kind IN ('assigned', 'resolved', 'reopened', 'requeued', 'moved')) = (version IS NOT NULL)),
    CHECK ((kind IN ('note', 'snoozed', 'woken', 'mailed')) <= (audience = 'staff'))
) STRICT, WITHOUT ROWID;

INSERT INTO entries_anew SELECT conversation, seq, visitor_seq, audience, at, author, author_agent, kind, cmid, text,
    assignee, version, detail, checksum FROM entries;

DROP TABLE entries;
ALTER TABLE entries_anew RENAME TO entries;

CREATE UNIQUE INDEX entries_for_visitor ON entries (conversation, visitor_seq) WHERE visitor_seq IS NOT NULL;
-- A message is stored once for each author's id of it, for the life of the conversation, and may be edited often. The
-- visitor of a conversation is one, so their id needs no column here.
CREATE UNIQUE INDEX entries_once_visitor ON entries (conversation, cmid) WHERE author = 'visitor' AND
    cmid IS NOT NULL AND kind <> 'edited';
CREATE UNIQUE INDEX entries_once_agent ON entries (conversation, author_agent, cmid) WHERE author = 'agent' AND
    cmid IS NOT NULL AND kind <> 'edited';
CREATE INDEX entries_edited ON entries (conversation, cmid) WHERE kind = 'edited';
CREATE INDEX entries_erased ON entries (conversation, seq, visitor_seq) WHERE kind = 'erased';
