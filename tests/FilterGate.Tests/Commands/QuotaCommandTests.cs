using System.Text.Json;
using FilterGate.Commands;
using FilterGate.Policy;
using FilterGate.Policy.Passes;

namespace FilterGate.Tests.Commands;

public sealed class QuotaCommandTests
{
    private static readonly DateOnly Today = DateOnly.FromDateTime(StoreBox.Noon.UtcDateTime);

    private StoreBox _box = null!;

    [SetUp]
    public void SetUp() => _box = new StoreBox();

    [TearDown]
    public async Task TearDown() => await _box.DisposeAsync();

    [Test]
    public void List_Today_SumsByTierAndCategoryAndNamesNobody()
    {
        Use(Audience.ForPerson("p123"), "games", 2);
        Use(Audience.ForDevice("ipad-14"), "games", 1);
        Use(Audience.ForDevice("ipad-14"), "video-sharing", 1);
        Use(Audience.ForDevice("ipad-14"), "forums", 1, Today.AddDays(-1));

        var rows = _box.Run("quota", "list", "--json").Lines.Select(l => JsonDocument.Parse(l).RootElement).ToArray();
        Assert.Multiple(() =>
        {
            Assert.That(rows.Select(r => r.ToString()), Is.EqualTo(new[]
            {
                """{"day":"2026-11-23","tier":"pupil","category":"games","clients":2,"minutes":30,"slices":3,"most_minutes":20}""",
                """{"day":"2026-11-23","tier":"pupil","category":"video-sharing","clients":1,"minutes":10,"slices":1,"most_minutes":10}""",
            }));
            Assert.That(_box.Run("quota", "list").Output, Does.Contain("games").And.Contain("30 min").And.Not.Contain("p123").And.Not.Contain("ipad-14").And.Not.Contain("forums"));
        });
    }

    [Test]
    public void List_NothingUsed_SaysSoOnStandardError()
    {
        var run = _box.Run("quota", "list");
        Assert.That((run.ExitCode, run.Output), Is.EqualTo((ExitCode.Done, "")));
        Assert.That(run.Error, Does.Contain("No minutes are used today (2026-11-23)"));
    }

    [TestCase("p123", "person:p123")]
    [TestCase("person:p123", "person:p123")]
    [TestCase("ipad-14", "device:ipad-14")]
    [TestCase("10.20.1.7", "client:10.20.1.7")]
    public void Show_WhoInAnySpelling_ShowsTheirMinutes(string who, string client)
    {
        Use(Audience.ForPerson("p123"), "games", 1);
        Use(Audience.ForDevice("ipad-14"), "games", 1);
        Use(Audience.ForClient("10.20.1.7"), "games", 1);
        var row = JsonDocument.Parse(_box.Run("quota", "show", who, "--json").Lines.Single()).RootElement;
        Assert.That((row.GetProperty("client").GetString(), row.GetProperty("minutes").GetInt32(), row.GetProperty("tier").GetString()), Is.EqualTo((client, 10, "pupil")));
    }

    [TestCase("everyone")]
    [TestCase("group:4b")]
    [TestCase("tier:pupil")]
    public void Show_NobodyInParticular_IsAMistake(string who)
    {
        var run = _box.Run("quota", "show", who);
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Usage));
        Assert.That(run.Error, Does.Contain("name a person, a device or an address"));
    }

    [Test]
    public void Show_NobodyWhoUsedAny_SaysSo() => Assert.That(_box.Run("quota", "show", "p999").Error, Does.Contain("'p999' has used no minutes in the last 35 days"));

    private void Use(Audience client, string category, int slices, DateOnly? day = null)
    {
        for (var i = 0; i < slices; i++)
        {
            _box.State.StartSlice(client, category, "pupil", new QuotaRule(60, 10), day ?? Today);
            _box.Clock.Advance(TimeSpan.FromMinutes(10));
        }
    }
}
