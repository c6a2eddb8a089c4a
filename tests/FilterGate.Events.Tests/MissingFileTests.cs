using FilterGate.Policy;
using FilterGate.Testing;
using Microsoft.Extensions.Time.Testing;

namespace FilterGate.Events.Tests;

/// <summary>A file that was there and is not: pages, counts and single events say so, and what was dropped on purpose is no fault.</summary>
internal sealed class MissingFileTests
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);

    private TempFolder _temp = null!;
    private string _folder = null!;
    private FilterEvent _october = null!;

    private EventReader Reader => new(_folder);

    [SetUp]
    public async Task SetUp()
    {
        _temp = new TempFolder();
        _folder = _temp["events"];
        var clock = new FakeTimeProvider(Noon);
        await using (var store = EventStore.Open(_folder, clock))
        {
            foreach (var months in (int[])[0, -2, -1])
                foreach (var kind in (EventKind[])[EventKind.Allow, EventKind.Block])
                    _october = await store.CommitAsync(new FilterEvent { Time = Noon.AddMonths(months), Kind = kind, Decision = Verdict.Block, Reason = Reason.CategoryBlock, Person = "p1", Host = "games.example", ActKind = ActKind.BlockedAct }, giveReference: false);
        }
        new EventIntegrity(_folder, clock).Anchor([]);
    }

    [TearDown]
    public void TearDown() => _temp.Dispose();

    private void TakeAway(string file)
    {
        foreach (var suffix in (string[])["", "-wal", "-shm"]) File.Delete(Path.Combine(_folder, file + suffix));
    }

    private string[] SearchProblems(EventQuery query) => [.. Reader.Search(query).Problems.Select(Name)];

    /// <summary>The file's name, of a sentence that says it is missing.</summary>
    private static string Name(string problem)
    {
        Assert.That(problem, Does.Contain("is missing: it was there on 2026-11-23"));
        return Path.GetFileName(problem.Split(' ')[0]);
    }

    [TestCase("2026-11.db", TestName = "Read_NewestMonthIsGone_IsSaid")]
    [TestCase("2026-10.db", TestName = "Read_MonthInTheMiddleIsGone_IsSaid")]
    [TestCase("2026-09.db", TestName = "Read_OldestMonthIsGone_IsSaid")]
    [TestCase("2026-10.allowed.db", TestName = "Read_OneClassOfAMonthIsGone_IsSaid")]
    public void Read_MissingFile(string file)
    {
        TakeAway(file);
        var (since, until) = (Noon.AddMonths(-3), Noon.AddDays(1));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(SearchProblems(new EventQuery()), Is.EqualTo(new[] { file }));
            Assert.That(Reader.Count(new CountQuery(since, until, CountBy.Kind)).Problems.Select(Name), Is.EqualTo(new[] { file }));
            Assert.That(Reader.CountHosts(since, until, tiers: [], kinds: [], 10).Problems.Select(Name), Is.EqualTo(new[] { file }));
            Assert.That(Reader.ReadRequests(since, until, (in _) => { }).Select(Name), Is.EqualTo(new[] { file }));
        }
    }

    [Test]
    public void Search_OfAnotherTimeOrKind_DoesNotSay()
    {
        TakeAway("2026-10.allowed.db");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(SearchProblems(new EventQuery { Since = new(2026, 11, 1, 0, 0, 0, TimeSpan.Zero) }), Is.Empty);
            Assert.That(SearchProblems(new EventQuery { Until = new(2026, 10, 1, 0, 0, 0, TimeSpan.Zero) }), Is.Empty);
            Assert.That(SearchProblems(new EventQuery { Kinds = [EventKind.Block] }), Is.Empty);
            Assert.That(SearchProblems(new EventQuery { Limit = 1 }), Is.Empty, "it is older than the page, and said on the page that comes to it");
            Assert.That(SearchProblems(new EventQuery { Kinds = [EventKind.Allow] }), Is.EqualTo(new[] { "2026-10.allowed.db" }));
        }
    }

    [Test]
    public void Find_InAMissingFile_SaysThatItIsNotKnown()
    {
        TakeAway("2026-10.db");
        var problems = new List<string>();
        Assert.That(Reader.Find(_october.Id, problems), Is.Null);
        Assert.That(problems.Select(Name), Is.EqualTo(new[] { "2026-10.db" }));
        problems.Clear();
        Assert.That(Reader.Find(EventId.Next(Noon), problems), Is.Null);
        Assert.That(problems, Is.Empty, "an event that never was");
    }

    [Test]
    public void Search_MonthThatWasDropped_IsNoFault()
    {
        var purge = new EventPurge(_folder, new FakeTimeProvider(Noon.AddDays(1)));
        foreach (var file in (string[])["2026-10.db", "2026-10.allowed.db"]) purge.Drop(new PurgedFile(file, "2026-10", EventClass.Attention, 1, null, null, 1, null, "older than 10 days"));
        Assert.That(Reader.Search(new EventQuery()).Problems, Is.Empty);
        Assert.That(Reader.Count(new CountQuery(Noon.AddMonths(-3), Noon, CountBy.Nothing)).Problems, Is.Empty);
    }

    [Test]
    public void Search_MonthThatNobodyAnchored_IsSaidWithBothReasons()
    {
        TakeAway("2026-10.db");
        TakeAway("2026-10.allowed.db");
        File.Delete(Path.Combine(_folder, "anchors.log"));
        Assert.That(Reader.Search(new EventQuery()).Problems.Single(), Does.Contain("There is no file for 2026-10"));
    }

    [Test]
    public void Search_FolderThatIsAFile_IsAFailure()
    {
        Directory.Move(_folder, _temp["aside"]);
        Assert.That(Reader.Search(new EventQuery()).Events, Is.Empty, "a folder that never was");
        File.WriteAllText(_folder, "");
        Assert.That(() => Reader.Search(new EventQuery()), Throws.TypeOf<EventStoreException>().With.Message.Contains("is a file"));
    }

    [Test]
    public async Task Search_FolderThatIsGone_IsAFailureOfAnOpenStore()
    {
        await using var store = EventStore.Open(_folder, new FakeTimeProvider(Noon));
        Directory.Move(_folder, _temp["aside"]);
        Assert.That(() => store.Search(new EventQuery()), Throws.TypeOf<EventStoreException>().With.Message.Contains("is gone"));
        Assert.That(() => store.Reader.Count(new CountQuery(Noon, Noon, CountBy.Nothing)), Throws.TypeOf<EventStoreException>());
        Directory.Move(_temp["aside"], _folder);
        Assert.That(store.Search(new EventQuery()).Events, Is.Not.Empty);
    }
}
