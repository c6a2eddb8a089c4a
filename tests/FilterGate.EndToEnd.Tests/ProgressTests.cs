using FilterGate.EndToEnd.Tests.Fixtures;
using FilterGate.Testing;

namespace FilterGate.EndToEnd.Tests;

/// <summary>Whatever takes long says how far it is to somebody who looks, and to nobody else: a log would only fill with it.</summary>
public sealed class ProgressTests
{
    [TestCase("categorise FOLDER/urls.txt --output FOLDER/out.csv", "categorising")]
    [TestCase("lists compile", "compiling")]
    public async Task Command_AtATerminal_ShowsABar(string line, string what)
    {
        Programs.Require("script", "bsdutils");
        using var folder = new TempFolder();
        await File.WriteAllLinesAsync(folder["urls.txt"], Enumerable.Range(0, 50_000).Select(i => $"http://games.example/{i}"));
        string[] command = [GatewayProcess.Executable, .. line.Split(' ').Select(word => word.Replace("FOLDER", folder.Path, StringComparison.Ordinal)), "--data", folder["data"]];

        var seen = await Programs.RunAsync(["script", "-qec", string.Join(' ', command), "/dev/null"], new Dictionary<string, string> { ["TERM"] = "xterm" });
        var (piped, script) = (await Programs.RunAsync(command), await Programs.RunAsync([.. command, "--json"]));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(seen.ExitCode, Is.Zero, seen.Output);
            Assert.That(seen.Output, Does.Match($@"{what}[^\n]*━[^\n]*\d+%"));
            Assert.That(piped.ExitCode, Is.Zero, piped.Error);
            Assert.That(piped.Output + piped.Error, Does.Not.Contain('━'), "nobody looks");
            Assert.That(script.Output + script.Error, Does.Not.Contain('━'), "a script");
        }
    }
}
