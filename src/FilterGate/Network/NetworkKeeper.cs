using FilterGate.Commands;
using FilterGate.Proxy.Connections;
using FilterGate.State;

namespace FilterGate.Network;

/// <summary>Keeps the rules of the box as policy and settings want them: from before the network is up, through changes of the policy, and when something else of the box throws them away.</summary>
/// <remarks>Fails closed: where nobody can say what the rules are, those applied last hold, and where there were none nothing passes the box. Not for several threads at once.</remarks>
internal sealed class NetworkKeeper
{
    // What could not be read is tried again this often, in looks, even where nothing seems to have changed: a disk may be back.
    private const int RetryAfter = 30;

    private readonly KernelRules _kernel;
    private readonly RulesRecord _record;
    private readonly Func<NetworkPlan> _plan;
    private readonly Func<string> _inputs;
    private readonly Action<KeeperNote, string> _say;
    private readonly GatewayOutage _outage;
    private readonly TriesWatch _tries;

    private string _wanted = NftRules.Closed;
    private NetworkPlan? _planWanted;
    private string? _listing;
    private string? _inputsSeen;
    private string? _problem;
    private int _looks;
    private bool _isRecorded;
    private bool _isTakenOut;

    /// <summary>Makes one; it does nothing before <see cref="StartAsync"/>.</summary>
    /// <param name="kernel">The kernel's rules.</param>
    /// <param name="record">The rules last applied.</param>
    /// <param name="plan">What policy and settings want now; throws <see cref="UserErrorException"/> where they cannot be used.</param>
    /// <param name="inputs">Something short that changes when <paramref name="plan"/> may.</param>
    /// <param name="outage">Whether the web of staff passes a gateway that is down.</param>
    /// <param name="tries">Sees what the rules refuse.</param>
    /// <param name="say">Hears what was done, in a sentence for the journal.</param>
    public NetworkKeeper(KernelRules kernel, RulesRecord record, Func<NetworkPlan> plan, Func<string> inputs, GatewayOutage outage, TriesWatch tries, Action<KeeperNote, string> say) =>
        (_kernel, _record, _plan, _inputs, _outage, _tries, _say) = (kernel, record, plan, inputs, outage, tries, say);

    /// <summary>Why the rules are not those of policy and settings; null when they are.</summary>
    public string? Problem => _problem;

    /// <summary>True while the web of staff passes straight, for the gateway is down.</summary>
    public bool LetsStaffPast { get; private set; }

    /// <summary>Puts rules in place, the best that there are.</summary>
    /// <exception cref="UserErrorException">The kernel takes none at all: there is no <c>nft</c>, or no right to use it.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        using var held = await _record.HoldAsync(TimeProvider.System, cancellationToken);
        if (await TakePlanAsync(cancellationToken)) return;
        if (Last() is { } last && await TryAsync(last, cancellationToken))
        {
            _isRecorded = true;
            _say(KeeperNote.Last, $"the rules applied last are in place, for those of now cannot be made: {_problem}");
            return;
        }

        await PutAsync(NftRules.Closed, plan: null, letsStaffPast: false, cancellationToken);
        _say(KeeperNote.Closed, $"nothing passes this box, for no rules can be made and none were applied before: {_problem}");
    }

    /// <summary>Looks once: at what the rules should be, and whether they are there. Whatever goes wrong is said, and the next look tries again.</summary>
    public async Task LookAsync(CancellationToken cancellationToken)
    {
        try
        {
            // A command is at work; with --revert-after for minutes, and what it tries is not to be put back meanwhile.
            if (!_record.TryHold(out var held)) return;
            using (held) await LookHeldAsync(cancellationToken);
        }
        catch (Exception problem) when (IsExpected(problem))
        {
            Note(problem.Message);
        }
    }

    /// <summary>Leaves rules behind that can stand alone: nobody would close for staff again what is open to them now.</summary>
    public async Task EndAsync()
    {
        try
        {
            if (LetsStaffPast) await TurnAsync(letsStaffPast: false, CancellationToken.None);
        }
        catch (UserErrorException problem)
        {
            Note(problem.Message);
        }
    }

    private async Task LookHeldAsync(CancellationToken cancellationToken)
    {
        var recorded = _record.Read();
        if (_isRecorded && recorded is null)
        {
            if (!_isTakenOut) _say(KeeperNote.TakenOut, "the rules were taken out (network remove) and stay out until the next network apply or start of this service");
            (_isTakenOut, _problem, LetsStaffPast) = (true, "the rules were taken out", false);
            return;
        }

        if (recorded is not null && (recorded != _wanted || _isTakenOut)) Adopt(recorded);
        if (_inputs() != _inputsSeen || (_problem is not null && ++_looks % RetryAfter == 0)) await TakePlanAsync(cancellationToken);
        if (_outage.LetsStaffPast(_planWanted) is var letsStaffPast && letsStaffPast != LetsStaffPast) await TurnAsync(letsStaffPast, cancellationToken);
        var listing = await _kernel.ListAsync(cancellationToken);
        See(listing?.Tries ?? []);
        var now = listing?.Rules;
        if (now is not null && now == _listing) return;
        // Rules that somebody has just applied by hand are read for the first time: nothing was changed behind anybody's back.
        var isNews = now is not null && _listing is null;
        await PutAsync(_wanted, _planWanted, LetsStaffPast, cancellationToken);
        if (!isNews) _say(KeeperNote.PutBack, "the rules were not as they should be, and are in place again: something else of this box had changed them");
    }

    private void See(IReadOnlyList<RefusedTry> there)
    {
        var before = _tries.Problem;
        _tries.See(there);
        if (_tries.Problem is { } problem && problem != before) _say(KeeperNote.Problem, problem);
    }

    /// <summary>What somebody has applied by hand counts until policy or settings change.</summary>
    private void Adopt(string rules) => (_wanted, _planWanted, _listing, _isRecorded, _isTakenOut, _problem) = (rules, rules == _wanted ? _planWanted : null, null, true, false, null);

    private async Task TurnAsync(bool letsStaffPast, CancellationToken cancellationToken)
    {
        await PutAsync(_wanted, _planWanted, letsStaffPast, cancellationToken);
        if (letsStaffPast) _say(KeeperNote.StaffPast, "the gateway is down, and the web of staff's networks passes it unfiltered, as the settings say (when_down); everybody else's is refused");
        else _say(KeeperNote.StaffBack, _outage.Since is null ? "the gateway is back: the web of staff goes through it again" : "the web of staff is refused like everybody's until the gateway is back: its time is over, or the settings no longer hold");
    }

    /// <summary>Puts the rules of policy and settings in place where they are not those of now.</summary>
    /// <returns>False where they cannot be made or the kernel refuses them; <see cref="Problem"/> says why.</returns>
    private async Task<bool> TakePlanAsync(CancellationToken cancellationToken)
    {
        try
        {
            _inputsSeen = _inputs();
            var plan = _plan();
            var rules = NftRules.Replacing(plan);
            if (rules != _wanted || _listing is null)
            {
                await PutAsync(rules, plan, LetsStaffPast, cancellationToken);
                _record.Write(rules);
                _isRecorded = true;
                _say(KeeperNote.Applied, $"the rules of policy {plan.PolicyVersion} are in place");
            }

            _problem = null;
            return true;
        }
        catch (Exception problem) when (IsExpected(problem))
        {
            Note(problem.Message);
            return false;
        }
    }

    private async Task<bool> TryAsync(string rules, CancellationToken cancellationToken)
    {
        try
        {
            await PutAsync(rules, plan: null, letsStaffPast: false, cancellationToken);
            return true;
        }
        catch (UserErrorException problem)
        {
            _say(KeeperNote.Problem, problem.Message);
            return false;
        }
    }

    /// <param name="rules">What is recorded.</param>
    /// <param name="plan">What it is made of; null where only the text is there.</param>
    /// <param name="letsStaffPast">True for the same rules with the web of staff let past.</param>
    /// <param name="cancellationToken">Ends it.</param>
    private async Task PutAsync(string rules, NetworkPlan? plan, bool letsStaffPast, CancellationToken cancellationToken)
    {
        await _kernel.ApplyAsync(letsStaffPast && plan is not null ? NftRules.Replacing(plan with { LetsStaffPast = true }) : rules, cancellationToken);
        // Something may flush them before they are read back: then the next look finds nothing, and puts them in place again.
        (_wanted, _planWanted, _listing, LetsStaffPast) = (rules, plan, null, letsStaffPast);
        _listing = await _kernel.ReadAsync(cancellationToken);
    }

    private string? Last()
    {
        try
        {
            return _record.Read();
        }
        catch (Exception problem) when (IsExpected(problem))
        {
            _say(KeeperNote.Problem, problem.Message);
            return null;
        }
    }

    private void Note(string problem)
    {
        if (problem != _problem) _say(KeeperNote.Problem, problem);
        _problem = problem;
    }

    private static bool IsExpected(Exception problem) => problem is UserErrorException or StateStoreException or Lists.ListLoadException or IOException or UnauthorizedAccessException;
}

/// <summary>What the keeper of the rules says.</summary>
internal enum KeeperNote
{
    /// <summary>Rules of policy and settings were put in place.</summary>
    Applied,

    /// <summary>Those applied last were.</summary>
    Last,

    /// <summary>Nothing passes the box.</summary>
    Closed,

    /// <summary>What something else had changed was put back.</summary>
    PutBack,

    /// <summary>Somebody took them out.</summary>
    TakenOut,

    /// <summary>The gateway is down, and the web of staff passes it.</summary>
    StaffPast,

    /// <summary>It does not any more.</summary>
    StaffBack,

    /// <summary>Something could not be done.</summary>
    Problem,
}
