using FilterGate.Matching;
using FilterGate.Policy.Documents;
using FilterGate.Policy.Search;

namespace FilterGate.Policy;

/// <summary>What becomes of a request, in order of strictness: of several answers the greatest holds.</summary>
public enum Verdict : byte
{
    /// <summary>Forwarded.</summary>
    Allow = 0,

    /// <summary>Forwarded and recorded.</summary>
    LogOnly = 1,

    /// <summary>A page asks first.</summary>
    Warn = 2,

    /// <summary>Allowed for some minutes a day.</summary>
    Quota = 3,

    /// <summary>Refused.</summary>
    Block = 4,
}

/// <summary>Which step of the order of decisions decided. Stored in events: add, never renumber.</summary>
public enum Reason : byte
{
    /// <summary>On an illegal-content list (step 1).</summary>
    Locked = 1,
    /// <summary>An address of the school's own network or of the gateway itself (straight after step 1).</summary>
    PrivateDestination = 2,
    /// <summary>A form of TLS, or something that is not TLS, that the tier refuses (straight after step 1).</summary>
    TlsPolicy = 3,
    /// <summary>A site where a child looks for help (step 2).</summary>
    ProtectedHelp = 4,
    /// <summary>Blocked in an emergency (step 3).</summary>
    EmergencyBlock = 5,
    /// <summary>The person's access is withdrawn (step 4).</summary>
    AccessWithdrawn = 6,
    /// <summary>A category that nothing bypasses (step 5).</summary>
    NoBypass = 7,
    /// <summary>A live override (step 6).</summary>
    Override = 8,
    /// <summary>A lesson or class session (step 7).</summary>
    Lesson = 9,
    /// <summary>The school's own block list (step 8).</summary>
    OwnBlock = 10,
    /// <summary>The school's own allow list (step 8).</summary>
    OwnAllow = 11,
    /// <summary>A blocked category (step 9).</summary>
    CategoryBlock = 12,
    /// <summary>A category with minutes a day (step 9).</summary>
    CategoryQuota = 13,
    /// <summary>A category that warns first (step 9).</summary>
    CategoryWarn = 14,
    /// <summary>A category that is only recorded (step 9).</summary>
    CategoryLog = 15,
    /// <summary>Not among the approved sites (step 10).</summary>
    ApprovedOnly = 16,
    /// <summary>An allowed category (step 11).</summary>
    CategoryAllow = 17,
    /// <summary>In no list (step 12).</summary>
    Uncategorised = 18,
    /// <summary>Nothing else decided (step 13).</summary>
    Default = 19,
    /// <summary>In no list, and first met by this gateway within the tier's window (step 12).</summary>
    NewlySeen = 20,
    /// <summary>What a device asks to find out whether it is on line (step 3b).</summary>
    DeviceProbe = 21,
    /// <summary>The connection is one of a VPN, Tor, a proxy or a tunnel, whatever its name says (straight after step 1).</summary>
    WayRound = 22,
    /// <summary>In no list, and asked for by an address of the internet instead of a name (step 12).</summary>
    ByAddress = 23,
}

/// <summary>What policy says of one request.</summary>
/// <param name="Verdict">What becomes of it.</param>
/// <param name="Reason">Which step decided.</param>
public readonly record struct Decision(Verdict Verdict, Reason Reason)
{
    /// <summary>The category that decided, where one did.</summary>
    public Category? Category { get; init; }

    /// <summary>The school's own entry that decided (steps 3 and 8), as written; for an entry of a bundle <c>bundle NAME: ENTRY</c>.</summary>
    public string? Rule { get; init; }

    /// <summary>The bundle whose entry decided (step 8), else null.</summary>
    public Bundle? Bundle { get; init; }

    /// <summary>The rule of search, video or embedded content that decided (step 8).</summary>
    public SearchRule SearchRule { get; init; }

    /// <summary>The approved video whose own page was asked for: it is shown on the lesson page, and the request is never forwarded. Null otherwise.</summary>
    public VideoLink? Lesson { get; init; }

    /// <summary>The override that decided (step 6), else 0.</summary>
    public long OverrideId { get; init; }

    /// <summary>The number in <c>state.db</c> of the emergency block (step 3), the withdrawal (step 4), the class session (step 7) or the pass (a warning gone past or a slice that runs, steps 9 and 12) that decided, else 0.</summary>
    public long RecordId { get; init; }

    /// <summary>The locked hit that decided (step 1).</summary>
    public LockedHit? Locked { get; init; }

    /// <summary>The address within the one asked for whose answer this is, where that was the stricter; else null.</summary>
    public CanonicalUrl? Embedded { get; init; }

    /// <summary>True when the page that was asked for would have shown what <see cref="Embedded"/> names (a translated page, an archived one); false for a mere link.</summary>
    public bool IsShown { get; init; }

    /// <summary>The name that the connection gave, where that is open and the request within it is for another one, which is not (domain fronting); else null.</summary>
    public string? Cover { get; init; }

    /// <summary>What the policy said of a request that goes on all the same, because of <see cref="ShadowMode"/>: warn, quota or block. Null otherwise.</summary>
    public Verdict? Lifted { get; init; }

    /// <summary>True for a refusal that stands in shadow mode too: steps 1 to 4, which are about the law, the box and what a person has just closed, and not about the policy on trial. Of what a connection carries past every list, no locked list could be asked.</summary>
    public bool StandsInShadow => !IsForwarded && Reason is Reason.Locked or Reason.PrivateDestination or Reason.TlsPolicy or Reason.WayRound or Reason.EmergencyBlock or Reason.AccessWithdrawn;

    /// <summary>True when the request goes to its origin.</summary>
    public bool IsForwarded => Verdict is Verdict.Allow or Verdict.LogOnly;

    /// <summary>True when a person may ask for it to be opened: never for steps 1 to 5.</summary>
    public bool IsOverridable => !IsForwarded && Reason is not (Reason.Locked or Reason.PrivateDestination or Reason.TlsPolicy or Reason.EmergencyBlock or Reason.AccessWithdrawn or Reason.NoBypass or Reason.WayRound);

    /// <summary>True for a refusal, carried out or lifted by <see cref="ShadowMode"/>, of an attempt to get round the filter: by what the connection is, by a site that is made for it, behind another name, or through a page that shows a site which a list blocks.</summary>
    /// <remarks>Illegal content is what it is, however somebody came to it.</remarks>
    public bool IsWayRound => (Lifted ?? Verdict) == Verdict.Block && Locked is null
        && (Reason == Reason.WayRound || Cover is not null || (Category is not null && CategoryRules.WaysRound.Contains(Category.Slug)) || (IsShown && Reason is Reason.NoBypass or Reason.CategoryBlock or Reason.OwnBlock or Reason.EmergencyBlock));

    /// <summary>True when of two answers about one request this one holds: a locked hit before any other refusal, one that shadow mode leaves standing before one that it lifts, then the greater verdict. On a tie neither is.</summary>
    /// <remarks>Otherwise a refusal that is lifted could hide one that must not be.</remarks>
    public bool IsStricterThan(in Decision other) => Strictness > other.Strictness;

    private int Strictness => Locked is not null ? (int)Verdict.Block + 2 : StandsInShadow ? (int)Verdict.Block + 1 : (int)Verdict;
}

/// <summary>The stable codes that scripts, events and <c>--json</c> use.</summary>
public static class DecisionCodes
{
    /// <summary>The code of a reason, such as <c>category-block</c>.</summary>
    public static string Code(this Reason reason) => reason switch
    {
        Reason.Locked => "locked",
        Reason.PrivateDestination => "private-destination",
        Reason.TlsPolicy => "tls-policy",
        Reason.ProtectedHelp => "protected-help",
        Reason.EmergencyBlock => "emergency-block",
        Reason.AccessWithdrawn => "access-withdrawn",
        Reason.NoBypass => "no-bypass",
        Reason.Override => "override",
        Reason.Lesson => "lesson",
        Reason.OwnBlock => "own-block",
        Reason.OwnAllow => "own-allow",
        Reason.CategoryBlock => "category-block",
        Reason.CategoryQuota => "category-quota",
        Reason.CategoryWarn => "category-warn",
        Reason.CategoryLog => "category-log",
        Reason.ApprovedOnly => "approved-only",
        Reason.CategoryAllow => "category-allow",
        Reason.Uncategorised => "uncategorised",
        Reason.Default => "default",
        Reason.NewlySeen => "newly-seen",
        Reason.DeviceProbe => "device-probe",
        Reason.WayRound => "way-round",
        Reason.ByAddress => "by-address",
        _ => throw new System.Diagnostics.UnreachableException($"reason {reason}"),
    };

    /// <summary>The code of a verdict: <c>allow</c>, <c>log-only</c>, <c>warn</c>, <c>quota</c> or <c>block</c>.</summary>
    public static string Code(this Verdict verdict) => verdict switch
    {
        Verdict.Allow => "allow",
        Verdict.LogOnly => "log-only",
        Verdict.Warn => "warn",
        Verdict.Quota => "quota",
        Verdict.Block => "block",
        _ => throw new System.Diagnostics.UnreachableException($"verdict {verdict}"),
    };
}
