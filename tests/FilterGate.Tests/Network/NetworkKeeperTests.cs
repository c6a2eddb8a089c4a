using System.Globalization;
using FilterGate.Commands;
using FilterGate.Lists;
using FilterGate.Network;
using FilterGate.Policy;
using FilterGate.Policy.Documents;
using FilterGate.Settings;
using FilterGate.Testing;
using Microsoft.Extensions.Time.Testing;

namespace FilterGate.Tests.Network;

/// <summary>What the keeper of the rules does about policies that cannot be read, rules that vanish, and commands at work. The kernel here is a text; a real one is asked in the end-to-end tests.</summary>
public sealed class NetworkKeeperTests
{
    private const string Passes = "when_down: { staff: pass, illegal_content_stopped_by: Anytown Broadband, checked: 2026-11-02 }";

    private TempFolder _folder = null!;
    private RulesRecord _record = null!;
    private string? _kernel;
    private bool _refuses;
    private string _inputs = "1";
    private Func<NetworkPlan> _plan = null!;
    private int[] _listening = [8129];
    private BoxClock _clock = null!;
    private GatewayOutage _outage = null!;
    private TriesSpool _spool = null!;
    private readonly List<KeeperNote> _said = [];

    [SetUp]
    public void Begin()
    {
        _folder = new TempFolder();
        (_record, _spool) = (new RulesRecord(_folder.Path), new TriesSpool(_folder.Path));
        (_kernel, _refuses, _inputs, _plan, _listening) = (null, false, "1", () => PlanOf("10.20.0.0/16"), [8129]);
        _clock = new BoxClock("2026-11-29");
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

    /// <summary>Whoever takes the rules out while staff pass finds them out, also when the keeper ends.</summary>
    [Test]
    public async Task End_AfterTheRulesWereTakenOut_PutsNothingIn()
    {
        _plan = () => PlanOf("10.20.0.0/16", Passes);
        var keeper = await StartAsync();
        _listening = [];
        await keeper.LookAsync(default);
        _clock.Advance(GatewayOutage.Begins);
        await keeper.LookAsync(default);
        Assert.That(keeper.LetsStaffPast, Is.True);

        _kernel = null;
        _record.Remove();
        await keeper.LookAsync(default);
        await keeper.EndAsync();
        Assert.That((_kernel, keeper.LetsStaffPast), Is.EqualTo(((string?)null, false)));
    }

    /// <summary>A restart is no failure; what lasts is one, and ends with the gateway's return.</summary>
    [Test]
    public async Task Look_GatewayIsDown_LetsStaffPastWhereTheSchoolChoseSo_UntilItIsBack()
    {
        _plan = () => PlanOf("10.20.0.0/16", Passes);
        var keeper = await StartAsync();
        var closed = _kernel;
        _listening = [];
        await keeper.LookAsync(default);
        _clock.Advance(GatewayOutage.Begins - TimeSpan.FromSeconds(1));
        await keeper.LookAsync(default);
        Assert.That((_kernel, keeper.LetsStaffPast), Is.EqualTo((closed, false)));

        _clock.Advance(TimeSpan.FromSeconds(1));
        await keeper.LookAsync(default);
        Assert.That((_kernel, keeper.LetsStaffPast, _said[^1]), Is.EqualTo((Past(), true, KeeperNote.StaffPast)));
        Assert.That(_record.Read(), Is.EqualTo(closed), "a start of the box begins closed");

        _kernel = null;
        await keeper.LookAsync(default);
        Assert.That(_kernel, Is.EqualTo(Past()), "they are kept like others");

        _listening = [8129];
        await keeper.LookAsync(default);
        Assert.That((_kernel, keeper.LetsStaffPast, _said[^1], _outage.Since), Is.EqualTo((closed, false, KeeperNote.StaffBack, (DateTimeOffset?)null)));
    }

    [Test]
    public async Task Look_GatewayIsDown_RefusesEverybodyWhereTheSchoolChoseNothing()
    {
        var keeper = await StartAsync();
        await DownAsync(keeper);
        Assert.That((_kernel, _said), Is.EqualTo((Rules("10.20.0.0/16"), new[] { KeeperNote.Applied })));
    }

    /// <summary>A statement of more than a year ago, and one that is still to come: neither is one.</summary>
    [TestCase("2027-11-02", true)]
    [TestCase("2027-11-03", false)]
    [TestCase("2026-11-02", true)]
    [TestCase("2026-11-01", false, Description = "a clock that is wrong, or a day that somebody made up")]
    public async Task Look_GatewayIsDown_GoesByTheDayOnWhichTheProviderWasTried(string today, bool passes)
    {
        _clock = new BoxClock(today);
        _plan = () => PlanOf("10.20.0.0/16", Passes);
        var keeper = await StartAsync();
        await DownAsync(keeper);
        Assert.That(keeper.LetsStaffPast, Is.EqualTo(passes));
    }

    /// <summary>Ten hours of one failure, whatever the clock and the keeper do meanwhile.</summary>
    [TestCase(false, false)]
    [TestCase(true, false)]
    [TestCase(false, true)]
    public async Task Look_GatewayStaysDown_ClosesForStaffInTheEnd(bool keeperStartsAnew, bool clockIsSetBack)
    {
        _plan = () => PlanOf("10.20.0.0/16", Passes);
        var keeper = await StartAsync();
        await DownAsync(keeper);
        Assert.That(keeper.LetsStaffPast, Is.True);
        _clock.Advance(GatewayOutage.LastsAtMost - TimeSpan.FromMinutes(1));
        if (keeperStartsAnew) keeper = await StartAsync(_outage.Since);
        if (clockIsSetBack) _clock.SetBack(TimeSpan.FromHours(5));
        await keeper.LookAsync(default);
        Assert.That(keeper.LetsStaffPast, Is.True);
        _clock.Advance(TimeSpan.FromMinutes(1));
        await keeper.LookAsync(default);
        Assert.That((keeper.LetsStaffPast, _said[^1]), Is.EqualTo((false, KeeperNote.StaffBack)));
        await DownAsync(keeper);
        Assert.That(keeper.LetsStaffPast, Is.False, "not until the gateway has been back");

        _listening = [8129];
        await keeper.LookAsync(default);
        await DownAsync(keeper);
        Assert.That(keeper.LetsStaffPast, Is.True);
    }

    /// <summary>What the kernel remembers of tries is no change of the rules, and goes to the gateway.</summary>
    [Test]
    public async Task Look_KernelHasTries_HandsThemOver_AndTouchesNothing()
    {
        var keeper = await StartAsync();
        _said.Clear();
        _kernel = _kernel!.Replace("    timeout 60s\n", "    timeout 60s\n    elements = { 10.20.1.7 . udp . 51820 . 198.51.100.7 }\n", StringComparison.Ordinal);
        await keeper.LookAsync(default);
        Assert.That(TriesSpool.Read(_spool.Waiting().Single())!.Tries[0].Port, Is.EqualTo(51820));
        Assert.That((_said, _kernel), Is.EqualTo((Array.Empty<KeeperNote>(), _kernel)));
        await keeper.LookAsync(default);
        Assert.That((_spool.Waiting().Count, _said.Count), Is.EqualTo((1, 0)));
    }

    /// <summary>A keeper that ends leaves nothing open that nobody would close.</summary>
    [Test]
    public async Task End_WhileStaffPass_Closes()
    {
        _plan = () => PlanOf("10.20.0.0/16", Passes);
        var keeper = await StartAsync();
        await DownAsync(keeper);
        await keeper.EndAsync();
        Assert.That((_kernel, keeper.LetsStaffPast), Is.EqualTo((_record.Read(), false)));
    }

    /// <summary>Rules that somebody applied by hand for another network are only a text: nobody can say whose web would pass.</summary>
    [Test]
    public async Task Look_GatewayIsDown_RefusesEverybodyUnderRulesAppliedByHand()
    {
        _plan = () => PlanOf("10.20.0.0/16", Passes);
        var keeper = await StartAsync();
        _kernel = Rules("10.40.0.0/16");
        _record.Write(_kernel);
        await DownAsync(keeper);
        Assert.That((_kernel, keeper.LetsStaffPast), Is.EqualTo((Rules("10.40.0.0/16"), false)));
    }

    /// <summary>A clock of a box, which can be set back while time goes on.</summary>
    private sealed class BoxClock(string day) : TimeProvider
    {
        private readonly FakeTimeProvider _time = new(DateTimeOffset.Parse($"{day}T12:00:00Z", CultureInfo.InvariantCulture));
        private TimeSpan _behind;

        public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

        public override long TimestampFrequency => _time.TimestampFrequency;

        public override DateTimeOffset GetUtcNow() => _time.GetUtcNow() - _behind;

        public override long GetTimestamp() => _time.GetTimestamp();

        public void Advance(TimeSpan time) => _time.Advance(time);

        public void SetBack(TimeSpan time) => _behind = time;
    }

    private async Task DownAsync(NetworkKeeper keeper)
    {
        _listening = [];
        await keeper.LookAsync(default);
        _clock.Advance(GatewayOutage.Begins);
        await keeper.LookAsync(default);
    }

    private static string Past() => NftRules.Replacing(PlanOf("10.20.0.0/16", Passes) with { LetsStaffPast = true });

    private async Task<NetworkKeeper> StartAsync(DateTimeOffset? outageSince = null)
    {
        var box = new NetworkBox { Run = Answer, TcpListeners = () => [.. _listening.Select(port => new System.Net.IPEndPoint(System.Net.IPAddress.IPv6Any, port))] };
        _outage = new GatewayOutage(box, _clock, outageSince);
        var keeper = new NetworkKeeper(new KernelRules(box), _record, () => _plan(), () => _inputs, _outage, new TriesWatch(_spool, _clock), (note, _) => _said.Add(note));
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

    private static NetworkPlan PlanOf(string network, string whenDown = "")
    {
        var settings = GatewaySettings.Parse($"transparent_listen: \"[::]:8129\"\nnetwork: {{ lan: [lan0], {whenDown} }}\n", "settings.yaml");
        var lists = Matching.ListSet.Empty with { Taxonomy = ListLoader.ShippedTaxonomy };
        var document = PolicyDocument.Parse($"school: Test\nnetworks: [{network}]\nunknown_clients: pupil\ntiers: {{ pupil: {{}}, staff: {{}} }}\nclients: [{{ range: 10.20.8.0/24, tier: staff }}]\n", lists.Taxonomy, out _)!;
        return NetworkPlan.Make(settings, document, PolicySnapshot.Compile(document, lists, InForce.Nothing));
    }
}
