-- The audit trail: rows are added and never changed, and each is tied to the one before. What may be removed is the old
-- end, of which the last row stays known.

CREATE TABLE audit (
    number INTEGER PRIMARY KEY CHECK (number >= 1), -- {technical} its place, dense
    at INTEGER NOT NULL, -- {technical}
    actor TEXT NOT NULL CHECK (actor IN ('nobody', 'agent', 'visitor', 'operator', 'server')), -- {technical}
    actor_id BLOB CHECK (length(actor_id) = 16), -- {identifier} which agent or visitor
    what TEXT NOT NULL, -- {technical} what was done
    target TEXT NOT NULL, -- {technical} to what kind of thing; empty for nothing
    target_id BLOB CHECK (length(target_id) = 16), -- {identifier}
    network TEXT NOT NULL, -- {identifier} of staff, the network only (/24, /48); empty for visitors
    detail TEXT NOT NULL, -- {technical} names of settings and roles, ids, counts
    hash BLOB NOT NULL CHECK (length(hash) = 32), -- {technical} SHA-256 of the hash before it and all of the row
    CHECK ((actor IN ('agent', 'visitor')) = (actor_id IS NOT NULL)),
    CHECK ((target = '') = (target_id IS NULL)),
    CHECK (actor <> 'visitor' OR network = '')
) STRICT;

-- "Has this person looked at this today?"
CREATE INDEX audit_views ON audit (target_id, actor_id, at) WHERE what = 'conversation_viewed';

CREATE TABLE audit_anchor (
    one INTEGER PRIMARY KEY CHECK (one = 1), -- {technical} there is one row
    number INTEGER NOT NULL, -- {technical} of the last row that was cut off, 0 for none
    hash BLOB NOT NULL CHECK (length(hash) = 32) -- {technical} its hash
) STRICT, WITHOUT ROWID;

INSERT INTO audit_anchor (one, number, hash) VALUES (1, 0, zeroblob(32));

CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit
BEGIN SELECT RAISE(ABORT, 'constraint failed: the audit trail is not changed'); END;

CREATE TRIGGER audit_is_cut_at_its_end BEFORE DELETE ON audit
WHEN old.number > (SELECT number FROM audit_anchor)
BEGIN SELECT RAISE(ABORT, 'constraint failed: the audit trail is cut at its old end only'); END;
