-- Schema 8: how much of the traffic the filter could see. Numbers that stand for words: add, never renumber. No host, no person, no device: counts alone.
CREATE TABLE coverage (
  hour        INTEGER NOT NULL,                       -- UTC hours since 1970
  tier        TEXT    NOT NULL,
  device_kind INTEGER NOT NULL,                       -- 0 unknown, 1 iPad, 2 Chromebook, 3 Windows, 4 Mac, 5 Android, 6 other
  holding     INTEGER NOT NULL,                       -- 0 unknown, 1 named, 2 loan, 3 trolley
  mode        INTEGER NOT NULL,                       -- 1 read, 2 name only, 3 exempt, 4 failed, 5 refused
  reason      INTEGER NOT NULL,                       -- 0 none, 1 tier tunnels, 2 never intercept, 3 help site, 4 certificate refused, 5 policy, 6 not TLS
  identity    INTEGER NOT NULL,                       -- 0 neither, 1 device, 2 person
  requests    INTEGER NOT NULL CHECK (requests >= 0),
  bytes       INTEGER NOT NULL CHECK (bytes >= 0),
  PRIMARY KEY (hour, tier, device_kind, holding, mode, reason, identity)
) STRICT, WITHOUT ROWID;

PRAGMA user_version = 8;
