-- The events of one month. Columns are those of `events --json`; enumerations are stored by number (add, never renumber).
CREATE TABLE events (
  seq            INTEGER PRIMARY KEY,   -- order of commit, for tail: an event may be written after a younger one
  id             BLOB    NOT NULL,      -- version 7 UUID, big-endian, so that memcmp order is time order
  time           INTEGER NOT NULL,      -- UTC, Unix milliseconds
  gateway        TEXT    NOT NULL,
  kind           INTEGER NOT NULL,
  decision       INTEGER,
  reason         INTEGER,
  client         TEXT,
  device         TEXT,
  person         TEXT,
  "group"        TEXT,
  tier           TEXT,
  method         TEXT,
  url            TEXT,
  host           TEXT,
  status         INTEGER,
  bytes          INTEGER,
  category       TEXT,
  list           TEXT,
  entry          TEXT,
  entry_id       TEXT,
  rule           TEXT,
  policy_version TEXT,
  lists_version  TEXT,
  reference      INTEGER                -- 40 bits: eight characters of Crockford base 32
) STRICT;

-- Also the index for time: an id begins with its milliseconds.
CREATE UNIQUE INDEX events_id ON events (id);
CREATE UNIQUE INDEX events_reference ON events (reference) WHERE reference IS NOT NULL;

PRAGMA user_version = 1;
