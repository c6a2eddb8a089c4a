-- Counts follow behind the commits with the index: "counted" in progress says up to which commit, and whoever reads looks at the events after it. Everything there is now was counted within its commit.
INSERT INTO progress (what, seq) SELECT 'counted', coalesce(max(seq), 0) FROM events;

-- Counts by day and by month are made of those by hour once a younger day has begun: "closed" says which days (of Unix time) are in them, all before it. A late event of a closed day is added to all three.
-- Until now the days were kept up as well, so every day that is there is closed.
INSERT INTO progress (what, seq) SELECT 'closed', coalesce(max(day) + 1, 0) FROM days;

-- The hours of people in the order of time: what a step adds lies together, and one person's hours are still led to, hour by hour.
ALTER TABLE who_hours RENAME TO who_hours_before_6;
CREATE TABLE who_hours (
  hour INTEGER, who INTEGER, kind INTEGER, category INTEGER, verdict INTEGER, tier INTEGER, "group" INTEGER, events INTEGER NOT NULL, acts INTEGER NOT NULL,
  PRIMARY KEY (hour, who, kind, category, verdict, tier, "group")
) WITHOUT ROWID, STRICT;
INSERT INTO who_hours SELECT hour, who, kind, category, verdict, tier, "group", events, acts FROM who_hours_before_6 ORDER BY 1, 2, 3, 4, 5, 6, 7;
DROP TABLE who_hours_before_6;

-- The whole file in one count: three months of people or hosts are read in a tenth of the rows.
CREATE TABLE who_months (
  who INTEGER, kind INTEGER, category INTEGER, verdict INTEGER, tier INTEGER, "group" INTEGER, events INTEGER NOT NULL, acts INTEGER NOT NULL,
  PRIMARY KEY (who, kind, category, verdict, tier, "group")
) WITHOUT ROWID, STRICT;
INSERT INTO who_months SELECT who, kind, category, verdict, tier, "group", sum(events), sum(acts) FROM who_days GROUP BY 1, 2, 3, 4, 5, 6;

CREATE TABLE host_months (
  host INTEGER, kind INTEGER, tier INTEGER, events INTEGER NOT NULL, acts INTEGER NOT NULL,
  PRIMARY KEY (host, kind, tier)
) WITHOUT ROWID, STRICT;
INSERT INTO host_months SELECT host, kind, tier, sum(events), sum(acts) FROM host_days GROUP BY 1, 2, 3;

PRAGMA user_version = 6;
