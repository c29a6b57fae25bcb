-- What visitors, or the pages around the chat, have said of them before a first message. Nothing of it is proved.

CREATE TABLE abouts (
    visitor BLOB PRIMARY KEY REFERENCES visitors (id), -- {identifier}
    answers TEXT NOT NULL, -- {content} a JSON list of names and answers
    name TEXT, -- {content} the one of them that lists show
    consent_version INTEGER, -- {technical} of the text they have agreed to last
    consent_text TEXT, -- {content} that text, as they read it
    consent_at INTEGER, -- {technical}
    CHECK ((consent_version IS NULL) = (consent_at IS NULL) AND (consent_version IS NULL) = (consent_text IS NULL))
) STRICT, WITHOUT ROWID;
