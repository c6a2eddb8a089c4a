-- Events under a key that is time order, repeated texts kept once, counts beside them, one index for every filter, and a chain of digests.
-- What was written before stays here until the program has moved it row by row (MonthUpgrade), and then drops the table.
DROP INDEX events_id;
DROP INDEX events_reference;
ALTER TABLE events RENAME TO events_before_4;

-- Hosts, people, categories and other texts that many events repeat: once each, and never changed.
CREATE TABLE names (
  id   INTEGER PRIMARY KEY,
  text TEXT NOT NULL UNIQUE
) STRICT;

-- Columns that name no text hold an id of names: gateway, client, device, person, group, tier, category, host, method, list, entry, entry_id, rule, the versions.
CREATE TABLE events (
  key            INTEGER PRIMARY KEY,   -- milliseconds of the id since the month began, times 64, and a place among those of that millisecond (EventKey)
  seq            INTEGER NOT NULL,      -- order of commit, from 1 without a gap: for tail and for the chain
  time           INTEGER NOT NULL,      -- UTC, Unix milliseconds
  kind           INTEGER NOT NULL,
  decision       INTEGER,
  reason         INTEGER,
  act_kind       INTEGER,
  intent         INTEGER,
  person         INTEGER,
  device         INTEGER,
  client         INTEGER,
  "group"        INTEGER,
  tier           INTEGER,
  category       INTEGER,
  host           INTEGER,
  method         INTEGER,
  status         INTEGER,
  bytes          INTEGER,
  list           INTEGER,
  entry          INTEGER,
  entry_id       INTEGER,
  line           INTEGER,
  list_version   INTEGER,
  rule           INTEGER,
  policy_version INTEGER,
  lists_version  INTEGER,
  gateway        INTEGER NOT NULL,
  reference      INTEGER,               -- 40 bits: eight characters of Crockford base 32
  id             BLOB    NOT NULL,      -- version 7 UUID, big-endian
  act            BLOB,                  -- of a part: the id of its act's own event
  url            TEXT,
  title          TEXT,
  search_words   TEXT,
  referer        TEXT
) STRICT;

CREATE UNIQUE INDEX events_seq ON events (seq);
CREATE UNIQUE INDEX events_reference ON events (reference) WHERE reference IS NOT NULL;

-- Every filter is a word of "tags" (EventTags), every word of address, title and search a word of its column; in the order of key, so that the newest come first without sorting.
-- Built behind the events in steps: up to which commit says "progress".
CREATE VIRTUAL TABLE events_text USING fts5 (url, title, words, tags, content = '', columnsize = 0, detail = column, tokenize = 'unicode61 remove_diacritics 2');
CREATE TABLE progress (
  what TEXT PRIMARY KEY,
  seq  INTEGER NOT NULL
) WITHOUT ROWID, STRICT;

-- Counts, added up in the transaction of the events that they count. 0 stands for no name, -1 for no verdict. Hours and days are of Unix time, UTC; who is the spelling of an audience.
CREATE TABLE hours (
  hour INTEGER, kind INTEGER, tier INTEGER, "group" INTEGER, category INTEGER, verdict INTEGER, events INTEGER NOT NULL, acts INTEGER NOT NULL,
  PRIMARY KEY (hour, kind, tier, "group", category, verdict)
) WITHOUT ROWID, STRICT;
CREATE TABLE who_hours (
  day INTEGER, who INTEGER, hour INTEGER, kind INTEGER, category INTEGER, verdict INTEGER, tier INTEGER, "group" INTEGER, events INTEGER NOT NULL, acts INTEGER NOT NULL,
  PRIMARY KEY (day, who, hour, kind, category, verdict, tier, "group")
) WITHOUT ROWID, STRICT;
CREATE TABLE who_days (
  day INTEGER, kind INTEGER, who INTEGER, category INTEGER, verdict INTEGER, tier INTEGER, "group" INTEGER, events INTEGER NOT NULL, acts INTEGER NOT NULL,
  PRIMARY KEY (day, kind, who, category, verdict, tier, "group")
) WITHOUT ROWID, STRICT;
CREATE TABLE host_hours (
  hour INTEGER, kind INTEGER, host INTEGER, tier INTEGER, events INTEGER NOT NULL, acts INTEGER NOT NULL,
  PRIMARY KEY (hour, kind, host, tier)
) WITHOUT ROWID, STRICT;

-- One digest for each commit, over the one before and everything that its events say: whoever changes, removes, inserts or moves an event breaks it.
CREATE TABLE chain (
  seq    INTEGER PRIMARY KEY,           -- the last event of the commit
  time   INTEGER NOT NULL,              -- when it was committed, by the clock of the computer, Unix milliseconds
  digest BLOB    NOT NULL
) STRICT;

PRAGMA user_version = 4;
