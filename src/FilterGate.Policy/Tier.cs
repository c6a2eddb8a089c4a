using System.Collections.Frozen;
using System.Collections.Immutable;
using FilterGate.Matching;
using FilterGate.Policy.Documents;
using FilterGate.Policy.Passes;
using FilterGate.Policy.Rules;
using FilterGate.Policy.Search;

namespace FilterGate.Policy;

/// <summary>What the gateway does with TLS of a tier.</summary>
public enum TlsMode
{
    /// <summary>Reads it: the client trusts the gateway's CA, the origin's certificate is always verified.</summary>
    Intercept,

    /// <summary>Passes the bytes: only the host name is decided.</summary>
    Tunnel,
}

/// <summary>Which requests of a tier become events.</summary>
public enum RecordRule
{
    /// <summary>Refusals, uses of an override, and what the policy logs.</summary>
    Blocks,

    /// <summary>Allowed requests too, but for what is never recorded: so that a proposed policy can be tried on what was really asked for.</summary>
    Everything,

    /// <summary>What people did beside refusals: pages, searches, typed addresses, uses of an override; none of what a page loads, and nothing that is never recorded.</summary>
    Acts,
}

/// <summary>A level of filtering, compiled from the policy document. Two are equal only when they are the same object.</summary>
public sealed record Tier
{
    /// <summary>A week: a site made up for one purpose is mostly gone or listed by then.</summary>
    public const int NewlySeenDaysDefault = 7;

    /// <summary>Longest window, in days: a year.</summary>
    public const int NewlySeenDaysMax = 365;

    /// <summary>A quarter of an hour: long enough to look for what one came for.</summary>
    public const int ContinueMinutesDefault = 15;

    /// <summary>Its name, such as <c>pupil</c> or <c>pupil-ks1</c>.</summary>
    public required string Name { get; init; }

    /// <summary>What is done with TLS.</summary>
    public required TlsMode Tls { get; init; }

    /// <summary>True when what is neither HTTP nor TLS may pass unread: a game, a messenger, a remote shell. Ways round the filter that can be named never do.</summary>
    public bool PassesOtherProtocols => OtherProtocols ?? (Tls == TlsMode.Tunnel && !IsForPupils);

    /// <summary>The same as the document says it; null where it says nothing: then what is not read passes for staff and guests whose TLS is not read either, and never for pupils.</summary>
    internal bool? OtherProtocols { get; init; }

    /// <summary>True for every tier but those of staff and guests: one that somebody makes up is strict until it is told otherwise.</summary>
    private bool IsForPupils => !CategoryRules.IsOf(Name, "staff") && !CategoryRules.IsOf(Name, "guest");

    /// <summary>What is done with a site in no list.</summary>
    public required Verdict Uncategorised { get; init; }

    /// <summary>What is done with an address of the internet that is asked for instead of a name and is in no list, where that is stricter than what is done with such a site; null for nothing more.</summary>
    public Verdict? Addresses { get; init; }

    /// <summary>What is done with a site in no list that this gateway has first met within <see cref="NewlySeenDays"/>, where that is stricter than <see cref="Uncategorised"/>; null for nothing more.</summary>
    public Verdict? NewlySeen { get; init; }

    /// <summary>For how many days a site is newly seen, 1 to <see cref="NewlySeenDaysMax"/>: 7 days from Monday are until Sunday.</summary>
    public int NewlySeenDays { get; init; } = NewlySeenDaysDefault;

    /// <summary>What is done with an address that stands in another one.</summary>
    public EmbeddedRule EmbeddedUrls { get; init; }

    /// <summary>True when nothing is open but what an override, a lesson or the school's own lists open, and help sites (step 10).</summary>
    public bool IsApprovedOnly { get; init; }

    /// <summary>Which requests become events.</summary>
    public RecordRule Record { get; init; }

    /// <summary>The rules for this tier, or for the group whose settings are laid over it, in order.</summary>
    public ImmutableArray<Rule> Rules
    {
        get;
        init
        {
            field = value;
            ApprovedOnlyRules = [.. value.Where(r => r.Do == RuleAction.ApprovedOnly)];
            UncategorisedRules = [.. value.Where(r => r.CoversUncategorised)];
            Ruled = value.Aggregate(CategorySet.Empty, static (all, rule) => all | rule.What);
        }
    } = [];

    /// <summary>The categories of the rules together: of a site in none of them no rule is asked.</summary>
    internal CategorySet Ruled { get; private init; }

    /// <summary>Of the rules those that close all but approved sites: most schools have none, and each request asks.</summary>
    internal ImmutableArray<Rule> ApprovedOnlyRules { get; private init; } = [];

    /// <summary>Of the rules those that mean sites in no list too.</summary>
    internal ImmutableArray<Rule> UncategorisedRules { get; private init; } = [];

    /// <summary>Search, video, embedded content and sign-in.</summary>
    public SearchSettings Search { get; init; } = SearchSettings.Pupil;

    /// <summary>Categories that are blocked (locked ones are not here: nothing configures them).</summary>
    public required CategorySet Blocked { get; init; }

    /// <summary>Categories with minutes a day.</summary>
    public CategorySet Quota { get; private init; }

    /// <summary>How many minutes, by the index of the category.</summary>
    internal FrozenDictionary<int, QuotaRule> Quotas
    {
        get;
        init
        {
            field = value;
            Quota = default;
            foreach (var index in value.Keys) Quota = Quota.With(index);
        }
    } = FrozenDictionary<int, QuotaRule>.Empty;

    /// <summary>For how many minutes a warning that somebody went past is not shown again, from 1.</summary>
    public int ContinueMinutes { get; init; } = ContinueMinutesDefault;

    /// <summary>Categories that warn first.</summary>
    public CategorySet Warned { get; init; }

    /// <summary>Categories that are allowed and recorded.</summary>
    public CategorySet Logged { get; init; }

    /// <summary>What is done with lists that the tier names; null for none.</summary>
    internal ListActions? Lists { get; init; }

    /// <summary>The school's own block entries for this tier.</summary>
    public ListMatcher OwnBlock { get; init; } = ListMatcher.Empty;

    /// <summary>The school's own allow entries for this tier, and the hosts of its bundles.</summary>
    public ListMatcher OwnAllow { get; init; } = ListMatcher.Empty;

    /// <summary>Reasons that the document gives, by category or own entry as written.</summary>
    public ImmutableDictionary<string, string> Rationale { get; init; } = ImmutableDictionary<string, string>.Empty;

    /// <summary>The services that this tier opens whole.</summary>
    public ImmutableArray<Bundle> Bundles { get; init; } = [];

    /// <summary>Hosts of its bundles whose HTTPS is passed unread.</summary>
    internal ListMatcher NeverIntercept { get; init; } = ListMatcher.Empty;

    /// <summary>0 is the strictest. A tier port off loopback never gives a client a looser tier than its own.</summary>
    public int Strictness { get; init; }

    /// <summary>What the tier does with a category, where no rule and no list says otherwise. No allocation.</summary>
    internal Verdict WordOf(Category category)
    {
        var index = category.Index;
        return Blocked.Contains(index) ? Verdict.Block : Quota.Contains(index) ? Verdict.Quota : Warned.Contains(index) ? Verdict.Warn : Logged.Contains(index) ? Verdict.LogOnly : Verdict.Allow;
    }

    /// <summary>The minutes a day of a category; null where there is no limit. No allocation.</summary>
    public QuotaRule? QuotaOf(Category category)
    {
        ArgumentNullException.ThrowIfNull(category);
        return Quotas.GetValueOrDefault(category.Index);
    }

    /// <summary>The bundle and the entry of it that a match in <see cref="OwnAllow"/> stands for; null for one of the school's own. No allocation.</summary>
    public (Bundle Bundle, BundleEntry Entry)? FindBundle(in ListMatch match)
    {
        foreach (var bundle in Bundles)
        {
            if (bundle.List != match.List) continue;
            foreach (var entry in bundle.Entries)
                if (entry.Line == match.Line) return (bundle, entry);
        }
        return null;
    }

    /// <inheritdoc/>
    public bool Equals(Tier? other) => ReferenceEquals(this, other);

    /// <inheritdoc/>
    public override int GetHashCode() => System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(this);
}
