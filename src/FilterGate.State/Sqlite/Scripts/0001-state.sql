-- What is in force. Times are UTC Unix milliseconds; statuses are stored by number (add, never renumber).
CREATE TABLE overrides (
  id                INTEGER PRIMARY KEY AUTOINCREMENT, -- never used twice: events name it
  tier              TEXT    NOT NULL,
  host              TEXT    NOT NULL,
  start             INTEGER NOT NULL,
  "end"             INTEGER NOT NULL CHECK ("end" > start),
  reason            TEXT    NOT NULL,
  actor             TEXT    NOT NULL,
  request_reference TEXT,
  revoked_at        INTEGER,
  revoked_by        TEXT,
  revoke_reason     TEXT,
  end_recorded      INTEGER NOT NULL DEFAULT 0         -- 1 once the event of its end (or revocation) is written
) STRICT;
CREATE INDEX overrides_end ON overrides ("end");
CREATE INDEX overrides_end_unrecorded ON overrides ("end") WHERE end_recorded = 0;

CREATE TABLE requests (
  reference       TEXT    PRIMARY KEY,
  time            INTEGER NOT NULL,
  client          TEXT    NOT NULL,
  device          TEXT,
  tier            TEXT    NOT NULL,
  url             TEXT    NOT NULL,
  host            TEXT    NOT NULL,
  category        TEXT,
  note            TEXT    NOT NULL,
  status          INTEGER NOT NULL,                    -- 0 waiting, 1 approved, 2 refused
  decided_at      INTEGER,
  decided_by      TEXT,
  decision_reason TEXT,
  override_id     INTEGER REFERENCES overrides (id)
) STRICT;
CREATE INDEX requests_time ON requests (status, time);
CREATE UNIQUE INDEX requests_waiting ON requests (tier, host) WHERE status = 0;

CREATE TABLE policy_versions (
  number      INTEGER PRIMARY KEY AUTOINCREMENT,       -- the greatest is in force
  version     TEXT    NOT NULL,
  yaml        TEXT    NOT NULL,
  imported_at INTEGER NOT NULL,
  actor       TEXT    NOT NULL,
  why         TEXT    NOT NULL
) STRICT;

CREATE TABLE audit (
  id      INTEGER PRIMARY KEY AUTOINCREMENT,
  time    INTEGER NOT NULL,
  actor   TEXT    NOT NULL,
  action  TEXT    NOT NULL,
  subject TEXT    NOT NULL,
  reason  TEXT
) STRICT;

PRAGMA user_version = 1;
