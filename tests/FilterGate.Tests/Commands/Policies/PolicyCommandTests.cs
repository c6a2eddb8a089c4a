using System.Text.Json;
using FilterGate.Commands;

namespace FilterGate.Tests.Commands.Policies;

public sealed class PolicyCommandTests
{
    private Workbench _bench = null!;

    [SetUp]
    public void SetUp() => _bench = new Workbench();

    [TearDown]
    public void TearDown() => _bench.Dispose();

    [Test]
    public void Validate_GoodDocument_SaysSo()
    {
        var run = _bench.Run("policy", "validate", Path.Combine(_bench.Root, "policy.yaml"));
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Done), run.Error);
        Assert.That(run.Output, Does.Contain("is in order: Test Primary").And.Contain("tiers pupil, staff, guest"));
    }

    [Test]
    public void Validate_WithoutFile_LooksAtTheOneInForce()
    {
        _bench.Write("policy.yaml", "school: S\ntiers: { pupil: { block: [gamez] } }\nnetworks: [10.0.0.0/8]");
        var run = _bench.Run("policy", "validate");
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Usage));
        Assert.That(run.Error, Does.Contain("policy.yaml:2:27: mistake: 'gamez' is no category; did you mean 'games'?").And.Contain("1 mistake"));
    }

    [Test]
    public void Validate_SampleSchool_IsInOrder()
    {
        _bench.Write("settings.yaml", "data: data");
        var run = _bench.Run("policy", "validate");
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Done), run.Error);
        Assert.That(run.Error.Split("\n", StringSplitOptions.RemoveEmptyEntries), Is.All.Contains("nobody is named who may approve"), "no other warning");
    }

    /// <summary>A school should know that what its pupils search for is on no record while an engine answers it.</summary>
    [TestCase("{}", "{ kind: year, tier: pupil }", "4:1", TestName = "Validate_YearWithoutAnsweredSearches_Warns")]
    [TestCase("{ record: acts }", "{ kind: year, tier: pupil }", "", TestName = "Validate_TierRecordsActs_DoesNotWarn")]
    [TestCase("{}", "{ kind: year, tier: pupil, record: everything }", "", TestName = "Validate_YearRecordsEverything_DoesNotWarn")]
    [TestCase("{ record: acts }", "{ kind: year, tier: pupil, record: blocks }", "4:1", TestName = "Validate_YearSaysBlocks_Warns")]
    [TestCase("{}", "{ kind: staff, tier: pupil }", "", TestName = "Validate_Staff_DoNotWarn")]
    public void Validate_Record(string tier, string year, string place)
    {
        var file = _bench.Write("record.yaml", $"school: S\nnetworks: [10.0.0.0/8]\ntiers: {{ pupil: {tier} }}\ngroups: {{ y4: {year}, 4b: {{ kind: {(year.Contains("staff", StringComparison.Ordinal) ? "staff" : "class")}, within: y4 }} }}\n");
        var run = _bench.Run("policy", "validate", file);
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Done), run.Error);
        var warnings = run.Error.Split('\n').Where(line => line.Contains("only refusals are recorded", StringComparison.Ordinal)).Select(line => line[(file.Length + 1)..].Split(": ")[0]);
        Assert.That(string.Join(' ', warnings), Is.EqualTo(place), "a year, and not its class once more");
    }

    [TestCase("2026-11-22", "ended on")]
    [TestCase("2026-11-23", null)]
    [TestCase("2028-11-23", null)]
    [TestCase("2028-11-24", "lasts until")]
    public void Validate_ExceptionForACertificate(string until, string? warning)
    {
        var file = _bench.Write("exception.yaml", $"school: S\nnetworks: [10.0.0.0/8]\ntiers: {{ pupil: {{}} }}\ntimetable: {{ zone: Etc/UTC }}\ncertificate_exceptions:\n  - {{ host: box.example, sha256: {new string('a', 64)}, until: {until}, why: W }}\n");
        var run = _bench.Run("policy", "validate", file);
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Done), run.Error);
        var warnings = run.Error.Split('\n').Where(line => line.Contains("exception for the certificate of 'box.example'", StringComparison.Ordinal)).ToList();
        if (warning is null) Assert.That(warnings, Is.Empty);
        else Assert.That(warnings.Single(), Does.StartWith($"{file}:6:1: warning: ").And.Contain($"{warning} {until}"));
    }

    [Test]
    public void Validate_SeveralMistakes_ReportsThemAllInOrder()
    {
        var file = _bench.Write("bad.yaml", "shool: S\ntiers: { pupil: { allow: [vpn, csam-iwf] } }\nnetworks: [nowhere]");
        var run = _bench.Run("policy", "validate", file);
        var places = run.Error.Split('\n').Where(l => l.Contains(": mistake:", StringComparison.Ordinal)).Select(l => l.Split(": ")[0][(file.Length + 1)..]);
        Assert.That(places, Is.EqualTo(new[] { "1:1", "1:1", "2:27", "2:32", "3:12" }));
        Assert.That(run.Error, Does.Contain("5 mistakes"));
    }

    [Test]
    public void Validate_Json_IsOneObjectWithEveryProblem()
    {
        var run = _bench.Run("policy", "validate", _bench.Write("bad.yaml", "school: S\ntiers: { pupil: { blok: [] } }"), "--json");
        var json = JsonDocument.Parse(run.Lines.Single()).RootElement;
        Assert.Multiple(() =>
        {
            Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Usage));
            Assert.That(run.Error, Is.Empty);
            Assert.That(json.EnumerateObject().Select(p => p.Name), Is.EqualTo(new[] { "file", "valid", "school", "version", "tiers", "problems" }));
            Assert.That(json.GetProperty("valid").GetBoolean(), Is.False);
            Assert.That(json.GetProperty("school").ValueKind, Is.EqualTo(JsonValueKind.Null));
            Assert.That(json.GetProperty("problems").EnumerateArray().Select(p => p.GetProperty("severity").GetString()), Is.EquivalentTo(new[] { "warning", "mistake" }));
        });
    }

    [Test]
    public void Validate_CategoryOfAListFolder_MayBeNamedWithLists()
    {
        _bench.Write("lists/village-gossip/domains", "gossip.example\n");
        var file = _bench.Write("own.yaml", "school: S\nnetworks: [10.0.0.0/8]\ntiers: { pupil: { allow: [village-gossip] } }");
        Assert.Multiple(() =>
        {
            Assert.That(_bench.Run("policy", "validate", file).ExitCode, Is.EqualTo(ExitCode.Usage));
            Assert.That(_bench.Run("policy", "validate", file, "--lists", Path.Combine(_bench.Root, "lists")).ExitCode, Is.EqualTo(ExitCode.Done));
        });
    }

    [Test]
    public void Show_AsText_IsTheDocumentItself()
    {
        var run = _bench.Run("policy", "show");
        Assert.That(run.Output, Is.EqualTo(File.ReadAllText(Path.Combine(_bench.Root, "policy.yaml"))));
    }

    [Test]
    public void Show_Json_TellsWhatIsInForceDefaultsIncluded()
    {
        var json = JsonDocument.Parse(_bench.Run("policy", "show", "--json").Lines.Single()).RootElement;
        var pupil = json.GetProperty("tiers")[0];
        Assert.Multiple(() =>
        {
            Assert.That(json.GetProperty("source").GetString(), Is.EqualTo("file"));
            Assert.That(json.GetProperty("unknown_clients").GetString(), Is.EqualTo("pupil"));
            Assert.That(pupil.GetProperty("name").GetString(), Is.EqualTo("pupil"), "the strictest first");
            Assert.That(pupil.GetProperty("tls").GetString(), Is.EqualTo("intercept"));
            Assert.That(pupil.GetProperty("blocked").EnumerateArray().Select(c => c.GetString()), Does.Contain("vpn").And.Contain("games").And.Not.Contain("news"));
            Assert.That(pupil.GetProperty("logged").EnumerateArray().Select(c => c.GetString()), Is.EqualTo(new[] { "news" }));
            Assert.That(pupil.GetProperty("own_block").EnumerateArray().Select(c => c.GetString()), Is.EqualTo(new[] { "time-waster.example" }));
        });
    }

    [Test]
    public void Show_Json_NamesTheExceptionsForCertificates()
    {
        _bench.Write("policy.yaml", $"school: S\nnetworks: [10.0.0.0/8]\ntiers: {{ pupil: {{}} }}\ncertificate_exceptions: [{{ host: Box.example, sha256: {new string('a', 64)}, until: 2199-07-31, why: the heating }}]\n");
        var exception = JsonDocument.Parse(_bench.Run("policy", "show", "--json").Lines.Single()).RootElement.GetProperty("certificate_exceptions")[0];
        Assert.That(exception.EnumerateObject().Select(p => $"{p.Name}={p.Value.GetString()}"), Is.EqualTo(new[] { "host=box.example", $"sha256={string.Join(':', Enumerable.Repeat("AA", 32))}", "until=2199-07-31", "why=the heating" }));
    }
}
