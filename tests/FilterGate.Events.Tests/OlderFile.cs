using FilterGate.Events.Sqlite;
using Microsoft.Data.Sqlite;

namespace FilterGate.Events.Tests;

/// <summary>Makes the file of a month as an older FilterGate left it: its scripts up to one of them, and rows as it wrote them.</summary>
internal static class OlderFile
{
    /// <summary>The versions there have been.</summary>
    public static readonly int[] Versions = [1, 2, 3];

    /// <summary>What the older version knew of an event.</summary>
    public static FilterEvent As(FilterEvent e, int version)
    {
        if (version < 2) e = e with { Line = null, ListVersion = null };
        if (version < 3) e = e with { ActKind = null, Act = null, Intent = null, Title = null, SearchWords = null, Referer = null };
        return e;
    }

    /// <summary>Makes the file.</summary>
    public static void Make(string folder, string name, int version, IEnumerable<FilterEvent> events)
    {
        Directory.CreateDirectory(folder);
        using var connection = new SqliteConnection($"Data Source={Path.Combine(folder, name)};Pooling=false");
        connection.Open();
        Execute("PRAGMA page_size = 8192; PRAGMA journal_mode = WAL; CREATE TABLE SchemaVersions (SchemaVersionID INTEGER CONSTRAINT 'PK_SchemaVersions_SchemaVersionID' PRIMARY KEY AUTOINCREMENT NOT NULL, ScriptName TEXT NOT NULL, Applied DATETIME NOT NULL)");
        var assembly = typeof(EventTable).Assembly;
        foreach (var script in assembly.GetManifestResourceNames().Where(each => each.EndsWith(".sql", StringComparison.Ordinal)).Order(StringComparer.Ordinal).Take(version))
        {
            using var reader = new StreamReader(assembly.GetManifestResourceStream(script)!);
            Execute(reader.ReadToEnd());
            Execute($"INSERT INTO SchemaVersions (ScriptName, Applied) VALUES ('{script}', '2026-01-01')");
        }
        foreach (var e in events)
        {
            using var insert = connection.CreateCommand();
            var values = new Dictionary<string, object?>
            {
                ["id"] = EventId.ToBytes(e.Id), ["time"] = e.Time.ToUnixTimeMilliseconds(), ["gateway"] = e.Gateway, ["kind"] = (long)e.Kind, ["decision"] = (long?)(byte?)e.Decision, ["reason"] = (long?)(byte?)e.Reason,
                ["client"] = e.Client, ["device"] = e.Device, ["person"] = e.Person, ["\"group\""] = e.Group, ["tier"] = e.Tier, ["method"] = e.Method, ["url"] = e.Url, ["host"] = e.Host, ["status"] = e.Status, ["bytes"] = e.Bytes,
                ["category"] = e.Category, ["list"] = e.List, ["entry"] = e.Entry, ["entry_id"] = e.EntryId, ["rule"] = e.Rule, ["policy_version"] = e.PolicyVersion, ["lists_version"] = e.ListsVersion,
                ["reference"] = Reference.TryParse(e.Reference, out var reference) ? reference.Value : null,
            };
            if (version >= 2) (values["line"], values["list_version"]) = (e.Line, e.ListVersion);
            if (version >= 3)
            {
                (values["act_kind"], values["act"], values["intent"]) = ((long?)(byte?)e.ActKind, e.Act is { } act ? EventId.ToBytes(act) : null, (long?)(byte?)e.Intent);
                (values["title"], values["search_words"], values["referer"]) = (e.Title, e.SearchWords, e.Referer);
            }
            insert.CommandText = $"INSERT INTO events ({string.Join(',', values.Keys)}) VALUES ({string.Join(',', values.Select((_, i) => $"@v{i}"))})";
            var place = 0;
            foreach (var value in values.Values) insert.Parameters.AddWithValue($"@v{place++}", value ?? DBNull.Value);
            insert.ExecuteNonQuery();
        }

        void Execute(string sql)
        {
            using var command = connection.CreateCommand();
            command.CommandText = sql;
            command.ExecuteNonQuery();
        }
    }

    /// <summary>Makes a file of the newest form one of schema 4 or 5: what came later is taken away, and every day is counted in every table, as they did it.</summary>
    public static void CountAtOnce(string path, int version)
    {
        using var connection = new SqliteConnection($"Data Source={path};Pooling=false");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = $"""
            DELETE FROM days; DELETE FROM who_days; DELETE FROM host_days; DROP TABLE months; DROP TABLE who_months; DROP TABLE host_months;
            INSERT INTO days SELECT hour / 24, kind, tier, "group", category, verdict, sum(events), sum(acts) FROM hours GROUP BY 1, 2, 3, 4, 5, 6;
            ALTER TABLE who_hours RENAME TO newer;
            CREATE TABLE who_hours (
              day INTEGER, who INTEGER, hour INTEGER, kind INTEGER, category INTEGER, verdict INTEGER, tier INTEGER, "group" INTEGER, events INTEGER NOT NULL, acts INTEGER NOT NULL,
              PRIMARY KEY (day, who, hour, kind, category, verdict, tier, "group")
            ) WITHOUT ROWID, STRICT;
            INSERT INTO who_hours SELECT hour / 24, who, hour, kind, category, verdict, tier, "group", events, acts FROM newer;
            DROP TABLE newer;
            INSERT INTO who_days SELECT day, kind, who, category, verdict, tier, "group", sum(events), sum(acts) FROM who_hours GROUP BY 1, 2, 3, 4, 5, 6, 7;
            INSERT INTO host_days SELECT hour / 24, kind, host, tier, sum(events), sum(acts) FROM host_hours GROUP BY 1, 2, 3, 4;
            DELETE FROM progress WHERE what <> 'indexed'; DELETE FROM SchemaVersions WHERE ScriptName LIKE '%0006%' OR ScriptName LIKE '%0007%';
            -- Nothing is indexed yet, while everything is counted.
            INSERT INTO events_text (events_text) VALUES ('delete-all'); DELETE FROM progress;
            {(version < 5 ? "DROP TABLE days; DROP TABLE host_days; DELETE FROM SchemaVersions WHERE ScriptName LIKE '%0005%';" : "")}
            PRAGMA user_version = {version}
            """;
        command.ExecuteNonQuery();
    }

    /// <summary>Makes a file of the newest form one of schema 6: closed by days, and nothing of the last day is in the counts by day and by month.</summary>
    public static void CloseByDays(string path)
    {
        using var connection = new SqliteConnection($"Data Source={path};Pooling=false");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = """
            DROP TABLE months; DELETE FROM days; DELETE FROM who_days; DELETE FROM host_days; DELETE FROM who_months; DELETE FROM host_months;
            UPDATE progress SET seq = seq / 24 WHERE what = 'closed';
            INSERT INTO days SELECT hour / 24, kind, tier, "group", category, verdict, sum(events), sum(acts) FROM hours WHERE hour / 24 < (SELECT seq FROM progress WHERE what = 'closed') GROUP BY 1, 2, 3, 4, 5, 6;
            INSERT INTO who_days SELECT hour / 24, kind, who, category, verdict, tier, "group", sum(events), sum(acts) FROM who_hours WHERE hour / 24 < (SELECT seq FROM progress WHERE what = 'closed') GROUP BY 1, 2, 3, 4, 5, 6, 7;
            INSERT INTO who_months SELECT who, kind, category, verdict, tier, "group", sum(events), sum(acts) FROM who_days GROUP BY 1, 2, 3, 4, 5, 6;
            INSERT INTO host_days SELECT hour / 24, kind, host, tier, sum(events), sum(acts) FROM host_hours WHERE hour / 24 < (SELECT seq FROM progress WHERE what = 'closed') GROUP BY 1, 2, 3, 4;
            INSERT INTO host_months SELECT host, kind, tier, sum(events), sum(acts) FROM host_days GROUP BY 1, 2, 3;
            DELETE FROM SchemaVersions WHERE ScriptName LIKE '%0007%';
            PRAGMA user_version = 6
            """;
        command.ExecuteNonQuery();
    }
}
