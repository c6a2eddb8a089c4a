using System.Diagnostics;
using System.Text.Json;
using FilterGate.EndToEnd.Tests.Fixtures;
using FilterGate.Testing;

namespace FilterGate.EndToEnd.Tests;

/// <summary>The first run of a box: a file of answers, a gateway that filters by it, and a power cut after each step.</summary>
[TestFixture]
[Category("EndToEnd")]
public sealed class SetupTests
{
    private TempFolder _temp = null!;

    [SetUp]
    public async Task SetUpAsync()
    {
        _temp = new TempFolder();
        var example = await GatewayProcess.CommandAsync("setup", "--example");
        Assert.That(example.ExitCode, Is.Zero, example.Error);
        await File.WriteAllTextAsync(_temp["answers.yaml"], example.Output.Replace("127.0.0.1:8080", "127.0.0.1:0", StringComparison.Ordinal).Replace("127.0.0.1:8090", "127.0.0.1:0", StringComparison.Ordinal));
    }

    [TearDown]
    public void TearDown() => _temp.Dispose();

    private string Data => _temp["data"];

    private string[] Setup => ["setup", "--data", Data, "--answers", _temp["answers.yaml"], "--json"];

    [Test]
    public async Task Answers_OnAnEmptyBox_MakeAGatewayThatFiltersByThem()
    {
        var made = await GatewayProcess.CommandAsync(Setup);
        Assert.That(made.ExitCode, Is.Zero, made.Error);
        await using var gateway = await GatewayProcess.StartAsync(Place.Here, environment: null, "--config", Path.Combine(Data, "settings.yaml"));
        Assert.That(gateway.Output, Does.Contain("School: Sample Primary, policy"));

        var page = await new Curl(Place.Here).GetAsync("http://ebay.co.uk/", gateway.Address(""));
        Assert.That((page.Status, page.Body.Contains("Sample Primary", StringComparison.Ordinal)), Is.EqualTo((403, true)), page.Body);

        // Beside the gateway that runs: everything stays, links too.
        var again = await GatewayProcess.CommandAsync(Setup);
        Assert.That((again.ExitCode, again.Error), Is.EqualTo((0, "")));
        Assert.That(JsonElement.Parse(again.Output).GetProperty("changes").GetArrayLength(), Is.Zero, again.Output);
        var link = JsonElement.Parse(made.Output).GetProperty("invitations")[0].GetProperty("link").GetString()!;
        var enrol = await new Curl(Place.Here).GetAsync(gateway.Address("review").GetLeftPart(UriPartial.Authority) + new Uri(link).AbsolutePath);
        Assert.That(enrol.Status, Is.EqualTo(200), enrol.Body);
    }

    [TestCase("state.db")]
    [TestCase("settings.yaml")]
    [Category("Slow")]
    public async Task Killed_AfterAStep_IsFinishedByTheNextRun(string seen)
    {
        using (var process = Process.Start(Programs.Describe([GatewayProcess.Executable, .. Setup]))!)
        {
            process.StandardInput.Close();
            while (!process.HasExited && !File.Exists(Path.Combine(Data, seen))) await Task.Yield();
            if (!process.HasExited) process.Kill();
            await process.WaitForExitAsync();
        }

        var again = await GatewayProcess.CommandAsync(Setup);
        Assert.That(again.ExitCode, Is.Zero, again.Error);
        var after = await GatewayProcess.CommandAsync([.. Setup, "--dry-run"]);
        Assert.That(JsonElement.Parse(after.Output).GetProperty("changes").GetArrayLength(), Is.Zero, after.Output);
        Assert.That(after.Output, Does.Contain("policy 1 of Sample Primary stays in force"), "it was put in force once");
    }
}
