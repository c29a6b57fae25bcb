-- The inboxes among which the visitors of a site choose; a site without a row leads to its one inbox.

CREATE TABLE site_inboxes (
    site BLOB NOT NULL REFERENCES sites (id), -- {identifier}
    place INTEGER NOT NULL, -- {technical} their order
    inbox BLOB NOT NULL REFERENCES inboxes (id), -- {identifier}
    key TEXT NOT NULL, -- {technical} what the page around the widget calls it
    label TEXT NOT NULL, -- {technical} what visitors read, as the API says it; nothing: the name of the inbox
    PRIMARY KEY (site, place),
    UNIQUE (site, inbox),
    UNIQUE (site, key)
) STRICT, WITHOUT ROWID;
