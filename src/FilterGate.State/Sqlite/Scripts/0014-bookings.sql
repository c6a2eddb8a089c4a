-- Schema 14: trolleys that classes have for a lesson, and who had which when. Times are UTC Unix milliseconds.
CREATE TABLE bookings (
  id       INTEGER PRIMARY KEY AUTOINCREMENT,    -- never used twice
  trolley  TEXT    NOT NULL COLLATE NOCASE,      -- a device, or what its devices' names begin with before a hyphen
  class    TEXT    NOT NULL,
  start    INTEGER NOT NULL,
  "end"    INTEGER NOT NULL CHECK ("end" > start),
  reason   TEXT,
  actor    TEXT    NOT NULL,
  ended_at INTEGER,                              -- given back before its time
  ended_by TEXT
) STRICT;
CREATE INDEX bookings_end ON bookings ("end");

PRAGMA user_version = 14;
