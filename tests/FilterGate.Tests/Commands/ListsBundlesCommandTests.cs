using System.Text.Json;
using FilterGate.Commands;

namespace FilterGate.Tests.Commands;

/// <summary><c>lists bundles</c>, and bundles as the other commands show them.</summary>
public sealed class ListsBundlesCommandTests
{
    private Workbench _bench = null!;

    [SetUp]
    public void SetUp() => _bench = new Workbench();

    [TearDown]
    public void TearDown() => _bench.Dispose();

    [Test]
    public void Bundles_WithoutName_ListsEveryOne()
    {
        var run = _bench.Run("lists", "bundles");
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Done), run.Error);
        Assert.That(run.Output, Does.Contain("zoom").And.Contain("cpoms").And.Contain("Class Dojo").And.Contain("bundles: [zoom]"));
    }

    [Test]
    public void Bundles_Named_ShowsHostsReasonsAndWhatAFilterCannotDo()
    {
        var run = _bench.Run("lists", "bundles", "facetime");
        Assert.That(run.Output, Does.Contain("push.apple.com  (HTTPS is passed unread)").And.Contain("from: ").And.Contain("UDP 3478").And.Contain("Checked on 20"));
    }

    [Test]
    public void Bundles_Mistyped_SuggestsTheNearest()
    {
        var run = _bench.Run("lists", "bundles", "zoon");
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Usage));
        Assert.That(run.Error, Does.Contain("'zoon' is no bundle; did you mean 'zoom'?"));
    }

    [Test]
    public void Bundles_Json_IsOneObjectALine()
    {
        var run = _bench.Run("lists", "bundles", "--json");
        foreach (var line in run.Lines)
        {
            var json = JsonDocument.Parse(line).RootElement;
            Assert.That(json.EnumerateObject().Select(p => p.Name), Is.EqualTo(new[] { "name", "title", "purpose", "address", "checked", "notes", "hosts" }));
            Assert.That(json.GetProperty("hosts")[0].EnumerateObject().Select(p => p.Name), Is.EqualTo(new[] { "host", "reason", "source", "never_intercept" }));
        }
        Assert.That(run.Lines, Has.Length.GreaterThanOrEqualTo(8));
    }

    [Test]
    public void Check_HostOfABundle_NamesIt()
    {
        _bench.Write("policy.yaml", "school: S\nnetworks: [10.20.0.0/16]\ntiers:\n  pupil: { uncategorised: block, bundles: [zoom] }");
        var run = _bench.Check("https://us02web.zoom.us/j/1", "--tier", "pupil", "--json");
        var json = JsonDocument.Parse(run.Lines.Single()).RootElement;
        Assert.Multiple(() =>
        {
            Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Done), run.Error);
            Assert.That(json.GetProperty("reason").GetString(), Is.EqualTo("own-allow"));
            Assert.That((json.GetProperty("list").GetString(), json.GetProperty("entry").GetString()), Is.EqualTo(("bundle zoom", "zoom.us")));
            Assert.That(json.GetProperty("explanation").GetString(), Does.Contain("Zoom is opened whole for this tier (bundle zoom: zoom.us)"));
            Assert.That(json.GetProperty("seen").GetString(), Is.EqualTo("host"), "the bundle says that it is never read");
        });
        Assert.That(_bench.Check("https://us02web.zoom.us/j/1", "--tier", "pupil").Output, Does.Contain("bundle zoom: zoom.us"));
    }

    [Test]
    public void Policy_WithBundles_IsValidatedAndShown()
    {
        _bench.Write("policy.yaml", "school: S\nnetworks: [10.20.0.0/16]\ntiers:\n  pupil: { bundles: [zoom, cpoms] }");
        Assert.That(_bench.Run("policy", "validate").ExitCode, Is.EqualTo(ExitCode.Done));
        var json = JsonDocument.Parse(_bench.Run("policy", "show", "--json").Lines.Single()).RootElement;
        Assert.That(json.GetProperty("tiers")[0].GetProperty("bundles").EnumerateArray().Select(b => b.GetString()), Is.EqualTo(new[] { "zoom", "cpoms" }));

        _bench.Write("policy.yaml", "school: S\nnetworks: [10.20.0.0/16]\ntiers:\n  pupil: { bundles: [zoon] }");
        Assert.That(_bench.Run("policy", "validate").Error, Does.Contain("policy.yaml:4:22: mistake: 'zoon' is no bundle; did you mean 'zoom'?"));
    }
}
