-- Schema 9: each row of the audit has the digest of what it says and of the row before it (null only until the program has given it to the rows of before), so that a changed or missing row is found.
ALTER TABLE audit ADD COLUMN digest BLOB;

-- The last row that was removed at the end of its time, each time: what the first of the rest follows.
CREATE TABLE audit_removed (
  id     INTEGER PRIMARY KEY,
  time   INTEGER NOT NULL,                            -- when it was removed
  digest BLOB    NOT NULL
) STRICT;

PRAGMA user_version = 9;
