using FilterGate.Settings;
using FilterGate.State;
using FilterGate.Testing;
using FilterGate.Tests.Commands;

namespace FilterGate.Tests.Network;

public sealed class NetworkApplyCommandTests
{
    /// <summary>The invented school's networks are nobody's, whichever version of it a gateway found at its first start.</summary>
    [TestCase(null)]
    [TestCase("school: Sample Primary of another day\nnetworks: [10.20.0.0/16]\nunknown_clients: pupil\ntiers: { pupil: {} }\n")]
    public void Apply_WithTheSampleSchool_IsRefused(string? older)
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder["settings.yaml"], "transparent_listen: \"[::]:8129\"\nnetwork: { lan: [lan0] }\n");
        using (var state = StateStore.Open(folder["data/state.db"], TimeProvider.System))
            state.ImportPolicy("0123456789ab", older ?? GatewayInputs.Sample.Yaml, "gateway", GatewayInputs.ReadAtStart(GatewayInputs.Sample));
        var ran = CommandRun.Of("network", "apply", "--dry-run", "--config", folder["settings.yaml"], "--data", folder["data"]);
        Assert.That((ran.ExitCode, ran.Error), Is.EqualTo((2, ran.Error)));
        Assert.That(ran.Error, Does.Contain("there is no policy of this school yet").And.Contain("sudo filtergate setup"));
    }
}
