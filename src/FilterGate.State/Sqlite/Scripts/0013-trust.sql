-- Schema 13: which devices trust the authority, hosts whose apps take no certificate but their own, and what a technician said of them. Times are UTC Unix milliseconds; numbers that stand for words: add, never renumber.

-- Of the authority that signs: another one begins with nothing. No host stands here: a device's hosts are nobody's business but the event store's.
CREATE TABLE device_trust (
  who         TEXT    PRIMARY KEY COLLATE NOCASE,     -- device:ipad-14, or client:10.20.1.7 for one that nobody has named
  accepted_at INTEGER,                                -- a request came through our certificate
  refused_at  INTEGER,
  refused     INTEGER NOT NULL,                       -- alerts since the last request that came through
  hosts       INTEGER NOT NULL,                       -- hosts among them
  alert       INTEGER                                 -- TLS: 42 bad certificate, 46 certificate unknown, 48 unknown authority
) STRICT;

CREATE TABLE trust_authority (
  fingerprint TEXT NOT NULL
) STRICT;

-- Alerts of devices that trust us for other hosts, by host and day. No device stands here: how many there were does.
CREATE TABLE refused_hosts (
  host     TEXT    NOT NULL,
  day      TEXT    NOT NULL,                          -- UTC: 2026-11-28
  refusals INTEGER NOT NULL,
  devices  INTEGER NOT NULL,
  alert    INTEGER NOT NULL,
  PRIMARY KEY (host, day)
) STRICT, WITHOUT ROWID;

CREATE TABLE pass_throughs (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  host       TEXT    NOT NULL,
  decision   INTEGER NOT NULL,                        -- 1 passed unread, 2 read as before
  evidence   TEXT    NOT NULL,                        -- what was known then, in words
  decided_at INTEGER NOT NULL,
  decided_by TEXT    NOT NULL,
  reason     TEXT    NOT NULL,
  ended_at   INTEGER,
  ended_by   TEXT,
  end_reason TEXT
) STRICT;
CREATE UNIQUE INDEX pass_throughs_live ON pass_throughs (host) WHERE ended_at IS NULL;

PRAGMA user_version = 13;
