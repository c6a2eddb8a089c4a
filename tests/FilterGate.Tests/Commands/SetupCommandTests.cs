using System.Net;
using System.Text.Json;
using FilterGate.Commands;
using FilterGate.Commands.Setup;
using FilterGate.Network;
using FilterGate.Settings;
using FilterGate.Setup;
using FilterGate.State;
using FilterGate.Testing;
using Microsoft.Extensions.Time.Testing;

namespace FilterGate.Tests.Commands;

/// <summary><c>setup</c> on boxes of every kind, with answers from a file and from somebody who types.</summary>
public sealed class SetupCommandTests
{
    private TempFolder _temp = null!;

    private readonly FakeTimeProvider _clock = new(new DateTimeOffset(2026, 11, 23, 12, 0, 0, TimeSpan.Zero));

    [SetUp]
    public void SetUp() => _temp = new TempFolder();

    [TearDown]
    public void TearDown() => _temp.Dispose();

    private string Data => _temp["data"];

    private string SettingsPath => Path.Combine(Data, "settings.yaml");

    private CommandHost Host(string? typed = null, string? installed = null) => new()
    {
        Clock = _clock, Variable = _ => null, Account = () => "tech", IsRoot = () => false, OutputIsTerminal = () => false,
        InstalledSettingsPath = installed ?? "/nonexistent/filtergate.yaml", InstalledDataFolder = Data,
        IsInteractive = () => typed is not null, Input = new StringReader(typed ?? ""),
        Box = new NetworkBox
        {
            HasInterface = name => name is "eth0" or "eth1",
            Interfaces = () =>
            [
                new BoxInterface("eth0", [new BoxAddress(IPAddress.Parse("198.51.100.7"), 24)], IsToTheLine: true),
                new BoxInterface("eth1", [new BoxAddress(IPAddress.Parse("10.20.0.1"), 16)], IsToTheLine: false),
            ],
        },
    };

    private CommandRun Run(params string[] arguments) => CommandRun.Of(Host(), ["setup", "--data", Data, .. arguments]);

    private CommandRun Answer(string answers, params string[] arguments)
    {
        File.WriteAllText(_temp["answers.yaml"], answers);
        return Run(["--answers", _temp["answers.yaml"], .. arguments]);
    }

    private StateStore State() => StateStore.Open(Path.Combine(Data, "state.db"), _clock);

    private static JsonElement Json(CommandRun run) => JsonDocument.Parse(run.Lines.Single()).RootElement;

    private static IEnumerable<string> Seeds => SetupAnswers.Seeds;

    [Test]
    public void Answers_OnANewBox_SetsAllOfItUp()
    {
        var run = Answer(SetupCommand.Example, "--json");
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Done), run.Error);
        using var state = State();
        var policy = state.CurrentPolicy()!;
        var json = Json(run);
        using (Assert.EnterMultipleScope())
        {
            Assert.That((policy.Number, policy.Actor, policy.Why), Is.EqualTo((1L, "tech", "set up from s3-two-levels")));
            Assert.That(policy.Yaml, Does.Contain("school: Sample Primary\n").And.Contain("{ range: 10.20.8.0/24, tier: staff }").And.Contain("holder: safeguarding-lead").And.Contain("uncategorised: block"));
            Assert.That(policy.Yaml, Does.Not.Contain("communications-lead").And.Not.Contain("10.60."), "people and addresses of the founding policy are invented");
            Assert.That(state.CurrentRoster().People.Select(p => (p.Id, p.Account)), Is.EqualTo([("it-1", "tech")]));
            Assert.That(state.Invitations().Keys, Is.EquivalentTo(["head", "it-1", "safeguarding-lead"]));
            Assert.That(json.EnumerateObject().Select(p => p.Name), Is.EqualTo(["applied", "settings", "put_aside", "data", "found", "changes", "kept", "policy_changes", "problems", "warnings", "invitations", "next"]));
            Assert.That(json.GetProperty("applied").GetBoolean(), Is.True);
            Assert.That(json.GetProperty("invitations").EnumerateArray().Select(i => i.GetProperty("link").GetString()), Has.Exactly(3).StartsWith("http://localhost:8090/enrol/"));
            Assert.That(state.AuditEntries().Select(a => a.Action), Is.SupersetOf(new[] { "setup", "policy.apply", "people.add", "account.invite" }));
            Assert.That(state.AuditEntries().Select(a => a.Subject), Has.None.Contains("Sam Sample"));
            Assert.That(Path.Combine(Data, "ca", "ca.crt"), Does.Exist);
            Assert.That(GatewaySettings.Read(SettingsPath).Listen, Is.EqualTo([IPEndPoint.Parse("127.0.0.1:8080")]));
            Assert.That(GatewaySettings.Read(SettingsPath).Data, Is.EqualTo(Data));
            Assert.That(Directory.GetFiles(Data, "*.part"), Is.Empty);
        }
        Assert.That(CommandRun.Of(Host(), "policy", "validate", "--config", SettingsPath).Output, Does.Contain("is in order: Sample Primary"));
    }

    [TestCaseSource(nameof(Seeds))]
    public void Answers_WithEachPolicyToBeginWith_AreInOrder(string seed)
    {
        var run = Answer(SetupCommand.Example.Replace("from: s3-two-levels", $"from: {seed}", StringComparison.Ordinal).Replace("tier: pupil", seed == "s1-trust" ? "tier: pupil-ipad" : "tier: pupil", StringComparison.Ordinal), "--dry-run");
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Done), run.Error);
        Assert.That(run.Output, Does.Contain($"from {seed}: Sample Primary").And.Contain("nothing was changed"));
        Assert.That(Directory.Exists(Data), Is.False, "a dry run makes nothing");
    }

    [Test]
    public void Answers_Again_ChangesNothing()
    {
        Answer(SetupCommand.Example);
        var before = Snapshot();
        var run = Answer(SetupCommand.Example, "--json");
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Done), run.Error);
        Assert.That(Json(run).GetProperty("applied").GetBoolean(), Is.False);
        Assert.That(Json(run).GetProperty("changes").GetArrayLength(), Is.Zero, run.Output);
        Assert.That(Json(run).GetProperty("warnings").GetArrayLength(), Is.Zero, run.Output);
        Assert.That(Snapshot(), Is.EqualTo(before));

        (long, string, int, string) Snapshot()
        {
            using var state = State();
            return (state.CurrentPolicy()!.Number, string.Join(' ', state.Invitations()), state.AuditEntries().Count, File.ReadAllText(SettingsPath) + string.Join(' ', Directory.GetFiles(Data, "settings*")));
        }
    }

    [Test]
    public void Answers_CutShortAfterAnyStep_AreFinishedByTheNextRun()
    {
        // What a run leaves that ended after the people, and one that ended before the settings took their place.
        Directory.CreateDirectory(Data);
        File.WriteAllText(SettingsPath + ".part", "half");
        using (var state = State()) state.ImportPeople([new PersonEntry(new FilterGate.Policy.People.Person("it-1", "Sam Sample", null, FilterGate.Policy.People.PersonRole.Staff) { Account = "tech" })], removeMissing: false, "setup", null, "tech");
        Assert.That(Answer(SetupCommand.Example).ExitCode, Is.EqualTo(ExitCode.Done));
        File.Delete(SettingsPath);
        var run = Answer(SetupCommand.Example, "--json");
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Done), run.Error);
        Assert.That(Json(run).GetProperty("changes").EnumerateArray().Select(c => c.GetProperty("part").GetString()), Is.EqualTo(["settings"]));
        using var after = State();
        Assert.That((after.CurrentPolicy()!.Number, after.CurrentRoster().People.Length), Is.EqualTo((1L, 1)));
        Assert.That(Directory.GetFiles(Data, "*.part"), Is.Empty);
    }

    // The answers, in the order of the questions; an empty line takes what is offered.
    private const string Typed = """
        Test Primary


        10.30.0.0/16 staff

        head
        deputy-head
        it-1
        it-2 computing-lead
        lead
        deputy-head


        Sam Sample




        yes

        """;

    [Test]
    public void Conversation_WithWhatIsOffered_SetsUpWhatWasFound()
    {
        var run = CommandRun.Of(Host(Typed + "y\n"), "setup", "--data", Data);
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Done), run.Error);
        using var state = State();
        var yaml = state.CurrentPolicy()!.Yaml;
        var settings = GatewaySettings.Read(SettingsPath);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(run.Error, Does.Contain("What is the school called?\n  It stands on the page").And.Contain("Who is on 10.20.0.0/16 (eth1)?").And.Contain("[pupil] > ").And.Not.Contain("198.51.100.0"), "the side of the line is not offered");
            Assert.That(yaml, Does.Contain("school: \"Test Primary\"").And.Contain("networks: [\"10.20.0.0/16\", \"10.30.0.0/16\"]").And.Contain("{ range: \"10.30.0.0/16\", tier: staff }").And.Contain("teachers: \"group:staff\""));
            Assert.That(state.CurrentRoster().People.Select(p => (p.Id, p.Name, p.Account)), Is.EqualTo([("it-1", "Sam Sample", "tech")]));
            Assert.That(state.Invitations().Keys, Is.EquivalentTo(["head", "it-1", "lead"]));
            Assert.That(settings.Network.Lan, Is.EqualTo(["eth1"]));
            Assert.That(settings.TransparentListen.Single().Port, Is.EqualTo(8129));
            Assert.That(settings.Listen, Is.EqualTo([IPEndPoint.Parse("10.20.0.1:8080")]));
            Assert.That(settings.Lists.Sources, Is.Null, "the usual lists");
            Assert.That(run.Output, Does.Contain("network apply --revert-after 60s").And.Contain("lists update").And.Contain("doctor"));
        }

        var again = CommandRun.Of(Host("\n\n"), "setup", "--data", Data);
        Assert.That(again.ExitCode, Is.EqualTo(ExitCode.Done), again.Error);
        Assert.That(again.Error, Does.Not.Contain("What is the school called?"), "what is set is not asked again");
        Assert.That(again.Output, Does.Contain("nothing was changed"));
    }

    [TestCase(0, ExitCode.Interrupted, TestName = "Conversation_LeftAtTheFirstQuestion_ChangesNothing")]
    [TestCase(8, ExitCode.Interrupted, TestName = "Conversation_LeftInTheMiddle_ChangesNothing")]
    [TestCase(18, ExitCode.Interrupted, TestName = "Conversation_LeftAtTheSummary_ChangesNothing")]
    public void Conversation_Left(int lines, int exitCode)
    {
        var run = CommandRun.Of(Host(string.Concat(Typed.Split('\n').Take(lines).Select(line => line + "\n"))), "setup", "--data", Data);
        Assert.That(run.ExitCode, Is.EqualTo(exitCode));
        Assert.That(run.Error, Does.Contain("nothing was changed"));
        Assert.That(Directory.Exists(Data), Is.False);
    }

    [Test]
    public void Conversation_ImpossibleAnswers_AreAskedAgain()
    {
        var typed = Typed.Replace("10.30.0.0/16 staff", "10.30.0.0/16 stuff\n10.30.0.0/16 staff", StringComparison.Ordinal).Replace("\nhead\n", "\nA Head\nhead\n", StringComparison.Ordinal);
        var run = CommandRun.Of(Host(typed + "n\n"), "setup", "--data", Data);
        Assert.That(run.Error, Does.Contain("'stuff' is neither a tier nor a group of this policy; did you mean 'staff'?").And.Contain("'A Head' is no id"));
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Interrupted));
        Assert.That(Directory.Exists(Data), Is.False);
    }

    /// <summary>Head and technician stand in for each other: a request of one could have no answer.</summary>
    [Test]
    public void Conversation_AnswersThatDoNotGoTogether_AreGivenBackToBeMended()
    {
        var run = CommandRun.Of(Host(Typed.Replace("\ndeputy-head\nit-1\nit-2 computing-lead\n", "\nit-1\nit-1\nhead\n", StringComparison.Ordinal) + "y\n"), "setup", "--data", Data);
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Usage), run.Output);
        Assert.That(Directory.Exists(Data), Is.False);
        Assert.That(run.Error, Does.Contain("could have no answer"));
        var given = run.Error[run.Error.IndexOf("# What was answered", StringComparison.Ordinal)..];
        var mended = Answer(given.Replace("deputies: [\"it-1\"]", "deputies: [\"deputy-head\", \"it-2\"]", StringComparison.Ordinal).Replace("deputies: [\"head\"]", "deputies: [\"it-2\", \"computing-lead\"]", StringComparison.Ordinal));
        Assert.That(mended.ExitCode, Is.EqualTo(ExitCode.Done), mended.Error);
    }

    [Test]
    public void NobodyToAsk_SaysHowToAnswer()
    {
        var run = Run();
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Usage));
        Assert.That(run.Error, Does.Contain("no terminal").And.Contain("--example").And.Contain("--answers"));
    }

    [TestCase("school: Sample Primary", "", "the school's name is missing", TestName = "Wrong_NoSchool")]
    [TestCase("networks: [10.20.0.0/16]", "", "the school's networks are missing", TestName = "Wrong_NoNetworks")]
    [TestCase("networks: [10.20.0.0/16]", "networks: []", "answers.yaml:9:1: the school's networks are missing", TestName = "Wrong_EmptyNetworks")]
    [TestCase("networks: [10.20.0.0/16]", "networks: [0.0.0.0/0]", "answers.yaml:9:12: 0.0.0.0/0 is most of the internet", TestName = "Wrong_TheWholeInternet")]
    [TestCase("tier: staff }", "tier: stuff }", "answers.yaml:12:34: 'stuff' is no tier", TestName = "Wrong_NoSuchTier")]
    [TestCase("approvals:", "aprovals:", "'aprovals' is no key of the answers; did you mean 'approvals'?", TestName = "Wrong_UnknownKey")]
    [TestCase("deputies: [it-2, computing-lead]", "deputies: []", "the technician has no deputy", TestName = "Wrong_NoDeputy")]
    [TestCase("deputies: [deputy-head] }\n  technician: { holder: it-1, deputies: [it-2, computing-lead] }", "deputies: [it-1] }\n  technician: { holder: it-1, deputies: [head] }", "could have no answer", TestName = "Wrong_ARequestThatNobodyMayAnswer")]
    [TestCase("from: s3-two-levels", "from: s3-two-level", "did you mean 's3-two-levels'?", TestName = "Wrong_NoSuchPolicy")]
    [TestCase("from: s3-two-levels", "from: sample-school", "none of the policies to begin with", TestName = "Wrong_TheSampleSchool")]
    [TestCase("listen: [127.0.0.1:8080]", "listen: [everywhere]", "answers.yaml:21:10: ", TestName = "Wrong_AnAddress")]
    [TestCase("listen: [127.0.0.1:8080]", "policy: policy.yaml", "'policy' is no key of the answers", TestName = "Wrong_APolicyFile")]
    [TestCase("listen: [127.0.0.1:8080]", "tier_listen: { pupils: 127.0.0.1:0 }", "the policy has no tier 'pupils'", TestName = "Wrong_APortOfNoTier")]
    [TestCase("listen: [127.0.0.1:8080]", "lists: { sources: [ut2] }", "'ut2' is no source", TestName = "Wrong_NoSuchList")]
    [TestCase("listen: [127.0.0.1:8080]", "network: { lan: [eth1] }", "transparent_listen", TestName = "Wrong_RulesWithoutAPort")]
    [TestCase("review_listen: 127.0.0.1:8090", "review_listen: 0.0.0.0:8443", "review_names", TestName = "Wrong_InvitationsWithoutAName")]
    [TestCase("id: it-1, name: Sam Sample", "id: it 1, name: Sam Sample", "answers.yaml:29: id: it cannot be an id", TestName = "Wrong_APersonsId")]
    [TestCase("name: Sam Sample, ", "", "answers.yaml:29: name: it is missing", TestName = "Wrong_APersonWithoutAName")]
    [TestCase("invite: [head,", "invite: [nobody,", "answers.yaml:32:10: 'nobody' could not sign in", TestName = "Wrong_AnInvitationOfNobody")]
    [TestCase("invite: [head,", "invite: [\"A Head\",", "'A Head' is no id", TestName = "Wrong_AnInvitationByName")]
    [TestCase("from: s3-two-levels", "from: [", "not YAML", TestName = "Wrong_NoYaml")]
    public void Wrong(string right, string wrong, string says)
    {
        Assert.That(SetupCommand.Example, Does.Contain(right));
        var answers = SetupCommand.Example.Replace(right, wrong, StringComparison.Ordinal);
        var run = Answer(answers, "--yes");
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Usage), run.Output);
        Assert.That(run.Error, Does.Contain(says).And.Contain("nothing was changed"));
        Assert.That(Directory.Exists(Data), Is.False);
    }

    [Test]
    public void Wrong_InEveryPart_IsSaidAtOnce()
    {
        var answers = SetupCommand.Example.Replace("tier: staff }", "tier: stuff }", StringComparison.Ordinal).Replace("listen: [127.0.0.1:8080]", "listen: [everywhere]", StringComparison.Ordinal)
            .Replace("name: Sam Sample, ", "", StringComparison.Ordinal).Replace("invite: [head,", "invite: [\"A Head\",", StringComparison.Ordinal).Replace("from: s3-two-levels", "form: s3-two-levels", StringComparison.Ordinal);
        var run = Answer(answers, "--json");
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Usage));
        Assert.That(Json(run).GetProperty("problems").EnumerateArray().Select(p => p.GetProperty("line").GetInt32()), Is.EqualTo([5, 12, 21, 29, 32]), run.Error);
        Assert.That(Directory.Exists(Data), Is.False);
    }

    [Test]
    public void ALockedListInThePolicy_IsRefused()
    {
        var run = Answer(SetupCommand.Example + "tiers: { pupil: { lists: { locked/all: allow } }, staff: {}, guest: {} }\n");
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Refused), run.Error);
        Assert.That(Directory.Exists(Data), Is.False);
    }

    [Test]
    public void ASettingsFileThatCannotBeWritten_LeavesTheStateAlone()
    {
        File.WriteAllText(_temp["answers.yaml"], SetupCommand.Example);
        // A folder that is a file: nobody can write in it, root neither.
        var run = Run("--answers", _temp["answers.yaml"], "--config", Path.Combine(_temp["answers.yaml"], "settings.yaml"));
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Usage), run.Output);
        Assert.That(Path.Combine(Data, "state.db"), Does.Not.Exist);
    }

    [Test]
    public void OwnPolicy_IsKeptUnlessToldOtherwise()
    {
        Answer(SetupCommand.Example);
        var other = SetupCommand.Example.Replace("Sample Primary", "Other Primary", StringComparison.Ordinal);
        var kept = Answer(other, "--yes");
        Assert.That(kept.ExitCode, Is.EqualTo(ExitCode.Done), kept.Error);
        Assert.That(kept.Error, Does.Contain("--replace-policy"));
        using (var state = State()) Assert.That(state.CurrentPolicy()!.Number, Is.EqualTo(1));

        var replaced = Answer(other, "--replace-policy");
        Assert.That(replaced.ExitCode, Is.EqualTo(ExitCode.Done), replaced.Error);
        Assert.That(replaced.Output, Does.Contain("Sample Primary → Other Primary"));
        using var after = State();
        Assert.That(after.PolicyVersions().Select(v => (v.Number, v.Yaml.Contains("Other Primary", StringComparison.Ordinal))), Is.EqualTo([(2L, true), (1L, false)]));
    }

    [Test]
    public void ThePolicyThatAGatewayBeganWith_IsNotTheSchoolsOwn()
    {
        Directory.CreateDirectory(Data);
        using (var state = State()) state.ImportPolicy("sample", SeedPolicies.Read("sample-school"), "filtergate", GatewayInputs.ReadAtStart(GatewayInputs.Sample));
        Assert.That(CommandRun.Of(Host(), "doctor", "--data", Data).Output, Does.Contain("policy: the sample school's").And.Contain("filtergate setup"));
        Assert.That(Answer(SetupCommand.Example).ExitCode, Is.EqualTo(ExitCode.Done));
        using var after = State();
        Assert.That((after.CurrentPolicy()!.Number, after.CurrentPolicy()!.Yaml.Contains("Sample Primary (invented)", StringComparison.Ordinal)), Is.EqualTo((2L, false)));
    }

    [Test]
    public void APolicyFile_IsLeftToItsOwner()
    {
        Directory.CreateDirectory(Data);
        File.WriteAllText(Path.Combine(Data, "policy.yaml"), SeedPolicies.Read("s4-junior"));
        File.WriteAllText(SettingsPath, "data: .\npolicy: policy.yaml\n");
        File.WriteAllText(_temp["answers.yaml"], "listen: [127.0.0.1:8099]\n");
        var run = Run("--answers", _temp["answers.yaml"]);
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Done), run.Error);
        Assert.That(File.ReadAllText(SettingsPath), Is.EqualTo("data: .\npolicy: policy.yaml\nlisten: [127.0.0.1:8099]\n"));
        Assert.That(Answer(SetupCommand.Example, "--replace-policy").Error, Does.Contain("the settings name a policy file"));
        using var state = State();
        Assert.That(state.CurrentPolicy(), Is.Null);
    }

    [Test]
    public void InstalledSettings_KeepTheirCommentsAndTheOldOnesStayBeside()
    {
        var (shipped, installed) = (File.ReadAllText(Path.Combine(Repository.Root, "deploy", "settings", "filtergate.yaml")), _temp["filtergate.yaml"]);
        File.WriteAllText(installed, shipped);
        File.WriteAllText(_temp["answers.yaml"], SetupCommand.Example.Replace("listen: [127.0.0.1:8080]", "listen: [10.20.0.1:8080]", StringComparison.Ordinal).Replace("review_listen: 127.0.0.1:8090 ", "review_names: [review.school.example]\nreview_listen: 10.20.0.1:8443 ", StringComparison.Ordinal));
        var run = CommandRun.Of(Host(installed: installed), "setup", "--answers", _temp["answers.yaml"]);
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Done), run.Error);
        var text = File.ReadAllText(installed);
        using (Assert.EnterMultipleScope())
        {
            foreach (var line in shipped.Split('\n').Where(line => line.StartsWith('#'))) Assert.That(text, Does.Contain(line));
            Assert.That(File.ReadAllText(installed + ".before-setup-20261123-120000"), Is.EqualTo(shipped));
            Assert.That(GatewaySettings.Read(installed).ReviewListen, Is.EqualTo(IPEndPoint.Parse("10.20.0.1:8443")));
            Assert.That(run.Output, Does.Contain("listen: [127.0.0.1:8080] becomes listen: [10.20.0.1:8080]").And.Contain("https://review.school.example:8443/enrol/").And.Contain("sudo systemctl restart filtergate filtergate-review"));
        }
    }

    [Test]
    public void SettingsThatSayTheSameInOtherWords_StayAsTheyWereWritten()
    {
        Directory.CreateDirectory(Data);
        const string written = "data: .\n# ours\nlisten:\n  - \"127.0.0.1:8080\"   # the old port\nreview_listen: 127.0.0.1:8090\n";
        File.WriteAllText(SettingsPath, written);
        Assert.That(Answer(SetupCommand.Example).ExitCode, Is.EqualTo(ExitCode.Done));
        Assert.That(File.ReadAllText(SettingsPath), Is.EqualTo(written));
        Assert.That(Directory.GetFiles(Data, "settings.yaml.before*"), Is.Empty);
    }

    [Test]
    public void WhoHasAnAccount_IsNotInvitedAgain()
    {
        Directory.CreateDirectory(Data);
        using (var state = State()) Assert.That(state.Enrol(state.Invite("head", TimeSpan.FromHours(1), "tech"), "a hash", 1, passkey: null), Is.EqualTo("head"));
        var run = Answer(SetupCommand.Example, "--json");
        Assert.That(Json(run).GetProperty("invitations").EnumerateArray().Select(i => i.GetProperty("person").GetString()), Is.EqualTo(["it-1", "safeguarding-lead"]));
        using var after = State();
        Assert.That(after.FindAccount("head")!.PasswordHash, Is.EqualTo("a hash"));
    }

    [TestCase("  - { id: it-1, name: Sam Sample, account: tech }\n", "  - { id: t-hill, name: Sam Sample, account: tech }\n", "nobody who holds the technician's key", TestName = "Warns_TechnicianWithoutALogIn")]
    [TestCase("listen: [127.0.0.1:8080]", "listen: [192.0.2.9:8080]", "192.0.2.9 is no address of this box now", TestName = "Warns_AnAddressOfAnother")]
    [TestCase("listen: [127.0.0.1:8080]", "network: { lan: [eth7] }\ntransparent_listen: \"[::]:8129\"", "there is no interface eth7", TestName = "Warns_NoSuchInterface")]
    public void Warns(string right, string other, string says)
    {
        var run = Answer(SetupCommand.Example.Replace(right, other, StringComparison.Ordinal), "--dry-run");
        Assert.That((run.ExitCode, run.Error), Is.EqualTo((ExitCode.Done, run.Error)));
        Assert.That(run.Error, Does.Contain("warning: ").And.Contain(says));
    }

    [Test]
    public void TheSampleSchoolsFolder_IsRefused()
    {
        CommandRun.Of(Host(), "sample", "--data", Data);
        var run = Answer(SetupCommand.Example);
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Usage));
        Assert.That(run.Error, Does.Contain("holds the sample school"));
    }
}
