using System.Net;
using FilterGate.Events;
using FilterGate.State;
using FilterGate.Testing;
using Microsoft.Extensions.Time.Testing;

namespace FilterGate.Review.Tests.Site;

/// <summary>Events that cannot be read, over a real store: each page says what is known and what is not, and none says that all is well.</summary>
internal sealed class UnreadableTests
{
    private static readonly string[] WhatQuietPagesSay = ["Nothing here", "All looked at", "No searches", "Nobody</h2>", "There is no such act"];

    private FakeTimeProvider _clock = null!;
    private RunningSite _site = null!;
    private Visitor _lead = null!;

    private Action _undo = () => { };

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _clock = new FakeTimeProvider(RunningSite.Now);
        _site = await RunningSite.StartAsync(RunningSite.Log(query => _site.Events.Search(query)), () => SamplePolicy.With(SampleDay.People), clock: _clock);
        await SampleDay.FillAsync(_site.Events);
        _site.State.ConcludeActs([(SampleDay.Worrying.Id, SampleDay.Worrying.Time)], Conclusion.Talk, note: null, "dsl");
        _lead = await Visitor.SignedInAsync(_site, "dsl", _clock);
    }

    [OneTimeTearDown]
    public async Task StopAsync()
    {
        _lead?.Dispose();
        if (_site is not null) await _site.DisposeAsync();
    }

    /// <summary>The site is one for all tests: what one of them broke is whole again.</summary>
    [TearDown]
    public void Undo()
    {
        _undo();
        _undo = () => { };
    }

    private static IEnumerable<TestCaseData> Pages()
    {
        foreach (var (how, says) in new[] { ("Gone", "is gone"), ("AFile", "is a file") })
            foreach (var (path, status) in new[]
            {
                ("/", 200), ("/review", 503), ("/review?by=people", 503), ("/review?state=talk", 503), ("/searches", 503), ("/person/p401", 503), ("/device/ipad-14", 503), ("/log", 503), ("/governors", 200), ("/review/acts.csv", 503),
                ($"/review/act/{SampleDay.Worrying.Id:N}", 503),
            })
                yield return new TestCaseData(how == "AFile", path.Replace(SampleDay.Worrying.Id.ToString("N"), "ID", StringComparison.Ordinal), status, says).SetName($"Folder{how}_{path.Replace(SampleDay.Worrying.Id.ToString("N"), "ID", StringComparison.Ordinal)}");
    }

    [TestCaseSource(nameof(Pages))]
    public async Task Folder(bool isFile, string path, int status, string says)
    {
        var aside = _site.EventsFolder + "-aside";
        Directory.Move(_site.EventsFolder, aside);
        if (isFile) await File.WriteAllTextAsync(_site.EventsFolder, "");
        _undo = () =>
        {
            File.Delete(_site.EventsFolder);
            Directory.Move(aside, _site.EventsFolder);
        };
        using var answer = await _lead.GetAsync(path.Replace("ID", SampleDay.Worrying.Id.ToString("N"), StringComparison.Ordinal));
        var page = WebUtility.HtmlDecode(await answer.Content.ReadAsStringAsync());
        using (Assert.EnterMultipleScope())
        {
            Assert.That((int)answer.StatusCode, Is.EqualTo(status));
            Assert.That(page, Does.Contain("<html").And.Contain(says));
            foreach (var quiet in WhatQuietPagesSay) Assert.That(page, Does.Not.Contain(quiet));
        }
    }

    [Test]
    public async Task State_ThatCannotBeRead_IsAPageOrAtLeastSaid()
    {
        Execute("CREATE TRIGGER full_disk BEFORE INSERT ON audit BEGIN SELECT raise(ABORT, 'no room'); END");
        _undo = () => Execute("DROP TRIGGER full_disk");
        _clock.Advance(TimeSpan.FromMinutes(2)); // The same look within a minute needs no row.
        using var answer = await _lead.GetAsync("/review");
        Assert.That((int)answer.StatusCode, Is.EqualTo(503));
        Assert.That(await answer.Content.ReadAsStringAsync(), Does.Contain("<html").And.Contain("cannot be read or changed just now").And.Contain("href=\"/review\"").And.Not.Contain("how to hurt myself"), "a look that cannot be kept does not happen");
        Assert.That((int)(await _lead.GetAsync("/governors")).StatusCode, Is.EqualTo(200), "what needs no row is shown");
    }

    private static IEnumerable<TestCaseData> PartlyPages()
    {
        foreach (var (isDamaged, says) in new[] { (true, "2026-10.db is damaged"), (false, "2026-10.db is missing") })
            foreach (var (path, status) in new[]
            {
                ("/review?when=between&from=2026-10-01&state=all", 200), ("/review?when=between&from=2026-10-01&by=people", 200), ("/review?when=between&from=2026-10-01&state=concern", 200), ("/searches?when=between&from=2026-10-01", 200),
                ("/person/p401?day=2026-10-15", 200), ("/log?when=between&from=2026-10-01", 200), ("/governors", 200), ("/review/acts.csv?when=between&from=2026-10-01&state=all", 200), ("/review/act/ID", 503),
            })
                yield return new TestCaseData(isDamaged, path, status, says).SetName($"OneMonth{(isDamaged ? "Damaged" : "Missing")}_{path}");
    }

    [TestCaseSource(nameof(PartlyPages))]
    public async Task OneMonth(bool isDamaged, string path, int status, string says)
    {
        // An October that another process wrote and anchored: this one has no file of it open.
        FilterEvent october;
        using (var before = new TempFolder())
        {
            await using (var store = EventStore.Open(before["events"], TimeProvider.System)) october = await store.CommitAsync(SampleDay.Blocked(-38 * 24 * 60, "p401", "october.example"), giveReference: false);
            new EventIntegrity(before["events"], _clock).Anchor([]);
            File.Copy(Path.Combine(before["events"], "anchors.log"), Path.Combine(_site.EventsFolder, "anchors.log"));
        }
        if (isDamaged) await File.WriteAllTextAsync(Path.Combine(_site.EventsFolder, "2026-10.db"), new string('x', 9000));
        _undo = () =>
        {
            foreach (var file in (string[])["anchors.log", "2026-10.db"]) File.Delete(Path.Combine(_site.EventsFolder, file));
        };
        _site.State.ConcludeActs([(october.Id, october.Time)], Conclusion.Concern, note: null, "dsl");

        using var answer = await _lead.GetAsync(path.Replace("ID", october.Id.ToString("N"), StringComparison.Ordinal));
        var page = WebUtility.HtmlDecode(await answer.Content.ReadAsStringAsync());
        Assert.That(((int)answer.StatusCode, page.Contains(says, StringComparison.Ordinal)), Is.EqualTo((status, true)), page);
    }

    private void Execute(string sql)
    {
        using var other = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={_site.StatePath};Pooling=false");
        other.Open();
        using var command = other.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
