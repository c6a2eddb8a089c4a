-- How often a class session was used: a count for each person (else device, else address) and day, never an address that was visited.
CREATE TABLE session_uses (
  session_id INTEGER NOT NULL REFERENCES class_sessions (id),
  day        INTEGER NOT NULL,                         -- days since 1970-01-01 in the school's own time
  who        TEXT    NOT NULL,
  first      INTEGER NOT NULL,
  last       INTEGER NOT NULL,
  count      INTEGER NOT NULL,
  PRIMARY KEY (session_id, day, who)
) STRICT, WITHOUT ROWID;

-- The end of a session is an event, once. Of those that ended before this there is none, and none comes now.
ALTER TABLE class_sessions ADD COLUMN end_recorded INTEGER NOT NULL DEFAULT 0;
UPDATE class_sessions SET end_recorded = 1;
CREATE INDEX class_sessions_unrecorded ON class_sessions ("end") WHERE end_recorded = 0;

PRAGMA user_version = 10;
