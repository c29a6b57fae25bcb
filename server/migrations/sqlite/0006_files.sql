-- What people upload, how long things are kept, and whom the server was asked to forget. The bytes of files lie beside
-- the database, under the hash of their content.

CREATE TABLE files (
    id BLOB PRIMARY KEY CHECK (length(id) = 16), -- {identifier}
    hash TEXT NOT NULL CHECK (length(hash) = 64), -- {identifier} of the content, and the name of the bytes on disk
    name TEXT NOT NULL, -- {content}
    media TEXT NOT NULL, -- {technical} found from the content
    size INTEGER NOT NULL, -- {technical} in bytes
    width INTEGER, -- {technical} of a picture, in pixels
    height INTEGER, -- {technical}
    visitor BLOB CHECK (length(visitor) = 16), -- {identifier} who uploaded it: a visitor, stored or not yet
    agent BLOB REFERENCES agents (id), -- {identifier} or an agent
    at INTEGER NOT NULL, -- {technical}
    conversation BLOB REFERENCES conversations (id), -- {identifier} where it was sent
    CHECK ((visitor IS NULL) <> (agent IS NULL)),
    CHECK ((width IS NULL) = (height IS NULL))
) STRICT, WITHOUT ROWID;

CREATE INDEX files_by_hash ON files (hash);
CREATE INDEX files_of_visitor ON files (visitor, at) WHERE visitor IS NOT NULL;
CREATE INDEX files_of_agent ON files (agent, at) WHERE agent IS NOT NULL;
CREATE INDEX files_unused ON files (at) WHERE conversation IS NULL;
CREATE INDEX files_sent ON files (conversation, at) WHERE conversation IS NOT NULL;

-- Contents that no file has any more: the bytes are removed after the row that says so is durable.
CREATE TABLE uploads_gone (
    hash TEXT PRIMARY KEY -- {identifier}
) STRICT, WITHOUT ROWID;

CREATE TABLE retention (
    inbox BLOB PRIMARY KEY REFERENCES inboxes (id), -- {identifier}
    messages_days INTEGER CHECK (messages_days >= 1), -- {technical} none: kept
    files_days INTEGER CHECK (files_days >= 1) -- {technical} none: kept
) STRICT, WITHOUT ROWID;

-- The one who removes what is too old shows this number with every step; whoever comes later has a higher one, and
-- the earlier one is refused from then on.
CREATE TABLE retention_turn (
    one INTEGER PRIMARY KEY CHECK (one = 1), -- {technical} there is one row
    turn INTEGER NOT NULL, -- {technical}
    unclean INTEGER NOT NULL -- {technical} erasures that pages of the file may still show
) STRICT, WITHOUT ROWID;

INSERT INTO retention_turn (one, turn, unclean) VALUES (1, 0, 0);

-- What was erased in this database. A list outside of it says what must be: after a restore the two differ.
CREATE TABLE erasures (
    visitor BLOB PRIMARY KEY CHECK (length(visitor) = 16), -- {identifier}
    at INTEGER NOT NULL -- {technical}
) STRICT, WITHOUT ROWID;
