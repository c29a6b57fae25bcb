-- For which situation a saved answer is, and how often it was used.

CREATE TABLE snippet_marks (
    snippet BLOB PRIMARY KEY REFERENCES snippets (id), -- {identifier}
    situation TEXT CHECK (situation IN ('upset', 'confused', 'happy')), -- {technical} how a visitor is whom it answers
    used INTEGER NOT NULL DEFAULT 0 -- {technical} how often, by whomever
) STRICT, WITHOUT ROWID;
