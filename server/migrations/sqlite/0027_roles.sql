-- Two more roles. A table whose checks change is made anew.

CREATE TABLE agents_anew (
    id BLOB PRIMARY KEY CHECK (length(id) = 16), -- {identifier}
    name TEXT NOT NULL, -- {content}
    email TEXT NOT NULL UNIQUE, -- {identifier} in lower case
    password_hash TEXT NOT NULL, -- {secret} argon2id
    role TEXT NOT NULL CHECK (role IN ('owner', 'supervisor', 'agent', 'light_agent')), -- {technical}
    picture TEXT REFERENCES pictures (hash), -- {identifier}
    made_at INTEGER NOT NULL, -- {technical}
    seen_at INTEGER, -- {technical} when a session was last used
    deactivated_at INTEGER -- {technical} from then on they may not sign in and see nothing
) STRICT, WITHOUT ROWID;

INSERT INTO agents_anew SELECT * FROM agents;
DROP TABLE agents;
ALTER TABLE agents_anew RENAME TO agents;

CREATE TABLE invites_anew (
    secret BLOB PRIMARY KEY CHECK (length(secret) = 32), -- {secret} SHA-256
    email TEXT NOT NULL, -- {identifier} in lower case
    role TEXT NOT NULL CHECK (role IN ('owner', 'supervisor', 'agent', 'light_agent')), -- {technical}
    agent BLOB REFERENCES agents (id), -- {identifier} whose password is reset; none for somebody new
    expires_at INTEGER NOT NULL -- {technical}
) STRICT, WITHOUT ROWID;

INSERT INTO invites_anew SELECT * FROM invites;
DROP TABLE invites;
ALTER TABLE invites_anew RENAME TO invites;

CREATE INDEX invites_by_agent ON invites (agent) WHERE agent IS NOT NULL;
