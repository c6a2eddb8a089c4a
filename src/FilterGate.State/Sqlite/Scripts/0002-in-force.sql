-- What people open and close. Times are UTC Unix milliseconds; numbers that stand for words: add, never renumber.

-- An override is for an audience (tier:pupil, group:4b, person:p123 ...) and a site (a host, a part of one, bundle:zoom).
ALTER TABLE overrides ADD COLUMN audience TEXT NOT NULL DEFAULT '';
ALTER TABLE overrides ADD COLUMN site     TEXT NOT NULL DEFAULT '';
UPDATE overrides SET audience = 'tier:' || tier, site = host;
ALTER TABLE overrides DROP COLUMN tier;
ALTER TABLE overrides DROP COLUMN host;

CREATE TABLE emergency_blocks (
  id          INTEGER PRIMARY KEY AUTOINCREMENT,  -- never used twice: events name it
  site        TEXT    NOT NULL,
  start       INTEGER NOT NULL,
  reason      TEXT    NOT NULL,
  nature      TEXT,                               -- what kind of content, for the report
  actor       TEXT    NOT NULL,
  lifted_at   INTEGER,
  lifted_by   TEXT,
  lift_reason TEXT
) STRICT;
CREATE INDEX emergency_blocks_live ON emergency_blocks (id) WHERE lifted_at IS NULL;

-- A class session: what a teacher opens or closes for one class until the bell.
CREATE TABLE class_sessions (
  id       INTEGER PRIMARY KEY AUTOINCREMENT,
  class    TEXT    NOT NULL,
  kind     INTEGER NOT NULL,                      -- 0 open, 1 close, 2 only these
  start    INTEGER NOT NULL,
  "end"    INTEGER NOT NULL CHECK ("end" > start),
  reason   TEXT    NOT NULL,
  actor    TEXT    NOT NULL,
  ended_at INTEGER,
  ended_by TEXT
) STRICT;
CREATE INDEX class_sessions_end ON class_sessions ("end");

CREATE TABLE class_session_sites (
  session_id INTEGER NOT NULL REFERENCES class_sessions (id),
  site       TEXT    NOT NULL,
  PRIMARY KEY (session_id, site)
) STRICT, WITHOUT ROWID;

PRAGMA user_version = 2;
