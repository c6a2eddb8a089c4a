using System.Text.Json;
using FilterGate.Commands;
using Microsoft.Extensions.Time.Testing;

namespace FilterGate.Tests.Commands;

public sealed class SampleCommandTests
{
    /// <summary>A Monday in term, at noon: the last school day that is over is the Friday before.</summary>
    private static readonly DateTimeOffset Monday = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);

    private string _folder = "";

    [SetUp]
    public void SetUp() => _folder = Path.Combine(Path.GetTempPath(), "filtergate-tests", Guid.NewGuid().ToString("N"));

    [TearDown]
    public void TearDown()
    {
        if (Directory.Exists(_folder)) Directory.Delete(_folder, recursive: true);
    }

    [Test]
    public void Sample_NewFolder_HoldsPeopleADayAndTwoRequests()
    {
        Assert.That(Run("sample", "--data", _folder).ExitCode, Is.EqualTo(ExitCode.Done));
        var settings = Path.Combine(_folder, "settings.yaml");
        var events = Rows("events", "search", "--since", "14d", "--config", settings);
        var requests = Rows("unblock", "list", "--config", settings);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Rows("people", "list", "--config", settings), Has.Length.EqualTo(33));
            Assert.That(Rows("devices", "list", "--config", settings), Has.Length.EqualTo(15));
            Assert.That(requests.Select(r => r.GetProperty("route").GetString()), Is.EquivalentTo(new[] { "pupil", "for-good" }));
            Assert.That(requests.Select(r => r.GetProperty("note").GetString()), Has.All.EndsWith("(invented)"));
            Assert.That(events, Has.Length.GreaterThan(15));
            Assert.That(events.Select(e => e.GetProperty("gateway").GetString()).Distinct(), Is.EqualTo(new[] { "invented" }));
            Assert.That(events.Select(e => e.GetProperty("time").GetString()![..10]).Distinct(), Is.EqualTo(new[] { "2026-11-20" }));
            Assert.That(events.Select(e => e.GetProperty("host").GetString()), Has.None.Contains("childline"), "a visit for help is not recorded");
            Assert.That(Run("policy", "show", "--json", "--config", settings).Output, Does.Contain("(invented)"));
        }
    }

    [Test]
    public void Sample_Names_AllSayThatTheyAreInvented()
    {
        Run("sample", "--data", _folder);
        var people = Rows("people", "list", "--reveal", "--reason", "a test", "--config", Path.Combine(_folder, "settings.yaml"));
        Assert.That(people.Select(p => p.GetProperty("name").GetString()), Has.All.EndsWith("(invented)"));
    }

    [TestCase("2026-11-24T16:30:00Z", "2026-11-24", TestName = "Sample_AfterSchool_IsTheSameDay")]
    [TestCase("2026-11-22T09:00:00Z", "2026-11-20", TestName = "Sample_OnASunday_IsFriday")]
    [TestCase("2026-08-12T09:00:00Z", "2026-08-11", TestName = "Sample_InTheHolidays_IsTheDayBefore")]
    public void Sample_Day(string now, string day)
    {
        var run = CommandRun.Of(Host(DateTimeOffset.Parse(now, System.Globalization.CultureInfo.InvariantCulture)), "sample", "--json", "--data", _folder);
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Done), run.Error);
        Assert.That(JsonElement.Parse(run.Output).GetProperty("day").GetString(), Is.EqualTo(day));
    }

    [Test]
    public void Sample_FolderWithAnythingElse_IsRefusedAndNothingIsWritten()
    {
        Directory.CreateDirectory(_folder);
        File.WriteAllText(Path.Combine(_folder, "state.db"), "a school's own");
        var run = Run("sample", "--data", _folder);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Usage));
            Assert.That(run.Error, Does.Contain("is not empty"));
            Assert.That(Directory.EnumerateFileSystemEntries(_folder).Count(), Is.EqualTo(1));
        }
    }

    [Test]
    public void Sample_Again_SaysThatItIsThere()
    {
        Run("sample", "--data", _folder);
        Assert.That(Run("sample", "--data", _folder).Error, Does.Contain("holds the sample school already"));
    }

    [Test]
    public void Sample_WithoutAFolder_AsksForOne() => Assert.That(Run("sample").Error, Does.Contain("--data DIR"));

    private static CommandRun Run(params string[] arguments) => CommandRun.Of(Host(Monday), arguments);

    private static JsonElement[] Rows(params string[] arguments)
    {
        var run = Run([.. arguments, "--json"]);
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Done), run.Error);
        return [.. run.Lines.Select(line => JsonElement.Parse(line))];
    }

    private static CommandHost Host(DateTimeOffset now) => new()
    {
        Clock = new FakeTimeProvider(now), Variable = _ => null, Account = () => "visitor", IsRoot = () => false, OutputIsTerminal = () => false, InstalledSettingsPath = "/nonexistent/filtergate.yaml",
    };
}
