-- Who visitors are by the word of their site's server, and where nobody else may write.

CREATE TABLE site_secrets (
    id BLOB PRIMARY KEY CHECK (length(id) = 16), -- {technical} random: the secret is made of it with a key that is not in the database
    site BLOB NOT NULL REFERENCES sites (id), -- {identifier}
    made_at INTEGER NOT NULL -- {technical}
) STRICT, WITHOUT ROWID;

CREATE INDEX site_secrets_of_site ON site_secrets (site, made_at);

CREATE TABLE identities (
    visitor BLOB PRIMARY KEY CHECK (length(visitor) = 16), -- {identifier}
    site BLOB NOT NULL REFERENCES sites (id), -- {identifier}
    sub TEXT NOT NULL, -- {identifier} what the site calls them by
    name TEXT, -- {content} as the site says
    email TEXT, -- {identifier} as the site says
    attributes TEXT NOT NULL, -- {content} what else the site says, as on the wire
    said_at INTEGER NOT NULL, -- {technical} the last time
    UNIQUE (site, sub)
) STRICT, WITHOUT ROWID;

CREATE INDEX identities_said ON identities (said_at);

-- Sessions of verified visitors, and tokens that are refused for good. Whoever is not verified and not refused has no
-- row.
CREATE TABLE visitor_sessions (
    site BLOB NOT NULL REFERENCES sites (id), -- {identifier}
    token BLOB NOT NULL CHECK (length(token) = 32), -- {secret} SHA-256
    visitor BLOB NOT NULL CHECK (length(visitor) = 16), -- {identifier}
    secret BLOB CHECK (length(secret) = 16), -- {identifier} with which it was signed who this is; none: nobody was verified
    opened_at INTEGER NOT NULL, -- {technical}
    ends_at INTEGER NOT NULL, -- {technical}
    is_over INTEGER NOT NULL CHECK (is_over IN (0, 1)), -- {technical}
    PRIMARY KEY (site, token),
    CHECK (secret IS NOT NULL OR is_over = 1)
) STRICT, WITHOUT ROWID;

CREATE INDEX visitor_sessions_of_visitor ON visitor_sessions (visitor, opened_at);
CREATE INDEX visitor_sessions_over ON visitor_sessions (ends_at);

CREATE TABLE verified_only (
    inbox BLOB PRIMARY KEY REFERENCES inboxes (id) -- {identifier} takes nothing from visitors who are not verified
) STRICT, WITHOUT ROWID;
