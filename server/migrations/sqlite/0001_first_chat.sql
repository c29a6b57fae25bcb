-- Every column says what kind of data it holds, for the data map:
--   {identifier} names a person or thing, {content} was written by people or is about them,
--   {technical} is bookkeeping, {secret} would let somebody in.
-- Ids are 16 bytes, instants milliseconds since 1970 UTC. Statements never change once released: a later
-- migration does.

CREATE TABLE lineage (
    one INTEGER PRIMARY KEY CHECK (one = 1), -- {technical} there is one row
    epoch BLOB NOT NULL CHECK (length(epoch) = 16), -- {technical} a restore changes it
    feed INTEGER NOT NULL CHECK (feed >= 0) -- {technical} the newest place of the list feed
) STRICT;

CREATE TABLE pictures (
    hash TEXT PRIMARY KEY, -- {identifier} of the content
    png BLOB NOT NULL -- {content}
) STRICT;

CREATE TABLE agents (
    id BLOB PRIMARY KEY CHECK (length(id) = 16), -- {identifier}
    name TEXT NOT NULL, -- {content}
    email TEXT NOT NULL UNIQUE, -- {identifier} in lower case
    password_hash TEXT NOT NULL, -- {secret} argon2id
    role TEXT NOT NULL CHECK (role IN ('owner', 'agent')), -- {technical}
    picture TEXT REFERENCES pictures (hash), -- {identifier}
    made_at INTEGER NOT NULL, -- {technical}
    seen_at INTEGER, -- {technical} when a session was last used
    deactivated_at INTEGER -- {technical} from then on they may not sign in and see nothing
) STRICT, WITHOUT ROWID;

CREATE TABLE sessions (
    secret BLOB PRIMARY KEY CHECK (length(secret) = 32), -- {secret} SHA-256
    agent BLOB NOT NULL REFERENCES agents (id), -- {identifier}
    opened_at INTEGER NOT NULL, -- {technical}
    used_at INTEGER NOT NULL -- {technical}
) STRICT, WITHOUT ROWID;

CREATE INDEX sessions_by_agent ON sessions (agent);

CREATE TABLE invites (
    secret BLOB PRIMARY KEY CHECK (length(secret) = 32), -- {secret} SHA-256
    email TEXT NOT NULL, -- {identifier} in lower case
    role TEXT NOT NULL CHECK (role IN ('owner', 'agent')), -- {technical}
    agent BLOB REFERENCES agents (id), -- {identifier} whose password is reset; none for somebody new
    expires_at INTEGER NOT NULL -- {technical}
) STRICT, WITHOUT ROWID;

CREATE INDEX invites_by_agent ON invites (agent) WHERE agent IS NOT NULL;

CREATE TABLE inboxes (
    id BLOB PRIMARY KEY CHECK (length(id) = 16), -- {identifier}
    name TEXT NOT NULL -- {technical}
) STRICT, WITHOUT ROWID;

CREATE TABLE members (
    inbox BLOB NOT NULL REFERENCES inboxes (id), -- {identifier}
    agent BLOB NOT NULL REFERENCES agents (id), -- {identifier}
    PRIMARY KEY (inbox, agent)
) STRICT, WITHOUT ROWID;

CREATE INDEX members_by_agent ON members (agent);

CREATE TABLE sites (
    id BLOB PRIMARY KEY CHECK (length(id) = 16), -- {identifier}
    inbox BLOB NOT NULL REFERENCES inboxes (id), -- {identifier} where its conversations land
    key TEXT NOT NULL UNIQUE, -- {identifier} public, stands in the tag
    name TEXT NOT NULL, -- {technical}
    colour TEXT NOT NULL, -- {technical}
    greeting TEXT NOT NULL, -- {technical}
    made_at INTEGER NOT NULL -- {technical}
) STRICT, WITHOUT ROWID;

CREATE TABLE site_origins (
    site BLOB NOT NULL REFERENCES sites (id), -- {identifier}
    place INTEGER NOT NULL, -- {technical} the order in which the owner wrote them
    origin TEXT NOT NULL, -- {technical}
    PRIMARY KEY (site, place)
) STRICT, WITHOUT ROWID;

CREATE TABLE site_seen (
    site BLOB NOT NULL REFERENCES sites (id), -- {identifier}
    origin TEXT NOT NULL, -- {technical} of a page that asked for the loader
    at INTEGER NOT NULL, -- {technical}
    PRIMARY KEY (site, origin)
) STRICT, WITHOUT ROWID;

CREATE TABLE visitors (
    id BLOB PRIMARY KEY CHECK (length(id) = 16), -- {identifier}
    site BLOB NOT NULL REFERENCES sites (id), -- {identifier}
    first_seen_at INTEGER NOT NULL, -- {technical} when the first message was stored
    page_url TEXT, -- {content} origin and path only
    page_title TEXT, -- {content}
    language TEXT, -- {technical}
    UNIQUE (id, site),
    CHECK ((page_url IS NULL) = (page_title IS NULL))
) STRICT, WITHOUT ROWID;

CREATE TABLE conversations (
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
    FOREIGN KEY (visitor, site) REFERENCES visitors (id, site),
    CHECK (visitor_head BETWEEN 0 AND head),
    CHECK (visitor_read <= visitor_received AND visitor_received <= head),
    CHECK (staff_read <= staff_received AND staff_received <= head),
    CHECK (visitor_read_v <= visitor_received_v AND visitor_received_v <= visitor_head),
    CHECK (staff_read_v <= staff_received_v AND staff_received_v <= visitor_head),
    CHECK (status = 'open' OR assignee IS NULL)
) STRICT, WITHOUT ROWID;

-- One open conversation per visitor and inbox, whatever two tabs do at once.
CREATE UNIQUE INDEX conversations_one_open ON conversations (visitor, inbox) WHERE status = 'open';
CREATE INDEX conversations_of_visitor ON conversations (visitor, arrival);
CREATE INDEX conversations_feed ON conversations (inbox, status, feed);

CREATE TABLE entries (
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
    PRIMARY KEY (conversation, seq),
    CHECK ((audience = 'all') = (visitor_seq IS NOT NULL)),
    CHECK ((author = 'agent') = (author_agent IS NOT NULL)),
    CHECK ((kind = 'message') = (text IS NOT NULL) AND (kind = 'message') = (cmid IS NOT NULL)),
    CHECK ((kind = 'assigned') = (assignee IS NOT NULL) AND (kind = 'message') = (version IS NULL))
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX entries_for_visitor ON entries (conversation, visitor_seq) WHERE visitor_seq IS NOT NULL;
-- A message is stored once for each author's id of it, for the life of the conversation. The visitor of a
-- conversation is one, so their id needs no column here.
CREATE UNIQUE INDEX entries_once_visitor ON entries (conversation, cmid) WHERE author = 'visitor' AND cmid IS NOT NULL;
CREATE UNIQUE INDEX entries_once_agent ON entries (conversation, author_agent, cmid) WHERE author = 'agent' AND cmid IS NOT NULL;
