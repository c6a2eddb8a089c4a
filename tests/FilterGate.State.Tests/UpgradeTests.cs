using System.Globalization;
using System.Reflection;
using FilterGate.Policy;
using FilterGate.Testing;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Time.Testing;

namespace FilterGate.State.Tests;

/// <summary>A <c>state.db</c> of every earlier schema is brought to this one, with all that the first school wrote into it still there.</summary>
internal sealed class UpgradeTests
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);

    // What the first schema could hold: an override that is live and one that ended, a request that waits and one that was answered, two policies, two rows of audit.
    private static readonly string FirstSchool = string.Create(CultureInfo.InvariantCulture, $"""
        INSERT INTO overrides (tier, host, start, "end", reason, actor, request_reference) VALUES ('pupil', 'maths.example', {Ms(-60)}, {Ms(60)}, 'year 4', 'tech', NULL);
        INSERT INTO overrides (tier, host, start, "end", reason, actor, request_reference, revoked_at, revoked_by, revoke_reason, end_recorded) VALUES ('staff', 'old.example', {Ms(-90)}, {Ms(-30)}, 'a talk', 'tech', 'K7Q4-M2XD', {Ms(-40)}, 'head', 'over', 1);
        INSERT INTO requests (reference, time, client, device, tier, url, host, category, note, status) VALUES ('A0A0-A0A0', {Ms(-5)}, '10.20.1.7', 'ipad-14', 'pupil', 'http://games.example/sums?q=1', 'games.example', 'games', 'for maths', 0);
        INSERT INTO requests (reference, time, client, tier, url, host, note, status, decided_at, decided_by, decision_reason, override_id) VALUES ('K7Q4-M2XD', {Ms(-95)}, '10.20.2.9', 'staff', 'http://old.example/', 'old.example', '', 1, {Ms(-90)}, 'tech', 'a talk', 2);
        INSERT INTO policy_versions (version, yaml, imported_at, actor, why) VALUES ('1111aaaa', 'school: Oldest Primary', {Ms(-900)}, 'tech', 'first');
        INSERT INTO policy_versions (version, yaml, imported_at, actor, why) VALUES ('2222bbbb', 'school: Old Primary', {Ms(-800)}, 'head', 'its name');
        INSERT INTO audit (time, actor, action, subject, reason) VALUES ({Ms(-900)}, 'tech', 'policy.import', '1111aaaa', 'first');
        INSERT INTO audit (time, actor, action, subject, reason) VALUES ({Ms(-90)}, 'tech', 'override.grant', 'old.example', NULL);
        """);

    private static long Ms(int minutes) => Noon.AddMinutes(minutes).ToUnixTimeMilliseconds();

    [Test]
    public void OlderFile_OpenedByThisVersion_KeepsAllThatItHolds([Range(1, StateStore.SchemaVersion)] int version)
    {
        using var temp = new TempFolder();
        Make(temp["state.db"], version);

        using var state = StateStore.Open(temp["state.db"], new FakeTimeProvider(Noon));
        var overrides = state.Overrides().ToDictionary(o => o.Id);
        var (waiting, answered) = (state.FindRequest("A0A0-A0A0")!, state.FindRequest("K7Q4-M2XD")!);
        Assert.Multiple(() =>
        {
            Assert.That(overrides[1], Has.Property(nameof(OverrideRecord.Audience)).EqualTo(Audience.ForTier("pupil")).And.Property(nameof(OverrideRecord.End)).EqualTo(Noon.AddHours(1)).And.Property(nameof(OverrideRecord.Reason)).EqualTo("year 4"));
            Assert.That(overrides[1].Site.ToString(), Is.EqualTo("maths.example"));
            Assert.That((overrides[2].RevokedBy, overrides[2].RevokeReason, overrides[2].RequestReference), Is.EqualTo(("head", "over", "K7Q4-M2XD")));
            Assert.That((waiting.Status, waiting.Url, waiting.Device, waiting.Note, waiting.Time), Is.EqualTo((RequestStatus.Waiting, "http://games.example/sums?q=1", "ipad-14", "for maths", Noon.AddMinutes(-5))));
            Assert.That((answered.Status, answered.DecidedBy, answered.DecisionReason, answered.OverrideId), Is.EqualTo((RequestStatus.Approved, "tech", "a talk", 2L)));
            Assert.That(state.PolicyVersions().Select(v => (v.Version, v.Yaml, v.Actor, v.Why)), Is.EquivalentTo(new[] { ("1111aaaa", "school: Oldest Primary", "tech", "first"), ("2222bbbb", "school: Old Primary", "head", "its name") }));
            Assert.That(state.AuditEntries().Select(entry => (entry.Action, entry.Subject, entry.Reason)), Is.SupersetOf(new[] { ("policy.import", "1111aaaa", "first"), ("override.grant", "old.example", (string?)null) }));
            Assert.That(state.VerifyAudit().BrokenFrom, Is.Null);
        });
        // And it can be written to as ever.
        var granted = state.Grant(Audience.ForPerson("p1"), Site.ForHost("new.example"), Noon, Noon.AddHours(1), "maths", "tech");
        Assert.That(granted?.Id, Is.EqualTo(3), "a number is never given twice");
    }

    /// <summary>Runs the scripts of the first schemas as the programs of their days did: each once, and written down.</summary>
    private static void Make(string path, int version)
    {
        var assembly = typeof(StateStore).Assembly;
        var scripts = assembly.GetManifestResourceNames().Where(name => name.EndsWith(".sql", StringComparison.Ordinal)).Order(StringComparer.Ordinal).Take(version).ToList();
        using var connection = new SqliteConnection($"Data Source={path};Pooling=false");
        connection.Open();
        Run("CREATE TABLE SchemaVersions (SchemaVersionID INTEGER CONSTRAINT 'PK_SchemaVersions_SchemaVersionID' PRIMARY KEY AUTOINCREMENT NOT NULL, ScriptName TEXT NOT NULL, Applied DATETIME NOT NULL)");
        foreach (var (place, script) in scripts.Index())
        {
            Run(Text(assembly, script));
            Run($"INSERT INTO SchemaVersions (ScriptName, Applied) VALUES ('{script}', '2026-11-20 12:00:00')");
            if (place == 0) Run(FirstSchool);
        }

        void Run(string sql)
        {
            using var command = connection.CreateCommand();
            command.CommandText = sql;
            command.ExecuteNonQuery();
        }
    }

    private static string Text(Assembly assembly, string script)
    {
        using var reader = new StreamReader(assembly.GetManifestResourceStream(script)!);
        return reader.ReadToEnd();
    }
}
