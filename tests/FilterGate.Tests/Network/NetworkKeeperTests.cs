using FilterGate.Commands;
using FilterGate.Lists;
using FilterGate.Network;
using FilterGate.Policy;
using FilterGate.Policy.Documents;
using FilterGate.Settings;
using FilterGate.Testing;

namespace FilterGate.Tests.Network;

/// <summary>What the keeper of the rules does about policies that cannot be read, rules that vanish, and commands at work. The kernel here is a text; a real one is asked in the end-to-end tests.</summary>
public sealed class NetworkKeeperTests
{
    private TempFolder _folder = null!;
    private RulesRecord _record = null!;
    private string? _kernel;
    private bool _refuses;
    private string _inputs = "1";
    private Func<NetworkPlan> _plan = null!;
    private readonly List<KeeperNote> _said = [];

    [SetUp]
    public void Begin()
    {
        _folder = new TempFolder();
        _record = new RulesRecord(_folder.Path);
        (_kernel, _refuses, _inputs, _plan) = (null, false, "1", () => PlanOf("10.20.0.0/16"));
        _said.Clear();
    }

    [TearDown]
    public void End() => _folder.Dispose();

    [Test]
    public async Task Start_WithAPolicy_PutsItsRulesInPlace_AndRecordsThem()
    {
        var keeper = await StartAsync();
        Assert.That((keeper.Problem, _kernel, _record.Read()), Is.EqualTo(((string?)null, Rules("10.20.0.0/16"), Rules("10.20.0.0/16"))));
        Assert.That(_said, Is.EqualTo([KeeperNote.Applied]));
    }

    /// <summary>A mistake in a policy file, a broken disk: whatever the reason, the rules of yesterday are better than none.</summary>
    [Test]
    public async Task Start_WithoutAPolicy_GoesByTheRulesAppliedLast()
    {
        _record.Write(Rules("10.20.0.0/16"));
        _plan = () => throw new UserErrorException("policy.yaml:3:1: mistake");
        var keeper = await StartAsync();
        Assert.That((keeper.Problem, _kernel), Is.EqualTo(("policy.yaml:3:1: mistake", Rules("10.20.0.0/16"))));
        Assert.That(_said, Is.EqualTo([KeeperNote.Problem, KeeperNote.Last]));
    }

    /// <summary>Fail closed: a box that forwards and has no rules would be an open line.</summary>
    [Test]
    public async Task Start_WithNothingToGoBy_LetsNothingPass_UntilThereIsAPolicy()
    {
        _plan = () => throw new UserErrorException("there is no policy of this school yet");
        var keeper = await StartAsync();
        Assert.That((_kernel, _record.Read()), Is.EqualTo((NftRules.Closed, (string?)null)));

        (_inputs, _plan) = ("2", () => PlanOf("10.20.0.0/16"));
        await keeper.LookAsync(default);
        Assert.That((keeper.Problem, _kernel), Is.EqualTo(((string?)null, Rules("10.20.0.0/16"))));
        Assert.That(_said, Is.EqualTo([KeeperNote.Problem, KeeperNote.Closed, KeeperNote.Applied]));
    }

    [Test]
    public async Task Start_WithRulesThatTheKernelRefuses_LetsNothingPass()
    {
        _record.Write("table of another kernel");
        _refuses = true;
        var keeper = await StartAsync();
        Assert.That((keeper.Problem, _kernel), Is.EqualTo(("nft refused, and nothing was changed: no such thing", NftRules.Closed)));
    }

    [Test]
    public async Task Look_RulesThatAreGone_ArePutBack()
    {
        var keeper = await StartAsync();
        _kernel = null;
        await keeper.LookAsync(default);
        Assert.That((_kernel, _said[^1]), Is.EqualTo((Rules("10.20.0.0/16"), KeeperNote.PutBack)));
        await keeper.LookAsync(default);
        Assert.That(_said, Has.Count.EqualTo(2), "what is as it should be is left alone");
    }

    [Test]
    public async Task Look_AnotherPolicy_BringsItsRules_AndAMistakeKeepsThem()
    {
        var keeper = await StartAsync();
        (_inputs, _plan) = ("2", () => PlanOf("10.30.0.0/16"));
        await keeper.LookAsync(default);
        Assert.That((_kernel, _record.Read()), Is.EqualTo((Rules("10.30.0.0/16"), Rules("10.30.0.0/16"))));

        (_inputs, _plan) = ("3", () => throw new UserErrorException("mistake"));
        await keeper.LookAsync(default);
        await keeper.LookAsync(default);
        Assert.That((_kernel, keeper.Problem), Is.EqualTo((Rules("10.30.0.0/16"), "mistake")));
        Assert.That(_said, Is.EqualTo([KeeperNote.Applied, KeeperNote.Applied, KeeperNote.Problem]), "said once");

        // A disk that is back changes nothing that can be seen: it is tried again twice a minute.
        _plan = () => PlanOf("10.30.0.0/16");
        for (var look = 0; look < 30; look++) await keeper.LookAsync(default);
        Assert.That(keeper.Problem, Is.Null);
    }

    [Test]
    public async Task Look_RulesAppliedByHand_StayUntilThePolicyChanges()
    {
        var keeper = await StartAsync();
        (_kernel, var byHand) = (Rules("10.40.0.0/16"), Rules("10.40.0.0/16"));
        _record.Write(byHand);
        await keeper.LookAsync(default);
        _kernel = null;
        await keeper.LookAsync(default);
        Assert.That(_kernel, Is.EqualTo(byHand));
        _inputs = "2";
        await keeper.LookAsync(default);
        Assert.That(_kernel, Is.EqualTo(Rules("10.20.0.0/16")));
    }

    [Test]
    public async Task Look_RulesThatWereTakenOut_StayOut_UntilTheNextApply()
    {
        var keeper = await StartAsync();
        _kernel = null;
        _record.Remove();
        await keeper.LookAsync(default);
        await keeper.LookAsync(default);
        Assert.That((_kernel, keeper.Problem, _said.Count(s => s == KeeperNote.TakenOut)), Is.EqualTo(((string?)null, "the rules were taken out", 1)));

        _kernel = Rules("10.20.0.0/16");
        _record.Write(_kernel);
        await keeper.LookAsync(default);
        Assert.That(keeper.Problem, Is.Null);
        _kernel = null;
        await keeper.LookAsync(default);
        Assert.That(_kernel, Is.EqualTo(Rules("10.20.0.0/16")));
    }

    /// <summary>`network apply --revert-after 5m` tries something for five minutes: the keeper does not take it back.</summary>
    [Test]
    public async Task Look_WhileACommandIsAtWork_DoesNothing()
    {
        var keeper = await StartAsync();
        Assert.That(_record.TryHold(out var held), Is.True);
        _kernel = "tried";
        await keeper.LookAsync(default);
        Assert.That(_kernel, Is.EqualTo("tried"));
        held!.Dispose();
        await keeper.LookAsync(default);
        Assert.That(_kernel, Is.EqualTo(Rules("10.20.0.0/16")));
    }

    private async Task<NetworkKeeper> StartAsync()
    {
        var box = new NetworkBox { Run = Answer };
        var keeper = new NetworkKeeper(new KernelRules(box), _record, () => _plan(), () => _inputs, (note, _) => _said.Add(note));
        await keeper.StartAsync(default);
        return keeper;
    }

    /// <summary>As nft and ip would.</summary>
    private Task<ProgramEnd?> Answer(IReadOnlyList<string> command, string input, CancellationToken cancellationToken)
    {
        var end = string.Join(' ', command) switch
        {
            "nft -j list tables" => new ProgramEnd(0, _kernel is null ? """{"nftables": [{"table": {"family": "ip", "name": "filtergate"}}]}""" : """{"nftables": [{"table": {"family": "inet", "name": "filtergate"}}]}""", ""),
            "nft -s list table inet filtergate" => new ProgramEnd(0, _kernel!, ""),
            "nft -c -f -" when _refuses && input != NftRules.Closed => new ProgramEnd(1, "", "no such thing"),
            "nft -f -" => Load(input),
            _ => new ProgramEnd(0, "", ""),
        };
        return Task.FromResult<ProgramEnd?>(end);
    }

    private ProgramEnd Load(string rules)
    {
        _kernel = rules;
        return new ProgramEnd(0, "", "");
    }

    private static string Rules(string network) => NftRules.Replacing(PlanOf(network));

    private static NetworkPlan PlanOf(string network)
    {
        var settings = GatewaySettings.Parse("transparent_listen: \"[::]:8129\"\nnetwork: { lan: [lan0] }\n", "settings.yaml");
        var lists = Matching.ListSet.Empty with { Taxonomy = ListLoader.ShippedTaxonomy };
        var document = PolicyDocument.Parse($"school: Test\nnetworks: [{network}]\nunknown_clients: pupil\ntiers: {{ pupil: {{}} }}\n", lists.Taxonomy, out _)!;
        return NetworkPlan.Make(settings, document, PolicySnapshot.Compile(document, lists, InForce.Nothing));
    }
}
