-- Requests by two routes, the steps they take, who is told, and what becomes of an override. Times are UTC Unix milliseconds; numbers that stand for words: add, never renumber.
-- Statuses since this schema: 0 waiting, 1 approved, 2 refused, 3 passed on, 4 agreed, 5 withdrawn, 6 expired.
ALTER TABLE requests ADD COLUMN route           INTEGER NOT NULL DEFAULT 0; -- 0 pupil, 1 lesson, 2 for good, 3 report of an unsafe site
ALTER TABLE requests ADD COLUMN person          TEXT;                       -- id of who asked
ALTER TABLE requests ADD COLUMN class           TEXT;                       -- group of who asked
ALTER TABLE requests ADD COLUMN audience        TEXT;                       -- for whom it is wanted; null for the tier that was blocked
ALTER TABLE requests ADD COLUMN until           INTEGER;                    -- until when it is wanted
ALTER TABLE requests ADD COLUMN passed_on_by    TEXT;
ALTER TABLE requests ADD COLUMN agreed_at       INTEGER;
ALTER TABLE requests ADD COLUMN agreed_by       TEXT;
ALTER TABLE requests ADD COLUMN agreed_reason   TEXT;
ALTER TABLE requests ADD COLUMN agreed_until    INTEGER;
ALTER TABLE requests ADD COLUMN agreed_site     TEXT;
ALTER TABLE requests ADD COLUMN agreed_audience TEXT;
DROP INDEX requests_waiting;
CREATE UNIQUE INDEX requests_open ON requests (route, tier, host, ifnull(audience, '')) WHERE status IN (0, 3, 4);

CREATE TABLE request_steps (
  id        INTEGER PRIMARY KEY AUTOINCREMENT,
  reference TEXT    NOT NULL REFERENCES requests (reference),
  time      INTEGER NOT NULL,
  step      INTEGER NOT NULL,                          -- 0 asked, 1 passed on, 2 agreed, 3 refused, 4 applied, 5 withdrawn, 6 expired
  actor     TEXT    NOT NULL,
  reason    TEXT
) STRICT;
CREATE INDEX request_steps_reference ON request_steps (reference, id);

-- What a role has to be told. The text has no name and no address of a person.
CREATE TABLE notices (
  id          INTEGER PRIMARY KEY AUTOINCREMENT,
  time        INTEGER NOT NULL,
  role        TEXT    NOT NULL,
  text        TEXT    NOT NULL,
  reference   TEXT,
  override_id INTEGER REFERENCES overrides (id),
  seen_at     INTEGER,
  seen_by     TEXT
) STRICT;
CREATE INDEX notices_unseen ON notices (role, id) WHERE seen_at IS NULL;

-- How often an override was used: a count for each person (else device, else address) and day, never an address that was visited.
CREATE TABLE override_uses (
  override_id INTEGER NOT NULL REFERENCES overrides (id),
  day         INTEGER NOT NULL,                        -- days since 1970-01-01 in the school's own time
  who         TEXT    NOT NULL,
  first       INTEGER NOT NULL,
  last        INTEGER NOT NULL,
  count       INTEGER NOT NULL,
  PRIMARY KEY (override_id, day, who)
) STRICT, WITHOUT ROWID;

-- Connections to protected help sites, for the school as a whole: no person, no device, no site.
CREATE TABLE help_visits (
  day   INTEGER PRIMARY KEY,                           -- days since 1970-01-01 in the school's own time
  count INTEGER NOT NULL
) STRICT;

-- An override with a review date is "for good": it ends on that day unless somebody has looked again.
ALTER TABLE overrides ADD COLUMN is_for_good INTEGER NOT NULL DEFAULT 0;

PRAGMA user_version = 4;
