-- Schema 12. What came of acts, days that were done, terms that were signed, and views that somebody keeps. Times are UTC Unix milliseconds; numbers that stand for words: add, never renumber.

-- A row for each conclusion; the newest of an act holds, and the former stay. No event is changed by it.
CREATE TABLE act_reviews (
  id          INTEGER PRIMARY KEY AUTOINCREMENT,
  event       BLOB    NOT NULL CHECK (length(event) = 16),   -- the act's id
  event_time  INTEGER NOT NULL,
  conclusion  INTEGER NOT NULL,                              -- 0 taken back, 1 no concern, 2 talk, 3 concern
  note        TEXT,
  batch       INTEGER NOT NULL,                              -- what was concluded in one go; it is taken back whole
  reviewed_at INTEGER NOT NULL,
  reviewed_by TEXT    NOT NULL
) STRICT;
CREATE INDEX act_reviews_event ON act_reviews (event, id);
CREATE INDEX act_reviews_batch ON act_reviews (batch);
CREATE INDEX act_reviews_event_time ON act_reviews (event_time);

-- "Done for today": who, when, how many.
CREATE TABLE review_days (
  id       INTEGER PRIMARY KEY AUTOINCREMENT,
  day      TEXT    NOT NULL,                                 -- by the school's clock: 2026-11-23
  done_at  INTEGER NOT NULL,
  done_by  TEXT    NOT NULL,
  reviewed INTEGER NOT NULL,                                 -- acts that were concluded that day
  open     INTEGER NOT NULL                                  -- items that were left
) STRICT;
CREATE INDEX review_days_day ON review_days (day);

-- A term that somebody has signed, with what stood there then.
CREATE TABLE term_signatures (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  since      TEXT    NOT NULL,
  until      TEXT    NOT NULL CHECK (until >= since),        -- the last day, included
  no_concern INTEGER NOT NULL,
  talk       INTEGER NOT NULL,
  concern    INTEGER NOT NULL,
  days_done  INTEGER NOT NULL,
  reviewers  TEXT    NOT NULL,                               -- ids, comma between
  note       TEXT    NOT NULL,
  signed_at  INTEGER NOT NULL,
  signed_by  TEXT    NOT NULL
) STRICT;

CREATE TABLE saved_views (
  id      INTEGER PRIMARY KEY AUTOINCREMENT,
  person  TEXT    NOT NULL,
  page    TEXT    NOT NULL,
  name    TEXT    NOT NULL,
  query   TEXT    NOT NULL,
  made_at INTEGER NOT NULL,
  UNIQUE (person, page, name)
) STRICT;

PRAGMA user_version = 12;
