-- Who was asked to take a conversation, why, and what became of it. At most one is open for a conversation.

CREATE TABLE offers (
    conversation BLOB NOT NULL REFERENCES conversations (id), -- {identifier}
    number INTEGER NOT NULL CHECK (number >= 1), -- {technical} grows with the offers of a conversation
    inbox BLOB NOT NULL REFERENCES inboxes (id), -- {identifier}
    agent BLOB NOT NULL REFERENCES agents (id), -- {identifier} who was asked
    at INTEGER NOT NULL, -- {technical}
    until INTEGER NOT NULL, -- {technical} when it is missed
    reason TEXT NOT NULL CHECK (reason IN ('least_loaded', 'in_turn', 'same_agent')), -- {technical} why they
    load INTEGER, -- {technical} least loaded: what they had before
    capacity INTEGER, -- {technical} least loaded: what they take
    eligible INTEGER, -- {technical} least loaded, in turn: how many could have taken it
    outcome TEXT CHECK (outcome IN ('accepted', 'declined', 'missed', 'withdrawn')), -- {technical} none yet: they are asked
    outcome_at INTEGER, -- {technical}
    PRIMARY KEY (conversation, number),
    CHECK ((outcome IS NULL) = (outcome_at IS NULL))
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX offers_open ON offers (conversation) WHERE outcome IS NULL;
CREATE INDEX offers_open_of_agent ON offers (agent, inbox) WHERE outcome IS NULL;
CREATE INDEX offers_of_agent ON offers (inbox, agent, at);

-- Who is away because they missed an offer. Gone with the next choice of theirs.
CREATE TABLE missed_offers (
    agent BLOB PRIMARY KEY REFERENCES agents (id), -- {identifier}
    at INTEGER NOT NULL -- {technical}
) STRICT, WITHOUT ROWID;
