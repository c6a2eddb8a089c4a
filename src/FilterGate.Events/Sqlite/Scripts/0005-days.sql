-- Counts by day beside those by hour: a term is read in a seventh of the rows.
CREATE TABLE days (
  day INTEGER, kind INTEGER, tier INTEGER, "group" INTEGER, category INTEGER, verdict INTEGER, events INTEGER NOT NULL, acts INTEGER NOT NULL,
  PRIMARY KEY (day, kind, tier, "group", category, verdict)
) WITHOUT ROWID, STRICT;
INSERT INTO days SELECT hour / 24, kind, tier, "group", category, verdict, sum(events), sum(acts) FROM hours GROUP BY 1, 2, 3, 4, 5, 6;

CREATE TABLE host_days (
  day INTEGER, kind INTEGER, host INTEGER, tier INTEGER, events INTEGER NOT NULL, acts INTEGER NOT NULL,
  PRIMARY KEY (day, kind, host, tier)
) WITHOUT ROWID, STRICT;
INSERT INTO host_days SELECT hour / 24, kind, host, tier, sum(events), sum(acts) FROM host_hours GROUP BY 1, 2, 3, 4;

PRAGMA user_version = 5;
