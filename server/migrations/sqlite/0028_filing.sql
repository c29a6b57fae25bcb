-- Staff files conversations: tags of the organisation, a priority, and what came of it. All of it is for staff only: its
-- rows take no place of the visitor. The list of kinds is a rule of the table, so the table of rows is made anew.

CREATE TABLE tags (
    id BLOB PRIMARY KEY CHECK (length(id) = 16), -- {identifier}
    name TEXT NOT NULL, -- {technical} as the owner writes it
    folded TEXT NOT NULL UNIQUE, -- {technical} the name in lower case: two that differ by that only are one
    colour TEXT NOT NULL CHECK (colour IN ('grey', 'blue', 'green', 'yellow', 'red')), -- {technical}
    is_archived INTEGER NOT NULL CHECK (is_archived IN (0, 1)) -- {technical} what has it keeps it, nothing else gets it
) STRICT, WITHOUT ROWID;

CREATE TABLE conversation_tags (
    conversation BLOB NOT NULL REFERENCES conversations (id), -- {identifier}
    tag BLOB NOT NULL REFERENCES tags (id), -- {identifier}
    PRIMARY KEY (conversation, tag)
) STRICT, WITHOUT ROWID;

CREATE INDEX conversation_tags_of_tag ON conversation_tags (tag, conversation);

CREATE TABLE outcomes (
    id BLOB PRIMARY KEY CHECK (length(id) = 16), -- {identifier}
    inbox BLOB NOT NULL REFERENCES inboxes (id), -- {identifier}
    place INTEGER, -- {technical} their order; nothing: not offered any more, what came to it keeps it
    name TEXT NOT NULL -- {technical} as the owner writes it
) STRICT, WITHOUT ROWID;

CREATE INDEX outcomes_of_inbox ON outcomes (inbox, place);

CREATE TABLE outcomes_required (
    inbox BLOB PRIMARY KEY REFERENCES inboxes (id) -- {identifier} an agent who resolves there has to say what came of it
) STRICT, WITHOUT ROWID;

CREATE TABLE filings (
    conversation BLOB PRIMARY KEY REFERENCES conversations (id), -- {identifier}
    priority TEXT NOT NULL CHECK (priority IN ('low', 'normal', 'high', 'urgent')), -- {technical} as staff says; it changes no order
    outcome BLOB REFERENCES outcomes (id) -- {identifier} what came of it, while it is resolved
) STRICT, WITHOUT ROWID;

CREATE INDEX filings_of_priority ON filings (priority, conversation) WHERE priority <> 'normal';

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
        'snoozed', 'woken', 'filed', 'rated', 'address_left', 'mailed')),
    CHECK ((kind IN ('message', 'note', 'edited')) = (text IS NOT NULL)),
    CHECK (kind = 'erased' OR (kind IN ('message', 'note', 'edited')) = (cmid IS NOT NULL)),
    CHECK ((kind IN ('assigned', 'requeued')) = (assignee IS NOT NULL)),
    CHECK ((kind IN ('assigned', 'resolved', 'reopened', 'requeued', 'moved')) = (version IS NOT NULL)),
    CHECK ((kind IN ('note', 'snoozed', 'woken', 'filed', 'mailed')) <= (audience = 'staff'))
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
