using FilterGate.Policy;
using FilterGate.Testing;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Time.Testing;

namespace FilterGate.Events.Tests;

/// <summary>Whatever became of one month's file, pages, searches and counts go on with the others and name it.</summary>
internal sealed class DamagedFileTests
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);

    private TempFolder _temp = null!;
    private string _folder = null!;

    private string Damaged => Path.Combine(_folder, "2026-10.db");

    [SetUp]
    public async Task SetUp()
    {
        _temp = new TempFolder();
        _folder = _temp["events"];
        await using var store = EventStore.Open(_folder, new FakeTimeProvider(Noon));
        foreach (var months in (int[])[0, -1, -2])
            for (var i = 0; i < 300; i++)
                await store.EnqueueAsync(new FilterEvent { Time = Noon.AddMonths(months).AddSeconds(i), Kind = EventKind.Block, Decision = Verdict.Block, Reason = Reason.CategoryBlock, Person = "p1", Host = $"m{months}.example", Url = $"http://m{months}.example/volcano/{i}", Category = "games", ActKind = ActKind.BlockedAct });
    }

    [TearDown]
    public void TearDown() => _temp.Dispose();

    private static IEnumerable<TestCaseData> Damages()
    {
        static TestCaseData Case(string name, Action<string> damage) => new TestCaseData(damage).SetName($"Read_{name}_LeavesTheOthers");
        yield return Case("CutInHalf", path =>
        {
            using var file = new FileStream(path, FileMode.Open);
            file.SetLength(file.Length / 2);
        });
        yield return Case("CutWithinTheFirstPage", path =>
        {
            using var file = new FileStream(path, FileMode.Open);
            file.SetLength(50);
        });
        yield return Case("PagesOverwritten", path =>
        {
            using var file = new FileStream(path, FileMode.Open) { Position = 8192 };
            file.Write(Enumerable.Repeat((byte)0x5A, (int)file.Length - 8192).ToArray());
        });
        yield return Case("HeaderOverwritten", path =>
        {
            using var file = new FileStream(path, FileMode.Open);
            file.Write(new byte[16]);
        });
        yield return Case("NoDatabase", path => File.WriteAllText(path, "a letter to the head teacher" + new string(' ', 9_000)));
        yield return Case("ADatabaseOfSomethingElse", path => Foreign(path, 0));
        yield return Case("ADatabaseOfSomethingElseThatSaysItIsOurs", path => Foreign(path, 5));
        yield return Case("ADatabaseOfSomethingElseOfAnOlderTime", path => Foreign(path, 3));
    }

    private static void Foreign(string path, int version)
    {
        File.Delete(path);
        using var connection = new SqliteConnection($"Data Source={path};Pooling=false");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = $"CREATE TABLE recipes (name TEXT); INSERT INTO recipes VALUES ('bread'); PRAGMA user_version = {version}";
        command.ExecuteNonQuery();
    }

    [TestCaseSource(nameof(Damages))]
    public void Read(Action<string> damage)
    {
        damage(Damaged);
        var reader = new EventReader(_folder);
        Assert.Multiple(() =>
        {
            foreach (var query in (EventQuery[])[new(), new() { Text = "volcano" }, new() { Person = "p1", Acts = EventQuery.EveryAct }, new() { Host = "example" }])
            {
                var page = reader.Search(query with { Limit = 2_000 });
                Assert.That(page.Problems.Where(problem => problem.Contains("2026-10.db", StringComparison.Ordinal)), Is.Not.Empty, query.ToString());
                Assert.That(page.Events.Count(e => e.Host is "m0.example" or "m-2.example"), Is.EqualTo(600), query.ToString());
            }
            var counted = reader.Count(new CountQuery(Noon.AddMonths(-3), Noon.AddDays(1), CountBy.Category));
            Assert.That(counted.Rows.Single().Events, Is.InRange(600, 900));
            Assert.That(counted.Rows.Single().Events == 900 || counted.Problems.Count == 1, "what is missing is said");
            var hosts = reader.CountHosts(Noon.AddMonths(-3), Noon.AddDays(1), [], [], 10);
            Assert.That(hosts.Rows.Count == 3 || hosts.Problems.Count == 1, "what is missing is said");
            var requests = 0;
            reader.ReadRequests(Noon.AddMonths(-3), Noon.AddDays(1), (in PastRequest _) => requests++);
            Assert.That(requests, Is.InRange(600, 900));
            Assert.That(() => reader.Position(), Throws.Nothing);
            Assert.That(new EventIntegrity(_folder, TimeProvider.System).Verify([]).IsWhole, Is.False);
        });
    }

    [TestCase(1), TestCase(2)]
    public void Copy_PagesOverwritten_SaysSoAndLeavesNoCopy(int firstPage)
    {
        using (var file = new FileStream(Damaged, FileMode.Open) { Position = 8192L * firstPage }) file.Write(Enumerable.Repeat((byte)0x5A, (int)(file.Length - file.Position)).ToArray());
        var copy = _temp["copy.db"];
        Assert.That(EventBackup.CopyFile(Damaged, copy), Does.Contain("2026-10.db is damaged"));
        Assert.That(copy, Does.Not.Exist);
        Assert.That(EventBackup.CopyFile(Path.Combine(_folder, "2026-11.db"), copy), Is.Null);
        Assert.That(copy, Does.Exist);
    }
}
