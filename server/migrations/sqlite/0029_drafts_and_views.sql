-- What agents wrote somewhere and did not send, so that it is on their other devices, too. Nobody else is ever shown it.

CREATE TABLE drafts (
    agent BLOB NOT NULL REFERENCES agents (id), -- {identifier} who wrote it, and alone may read it
    conversation BLOB NOT NULL REFERENCES conversations (id), -- {identifier}
    is_note INTEGER NOT NULL CHECK (is_note IN (0, 1)), -- {technical} a note for colleagues, rather than an answer
    text TEXT NOT NULL CHECK (text <> ''), -- {content}
    revision INTEGER NOT NULL, -- {technical} grows with everything that is kept for the agent
    at INTEGER NOT NULL, -- {technical} when it was kept
    PRIMARY KEY (agent, conversation, is_note)
) STRICT, WITHOUT ROWID;

CREATE INDEX drafts_of_conversation ON drafts (conversation);

CREATE TABLE draft_revisions (
    agent BLOB PRIMARY KEY REFERENCES agents (id), -- {identifier}
    last INTEGER NOT NULL -- {technical} the last revision that was given; none is given twice
) STRICT, WITHOUT ROWID;

-- Lists that agents have narrowed and saved under a name.

CREATE TABLE views (
    id BLOB PRIMARY KEY CHECK (length(id) = 16), -- {identifier}
    author BLOB NOT NULL REFERENCES agents (id), -- {identifier} who made it, and whose it is unless it is shared
    is_shared INTEGER NOT NULL CHECK (is_shared IN (0, 1)), -- {technical}
    name TEXT NOT NULL, -- {content}
    folded TEXT NOT NULL, -- {content} the name in lower case: two that differ by that only are one
    list TEXT NOT NULL CHECK (list IN ('queue', 'mine', 'snoozed', 'all', 'resolved')), -- {technical}
    terms TEXT NOT NULL, -- {technical} what is wanted of a conversation there, as on the wire
    changed_at INTEGER NOT NULL -- {technical}
) STRICT, WITHOUT ROWID;

CREATE INDEX views_of_author ON views (author, is_shared);
