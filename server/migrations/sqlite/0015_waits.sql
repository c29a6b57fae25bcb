-- How each wait ended: with an agent, or given up. Supervisors look at the sums of a day.

CREATE TABLE waits (
    conversation BLOB NOT NULL REFERENCES conversations (id), -- {identifier}
    arrived_at INTEGER NOT NULL, -- {technical} when it began
    inbox BLOB NOT NULL REFERENCES inboxes (id), -- {identifier} where it ended
    at INTEGER NOT NULL, -- {technical} when it ended first
    waited_ms INTEGER NOT NULL CHECK (waited_ms >= 0), -- {technical}
    is_given_up INTEGER NOT NULL CHECK (is_given_up IN (0, 1)), -- {technical} without an agent
    PRIMARY KEY (conversation, arrived_at)
) STRICT, WITHOUT ROWID;

CREATE INDEX waits_of_inbox ON waits (inbox, at);
