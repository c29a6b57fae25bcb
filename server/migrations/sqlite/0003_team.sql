-- What a team needs: rows for staff only, conversations that sleep, addresses and ratings. Tables are made anew where
-- a column or a check changes, so that each column stands in the schema with the tag that the data map wants.

CREATE TABLE team_conversations (
    id BLOB PRIMARY KEY CHECK (length(id) = 16), -- {identifier}
    inbox BLOB NOT NULL REFERENCES inboxes (id), -- {identifier}
    visitor BLOB NOT NULL, -- {identifier}
    site BLOB NOT NULL, -- {identifier}
    status TEXT NOT NULL CHECK (status IN ('open', 'resolved')), -- {technical}
    assignee BLOB REFERENCES agents (id), -- {identifier}
    version INTEGER NOT NULL, -- {technical} counts assignments, taken off included
    arrived_at INTEGER NOT NULL, -- {technical} when it began to wait
    arrival INTEGER NOT NULL, -- {technical} the place of the list feed it took then: the order of arrival
    feed INTEGER NOT NULL, -- {technical} the place of the list feed its last change took
    head INTEGER NOT NULL, -- {technical} the last seq
    visitor_head INTEGER NOT NULL, -- {technical} the last visitor_seq
    visitor_received INTEGER NOT NULL, -- {technical} marks in the seq of staff
    visitor_read INTEGER NOT NULL, -- {technical}
    staff_received INTEGER NOT NULL, -- {technical}
    staff_read INTEGER NOT NULL, -- {technical}
    visitor_received_v INTEGER NOT NULL, -- {technical} the same marks in the visitor_seq
    visitor_read_v INTEGER NOT NULL, -- {technical}
    staff_received_v INTEGER NOT NULL, -- {technical}
    staff_read_v INTEGER NOT NULL, -- {technical}
    last_line TEXT NOT NULL, -- {content} the beginning of the last message
    last_side TEXT NOT NULL CHECK (last_side IN ('visitor', 'staff')), -- {technical}
    last_at INTEGER NOT NULL, -- {technical}
    unread INTEGER NOT NULL CHECK (unread >= 0), -- {technical} messages of the visitor beyond staff_read
    snoozed_until INTEGER, -- {technical} nothing is to be done before it
    address TEXT, -- {identifier} where to answer: the last e-mail address that the visitor left
    score INTEGER CHECK (score BETWEEN 1 AND 5), -- {content} the last rating
    FOREIGN KEY (visitor, site) REFERENCES visitors (id, site),
    CHECK (visitor_head BETWEEN 0 AND head),
    CHECK (visitor_read <= visitor_received AND visitor_received <= head),
    CHECK (staff_read <= staff_received AND staff_received <= head),
    CHECK (visitor_read_v <= visitor_received_v AND visitor_received_v <= visitor_head),
    CHECK (staff_read_v <= staff_received_v AND staff_received_v <= visitor_head),
    CHECK (status = 'open' OR (assignee IS NULL AND snoozed_until IS NULL))
) STRICT, WITHOUT ROWID;

INSERT INTO team_conversations (id, inbox, visitor, site, status, assignee, version, arrived_at, arrival, feed,
    head, visitor_head, visitor_received, visitor_read, staff_received, staff_read, visitor_received_v,
    visitor_read_v, staff_received_v, staff_read_v, last_line, last_side, last_at, unread)
SELECT id, inbox, visitor, site, status, assignee, version, arrived_at, arrival, feed, head, visitor_head,
    visitor_received, visitor_read, staff_received, staff_read, visitor_received_v, visitor_read_v,
    staff_received_v, staff_read_v, last_line, last_side, last_at, unread FROM conversations;

DROP TABLE conversations;
ALTER TABLE team_conversations RENAME TO conversations;

-- One open conversation per visitor and inbox, whatever two tabs do at once.
CREATE UNIQUE INDEX conversations_one_open ON conversations (visitor, inbox) WHERE status = 'open';
CREATE INDEX conversations_of_visitor ON conversations (visitor, arrival);
CREATE INDEX conversations_feed ON conversations (inbox, status, feed);

CREATE TABLE team_entries (
    conversation BLOB NOT NULL REFERENCES conversations (id), -- {identifier}
    seq INTEGER NOT NULL CHECK (seq >= 1), -- {technical} dense, for staff
    visitor_seq INTEGER CHECK (visitor_seq BETWEEN 1 AND seq), -- {technical} dense, for the visitor
    audience TEXT NOT NULL CHECK (audience IN ('all', 'staff')), -- {technical} who may read it
    at INTEGER NOT NULL, -- {technical}
    author TEXT NOT NULL CHECK (author IN ('visitor', 'agent', 'system')), -- {technical}
    author_agent BLOB REFERENCES agents (id), -- {identifier}
    kind TEXT NOT NULL, -- {technical} what was done; the list is at the end
    cmid BLOB CHECK (length(cmid) = 16), -- {identifier} the author's own id of the message
    text TEXT, -- {content}
    assignee BLOB REFERENCES agents (id), -- {identifier} whom it was given to, or taken from
    version INTEGER, -- {technical} the assignment version after it
    detail TEXT, -- {content} what else there is to say of it, as on the wire
    checksum INTEGER NOT NULL, -- {technical} CRC-32 of all before it, detail where there is one
    PRIMARY KEY (conversation, seq),
    CHECK ((audience = 'all') = (visitor_seq IS NOT NULL)),
    CHECK ((author = 'agent') = (author_agent IS NOT NULL)),
    CHECK (kind IN ('message', 'note', 'erased', 'assigned', 'resolved', 'reopened', 'requeued', 'moved', 'snoozed',
        'woken', 'rated', 'address_left', 'mailed')),
    CHECK ((kind IN ('message', 'note')) = (text IS NOT NULL)),
    CHECK (kind = 'erased' OR (kind IN ('message', 'note')) = (cmid IS NOT NULL)),
    CHECK ((kind IN ('assigned', 'requeued')) = (assignee IS NOT NULL)),
    CHECK ((kind IN ('assigned', 'resolved', 'reopened', 'requeued', 'moved')) = (version IS NOT NULL)),
    CHECK ((kind IN ('note', 'snoozed', 'woken', 'mailed')) <= (audience = 'staff'))
) STRICT, WITHOUT ROWID;

INSERT INTO team_entries (conversation, seq, visitor_seq, audience, at, author, author_agent, kind, cmid,
    text, assignee, version, checksum)
    SELECT conversation, seq, visitor_seq, audience, at, author, author_agent, kind, cmid,
    text, assignee, version, checksum FROM entries;

DROP TABLE entries;
ALTER TABLE team_entries RENAME TO entries;

CREATE UNIQUE INDEX entries_for_visitor ON entries (conversation, visitor_seq) WHERE visitor_seq IS NOT NULL;
-- A message is stored once for each author's id of it, for the life of the conversation. The visitor of a
-- conversation is one, so their id needs no column here.
CREATE UNIQUE INDEX entries_once_visitor ON entries (conversation, cmid) WHERE author = 'visitor' AND cmid IS NOT NULL;
CREATE UNIQUE INDEX entries_once_agent ON entries (conversation, author_agent, cmid) WHERE author = 'agent' AND
    cmid IS NOT NULL;
