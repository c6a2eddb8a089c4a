using FilterGate.Commands;
using FilterGate.Testing;

namespace FilterGate.Tests.Commands;

/// <summary>What devices ask to find out whether they are on line has to come back as it was sent, also where hardly anything else does: an iPad that is refused offers its pupil another network.</summary>
public sealed class ProbesTests
{
    private const string Strict = """
        school: Sample Primary
        networks: [10.20.0.0/16]
        tiers:
          pupil: { uncategorised: block }
          staff: { uncategorised: warn }
          guest: { uncategorised: warn, newly_seen: block }
        """;

    // Apple, Android and ChromeOS, Windows, Firefox, GNOME, Ubuntu.
    [TestCase("http://captive.apple.com/hotspot-detect.html")]
    [TestCase("http://www.apple.com/library/test/success.html")]
    [TestCase("http://connectivitycheck.gstatic.com/generate_204")]
    [TestCase("http://connectivitycheck.android.com/generate_204")]
    [TestCase("http://clients3.google.com/generate_204")]
    [TestCase("http://www.gstatic.com/generate_204")]
    [TestCase("http://play.googleapis.com/generate_204")]
    [TestCase("http://www.msftconnecttest.com/connecttest.txt")]
    [TestCase("http://ipv6.msftconnecttest.com/connecttest.txt")]
    [TestCase("http://www.msftncsi.com/ncsi.txt")]
    [TestCase("http://detectportal.firefox.com/success.txt?ipv4")]
    [TestCase("http://nmcheck.gnome.org/check_network_status.txt")]
    [TestCase("http://connectivity-check.ubuntu.com/")]
    public void Probe_IsLetThrough_InEveryTierOfAStrictSchool(string probe)
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder["policy.yaml"], Strict);
        File.WriteAllText(folder["settings.yaml"], "policy: policy.yaml\n");
        foreach (var tier in (string[])["pupil", "staff", "guest"])
        {
            var run = CommandRun.Of("check", probe, "--tier", tier, "--config", folder["settings.yaml"], "--data", folder["data"]);
            Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Done), $"{tier}: {run.Output}{run.Error}");
        }
        Assert.That(CommandRun.Of("check", "http://unknown.example/", "--tier", "pupil", "--config", folder["settings.yaml"], "--data", folder["data"]).ExitCode, Is.EqualTo(ExitCode.Blocked), "else this shows nothing");
    }
}
