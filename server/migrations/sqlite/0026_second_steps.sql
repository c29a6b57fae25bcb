-- Who signs in with a second step: the codes of an app, and codes to keep for the day the phone is gone.

CREATE TABLE second_steps (
    agent BLOB PRIMARY KEY NOT NULL REFERENCES agents (id), -- {identifier}
    seed BLOB NOT NULL, -- {technical} random: the secret is made of it with a key that is not in the database
    made_at INTEGER NOT NULL, -- {technical}
    last_step INTEGER NOT NULL -- {technical} the 30 seconds whose code was used last: none counts twice
) STRICT, WITHOUT ROWID;

CREATE TABLE recovery_codes (
    agent BLOB NOT NULL REFERENCES second_steps (agent), -- {identifier}
    digest BLOB NOT NULL, -- {secret} a hash with a key that is not in the database; gone once it was used
    PRIMARY KEY (agent, digest)
) STRICT, WITHOUT ROWID;
