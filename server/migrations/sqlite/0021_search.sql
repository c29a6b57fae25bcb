-- What agents search: the words of messages and notes, and of what is known of who wrote. The words are cut by us
-- (`store/words.rs`), so that Chinese is found as well, and the index only takes them apart at the spaces. What is
-- taken out of it is overwritten at once.

CREATE TABLE search_rows (
    place INTEGER PRIMARY KEY, -- {technical} newer ones have greater numbers
    conversation BLOB NOT NULL REFERENCES conversations (id), -- {identifier}
    seq INTEGER NOT NULL, -- {technical} of the message or the note
    at INTEGER NOT NULL, -- {technical}
    is_note INTEGER NOT NULL CHECK (is_note IN (0, 1)), -- {technical}
    agent BLOB -- {identifier} who wrote it; none: the visitor
) STRICT;

CREATE UNIQUE INDEX search_rows_of ON search_rows (conversation, seq);

CREATE VIRTUAL TABLE search_words USING fts5(
    words, -- {content} of the message under this place; kept as an index only
    content = '', columnsize = 0, tokenize = 'ascii'
);

INSERT INTO search_words (search_words, rank) VALUES ('secure-delete', 1);

CREATE TABLE search_contacts (
    place INTEGER PRIMARY KEY, -- {technical}
    visitor BLOB NOT NULL UNIQUE CHECK (length(visitor) = 16), -- {identifier}
    words TEXT NOT NULL -- {content} of who they are, as their site or they say, and of the addresses they left
) STRICT;

CREATE VIRTUAL TABLE search_contact_words USING fts5(
    words, -- {content} the same, as an index
    content = 'search_contacts', content_rowid = 'place', columnsize = 0, tokenize = 'ascii'
);

INSERT INTO search_contact_words (search_contact_words, rank) VALUES ('secure-delete', 1);
