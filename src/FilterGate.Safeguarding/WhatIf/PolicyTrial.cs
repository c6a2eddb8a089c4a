using System.Collections.Immutable;
using FilterGate.Events;
using FilterGate.Matching;
using FilterGate.Policy;
using FilterGate.Policy.Documents;
using FilterGate.Policy.Timetables;

namespace FilterGate.Safeguarding.WhatIf;

/// <summary>Tries a proposed policy, or other lists, on requests that were recorded: decides each once as it would be decided now and once as it would be then, at its own time and for whoever asked.</summary>
/// <remarks>
/// Memory is bounded by <see cref="PolicyTrialOptions"/>, whatever the period holds. Two to four microseconds a request, reading included. What was not recorded cannot be tried: unless a tier records everything, only refusals,
/// overrides and what is logged are there. Used for one trial by one thread.
/// </remarks>
public sealed class PolicyTrial
{
    private const string LessonPeriod = "lesson";

    /// <summary>Who is told apart; a school has some hundred devices and people.</summary>
    private const int AskersMax = 50_000;

    /// <summary>Pairs of a site and a device that are told apart, over all sites; some 50 MB. Beyond, the counts of devices stay where they are.</summary>
    private const int PairsMax = 1_000_000;

    private readonly PolicySnapshot _inForce, _proposed;
    private readonly PolicyTrialOptions _options;
    private readonly Timetable _timetable;
    private readonly int _lessons;
    private readonly bool _sharesLists;
    private readonly Dictionary<string, Address> _addresses = new(StringComparer.Ordinal);
    private readonly Dictionary<Who, Asker> _askers = [];
    private readonly Dictionary<(string Name, bool IsGroup), Tally> _groups = [];
    private readonly long[] _leftOut = new long[Enum.GetValues<LeftOut>().Length];
    private long _requests;
    private int _sites, _pairs;

    /// <summary>Makes a trial.</summary>
    /// <param name="inForce">The policy in force, with what was in force during the period.</param>
    /// <param name="proposed">The proposed one, with the same.</param>
    /// <param name="timetable">When lessons are; null for a school that has not written it.</param>
    /// <param name="options">Bounds.</param>
    public PolicyTrial(PolicySnapshot inForce, PolicySnapshot proposed, Timetable? timetable = null, PolicyTrialOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(inForce);
        ArgumentNullException.ThrowIfNull(proposed);
        (_inForce, _proposed, _options, _timetable) = (inForce, proposed, options ?? new PolicyTrialOptions(), timetable ?? Timetable.Empty);
        _sharesLists = ReferenceEquals(inForce.Lists, proposed.Lists);
        _lessons = _timetable.TryFind(LessonPeriod, out var index) ? index : -1;
    }

    /// <summary>Tries a period of a store.</summary>
    /// <param name="events">The store.</param>
    /// <param name="since">From this instant.</param>
    /// <param name="until">Before this instant.</param>
    /// <param name="progress">From 0 to 1.</param>
    /// <param name="cancellationToken">Ends the trial.</param>
    public PolicyTrialReport Run(EventReader events, DateTimeOffset since, DateTimeOffset until, IProgress<double>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(events);
        const int between = 10_000;
        var problems = events.ReadRequests(since, until, Visit, cancellationToken);
        return Finish() with { Problems = [.. problems] };

        void Visit(in PastRequest request)
        {
            Add(in request);
            if (_requests % between == 0) progress?.Report((request.Time - since) / (until - since));
        }
    }

    /// <summary>Tries one request.</summary>
    public void Add(in PastRequest request)
    {
        _requests++;
        var asker = Find(in request);
        if (asker.WhyNot is { } whyNot)
        {
            _leftOut[(int)whyNot]++;
            return;
        }
        var address = Find(request.Url);
        if (address.Url is not { } url)
        {
            _leftOut[(int)LeftOut.Address]++;
            return;
        }
        var (now, then) = (Decide(_inForce, asker.Now!, address, url, in request), Decide(_proposed, asker.Then!, address, url, in request));
        var tally = asker.Tally!;
        tally.Requests++;
        if (request.Decision <= Verdict.LogOnly) tally.Allowed++;
        var (before, after) = (Strictness(now), Strictness(then));
        if (before == after)
        {
            tally.Unchanged++;
            return;
        }
        var isStricter = after > before;
        if (isStricter) tally.NewlyBlocked++;
        else tally.NewlyOpen++;
        if (!tally.Sites.TryGetValue((url.Host, isStricter), out var site))
        {
            if (_sites == _options.SitesMax)
            {
                _leftOut[(int)LeftOut.Site]++;
                return;
            }
            _sites++;
            tally.Sites.Add((url.Host, isStricter), site = new Site(now, then, isStricter));
        }
        site.Requests++;
        site.Last = request.Time;
        if (site.Devices.Count < _options.DevicesMax && _pairs < PairsMax && site.Devices.Add(asker.Name)) _pairs++;
        if (IsInLesson(in request)) site.InLessons++;
    }

    /// <summary>What came of it.</summary>
    public PolicyTrialReport Finish() => new()
    {
        Requests = _requests,
        Groups = [.. _groups.Values.Select(t => t.ToGroup()).OrderByDescending(g => g.IsStaff).ThenByDescending(g => g.NewlyBlocked).ThenByDescending(g => g.NewlyOpen).ThenBy(g => g.Name, StringComparer.Ordinal)],
        LeftOut = Enum.GetValues<LeftOut>().Where(why => _leftOut[(int)why] > 0).ToImmutableSortedDictionary(why => why, why => _leftOut[(int)why]),
    };

    /// <summary>Recorded or not, an allowed request is reached; the rest stands in order of strictness.</summary>
    private static int Strictness(in Decision decision) => decision.IsForwarded ? 0 : (int)decision.Verdict;

    private Decision Decide(PolicySnapshot policy, Client client, Address address, CanonicalUrl url, in PastRequest request)
    {
        var seen = PastQuestion.SeenBy(policy, client, url, in request);
        var classification = address.Classify(_sharesLists || ReferenceEquals(policy, _inForce) ? 0 : 1, policy.Lists, url, seen);
        var question = PastQuestion.Of(client, url, seen, in classification, in request);
        return policy.Decide(in question);
    }

    private bool IsInLesson(in PastRequest request) =>
        request.Reason is Reason.Lesson or Reason.Override || (_lessons >= 0 && _timetable.At(request.Time).Contains(_lessons));

    private Address Find(string url)
    {
        if (_addresses.TryGetValue(url, out var known)) return known;
        var address = new Address(CanonicalUrl.TryParse(url, out var parsed, out _) ? parsed : null);
        if (_addresses.Count < _options.AddressesMax) _addresses.Add(url, address);
        return address;
    }

    private Asker Find(in PastRequest request)
    {
        var who = new Who(request.Client, request.Device, request.Person, request.Group, request.Tier);
        if (_askers.TryGetValue(who, out var known)) return known;
        if (_askers.Count == AskersMax) _askers.Clear();
        var asker = Make(in request);
        _askers.Add(who, asker);
        return asker;
    }

    private Asker Make(in PastRequest request)
    {
        // Who was recorded in a tier that is gone by now is whoever the policy in force takes them for.
        var natural = _inForce.Identify(PastQuestion.AddressOf(in request));
        var now = PastQuestion.ClientOf(_inForce, in request) ?? natural;
        if (now is null) return new Asker(LeftOut.Network);
        // A proposed policy may give the address to another group: where the one in force recognises the client by it, the proposed one is asked in the same way.
        var isRecognised = natural is not null && natural.Group?.Name == now.Group?.Name && natural.Tier.Name == now.Tier.Name;
        var identified = _proposed.Identify(PastQuestion.AddressOf(in request));
        if (isRecognised && identified is null) return new Asker(LeftOut.Network);
        var then = isRecognised ? identified! with { Device = request.Device, Person = request.Person } : PastQuestion.ClientOf(_proposed, in request) ?? identified;
        if (then is null) return new Asker(LeftOut.Tier);

        var key = now.Group is { } group ? (group.Name, true) : (now.Tier.Name, false);
        if (!_groups.TryGetValue(key, out var tally))
        {
            var isStaff = now.Group is { Kind: GroupKind.Staff or GroupKind.Office } || (now.Group is null && CategoryRules.IsOf(now.Tier.Name, "staff"));
            _groups.Add(key, tally = new Tally(key.Item1, now.Tier.Name, key.Item2, isStaff));
        }
        return new Asker(now, then, tally, request.Person ?? request.Device ?? request.Client ?? "");
    }

    private readonly record struct Who(string? Client, string? Device, string? Person, string? Group, string? Tier);

    /// <summary>Whoever asked, as both policies see them; or why they cannot be tried.</summary>
    private sealed class Asker(Client? now, Client? then, Tally? tally, string name)
    {
        public Asker(LeftOut whyNot) : this(null, null, null, "") => WhyNot = whyNot;

        public LeftOut? WhyNot { get; }
        public Client? Now => now;
        public Client? Then => then;
        public Tally? Tally => tally;
        public string Name => name;
    }

    /// <summary>An address and what each of the two sets of lists knows of it, whole and by its host alone.</summary>
    private sealed class Address(CanonicalUrl? url)
    {
        private readonly Classification?[] _known = new Classification?[4];

        public CanonicalUrl? Url => url;

        public Classification Classify(int lists, ListSet set, CanonicalUrl asked, Seen seen) => _known[(lists * 2) + (seen == Seen.Url ? 0 : 1)] ??= set.Classify(asked, seen);
    }

    /// <summary>The counts of a group.</summary>
    private sealed class Tally(string name, string tier, bool isGroup, bool isStaff)
    {
        public long Requests, Allowed, Unchanged, NewlyBlocked, NewlyOpen;

        public Dictionary<(string Host, bool IsStricter), Site> Sites { get; } = [];

        public GroupTrial ToGroup() => new(name, tier, isGroup, isStaff)
        {
            Requests = Requests, Allowed = Allowed, Unchanged = Unchanged, NewlyBlocked = NewlyBlocked, NewlyOpen = NewlyOpen,
            BlockedSites = [.. Changes(isStricter: true).OrderByDescending(c => c.InLessons > 0).ThenByDescending(c => c.Requests).ThenByDescending(c => c.Devices).ThenBy(c => c.Host, StringComparer.Ordinal)],
            OpenSites = [.. Changes(isStricter: false).OrderBy(c => c.Category?.Index ?? int.MaxValue).ThenByDescending(c => c.Requests).ThenByDescending(c => c.Devices).ThenBy(c => c.Host, StringComparer.Ordinal)],
        };

        private IEnumerable<SiteChange> Changes(bool isStricter) => Sites.Where(s => s.Key.IsStricter == isStricter).Select(s => s.Value.ToChange(s.Key.Host));
    }

    /// <summary>The counts of a site for a group; verdicts and category are those of its first request.</summary>
    private sealed class Site(Decision now, Decision then, bool isStricter)
    {
        public long Requests, InLessons;
        public DateTimeOffset Last;

        public HashSet<string> Devices { get; } = new(StringComparer.Ordinal);

        public SiteChange ToChange(string host) =>
            new(host, now.Verdict, then.Verdict, (isStricter ? then : now).Reason, (isStricter ? then : now).Category, Requests, Devices.Count, InLessons, Last);
    }
}
