-- Schema 6. Times are UTC Unix milliseconds; numbers that stand for words: add, never renumber.

-- Who has gone past a warning, and whose slices run. No audit rows: a pupil's visits belong to the events, which have a retention time.
CREATE TABLE passes (
  id      INTEGER PRIMARY KEY AUTOINCREMENT,
  client  TEXT    NOT NULL,                           -- person:p123, device:ipad-14 or client:10.20.1.7
  kind    INTEGER NOT NULL,                           -- 1 warning, 2 slice
  subject TEXT    NOT NULL,                           -- the host, or the slug of the category
  start   INTEGER NOT NULL,
  "end"   INTEGER NOT NULL CHECK ("end" > start)
) STRICT;
CREATE INDEX passes_end ON passes ("end");
CREATE INDEX passes_client ON passes (client, kind, "end");

-- Minutes used: a slice counts whole when it begins.
CREATE TABLE quota_use (
  day      TEXT    NOT NULL,                          -- by the school's clock: 2026-11-23
  client   TEXT    NOT NULL,
  category TEXT    NOT NULL,
  tier     TEXT    NOT NULL,                          -- as it was at the last slice
  minutes  INTEGER NOT NULL CHECK (minutes > 0),
  slices   INTEGER NOT NULL CHECK (slices > 0),
  PRIMARY KEY (day, client, category)
) STRICT, WITHOUT ROWID;

PRAGMA user_version = 6;
