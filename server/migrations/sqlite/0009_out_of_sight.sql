-- What agents' lists have lost: conversations that went to another inbox, and inboxes that agents see or no longer see;
-- and whether digests of addresses are made with the key of this server.

CREATE TABLE departures (
    inbox BLOB NOT NULL REFERENCES inboxes (id), -- {identifier} which it has left
    conversation BLOB NOT NULL REFERENCES conversations (id), -- {identifier}
    feed INTEGER NOT NULL, -- {technical} the place of the list feed that this took, the last time
    PRIMARY KEY (inbox, conversation)
) STRICT, WITHOUT ROWID;

CREATE INDEX departures_feed ON departures (inbox, feed);

CREATE TABLE sights (
    agent BLOB PRIMARY KEY REFERENCES agents (id), -- {identifier}
    feed INTEGER NOT NULL -- {technical} from this place of the list feed on they see the inboxes that they see now
) STRICT, WITHOUT ROWID;

CREATE TABLE mail_digests (
    one INTEGER PRIMARY KEY CHECK (one = 1), -- {technical} there is one row
    are_keyed INTEGER NOT NULL CHECK (are_keyed IN (0, 1)) -- {technical}
) STRICT, WITHOUT ROWID;

INSERT INTO mail_digests (one, are_keyed) VALUES (1, 0);
