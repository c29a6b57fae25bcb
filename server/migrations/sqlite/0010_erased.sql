-- Whoever comes back asks whether something they have was erased meanwhile: without this, each time every row they have
-- would be looked at.

CREATE INDEX entries_erased ON entries (conversation, seq, visitor_seq) WHERE kind = 'erased';
