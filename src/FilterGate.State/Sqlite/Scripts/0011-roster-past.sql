-- Who was in which group and had which device, and since when: a row for each change. No names: what is asked of the past is which rules held. Times are UTC Unix milliseconds; 0 is from the beginning.
CREATE TABLE people_past (
  id       TEXT    NOT NULL COLLATE NOCASE,
  start    INTEGER NOT NULL,
  "group"  TEXT,
  role     INTEGER NOT NULL,
  "from"   INTEGER,
  until    INTEGER,
  is_there INTEGER NOT NULL,
  PRIMARY KEY (id, start)
) STRICT, WITHOUT ROWID;
INSERT INTO people_past SELECT id, 0, "group", role, "from", until, 1 FROM people WHERE removed_at IS NULL;

CREATE TABLE devices_past (
  name     TEXT    NOT NULL COLLATE NOCASE,
  start    INTEGER NOT NULL,
  address  TEXT,
  "group"  TEXT,
  person   TEXT,
  trolley  INTEGER NOT NULL,
  is_there INTEGER NOT NULL,
  PRIMARY KEY (name, start)
) STRICT, WITHOUT ROWID;
INSERT INTO devices_past SELECT name, 0, address, "group", person, trolley, 1 FROM devices;

PRAGMA user_version = 11;
