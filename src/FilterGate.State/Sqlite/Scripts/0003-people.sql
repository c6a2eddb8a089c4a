-- Schema 3: who is at the school, its devices, and whose access is withdrawn. Times are UTC Unix milliseconds; numbers that stand for words: add, never renumber.
CREATE TABLE people (
  id          TEXT    PRIMARY KEY COLLATE NOCASE,      -- the school's own id, never a name
  name        TEXT    NOT NULL,
  "group"     TEXT,
  role        INTEGER NOT NULL,                        -- 0 pupil, 1 staff, 2 guest
  account     TEXT,                                    -- as the school writes it
  account_key TEXT,                                    -- the form that log-in names are compared in
  "from"      INTEGER,
  until       INTEGER,
  removed_at  INTEGER                                  -- left: kept for the record of access until its retention ends
) STRICT;
CREATE UNIQUE INDEX people_account ON people (account_key) WHERE removed_at IS NULL;

CREATE TABLE devices (
  name    TEXT    PRIMARY KEY COLLATE NOCASE,
  address TEXT,
  mac     TEXT,
  "group" TEXT,
  person  TEXT    REFERENCES people (id),              -- on loan to
  trolley INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE UNIQUE INDEX devices_address ON devices (address) WHERE address IS NOT NULL;
CREATE UNIQUE INDEX devices_mac ON devices (mac) WHERE mac IS NOT NULL;

-- Counts changes of people and devices, so that a gateway that follows every change of this file reads the roster again only then.
CREATE TABLE roster (
  version INTEGER NOT NULL
) STRICT;
INSERT INTO roster (version) VALUES (0);

-- The record of everybody granted access.
CREATE TABLE access (
  id            INTEGER PRIMARY KEY AUTOINCREMENT,
  person        TEXT    NOT NULL COLLATE NOCASE REFERENCES people (id),
  granted_at    INTEGER NOT NULL,
  granted_by    TEXT    NOT NULL,
  agreement     TEXT,                                  -- the day on which the agreement was signed, YYYY-MM-DD
  authorised_by TEXT,                                  -- who let a guest in
  ended_at      INTEGER,
  ended_by      TEXT,
  end_reason    TEXT
) STRICT;
CREATE UNIQUE INDEX access_open ON access (person) WHERE ended_at IS NULL;

CREATE TABLE withdrawals (
  id             INTEGER PRIMARY KEY AUTOINCREMENT,    -- never used twice: events name it
  person         TEXT    COLLATE NOCASE,
  device         TEXT    COLLATE NOCASE,
  start          INTEGER NOT NULL,
  "end"          INTEGER CHECK ("end" > start),        -- null until somebody restores it
  reason         TEXT    NOT NULL,
  actor          TEXT    NOT NULL,
  restored_at    INTEGER,
  restored_by    TEXT,
  restore_reason TEXT,
  CHECK ((person IS NULL) <> (device IS NULL))
) STRICT;
CREATE INDEX withdrawals_live ON withdrawals (person, device) WHERE restored_at IS NULL;

PRAGMA user_version = 3;
