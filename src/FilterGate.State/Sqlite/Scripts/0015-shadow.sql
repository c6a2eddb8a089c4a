-- Schema 15: when the gateway ran in shadow mode. Times are UTC Unix milliseconds.
CREATE TABLE shadow_runs (
  id       INTEGER PRIMARY KEY AUTOINCREMENT,
  since    INTEGER NOT NULL,                     -- when the pilot began that this belongs to: its 14 days count from here, however often it is started
  start    INTEGER NOT NULL,
  "until"  INTEGER NOT NULL CHECK ("until" > start),
  reason   TEXT,
  actor    TEXT    NOT NULL,
  seen     INTEGER NOT NULL,                     -- when the gateway was last in it: an earlier time of day at the next start is a clock that was set back
  ended_at INTEGER,                              -- before its time, by a start without it, or at its time
  ended_by TEXT
) STRICT;

PRAGMA user_version = 15;
