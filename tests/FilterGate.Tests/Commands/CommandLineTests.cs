using System.CommandLine;
using FilterGate.Commands;
using FilterGate.Events;

namespace FilterGate.Tests.Commands;

public sealed class CommandLineTests
{
    [TestCase("", "Required command was not provided", TestName = "Run_NoCommand_ExitsTwo")]
    [TestCase("nonsense", "nonsense", TestName = "Run_UnknownCommand_ExitsTwo")]
    [TestCase("completion bash --nonsense", "--nonsense", TestName = "Run_UnknownOption_ExitsTwo")]
    [TestCase("completion", "SHELL", TestName = "Run_MissingArgument_ExitsTwo")]
    [TestCase("completion fish", "fish", TestName = "Run_ValueNotAmongThoseKnown_ExitsTwo")]
    public void Run_ParseError_ExitsTwoAndPointsToHelp(string line, string message)
    {
        var run = CommandRun.Of(line.Split(' ', StringSplitOptions.RemoveEmptyEntries));

        Assert.Multiple(() =>
        {
            Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Usage));
            Assert.That(run.Output, Is.Empty, "messages go to standard error");
            Assert.That(run.Error, Does.StartWith("filtergate: ").And.Contain(message).And.Contain("--help"));
        });
    }

    [Test]
    public void Run_ErrorBelowASubcommand_PointsToItsOwnHelp() =>
        Assert.That(CommandRun.Of("completion", "fish").Error, Does.Contain("Try: filtergate completion --help"));

    [Test]
    public void Help_OfEveryCommand_HasExamples()
    {
        var root = CommandLine.Build(new CommandHost());
        foreach (var (path, command) in Below(root, ""))
        {
            if (command.Action is null) continue; // a group: its commands have them
            var run = CommandRun.Of([.. path.Split(' ', StringSplitOptions.RemoveEmptyEntries), "--help"]);
            Assert.Multiple(() =>
            {
                Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Done), path);
                Assert.That(run.Output, Does.Contain("Examples:").And.Contain("filtergate " + path.TrimStart()).And.Contain("--json"), path);
            });
        }
    }

    [Test]
    public void Help_WithAnUnfinishedLine_IsShown() => Assert.That(CommandRun.Of("completion", "--help").ExitCode, Is.EqualTo(ExitCode.Done));

    [TestCase("bash", "complete -o default -F _filtergate filtergate")]
    [TestCase("zsh", "compdef _filtergate filtergate")]
    public void Completion_KnownShell_PrintsTheFunction(string shell, string line)
    {
        var run = CommandRun.Of("completion", shell);
        Assert.Multiple(() =>
        {
            Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Done));
            Assert.That(run.Output, Does.Contain("[suggest:").And.Contain(line));
        });
    }

    [Test]
    public void Suggest_BeginningOfACommand_NamesIt() =>
        Assert.That(CommandRun.Of("[suggest:4]", "comp").Lines, Does.Contain("completion"));

    [Test]
    public async Task RunAsync_UserError_PrintsTheMessageAloneWithItsExitCode()
    {
        var run = await RunBodyAsync(_ => throw new UserErrorException("port 8080 is in use; choose another with --listen", ExitCode.Refused));
        Assert.Multiple(() =>
        {
            Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Refused));
            Assert.That(run.Error, Is.EqualTo("filtergate: port 8080 is in use; choose another with --listen\n"));
        });
    }

    [Test]
    public async Task RunAsync_StoreCannotBeUsed_ExitsTwo() =>
        Assert.That((await RunBodyAsync(_ => throw new EventStoreException("no room on the disk"))).ExitCode, Is.EqualTo(ExitCode.Usage));

    [Test]
    public async Task RunAsync_UnforeseenException_ExitsOneWithoutItsText()
    {
        var run = await RunBodyAsync(_ => throw new InvalidOperationException("http://private.example/?q=secret"));
        Assert.Multiple(() =>
        {
            Assert.That(run.ExitCode, Is.EqualTo(ExitCode.OurFault));
            Assert.That(run.Error, Does.Contain("InvalidOperationException").And.Contain(CommandHost.TraceVariable).And.Not.Contain("secret"));
            Assert.That(run.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries), Has.Length.EqualTo(1));
        });
    }

    [Test]
    public async Task RunAsync_UnforeseenExceptionWithTrace_ShowsWhere() =>
        Assert.That((await RunBodyAsync(_ => throw new InvalidOperationException("details"), Variables((CommandHost.TraceVariable, "1")))).Error,
            Does.Contain("details").And.Contain(nameof(RunAsync_UnforeseenExceptionWithTrace_ShowsWhere)));

    [TestCase(false, "", "", "", "tech", TestName = "Actor_NoSudo_IsTheAccount")]
    [TestCase(false, "1000", "lead", "", "tech", TestName = "Actor_SudoVariablesWithoutRoot_AreNotBelieved")]
    [TestCase(true, "1000", "lead", "", "lead", TestName = "Actor_UnderSudo_IsTheAccountBehind")]
    [TestCase(true, "1000", "", "", "uid 1000", TestName = "Actor_UnderSudoWithoutName_IsTheNumber")]
    public async Task Actor(bool isRoot, string uid, string name, string ignored, string expected)
    {
        _ = ignored;
        var actor = "";
        await RunBodyAsync(context => { actor = context.Actor; return 0; }, Variables(("SUDO_UID", uid), ("SUDO_USER", name)), isRoot);
        Assert.That(actor, Is.EqualTo(expected));
    }

    [TestCase(null, "/home/tech", "/home/tech/.local/share/filtergate", TestName = "DataFolder_NoXdgDataHome_IsBelowHome")]
    [TestCase("/xdg", "/home/tech", "/xdg/filtergate", TestName = "DataFolder_XdgDataHome_IsBelowIt")]
    [TestCase("relative", "/home/tech", "/home/tech/.local/share/filtergate", TestName = "DataFolder_RelativeXdgDataHome_IsIgnored")]
    public async Task DataFolder(string? xdg, string home, string expected)
    {
        var folder = "";
        await RunBodyAsync(context => { folder = context.DataFolder; return 0; }, Variables(("XDG_DATA_HOME", xdg), ("HOME", home)));
        Assert.That(folder, Is.EqualTo(expected));
    }

    [TestCase(true, null, "xterm", true, TestName = "Paint_OnATerminal_Colours")]
    [TestCase(false, null, "xterm", false, TestName = "Paint_IntoAPipe_DoesNot")]
    [TestCase(true, "1", "xterm", false, TestName = "Paint_NoColor_DoesNot")]
    [TestCase(true, null, "dumb", false, TestName = "Paint_DumbTerminal_DoesNot")]
    public async Task Paint(bool isTerminal, string? noColor, string terminal, bool expected)
    {
        bool? isOn = null;
        await RunBodyAsync(context => { isOn = context.Paint.IsOn; return 0; }, Variables(("NO_COLOR", noColor), ("TERM", terminal)), isTerminal: isTerminal);
        Assert.That(isOn, Is.EqualTo(expected));
    }

    [Test]
    public async Task WriteJson_NullAndNames_KeepsEveryKeyInSnakeCase()
    {
        var run = await RunBodyAsync(context => { context.WriteJson(new { PolicyVersion = "ab", EntryId = (string?)null, Url = "http://a.test/é?a&b" }); return 0; });
        Assert.That(run.Output, Is.EqualTo("""{"policy_version":"ab","entry_id":null,"url":"http://a.test/é?a&b"}""" + "\n"));
    }

    private static Func<string, string?> Variables(params (string Name, string? Value)[] variables) =>
        name => variables.FirstOrDefault(v => v.Name == name).Value;

    private static async Task<CommandRun> RunBodyAsync(Func<CommandContext, int> body, Func<string, string?>? variable = null, bool isRoot = false, bool isTerminal = false)
    {
        var host = new CommandHost
        {
            Variable = variable ?? (_ => null), Account = () => "tech", IsRoot = () => isRoot, OutputIsTerminal = () => isTerminal,
            InstalledSettingsPath = "/nonexistent/filtergate.yaml",
        };
        var command = new Command("trial");
        var root = new RootCommand { command };
        host.Common.AddTo(root);
        command.SetAction((parse, cancellation) => host.RunAsync(parse, (context, _) => Task.FromResult(body(context)), cancellation));
        using var output = new StringWriter();
        using var error = new StringWriter();
        var exitCode = await root.Parse(["trial"]).InvokeAsync(new InvocationConfiguration { Output = output, Error = error, EnableDefaultExceptionHandler = false });
        return new CommandRun(exitCode, output.ToString(), error.ToString());
    }

    private static IEnumerable<(string Path, Command Command)> Below(Command command, string path)
    {
        foreach (var sub in command.Subcommands)
        {
            var below = $"{path} {sub.Name}".TrimStart();
            yield return (below, sub);
            foreach (var deeper in Below(sub, below)) yield return deeper;
        }
    }
}
