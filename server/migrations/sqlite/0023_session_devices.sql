-- On what an agent signed in, so that they know their sessions apart.

CREATE TABLE session_devices (
    session BLOB PRIMARY KEY REFERENCES sessions (secret) ON DELETE CASCADE, -- {secret} SHA-256
    device TEXT NOT NULL -- {technical} browser and system by name, without versions
) STRICT, WITHOUT ROWID;
