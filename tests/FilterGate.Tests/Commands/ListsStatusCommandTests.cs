using System.Text.Json;
using FilterGate.Commands;
using FilterGate.Lists;

namespace FilterGate.Tests.Commands;

public sealed class ListsStatusCommandTests
{
    private Workbench _bench = null!;

    [SetUp]
    public void MakeBench() => _bench = Workbench.WithSource();

    [TearDown]
    public void RemoveBench() => _bench.Dispose();

    [Test]
    public void Status_FreshBox_SaysThatTheStarterListsAreAlone()
    {
        var (text, json) = Status();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(text, Does.Contain("the starter lists alone").And.Contain("own: never fetched"));
            Assert.That(json.GetProperty("categories").GetProperty("origin").GetString(), Is.EqualTo("starter"));
            var neverRead = json.GetProperty("never_intercept");
            Assert.That((neverRead.GetProperty("met").GetBoolean(), neverRead.GetProperty("entries").GetInt32()), Is.EqualTo((true, ListLoader.ShippedEntries("never-intercept/domains").Count())));
            Assert.That(text, Does.Contain($"version {neverRead.GetProperty("version").GetString()}; the policy adds its own"));
            Assert.That(json.GetProperty("categories").GetProperty("entries").GetInt32(), Is.GreaterThan(1000));
            Assert.That(json.GetProperty("categories").GetProperty("lists").EnumerateArray().Select(l => l.GetProperty("list").GetString()), Does.Contain("shopping/domains").And.No.Member("locked/iwf-style-sample"));
        }
    }

    [Test]
    public void Status_AfterAnUpdate_ShowsListsSourcesAndWhatIsNotUsed()
    {
        Update(200, "ltd.uk\nnot a host\n");
        var (text, json) = Status();
        var own = json.GetProperty("categories").GetProperty("lists").EnumerateArray().Single(l => l.GetProperty("list").GetString() == "own");
        using (Assert.EnterMultipleScope())
        {
            Assert.That((own.GetProperty("entries").GetInt32(), own.GetProperty("malformed").GetInt32()), Is.EqualTo((200, 2)));
            Assert.That(text, Does.Contain("lines not used: 2").And.Contain("would block a public suffix"));
            Assert.That(json.GetProperty("categories").GetProperty("origin").GetString(), Is.EqualTo("compiled"));
            Assert.That(json.GetProperty("sources").GetProperty("sources")[0].GetProperty("id").GetString(), Is.EqualTo("own"));
            Assert.That(_bench.Run("check", "http://site7.example/", "--tier", "pupil").ExitCode, Is.EqualTo(ExitCode.Blocked));
        }
    }

    [Test]
    public void CompiledListsBroken_ThoseBeforeStayInForce_AndWithoutThemNothingOpens()
    {
        Update(200);
        Update(9_000);
        // The newest base is the one that in-force.json names.
        var inForce = JsonDocument.Parse(File.ReadAllText(Path.Combine(_bench.Data, "lists", "in-force.json"))).RootElement.GetProperty("base").GetString()!;
        Break(inForce);
        var (text, _) = Status();
        Assert.That(text, Does.Contain("those before them are in force").And.Contain("digest"));
        Assert.That(_bench.Run("check", "http://site7.example/", "--tier", "pupil").ExitCode, Is.EqualTo(ExitCode.Blocked), "the older lists still block");

        foreach (var file in Directory.GetFiles(Path.Combine(_bench.Data, "lists", "compiled"), "base-*.fgl")) Break(Path.GetFileNameWithoutExtension(file));
        var check = _bench.Run("check", "http://site7.example/", "--tier", "pupil");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(check.ExitCode, Is.EqualTo(ExitCode.Usage));
            Assert.That(check.Error, Does.Contain("filtergate lists compile"));
            Assert.That(Status().Json.GetProperty("categories").GetProperty("met").GetBoolean(), Is.False);
        }
    }

    private void Break(string name)
    {
        var path = Path.Combine(_bench.Data, "lists", "compiled", name + ".fgl");
        var bytes = File.ReadAllBytes(path);
        // As a failing disk does it: the file keeps its name, and no rename tells of it.
        File.WriteAllBytes(path, [.. bytes[..^64], .. new byte[63], (byte)(bytes[^1] + 1)]);
    }

    private void Update(int entries, string more = "")
    {
        var file = _bench.Write("stick.txt", more + string.Concat(Enumerable.Range(0, entries).Select(i => $"site{i}.example\n")));
        var run = _bench.Run("lists", "update", "own", "--from", file, "--agree");
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        _bench.Clock.Advance(TimeSpan.FromMinutes(1));
    }

    private (string Text, JsonElement Json) Status() => (_bench.Run("lists", "status").Output, JsonDocument.Parse(_bench.Run("lists", "status", "--json").Output).RootElement);
}
