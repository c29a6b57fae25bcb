-- The desk of an inbox: who takes how much, who decides, and what is remembered of it.

-- Without a row: available, and as many as the default.
CREATE TABLE availabilities (
    agent BLOB PRIMARY KEY REFERENCES agents (id), -- {identifier}
    availability TEXT NOT NULL CHECK (availability IN ('available', 'busy', 'away')), -- {technical}
    capacity INTEGER NOT NULL CHECK (capacity >= 1) -- {technical} conversations at once, over all inboxes
) STRICT, WITHOUT ROWID;

-- Who decides for an inbox. A row stays for ever, so that its token only grows.
CREATE TABLE desk_leases (
    inbox BLOB PRIMARY KEY REFERENCES inboxes (id), -- {identifier}
    node BLOB NOT NULL CHECK (length(node) = 16), -- {technical} who holds it
    token INTEGER NOT NULL CHECK (token >= 1), -- {technical} which holder in the row of all; every write names it
    ends_at INTEGER NOT NULL -- {technical}
) STRICT, WITHOUT ROWID;

-- Why a conversation went to an agent: "why me?". For staff only.
CREATE TABLE assignments (
    conversation BLOB NOT NULL REFERENCES conversations (id), -- {identifier}
    version INTEGER NOT NULL, -- {technical} the assignment version after it
    inbox BLOB NOT NULL REFERENCES inboxes (id), -- {identifier}
    agent BLOB NOT NULL REFERENCES agents (id), -- {identifier} who got it
    at INTEGER NOT NULL, -- {technical}
    reason TEXT NOT NULL CHECK (reason IN ('least_loaded', 'claimed', 'transferred')), -- {technical}
    other BLOB REFERENCES agents (id), -- {identifier} claimed: from whom, if not from the queue; transferred: by whom
    load INTEGER, -- {technical} least loaded: what they had before
    capacity INTEGER, -- {technical} least loaded: what they take
    eligible INTEGER, -- {technical} least loaded: how many could have taken it
    PRIMARY KEY (conversation, version),
    CHECK ((reason = 'least_loaded') = (load IS NOT NULL)),
    CHECK ((reason = 'least_loaded') = (capacity IS NOT NULL)),
    CHECK ((reason = 'least_loaded') = (eligible IS NOT NULL)),
    CHECK ((reason = 'transferred') <= (other IS NOT NULL))
) STRICT, WITHOUT ROWID;

CREATE INDEX assignments_of_agent ON assignments (inbox, agent, at);

-- How long agents were busy with a conversation, for estimates.
CREATE TABLE handling_times (
    conversation BLOB NOT NULL REFERENCES conversations (id), -- {identifier}
    version INTEGER NOT NULL, -- {technical} the assignment version when it was measured
    inbox BLOB NOT NULL REFERENCES inboxes (id), -- {identifier}
    agent BLOB NOT NULL REFERENCES agents (id), -- {identifier}
    at INTEGER NOT NULL, -- {technical}
    took_ms INTEGER NOT NULL CHECK (took_ms >= 0), -- {technical} from assignment to resolution
    PRIMARY KEY (conversation, version)
) STRICT, WITHOUT ROWID;

CREATE INDEX handling_times_of_inbox ON handling_times (inbox, at);

-- Visitors who waited and are gone.
CREATE TABLE abandonments (
    conversation BLOB NOT NULL REFERENCES conversations (id), -- {identifier}
    version INTEGER NOT NULL, -- {technical} the assignment version then
    arrived_at INTEGER NOT NULL, -- {technical} of the arrival that was given up
    at INTEGER NOT NULL, -- {technical}
    waited_ms INTEGER NOT NULL CHECK (waited_ms >= 0), -- {technical}
    PRIMARY KEY (conversation, version, arrived_at)
) STRICT, WITHOUT ROWID;

-- Every interval that was shown to somebody who waits, with what became of it.
CREATE TABLE promises (
    conversation BLOB NOT NULL REFERENCES conversations (id), -- {identifier}
    number INTEGER NOT NULL CHECK (number >= 1), -- {technical} grows with the promises about a conversation
    made_at INTEGER NOT NULL, -- {technical} when it was shown
    position INTEGER NOT NULL CHECK (position >= 1), -- {technical} the place in the queue then
    earliest_at INTEGER NOT NULL, -- {technical} one in ten is served earlier
    latest_at INTEGER NOT NULL, -- {technical} one in ten is served later
    why TEXT NOT NULL, -- {technical} why it was shown
    outcome TEXT CHECK (outcome IN ('earlier', 'inside', 'later', 'censored')), -- {technical} none yet: it is not over
    outcome_at INTEGER, -- {technical} when the wait ended, or was last seen to last
    PRIMARY KEY (conversation, number),
    CHECK (earliest_at <= latest_at),
    CHECK ((outcome IS NULL) = (outcome_at IS NULL))
) STRICT, WITHOUT ROWID;

-- What an agent has, over all inboxes.
CREATE INDEX conversations_of_assignee ON conversations (assignee) WHERE assignee IS NOT NULL;
