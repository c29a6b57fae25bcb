-- What agents work with beside conversations: saved answers, visitors who are blocked for a time, and where a visitor
-- came from.

CREATE TABLE snippets (
    id BLOB PRIMARY KEY CHECK (length(id) = 16), -- {identifier}
    author BLOB NOT NULL REFERENCES agents (id), -- {identifier} who made it, and whose it is unless it is shared
    is_shared INTEGER NOT NULL CHECK (is_shared IN (0, 1)), -- {technical}
    shortcut TEXT NOT NULL, -- {content} what is typed to find it, in lower case
    text TEXT NOT NULL, -- {content}
    changed_at INTEGER NOT NULL -- {technical}
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX snippets_own ON snippets (author, shortcut) WHERE is_shared = 0;
CREATE UNIQUE INDEX snippets_shared ON snippets (shortcut) WHERE is_shared = 1;

CREATE TABLE blocks (
    visitor BLOB PRIMARY KEY REFERENCES visitors (id), -- {identifier}
    agent BLOB NOT NULL REFERENCES agents (id), -- {identifier} who decided it
    reason TEXT NOT NULL, -- {content} for colleagues
    at INTEGER NOT NULL, -- {technical}
    until INTEGER NOT NULL, -- {technical} it ends by itself
    CHECK (until > at)
) STRICT, WITHOUT ROWID;

CREATE TABLE visitor_surroundings (
    visitor BLOB PRIMARY KEY REFERENCES visitors (id), -- {identifier}
    referrer TEXT, -- {content} the page they came from: origin and path only
    time_zone TEXT -- {technical} the name that the browser gives it
) STRICT, WITHOUT ROWID;

-- What has to come back, and when.
CREATE INDEX conversations_snoozed ON conversations (snoozed_until) WHERE snoozed_until IS NOT NULL;
