using System.Net;
using FilterGate.Commands;
using FilterGate.Policy.People;
using FilterGate.State;
using FilterGate.Testing;
using Microsoft.Extensions.Time.Testing;

namespace FilterGate.Tests.Commands;

/// <summary>What is said before any gateway is asked; the rest is told by the end-to-end tests.</summary>
public sealed class WatchCommandTests
{
    [TestCase("ipad-14", "--reason", TestName = "Watch_WithoutReason_IsAsked")]
    [TestCase("ipad-14 --reason ", "say why", TestName = "Watch_EmptyReason_IsAsked")]
    [TestCase("--reason why", "DEVICE|ADDRESS", TestName = "Watch_Nobody_IsAsked")]
    [TestCase("ipad-14 --reason why --for 20m", "at most 15 minutes", TestName = "Watch_ForLonger_IsRefused")]
    [TestCase("ipad-14 --reason why --for soon", "'soon' is not a length of time", TestName = "Watch_ForNoTime_IsRefused")]
    [TestCase("ipad-14 --reason why --data /nonexistent/data", "no gateway runs on /nonexistent/data", TestName = "Watch_WithoutGateway_SaysSo")]
    public void Watch_Mistake_ExitsTwo(string arguments, string message)
    {
        var run = CommandRun.Of(["watch", .. arguments.Split(' ')]);
        Assert.That((run.ExitCode, run.Output), Is.EqualTo((ExitCode.Usage, "")));
        Assert.That(run.Error, Does.Contain(message));
    }

    [Test]
    public void Suggest_ADevice_NamesThoseOfTheRosterThatHaveAnAddress()
    {
        using var folder = new TempFolder();
        Directory.CreateDirectory(folder["filtergate"]);
        using (var state = StateStore.Open(Path.Combine(folder["filtergate"], "state.db"), new FakeTimeProvider(StoreBox.Noon)))
            state.ImportDevices([new Device("ipad-14") { Address = IPAddress.Parse("10.20.1.7") }, new Device("ipad-15")], removeMissing: false, "test", why: null, "tech");
        var host = new CommandHost { Variable = name => name == "XDG_DATA_HOME" ? folder.Path : null, InstalledSettingsPath = "/nonexistent/filtergate.yaml" };
        Assert.That(CommandRun.Of(host, "[suggest:8]", "watch ip").Lines, Is.EqualTo(new[] { "ipad-14" }));
    }
}
