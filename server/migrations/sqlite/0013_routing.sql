-- How the desk of an inbox gives out what waits. Without a row: to the least loaded.

CREATE TABLE inbox_routing (
    inbox BLOB PRIMARY KEY REFERENCES inboxes (id), -- {identifier}
    routing TEXT NOT NULL -- {technical} as JSON: policy, same agent
) STRICT, WITHOUT ROWID;

-- Two more reasons.
CREATE TABLE assignments_anew (
    conversation BLOB NOT NULL REFERENCES conversations (id), -- {identifier}
    version INTEGER NOT NULL, -- {technical} the assignment version after it
    inbox BLOB NOT NULL REFERENCES inboxes (id), -- {identifier}
    agent BLOB NOT NULL REFERENCES agents (id), -- {identifier} who got it
    at INTEGER NOT NULL, -- {technical}
    reason TEXT NOT NULL CHECK (reason IN ('least_loaded', 'in_turn', 'same_agent', 'claimed', 'transferred')), -- {technical}
    other BLOB REFERENCES agents (id), -- {identifier} claimed: from whom, if not from the queue; transferred: by whom
    load INTEGER, -- {technical} least loaded: what they had before
    capacity INTEGER, -- {technical} least loaded: what they take
    eligible INTEGER, -- {technical} least loaded, in turn: how many could have taken it
    PRIMARY KEY (conversation, version),
    CHECK ((reason = 'least_loaded') = (load IS NOT NULL)),
    CHECK ((reason = 'least_loaded') = (capacity IS NOT NULL)),
    CHECK ((reason IN ('least_loaded', 'in_turn')) = (eligible IS NOT NULL)),
    CHECK ((reason = 'transferred') <= (other IS NOT NULL))
) STRICT, WITHOUT ROWID;

INSERT INTO assignments_anew SELECT * FROM assignments;
DROP TABLE assignments;
ALTER TABLE assignments_anew RENAME TO assignments;
CREATE INDEX assignments_of_agent ON assignments (inbox, agent, at);
