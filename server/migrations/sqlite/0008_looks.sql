-- Looks of sites: where the launcher stands, light or dark, a picture, and words of the owner's own.

CREATE TABLE site_styles (
    site BLOB PRIMARY KEY CHECK (length(site) = 16) REFERENCES sites (id), -- {identifier}
    style TEXT NOT NULL -- {technical} as the API says it; a site without a row looks as ever
) STRICT, WITHOUT ROWID;
