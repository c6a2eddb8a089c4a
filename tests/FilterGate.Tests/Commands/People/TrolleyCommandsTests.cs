using System.Text.Json;
using FilterGate.Commands;
using FilterGate.Network;

namespace FilterGate.Tests.Commands.People;

/// <summary>Trolleys that classes borrow, and what is on the network.</summary>
public sealed class TrolleyCommandsTests
{
    private SchoolBox _box = null!;

    [SetUp]
    public void SetUp()
    {
        _box = new SchoolBox();
        _box.Devices("ipad-13,10.20.1.6,,,,yes\nipad-14,10.20.1.7,a4:83:e7:00:00:01,,,yes\nlaptop-3,10.20.8.3,,teachers,,no\n");
    }

    [TearDown]
    public async Task TearDown() => await _box.DisposeAsync();

    [Test]
    public void Assign_ATrolley_IsTheClassesUntilThen()
    {
        var run = _box.Run("devices", "assign", "IPAD", "--class", "Class 4B", "--until", "12:50", "--reason", "maths");
        Assert.That((run.ExitCode, run.Error), Is.EqualTo((ExitCode.Done, "")));
        Assert.That(run.Output, Is.EqualTo("4b has ipad (2 devices) until 2026-11-23 12:50:00. Back earlier: filtergate devices return ipad\n"));
        Assert.That(_box.Run("check", "http://site.example/", "--client", "10.20.1.7", "--json").Lines.Select(l => JsonElement.Parse(l).GetProperty("group").GetString()), Is.EqualTo(new[] { "4b" }));

        var row = JsonElement.Parse(_box.Run("devices", "bookings", "--json").Lines.Single());
        Assert.That(row.EnumerateObject().Select(p => p.Name), Is.EqualTo(new[] { "id", "trolley", "class", "start", "end", "reason", "actor", "returned_at", "returned_by" }));
        Assert.That((row.GetProperty("class").GetString(), row.GetProperty("end").GetString(), row.GetProperty("reason").GetString(), row.GetProperty("actor").GetString()), Is.EqualTo(("4b", "2026-11-23T12:50:00.000Z", "maths", "tech")));

        _box.Box.Clock.Advance(TimeSpan.FromMinutes(50));
        Assert.That(_box.Run("check", "http://site.example/", "--client", "10.20.1.7", "--json").Lines.Select(l => JsonElement.Parse(l).GetProperty("group").ValueKind), Is.EqualTo(new[] { JsonValueKind.Null }));
    }

    [TestCase(new[] { "ipad", "--class", "4c", "--until", "13:00" }, "--class: '4c' is no group of the policy; did you mean '4b'?", ExitCode.Usage)]
    [TestCase(new[] { "ipda", "--class", "4b", "--until", "13:00" }, "no device's name begins with 'ipda'; did you mean 'ipad'?", ExitCode.Usage)]
    [TestCase(new[] { "laptop", "--class", "4b", "--until", "13:00" }, "is no trolley that classes borrow", ExitCode.Usage)]
    [TestCase(new[] { "ipad", "--class", "teachers", "--until", "13:00" }, "a trolley of pupils' devices is given to a class of pupils", ExitCode.Refused)]
    [TestCase(new[] { "ipad", "--class", "4b", "--until", "11:00" }, "--until: 11:00 is past", ExitCode.Usage)]
    [TestCase(new[] { "ipad", "--class", "4b", "--from", "14:00", "--until", "13:00" }, "--until is not after --from", ExitCode.Usage)]
    [TestCase(new[] { "ipad", "--class", "4b", "--until", "2026-12-24" }, "for 7 days at most", ExitCode.Usage)]
    [TestCase(new[] { "ipad", "--class", "4b", "--until", "noon" }, "'noon' is not a time", ExitCode.Usage)]
    public void Assign_WhatCannotBe_SaysWhy(string[] arguments, string message, int exitCode)
    {
        var run = _box.Run(["devices", "assign", .. arguments]);
        Assert.That(run.Error, Does.Contain(message));
        Assert.That((run.ExitCode, _box.Run("devices", "bookings").Output), Is.EqualTo((exitCode, "")));
    }

    [Test]
    public void Assign_WhatAnotherClassHas_NamesItAndWhatToDo()
    {
        _box.Run("devices", "assign", "ipad", "--class", "4b", "--until", "13:00");
        var second = _box.Run("devices", "assign", "ipad-14", "--class", "5b", "--until", "14:00");
        Assert.That(second.ExitCode, Is.EqualTo(ExitCode.Usage));
        Assert.That(second.Error, Does.Contain("4b has ipad from 2026-11-23 12:00:00 until 2026-11-23 13:00:00. If it is back: filtergate devices return ipad"));
        Assert.That(_box.Run("devices", "return", "ipad").Output, Is.EqualTo("ipad is back from 4b.\n"));
        Assert.That(_box.Run("devices", "return", "ipad").Error, Does.Contain("nobody has 'ipad' now or later"));
        Assert.That(_box.Run("devices", "assign", "ipad-14", "--class", "5b", "--until", "14:00").ExitCode, Is.EqualTo(ExitCode.Done));
    }

    private CommandRun Seen(string neighbours, params string[] arguments)
    {
        var host = _box.Box.Host();
        var box = new NetworkBox { Run = (_, _, _) => Task.FromResult<ProgramEnd?>(new ProgramEnd(0, neighbours, "")) };
        var seeing = new CommandHost { Clock = host.Clock, Variable = host.Variable, Account = host.Account, IsRoot = host.IsRoot, OutputIsTerminal = host.OutputIsTerminal, InstalledSettingsPath = host.InstalledSettingsPath, Box = box };
        return CommandRun.Of(seeing, ["devices", "seen", .. arguments, "--data", _box.Box.Folder]);
    }

    private const string Neighbours = """
        10.20.9.50 dev lan0 lladdr a4:83:e7:00:00:01 REACHABLE
        10.20.1.7 dev lan0 lladdr 02:00:00:00:00:ff REACHABLE
        10.20.1.6 dev lan0 lladdr 02:00:00:00:00:fe STALE
        192.0.2.1 dev eth0 lladdr 02:00:00:00:00:aa REACHABLE
        fe80::1 dev lan0 lladdr a4:83:e7:00:00:01 REACHABLE
        """;

    [Test]
    public void Seen_NamesWhatItKnows_AndWhatItDoesNot()
    {
        var rows = Seen(Neighbours, "--json").Lines.Select(l => JsonElement.Parse(l)).Select(r => (r.GetProperty("address").GetString(), r.GetProperty("mac").GetString(), r.GetProperty("device").GetString(), r.GetProperty("tier").GetString()));
        Assert.That(rows, Is.EqualTo(new[]
        {
            ("10.20.1.6", "02:00:00:00:00:fe", "ipad-13", "pupil"), ("10.20.1.7", "02:00:00:00:00:ff", null, "pupil"), ("10.20.9.50", "a4:83:e7:00:00:01", "ipad-14", "pupil"),
        }));
    }

    [Test]
    public void Seen_Unknown_AreThoseThatNobodyEntered()
    {
        var run = Seen(Neighbours, "--unknown");
        Assert.That(run.Lines, Has.Length.EqualTo(1));
        Assert.That(run.Lines[0], Does.StartWith("10.20.1.7 ").And.Contain("02:00:00:00:00:ff").And.Contain("(unknown)"));
    }
}
