using FilterGate.Policy;
using FilterGate.Testing;
using Microsoft.Extensions.Time.Testing;

namespace FilterGate.Events.Tests;

internal sealed class ReadRequestsTests
{
    private static readonly DateTimeOffset Start = new(2026, 10, 30, 12, 0, 0, TimeSpan.Zero);

    private TempFolder _temp = null!;
    private EventStore _store = null!;

    [SetUp]
    public void SetUp()
    {
        _temp = new TempFolder();
        _store = EventStore.Open(_temp["events"], new FakeTimeProvider(Start));
    }

    [TearDown]
    public async Task TearDown()
    {
        await _store.DisposeAsync();
        _temp.Dispose();
    }

    [Test]
    public async Task ReadRequests_OverTwoMonths_AreAllThereOldestFirst()
    {
        for (var day = 0; day < 6; day++) await AddAsync(Start.AddDays(day), $"http://day{day}.example/");
        Assert.That(Read(Start, Start.AddDays(9)).Select(r => r.Url), Is.EqualTo(Enumerable.Range(0, 6).Select(d => $"http://day{d}.example/")));
    }

    [TestCase(0, 1, 1, TestName = "ReadRequests_FromItsInstant_IsIn")]
    [TestCase(1, 9, 0, TestName = "ReadRequests_AfterIt_IsOut")]
    [TestCase(-9, 0, 0, TestName = "ReadRequests_UntilItsInstant_IsOut")]
    public async Task ReadRequests_Bounds(int since, int until, int expected)
    {
        await AddAsync(Start, "http://a.example/");
        Assert.That(Read(Start.AddMilliseconds(since), Start.AddMilliseconds(until)), Has.Count.EqualTo(expected));
    }

    [Test]
    public async Task ReadRequests_OnlyWhatCanBeDecidedAgain()
    {
        await AddAsync(Start, "http://a.example/");
        await _store.CommitAsync(new FilterEvent { Time = Start, Kind = EventKind.Audit, Rule = "policy 2" }, giveReference: false);
        await _store.CommitAsync(new FilterEvent { Time = Start, Kind = EventKind.Block, Decision = Verdict.Block, Reason = Reason.Locked, List = "locked/x", EntryId = "abc" }, giveReference: true);
        Assert.That(Read(Start.AddDays(-1), Start.AddDays(1)).Select(r => r.Url), Is.EqualTo(new[] { "http://a.example/" }));
    }

    [Test]
    public async Task ReadRequests_Everything_IsAsRecorded()
    {
        await _store.CommitAsync(
            new FilterEvent
            {
                Time = Start, Kind = EventKind.Allow, Decision = Verdict.LogOnly, Reason = Reason.CategoryLog, Client = "10.20.1.7", Device = "ipad-é", Person = "p123", Group = "4b", Tier = "pupil", Method = "GET", Url = "http://a.example/?q=1",
            },
            giveReference: false);
        Assert.That(Read(Start, Start.AddDays(1)).Single(), Is.EqualTo(new PastRequest(Start, Verdict.LogOnly, Reason.CategoryLog, "http://a.example/?q=1")
        {
            Client = "10.20.1.7", Device = "ipad-é", Person = "p123", Group = "4b", Tier = "pupil", Method = "GET",
        }));
    }

    [Test]
    public async Task ReadRequests_BrokenMonth_IsToldAndTheRestIsRead()
    {
        await AddAsync(Start, "http://a.example/");
        await File.WriteAllTextAsync(Path.Combine(_temp["events"], "2026-11.db"), "this is no database, but it is long enough to look like a broken one" + new string(' ', 1000));
        var read = new List<PastRequest>();
        var problems = _store.Reader.ReadRequests(Start, Start.AddDays(30), (in PastRequest r) => read.Add(r));
        Assert.That(read, Has.Count.EqualTo(1));
        Assert.That(problems.Single(), Does.Contain("2026-11.db"));
    }

    private Task<FilterEvent> AddAsync(DateTimeOffset time, string url) => _store.CommitAsync(
        new FilterEvent { Time = time, Kind = EventKind.Block, Decision = Verdict.Block, Reason = Reason.CategoryBlock, Client = "10.20.1.7", Tier = "pupil", Method = "GET", Url = url, Host = "a.example" }, giveReference: false);

    private List<PastRequest> Read(DateTimeOffset since, DateTimeOffset until)
    {
        var read = new List<PastRequest>();
        Assert.That(_store.Reader.ReadRequests(since, until, (in PastRequest request) => read.Add(request)), Is.Empty);
        return read;
    }
}
