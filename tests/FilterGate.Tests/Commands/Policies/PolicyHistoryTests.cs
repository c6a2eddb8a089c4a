using System.Text.Json;
using FilterGate.Commands;
using FilterGate.Policy.Documents;
using FilterGate.Testing;

namespace FilterGate.Tests.Commands.Policies;

/// <summary>Versions of the policy at the command line: history, diff, apply, rollback, export, new, schema.</summary>
public sealed class PolicyHistoryTests
{
    private const string First = "school: Test Primary\nnetworks: [10.20.0.0/16]\ntiers: { pupil: { block: [shopping] }, staff: }\n";
    private const string Second = "school: Test Primary\nnetworks: [10.20.0.0/16]\ntiers: { pupil: { warn: [shopping], own_block: [time-waster.example] }, staff: }\n";

    private StoreBox _box = null!;
    private TempFolder _files = null!;

    [SetUp]
    public void SetUp() => (_box, _files) = (new StoreBox(), new TempFolder());

    [TearDown]
    public async Task TearDown()
    {
        await _box.DisposeAsync();
        _files.Dispose();
    }

    [Test]
    public void History_NothingYet_IsEmptyAndSaysWhatIsInForce()
    {
        var run = _box.Run("policy", "history");
        Assert.That((run.ExitCode, run.Output), Is.EqualTo((ExitCode.Done, "")));
        Assert.That(run.Error, Does.Contain("sample-school/policy.yaml"));
    }

    [Test]
    public void History_TwoVersions_NewestFirstWithWhoWhenAndWhy()
    {
        Apply(First, "first");
        _box.Clock.Advance(TimeSpan.FromMinutes(1));
        Apply(Second, "second");
        var run = _box.Run("policy", "history");
        Assert.That(run.Lines, Has.Length.EqualTo(2));
        Assert.That(run.Lines[0], Does.StartWith("=>    2").And.Contain("2026-11-23 12:01:00").And.EndWith("tech: second"));
        Assert.That(run.Lines[1], Does.StartWith("      1").And.EndWith("tech: first"));

        var row = JsonDocument.Parse(_box.Run("policy", "history", "--json", "--limit", "1").Lines.Single()).RootElement;
        Assert.That(row.EnumerateObject().Select(p => p.Name), Is.EqualTo(new[] { "number", "version", "time", "actor", "why", "in_force" }));
        Assert.That((row.GetProperty("number").GetInt64(), row.GetProperty("in_force").GetBoolean(), row.GetProperty("time").GetString()), Is.EqualTo((2, true, "2026-11-23T12:01:00.000Z")));
    }

    [Test]
    public void Apply_GoodDocument_ShowsWhatChangesAndPutsItInForce()
    {
        Apply(First, "first");
        var run = Apply(Second, "year 4 asked");
        Assert.That(run.Output, Does.Contain("tiers.pupil.categories\n  ~ shopping: block → warn\n").And.Contain("tiers.pupil.own_block\n  + time-waster.example\n").And.Contain("Policy 2 ("));
        Assert.That((_box.State.CurrentPolicy()!.Yaml, _box.State.CurrentPolicy()!.Why, _box.State.CurrentPolicy()!.Actor), Is.EqualTo((Second, "year 4 asked", "tech")));
        Assert.That(_box.State.AuditEntries(1).Single().Action, Is.EqualTo("policy.apply"));
        Assert.That(_box.Run("policy", "show").Output, Is.EqualTo(Second));
    }

    [Test]
    public void Apply_Json_IsOneObject()
    {
        var row = JsonDocument.Parse(Apply(First, "first", "--json").Lines.Single()).RootElement;
        Assert.That(row.EnumerateObject().Select(p => p.Name), Is.EqualTo(new[] { "number", "version", "before", "changes" }));
        Assert.That((row.GetProperty("number").GetInt64(), row.GetProperty("before").GetInt64(), row.GetProperty("version").GetString()), Is.EqualTo((1, 0, PolicyDocument.VersionOf(First))));
        Assert.That(row.GetProperty("changes").EnumerateArray().First().EnumerateObject().Select(p => p.Name), Is.EqualTo(new[] { "key", "change", "item", "before", "after" }));
    }

    [Test]
    public void Apply_TheSameAgain_ChangesNothing()
    {
        Apply(First, "first");
        var run = Apply(First, "again");
        Assert.That(run.Output, Does.Contain("already"));
        Assert.That(_box.State.PolicyVersions(), Has.Count.EqualTo(1));
    }

    [TestCase("school: S\ntiers: { pupil: { block: [gamez] }, staf: { tls: tunel } }", ExitCode.Usage, new[] { ":2:27: 'gamez' is no category; did you mean 'games'?", ":2:50: 'tunel' is no value of tls" }, TestName = "Apply_Mistakes_ExitsTwoWithEveryOne")]
    [TestCase("school: [", ExitCode.Usage, new[] { "this is not YAML" }, TestName = "Apply_NoYaml_ExitsTwo")]
    [TestCase("", ExitCode.Usage, new[] { "the document is empty" }, TestName = "Apply_EmptyFile_ExitsTwo")]
    [TestCase("school: S\ntiers: { pupil: { allow: [csam-iwf] } }", ExitCode.Refused, new[] { "'csam-iwf' is a locked list", "on record" }, TestName = "Apply_LockedList_ExitsFour")]
    public void Apply_BadDocument_NothingIsChanged(string yaml, int exitCode, string[] messages)
    {
        Apply(First, "first");
        var run = _box.Run("policy", "apply", File("bad.yaml", yaml), "--reason", "why", "--yes");
        Assert.That((run.ExitCode, run.Output), Is.EqualTo((exitCode, "")), run.Error);
        foreach (var message in messages) Assert.That(run.Error, Does.Contain(message));
        Assert.That(_box.State.CurrentPolicy()!.Yaml, Is.EqualTo(First));
    }

    // Who stands in the roster, the key of the policy, and what whoever checks or applies it is told of what could have no answer.
    [TestCase("", "teachers: group:teachers", "", TestName = "Apply_NoRosterYet_NothingIsMissing")]
    [TestCase("head,H,office dep,D,office tech,T,office itp,I,office t-hill,T,4-staff", "teachers: group:teachers", "", TestName = "Apply_EveryKeyHasItsPerson_NothingIsMissing")]
    [TestCase("head,H,office dep,D,office tech,T,office t-hill,T,teachers", "teachers: group:teachers", "names 'itp', and the roster has nobody", TestName = "Apply_DeputyWhoIsNotInTheRoster_IsShown")]
    [TestCase("head,H,office dep,D,office tech,T,office itp,I,office", "teachers: group:teachers", "to the group 'teachers', and the roster has nobody in it", TestName = "Apply_GroupOfTeachersWithNobodyInIt_IsShown")]
    [TestCase("head,H,office dep,D,office tech,T,office itp,I,office", "pupils: { go_to: technician }, teachers: group:teachers", "", TestName = "Apply_PupilsGoToAKey_NobodyNeedsTeachers")]
    public void Apply_KeysAndRoster(string people, string keys, string expected)
    {
        const string groups = "groups: { office: { kind: office, tier: staff }, teachers: { kind: staff, tier: staff }, 4-staff: { kind: staff, within: teachers } }\n";
        Apply(First + groups, "first");
        var rows = string.Concat(people.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(p => $"{p},staff\n"));
        if (rows.Length > 0) Assert.That(_box.Run("people", "import", File("people.csv", "id,name,group,role\n" + rows), "--yes").ExitCode, Is.EqualTo(ExitCode.Done));
        var yaml = $"{First}{groups}approvals: {{ head: {{ holder: head, deputies: [dep] }}, technician: {{ holder: tech, deputies: [itp] }}, {keys} }}\n";
        var applied = Apply(yaml, "who holds which key");
        var validated = _box.Run("policy", "validate", File("v.yaml", yaml));
        foreach (var error in new[] { applied.Error, validated.Error }) Assert.That(error, expected.Length == 0 ? Is.Empty : Does.Contain(": warning: ").And.Contain(expected));
    }

    [Test]
    public void Apply_NobodyMayApprove_IsShown() => Assert.That(Apply(First, "first").Error, Does.Contain("warning: nobody is named who may approve"));

    [Test]
    public void Apply_PersonSaysNo_ChangesNothing()
    {
        Apply(First, "first");
        var run = _box.RunWith("n\n", "policy", "apply", File("b.yaml", Second), "--reason", "why");
        Assert.That(run.Error, Does.Contain("nothing was changed"));
        Assert.That(_box.State.PolicyVersions(), Has.Count.EqualTo(1));
    }

    [Test]
    public void Apply_AnotherPutOneInForceMeanwhile_FailsCleanly()
    {
        Apply(First, "first");
        // The question is asked between looking and writing: whoever answers it is overtaken.
        using var typed = new Overtaken(() => _box.State.ImportPolicy("other", "school: Other\ntiers: { pupil: }\n", "office", "in a hurry"));
        var host = new CommandHost
        {
            Clock = _box.Clock, Variable = _ => null, Account = () => "tech", IsRoot = () => false, OutputIsTerminal = () => false, InstalledSettingsPath = "/nonexistent/filtergate.yaml",
            IsInteractive = () => true, Input = typed,
        };
        var run = CommandRun.Of(host, "policy", "apply", File("b.yaml", Second), "--reason", "why", "--data", _box.Folder);
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Usage));
        Assert.That(run.Error, Does.Contain("policy 2 was put in force meanwhile, by office (in a hurry)"));
        Assert.That(_box.State.CurrentPolicy()!.Version, Is.EqualTo("other"));
    }

    [TestCase(null, "--reason is required", TestName = "Apply_NoReason_ExitsTwo")]
    [TestCase(" ", "say why", TestName = "Apply_BlankReason_ExitsTwo")]
    public void Apply_Reason(string? reason, string message)
    {
        var run = _box.Run(["policy", "apply", File("a.yaml", First), "--yes", .. reason is null ? (string[])[] : ["--reason", reason]]);
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Usage));
        Assert.That(run.Error, Does.Contain(message.Split(' ')[0]));
        Assert.That(_box.State.CurrentPolicy(), Is.Null);
    }

    [TestCase("apply")]
    [TestCase("rollback")]
    public void Change_SettingsNameAFile_IsRefusedWithWhatToDo(string command)
    {
        using var bench = new Workbench();
        var before = System.IO.File.ReadAllText(Path.Combine(bench.Root, "policy.yaml"));
        var run = bench.Run(["policy", command, .. command == "apply" ? [File("a.yaml", First)] : (string[])["1"], "--reason", "why", "--yes"]);
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Usage));
        Assert.That(run.Error, Does.Contain(Path.Combine(bench.Root, "policy.yaml")).And.Contain("a running gateway follows it"));
        Assert.That(System.IO.File.ReadAllText(Path.Combine(bench.Root, "policy.yaml")), Is.EqualTo(before));
    }

    [Test]
    public void Rollback_WithoutNumber_IsTheOneBeforeAsANewVersion()
    {
        Apply(First, "first");
        Apply(Second, "second");
        var run = _box.Run("policy", "rollback", "--reason", "pupils complained", "--yes");
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Done), run.Error);
        Assert.That(run.Output, Does.Contain("~ shopping: warn → block").And.Contain("Policy 3"));
        var current = _box.State.CurrentPolicy()!;
        Assert.That((current.Number, current.Yaml, current.Why), Is.EqualTo((3, First, "back to 1: pupils complained")));
        Assert.That(_box.State.AuditEntries(1).Single().Action, Is.EqualTo("policy.rollback"));
        Assert.That(_box.State.FindPolicy(2)!.Yaml, Is.EqualTo(Second), "history stays");
    }

    [Test]
    public void Rollback_Twice_GoesThereAndBack()
    {
        Apply(First, "first");
        Apply(Second, "second");
        _box.Run("policy", "rollback", "--reason", "a", "--yes");
        _box.Run("policy", "rollback", "--reason", "b", "--yes");
        Assert.That(_box.State.PolicyVersions().Select(v => v.Yaml), Is.EqualTo(new[] { Second, First, Second, First }));
    }

    [TestCase("9", ExitCode.Usage, "'9' is no version in state.db; the numbers go to 2", TestName = "Rollback_UnknownNumber_ExitsTwo")]
    [TestCase("2", ExitCode.Done, "has the text of policy 2 already", TestName = "Rollback_ToTheOneInForce_ChangesNothing")]
    [TestCase("x", ExitCode.Usage, "'x' is no version", TestName = "Rollback_NoNumber_ExitsTwo")]
    public void Rollback_Number(string number, int exitCode, string message)
    {
        Apply(First, "first");
        Apply(Second, "second");
        var run = _box.Run("policy", "rollback", number, "--reason", "why", "--yes");
        Assert.That(run.ExitCode, Is.EqualTo(exitCode));
        Assert.That(run.Error, Does.Contain(message));
        Assert.That(_box.State.PolicyVersions(), Has.Count.EqualTo(2));
    }

    [Test]
    public void Rollback_ToADocumentThatIsNoLongerGood_IsRefused()
    {
        // What an older program took: a category that this one does not know.
        _box.State.ImportPolicy("old", "school: S\ntiers: { pupil: { block: [gossip] } }", "tech", "long ago");
        _box.State.ImportPolicy(PolicyDocument.VersionOf(First), First, "tech", "now");
        var run = _box.Run("policy", "rollback", "1", "--reason", "why", "--yes");
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Usage));
        Assert.That(run.Error, Does.Contain("policy 1:2:27: 'gossip' is no category"));
        Assert.That(_box.State.CurrentPolicy()!.Yaml, Is.EqualTo(First));
    }

    [Test]
    public void Rollback_OnlyOneVersion_SaysSo()
    {
        Apply(First, "first");
        Assert.That(_box.Run("policy", "rollback", "--reason", "why").Error, Does.Contain("no other version to go back to"));
    }

    [TestCase(new string[] { }, "policy 1", "policy 2", TestName = "Diff_Nothing_IsTheLastChange")]
    [TestCase(new[] { "1" }, "policy 1", "policy 2", TestName = "Diff_OneNumber_IsFromThatToTheOneInForce")]
    [TestCase(new[] { "2", "1" }, "policy 2", "policy 1", TestName = "Diff_TwoNumbers_IsFromTheFirstToTheSecond")]
    [TestCase(new[] { "FILE" }, "policy 2", "FILE", TestName = "Diff_File_IsFromTheOneInForceToTheFile")]
    [TestCase(new[] { "FILE", "1" }, "FILE", "policy 1", TestName = "Diff_FileAndNumber_IsFromTheFirstToTheSecond")]
    [TestCase(new[] { "VERSION" }, "policy 1", "policy 2", TestName = "Diff_ShortName_IsFoundAsANumberIs")]
    public void Diff_Arguments(string[] arguments, string from, string to)
    {
        Apply(First, "first");
        Apply(Second, "second");
        var file = File("other.yaml", First.Replace("Test", "Other", StringComparison.Ordinal));
        var run = _box.Run(["policy", "diff", .. arguments.Select(a => a switch { "FILE" => file, "VERSION" => PolicyDocument.VersionOf(First), _ => a })]);
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Done), run.Error);
        Assert.That(run.Error, Does.StartWith($"# from {from.Replace("FILE", file, StringComparison.Ordinal)} (").And.Contain($" to {to.Replace("FILE", file, StringComparison.Ordinal)} ("));
    }

    [Test]
    public void Diff_Text_ShowsLines()
    {
        Apply(First, "first");
        Apply(Second, "second");
        Assert.That(_box.Run("policy", "diff", "--text").Lines, Is.EqualTo(new[]
        {
            "@@ 1", " school: Test Primary", " networks: [10.20.0.0/16]", "-tiers: { pupil: { block: [shopping] }, staff: }",
            "+tiers: { pupil: { warn: [shopping], own_block: [time-waster.example] }, staff: }",
        }));
    }

    [Test]
    public void Diff_Json_IsOneObject()
    {
        Apply(First, "first");
        Apply(Second, "second");
        var row = JsonDocument.Parse(_box.Run("policy", "diff", "--json").Lines.Single()).RootElement;
        Assert.That((row.GetProperty("from").GetProperty("number").GetInt64(), row.GetProperty("to").GetProperty("number").GetInt64()), Is.EqualTo((1, 2)));
        var change = row.GetProperty("changes")[0];
        Assert.That((change.GetProperty("key").GetString(), change.GetProperty("change").GetString(), change.GetProperty("item").GetString(), change.GetProperty("before").GetString(), change.GetProperty("after").GetString()),
            Is.EqualTo(("tiers.pupil.categories", "changed", "shopping", "block", "warn")));
    }

    [TestCase("nowhere.yaml", "no version in state.db and no file")]
    [TestCase("17", "the numbers go to 1")]
    public void Diff_Unknown_ExitsTwo(string name, string message)
    {
        Apply(First, "first");
        var run = _box.Run("policy", "diff", name);
        Assert.That((run.ExitCode, run.Output), Is.EqualTo((ExitCode.Usage, "")));
        Assert.That(run.Error, Does.Contain(message));
    }

    [Test]
    public void Diff_OneVersionOnly_SaysSo()
    {
        Apply(First, "first");
        Assert.That(_box.Run("policy", "diff").Error, Does.Contain("nothing to compare it with"));
    }

    [Test]
    public void Export_ANumber_IsTheTextByteForByte()
    {
        Apply(First, "first");
        Apply(Second, "second");
        Assert.That(_box.Run("policy", "export", "1").Output, Is.EqualTo(First));
        Assert.That(_box.Run("policy", "export").Output, Is.EqualTo(Second));
        var file = _files["out.yaml"];
        Assert.That(_box.Run("policy", "export", "1", "-o", file).ExitCode, Is.EqualTo(ExitCode.Done));
        Assert.That(System.IO.File.ReadAllText(file), Is.EqualTo(First));
    }

    // The first policy came at 12:00, the second at 14:00; it is 15:00.
    [TestCase("2026-11-23T12:00", 1, "policy 1, in force from 2026-11-23 12:00:00 until 2026-11-23 14:00:00 (tech: first)", TestName = "At_TheInstantItWasPutInForce_IsThatOne")]
    [TestCase("2026-11-23T13:59:59", 1, "until 2026-11-23 14:00:00", TestName = "At_ASecondBeforeTheNext_IsTheOneBefore")]
    [TestCase("14:00", 2, "policy 2, in force from 2026-11-23 14:00:00 until now (tech: second)", TestName = "At_ATimeOfToday_IsRead")]
    [TestCase("2026-11-23T15:00+01:00", 2, "policy 2", TestName = "At_AnOffset_IsRead")]
    [TestCase("2026-11-23T11:59:59", 0, "nothing is known of 2026-11-23 11:59:59; the first policy was put in force at 2026-11-23 12:00:00", TestName = "At_BeforeTheFirst_ExitsTwo")]
    [TestCase("2026-11-24", 0, "still to come", TestName = "At_TimeAhead_ExitsTwo")]
    [TestCase("yesterday", 0, "'yesterday' is not a time", TestName = "At_NoTime_ExitsTwo")]
    public void ShowAndExport_At(string at, int number, string says)
    {
        Apply(First, "first");
        _box.Clock.Advance(TimeSpan.FromHours(2));
        Apply(Second, "second");
        _box.Clock.Advance(TimeSpan.FromHours(1));
        var file = _files["then.yaml"];
        foreach (var run in new[] { _box.Run("policy", "show", "--at", at), _box.Run("policy", "export", "--at", at), _box.Run("policy", "export", "--at", at, "-o", file) })
        {
            Assert.That(run.ExitCode, Is.EqualTo(number > 0 ? ExitCode.Done : ExitCode.Usage), run.Error);
            Assert.That(run.Error, Does.Contain(says));
            if (!run.Error.Contains("wrote", StringComparison.Ordinal)) Assert.That(run.Output, Is.EqualTo(number switch { 1 => First, 2 => Second, _ => "" }));
        }
        Assert.That(System.IO.File.Exists(file) ? System.IO.File.ReadAllText(file) : "", Is.EqualTo(number switch { 1 => First, 2 => Second, _ => "" }));
        if (number == 0) return;
        var json = JsonDocument.Parse(_box.Run("policy", "show", "--at", at, "--json").Lines.Single()).RootElement;
        Assert.That((json.GetProperty("version").GetString(), json.GetProperty("file").GetString()), Is.EqualTo((PolicyDocument.VersionOf(number == 1 ? First : Second), $"policy {number}")));
    }

    [Test]
    public void Export_NumberAndTime_ExitsTwo()
    {
        Apply(First, "first");
        Assert.That(_box.Run("policy", "export", "1", "--at", "12:00").Error, Does.Contain("give one of them"));
    }

    [Test]
    public void Show_AtWithoutHistory_SaysSo() => Assert.That(_box.Run("policy", "show", "--at", "11:00").Error, Does.Contain("no policy was ever put in force here"));

    [Test]
    public void Export_OverAFile_NeedsForce()
    {
        Apply(First, "first");
        var file = File("there.yaml", "mine");
        var run = _box.Run("policy", "export", "-o", file);
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Usage));
        Assert.That(run.Error, Does.Contain("--force"));
        Assert.That(System.IO.File.ReadAllText(file), Is.EqualTo("mine"));
        Assert.That(_box.Run("policy", "export", "-o", file, "--force").ExitCode, Is.EqualTo(ExitCode.Done));
        Assert.That(System.IO.File.ReadAllText(file), Is.EqualTo(First));
    }

    [Test]
    public void New_WithoutName_ListsThem()
    {
        var run = _box.Run("policy", "new");
        Assert.That(run.Output, Does.Contain("sample-school"));
        Assert.That(_box.Run("policy", "new", "--json").Lines.Select(l => JsonDocument.Parse(l).RootElement.GetProperty("name").GetString()), Does.Contain("sample-school"));
    }

    [Test]
    public void New_UnknownName_ExitsTwoWithTheNearest() =>
        Assert.That(_box.Run("policy", "new", "--from", "sample-scool").Error, Does.Contain("did you mean 'sample-school'?"));

    private static IEnumerable<string> Seeds() => FilterGate.Settings.SeedPolicies.Names;

    [TestCaseSource(nameof(Seeds))]
    public void New_Seed_IsInOrderAndHasTheSchemaBesideIt(string name)
    {
        var file = _files["policy.yaml"];
        Assert.That(_box.Run("policy", "new", "--from", name, "-o", file).ExitCode, Is.EqualTo(ExitCode.Done));
        Assert.That(System.IO.File.ReadLines(file).First(), Is.EqualTo("# yaml-language-server: $schema=policy.schema.json"));
        Assert.That(JsonDocument.Parse(System.IO.File.ReadAllText(_files["policy.schema.json"])).RootElement.GetProperty("$schema").GetString(), Does.Contain("2020-12"));
        Assert.That(_box.Run("policy", "validate", file).ExitCode, Is.EqualTo(ExitCode.Done));
    }

    private CommandRun Apply(string yaml, string reason, params string[] more)
    {
        var run = _box.Run(["policy", "apply", File($"{Guid.NewGuid():N}.yaml", yaml), "--reason", reason, "--yes", .. more]);
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Done), run.Error);
        return run;
    }

    private string File(string name, string text)
    {
        System.IO.File.WriteAllText(_files[name], text);
        return _files[name];
    }

    /// <summary>Somebody who says yes, but only after something else has happened.</summary>
    private sealed class Overtaken(Action meanwhile) : TextReader
    {
        public override string ReadLine()
        {
            meanwhile();
            return "y";
        }
    }
}
