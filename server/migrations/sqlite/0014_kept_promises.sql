-- What became of promises, by inbox: desks learn from it, and supervisors look at it. Made anew with the inbox.

CREATE TABLE promises_by_inbox (
    conversation BLOB NOT NULL REFERENCES conversations (id), -- {identifier}
    number INTEGER NOT NULL CHECK (number >= 1), -- {technical} grows with the promises about a conversation
    made_at INTEGER NOT NULL, -- {technical} when it was shown
    position INTEGER NOT NULL CHECK (position >= 1), -- {technical} the place in the queue then
    earliest_at INTEGER NOT NULL, -- {technical} one in ten is served earlier
    latest_at INTEGER NOT NULL, -- {technical} one in ten is served later
    why TEXT NOT NULL, -- {technical} why it was shown
    outcome TEXT CHECK (outcome IN ('earlier', 'inside', 'later', 'censored')), -- {technical} none yet: it is not over
    outcome_at INTEGER, -- {technical} when the wait ended, or was last seen to last
    inbox BLOB NOT NULL REFERENCES inboxes (id), -- {identifier} where it was made
    PRIMARY KEY (conversation, number),
    CHECK (earliest_at <= latest_at),
    CHECK ((outcome IS NULL) = (outcome_at IS NULL))
) STRICT, WITHOUT ROWID;

INSERT INTO promises_by_inbox
SELECT p.conversation, p.number, p.made_at, p.position, p.earliest_at, p.latest_at, p.why, p.outcome, p.outcome_at, c.inbox
FROM promises p JOIN conversations c ON c.id = p.conversation;

DROP TABLE promises;

ALTER TABLE promises_by_inbox RENAME TO promises;

CREATE INDEX promises_kept ON promises (inbox, outcome_at) WHERE outcome_at IS NOT NULL;
