-- Hours of inboxes, and mail: what is owed to visitors who have left an address.

CREATE TABLE inbox_hours (
    inbox BLOB PRIMARY KEY CHECK (length(inbox) = 16) REFERENCES inboxes (id), -- {identifier}
    hours TEXT NOT NULL -- {technical} zone, week and holidays, as the API says them; an inbox without a row is always open
) STRICT, WITHOUT ROWID;

-- A mail owes the visitor what agents wrote from one row on. It is made in the transaction of that row, gathers what
-- follows for a while, and is fixed when it is first tried, so that every try under its id says the same.
CREATE TABLE mails (
    id BLOB PRIMARY KEY CHECK (length(id) = 16), -- {identifier} the same on every try: it stands in the Message-ID
    conversation BLOB NOT NULL REFERENCES conversations (id), -- {identifier}
    state TEXT NOT NULL CHECK (state IN ('owed', 'sent', 'needless', 'given_up')), -- {technical}
    first_seq INTEGER NOT NULL CHECK (first_seq >= 1), -- {technical} the first row it owes
    upto_seq INTEGER CHECK (upto_seq >= first_seq), -- {technical} the last one, once it was tried
    address TEXT, -- {identifier} where it goes, from the first try until it is done
    whom BLOB CHECK (length(whom) = 32), -- {identifier} SHA-256 of the address, for bounds and for "no more mail"
    made_at INTEGER NOT NULL, -- {technical}
    due_at INTEGER NOT NULL, -- {technical} not tried before
    tries INTEGER NOT NULL CHECK (tries >= 0), -- {technical} counts leases: only the last holder may say what became of it
    leased_until INTEGER NOT NULL, -- {technical} a worker has it until then
    done_at INTEGER, -- {technical}
    why TEXT, -- {technical} what the last try ran into
    CHECK ((state = 'owed') = (done_at IS NULL)),
    CHECK ((upto_seq IS NULL) = (whom IS NULL) OR state = 'needless')
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX mails_gathering ON mails (conversation) WHERE state = 'owed' AND upto_seq IS NULL;
CREATE INDEX mails_due ON mails (due_at) WHERE state = 'owed';
CREATE INDEX mails_to ON mails (whom, done_at) WHERE state = 'sent';
CREATE INDEX mails_of ON mails (conversation, done_at) WHERE state = 'sent';

CREATE TABLE mail_stops (
    whom BLOB PRIMARY KEY CHECK (length(whom) = 32), -- {identifier} SHA-256 of an address that wants no mail
    at INTEGER NOT NULL -- {technical}
) STRICT, WITHOUT ROWID;
