using System.Net;
using FilterGate.EndToEnd.Tests.Fixtures;
using FilterGate.Testing;

namespace FilterGate.EndToEnd.Tests;

/// <summary><c>filtergate run</c> as somebody meets it first: no flag, no file, the ports that the documents name, and every line that it prints to try.</summary>
/// <remarks>In a network of its own, where those ports are free and the public address of the origin leads nowhere else.</remarks>
[TestFixture]
[Category("EndToEnd")]
public sealed class FirstRunTests
{
    private static readonly IPAddress Origin = IPAddress.Parse("93.184.215.14");

    private TempFolder _home = null!;
    private NetworkNamespace _laptop = null!;
    private NetworkNamespace _internet = null!;
    private NginxOrigin _origin = null!;
    private GatewayProcess _gateway = null!;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        string[] names = ["example.com", "ebay.co.uk", "iwf-sample.example"];
        _home = new TempFolder();
        _laptop = await NetworkNamespace.MakeAsync("laptop", names.Select(name => (name, Origin)));
        _internet = await NetworkNamespace.MakeAsync("net", []);
        await NetworkNamespace.JoinAsync(_laptop, "wlan0", "93.184.215.1/24", _internet, "net0", $"{Origin}/24");
        _origin = await NginxOrigin.StartAsync(_internet.Place, Origin, names);
        _gateway = await GatewayProcess.StartAsync(_laptop.Place, Environment);
    }

    [OneTimeTearDown]
    public async Task StopAsync()
    {
        if (_gateway is not null) await _gateway.DisposeAsync();
        if (_origin is not null) await _origin.DisposeAsync();
        if (_laptop is not null) await _laptop.DisposeAsync();
        if (_internet is not null) await _internet.DisposeAsync();
        _home?.Dispose();
    }

    private Dictionary<string, string> Environment => new() { ["XDG_DATA_HOME"] = _home.Path, ["HOME"] = _home.Path };

    private string Data => _home["filtergate"];

    [TestCase("listening on 127.0.0.1:8080 (pupil)")]
    [TestCase("listening on 127.0.0.1:8081 (staff)")]
    [TestCase("listening on 127.0.0.1:8082 (guest)")]
    [TestCase("listening on 127.0.0.1:8090 (review)")]
    public void Run_WithoutAnything_ListensWhereTheDocumentsSay(string line) => Assert.That(_gateway.Output.Split('\n'), Does.Contain(line));

    [Test]
    public void Run_WithoutAnything_NamesItsDataFolderAndKeepsTheKeyToItself()
    {
        Assert.That(_gateway.Output, Does.Contain(Data));
        Assert.That(Path.Combine(Data, "state.db"), Does.Exist);
#pragma warning disable CA1416 // RequireRoot has ignored the test elsewhere
        Assert.That(File.GetUnixFileMode(Path.Combine(Data, "ca")), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute));
        var key = Directory.GetFiles(Path.Combine(Data, "ca")).Single(f => !f.EndsWith(".crt", StringComparison.Ordinal));
        Assert.That(File.GetUnixFileMode(key), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite), key);
#pragma warning restore CA1416
    }

    [Test]
    public void Run_WithoutAnything_SaysThatTheIllegalContentListProtectsNobody() =>
        Assert.That(_gateway.Output, Does.Contain("demonstration list").And.Contain("protects nobody"));

    [TestCase("allowed", NginxOrigin.Welcome, null)]
    [TestCase("blocked for a pupil", "Ask for this site", NginxOrigin.Welcome)]
    [TestCase("allowed for staff", NginxOrigin.Welcome, null)]
    [TestCase("the same over HTTPS", "Ask for this site", NginxOrigin.Welcome)]
    [TestCase("on the IWF-style sample, blocked for all", "Access denied", "Ask for this site")]
    public async Task LineToTry_CopiedIntoATerminal_DoesWhatItsCommentSays(string comment, string shows, string? butNot)
    {
        var line = LineToTry(comment);
        Assert.That(line, Does.StartWith("curl "));
        var ended = await InATerminalAsync(line);
        Assert.That(ended.ExitCode, Is.Zero, ended.Error);
        Assert.That(ended.Output, Does.Contain(shows));
        if (butNot is not null) Assert.That(ended.Output, Does.Not.Contain(butNot));
    }

    [Test]
    public async Task LineToTry_IwfStyleSample_IsBlockedForAPupilToo()
    {
        var line = LineToTry("on the IWF-style sample, blocked for all").Replace(":8081", ":8080", StringComparison.Ordinal);
        Assert.That((await InATerminalAsync(line)).Output, Does.Contain("Access denied"));
    }

    [Test]
    public async Task LineToTry_OpenForAnHour_OpensItForPupils()
    {
        var granted = await InATerminalAsync(LineToTry("open a site for an hour"));
        Assert.That(granted.ExitCode, Is.Zero, granted.Error);
        var line = LineToTry("blocked for a pupil");
        await Programs.UntilAsync(async () => (await InATerminalAsync(line)).Output.Contains(NginxOrigin.Welcome, StringComparison.Ordinal), "the site opens for the pupil");

        // As it was, for the tests beside this one.
        var undo = granted.Lines.Single(l => l.StartsWith("To undo: ", StringComparison.Ordinal)).Split(' ');
        var revoked = await InATerminalAsync($"{GatewayProcess.Executable} unblock revoke {undo[^3]} --reason 'the test is over'");
        Assert.That(revoked.ExitCode, Is.Zero, revoked.Error);
        await Programs.UntilAsync(async () => (await InATerminalAsync(line)).Output.Contains("Ask for this site", StringComparison.Ordinal), "the site is closed again");
    }

    [Test]
    public async Task LineToTry_WhatPupilsHaveAskedFor_Answers()
    {
        var listed = await InATerminalAsync(LineToTry("what pupils have asked for"));
        Assert.That(listed.ExitCode, Is.Zero, listed.Error);
    }

    [Test]
    public async Task LineToTry_WhatWasBlocked_IsThePageThatShowsIt()
    {
        await InATerminalAsync(LineToTry("blocked for a pupil"));
        var page = LineToTry("what was blocked");
        Assert.That(page, Is.EqualTo("http://127.0.0.1:8090/"));
        await Programs.UntilAsync(async () => (await InATerminalAsync($"curl {page}")).Output.Contains("ebay.co.uk", StringComparison.Ordinal), "the review page shows the block");
    }

    private string LineToTry(string comment)
    {
        var lines = _gateway.Output.Split('\n');
        var at = Array.IndexOf(lines, $"  # {comment}");
        Assert.That(at, Is.Not.Negative, $"no line to try is called '{comment}':\n{_gateway.Output}");
        return lines[at + 1].Trim();
    }

    private Task<Ended> InATerminalAsync(string line) =>
        Programs.RunAsync(_laptop.Place.Command("sh", "-c", line), new Dictionary<string, string>(Environment) { ["CURL_HOME"] = _home.Path });
}
