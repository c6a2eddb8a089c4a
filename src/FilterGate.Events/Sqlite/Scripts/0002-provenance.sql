-- Where the entry stands: its line, and which state of the list that was. Null for what was written before, and for what no entry decided.
ALTER TABLE events ADD COLUMN line INTEGER;
ALTER TABLE events ADD COLUMN list_version TEXT;

PRAGMA user_version = 2;
