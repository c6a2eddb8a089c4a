-- Hours are closed, not days: "closed" now says which hours (of Unix time) are in the counts by day and by month, all before it. A report of today then reads one hour by hour, and not all of the day.
UPDATE progress SET seq = seq * 24 WHERE what = 'closed';

-- The whole file in one count, of everybody.
CREATE TABLE months (
  kind INTEGER, tier INTEGER, "group" INTEGER, category INTEGER, verdict INTEGER, events INTEGER NOT NULL, acts INTEGER NOT NULL,
  PRIMARY KEY (kind, tier, "group", category, verdict)
) WITHOUT ROWID, STRICT;
INSERT INTO months SELECT kind, tier, "group", category, verdict, sum(events), sum(acts) FROM days GROUP BY 1, 2, 3, 4, 5;

PRAGMA user_version = 7;
