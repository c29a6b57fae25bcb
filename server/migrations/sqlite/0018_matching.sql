-- Who fits what a conversation asks for: what members can stands with the routing of their inbox, and what was asked for with
-- the reason of an assignment. Both tables are made anew for what their columns say now.

CREATE TABLE inbox_routing_anew (
    inbox BLOB PRIMARY KEY REFERENCES inboxes (id), -- {identifier}
    routing TEXT NOT NULL -- {identifier} as JSON: how conversations are given out, who comes first, and which languages and skills its members have
) STRICT, WITHOUT ROWID;

INSERT INTO inbox_routing_anew SELECT * FROM inbox_routing;
DROP TABLE inbox_routing;
ALTER TABLE inbox_routing_anew RENAME TO inbox_routing;

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
    fit TEXT, -- {technical} as JSON: which language and skills were asked for, whether they have them, and by which attribute it came first or last
    PRIMARY KEY (conversation, version),
    CHECK ((reason = 'least_loaded') = (load IS NOT NULL)),
    CHECK ((reason = 'least_loaded') = (capacity IS NOT NULL)),
    CHECK ((reason IN ('least_loaded', 'in_turn')) = (eligible IS NOT NULL)),
    CHECK ((reason = 'transferred') <= (other IS NOT NULL)),
    CHECK (reason IN ('least_loaded', 'in_turn', 'same_agent') OR fit IS NULL)
) STRICT, WITHOUT ROWID;

INSERT INTO assignments_anew (conversation, version, inbox, agent, at, reason, other, load, capacity, eligible)
SELECT conversation, version, inbox, agent, at, reason, other, load, capacity, eligible FROM assignments;
DROP TABLE assignments;
ALTER TABLE assignments_anew RENAME TO assignments;
CREATE INDEX assignments_of_agent ON assignments (inbox, agent, at);
