using System.Diagnostics;
using System.Text.RegularExpressions;
using FilterGate.Settings;
using FilterGate.Testing;
using FilterGate.Tests.Commands;

namespace FilterGate.Tests.Deploy;

/// <summary>What the Debian package puts on a box says what the program does.</summary>
public sealed partial class PackagedFilesTests
{
    private static string Deploy(params string[] path) => Path.Combine([Repository.Root, "deploy", .. path]);

    [TestCase("bash")]
    [TestCase("zsh")]
    public void Completion_IsTheProgramsOwn(string shell) => Assert.That(File.ReadAllText(Deploy("debian", $"completion.{shell}")), Is.EqualTo(CommandRun.Of("completion", shell).Output));

    [Test]
    public void Settings_AsShipped_AreReadAndListenOnLoopbackAlone()
    {
        var settings = GatewaySettings.Read(Deploy("settings", "filtergate.yaml"));
        Assert.That(settings.Listen.Concat([settings.ReviewListen!]).Select(at => at.ToString()), Is.EqualTo(["127.0.0.1:8080", "127.0.0.1:8090"]), "nobody's network is touched before somebody says so");
    }

    /// <summary>What stands commented out is an example: it must work once the sign is taken away.</summary>
    [Test]
    public void Settings_WithEveryExampleTakenIn_AreRead()
    {
        var text = Regex.Replace(File.ReadAllText(Deploy("settings", "filtergate.yaml")), "^# (?=[a-z_]+: )", "", RegexOptions.Multiline | RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(5));
        var settings = GatewaySettings.Parse(text, "/etc/filtergate/filtergate.yaml");
        Assert.That((settings.ReviewNames.Length, settings.UpstreamTrustCa.Length), Is.EqualTo((1, 1)));
    }

    [Test]
    public void Manual_NamesEveryCommandAndNoOther()
    {
        var help = CommandRun.Of("--help").Output;
        var commands = CommandOfHelp().Matches(help[help.IndexOf("Commands:", StringComparison.Ordinal)..]).Select(m => m.Groups[1].Value).ToHashSet(StringComparer.Ordinal);
        var manual = File.ReadAllText(Deploy("debian", "filtergate.8"));
        var section = manual[manual.IndexOf(".SH COMMANDS", StringComparison.Ordinal)..manual.IndexOf("Each has", StringComparison.Ordinal)];
        var named = WordOfManual().Matches(section).SelectMany(m => m.Groups[1].Value.Replace("\\fR", "", StringComparison.Ordinal).Replace("\\fB", "", StringComparison.Ordinal).Replace("\\-", "-", StringComparison.Ordinal).Split(", ")).Select(name => name.Split(' ')[0]).ToHashSet(StringComparer.Ordinal);
        Assert.That(named, Is.EquivalentTo(commands));
    }

    /// <summary>As systemd sees the units; 2.0 is what the project asks of itself.</summary>
    [TestCase("filtergate.service")]
    [TestCase("filtergate-review.service")]
    [TestCase("filtergate-network.service")]
    [TestCase("filtergate-names.service")]
    public void Unit_IsSandboxed(string unit)
    {
        var (exitCode, output) = Run("systemd-analyze", "security", "--offline=true", "--threshold=20", Deploy("systemd", unit));
        Assert.That(exitCode, Is.Zero, output);
    }

    [TestCase("filtergate.service", "--only proxy", "filtergate")]
    [TestCase("filtergate-review.service", "--only review", "filtergate-review")]
    public void Unit_RunsItsHalfAsItsOwnAccountWithoutARight(string unit, string half, string account)
    {
        var lines = File.ReadAllLines(Deploy("systemd", unit));
        Assert.That(lines, Does.Contain($"ExecStart=/usr/bin/filtergate run {half}").And.Contain($"User={account}").And.Contain("Group=filtergate").And.Contain("CapabilityBoundingSet=").And.Contain("Type=notify").And.Contain("WatchdogSec=30").And.Contain("Restart=always"));
    }

    [TestCase("preinst")]
    [TestCase("postinst")]
    [TestCase("prerm")]
    [TestCase("postrm")]
    public void Script_IsReadByTheShell(string script)
    {
        var (exitCode, output) = Run("sh", "-n", Deploy("debian", script));
        Assert.That(exitCode, Is.Zero, output);
    }

    private static (int ExitCode, string Output) Run(string program, params string[] arguments)
    {
        if (!$"{Environment.GetEnvironmentVariable("PATH")}:/usr/bin:/bin".Split(':').Any(folder => File.Exists(Path.Combine(folder, program)))) Assert.Ignore($"Needs {program}: on Debian it comes with the package `systemd`.");
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true })!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output + error.Result);
    }

    [GeneratedRegex("^  ([a-z][a-z-]+)(?: |$)", RegexOptions.Multiline, 5000)]
    private static partial Regex CommandOfHelp();

    [GeneratedRegex(@"^\.B ([a-z][^\n]*)$", RegexOptions.Multiline, 5000)]
    private static partial Regex WordOfManual();
}
