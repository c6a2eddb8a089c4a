namespace FilterGate.Policy.Passes;

/// <summary>What a client has gone past. Stored: add, never renumber.</summary>
public enum PassKind : byte
{
    /// <summary>A warning about a site: it is not shown again for a while.</summary>
    Warning = 1,

    /// <summary>A slice of a category's minutes: its sites are open until it ends.</summary>
    Slice = 2,
}

/// <summary>A client has gone past a warning, or has begun a slice of its minutes, in force from <paramref name="Start"/> until just before <paramref name="End"/>.</summary>
/// <param name="Id">Its number in <c>state.db</c>, from 1.</param>
/// <param name="Client">Who: <see cref="Client.PassKey"/>.</param>
/// <param name="Kind">What was gone past.</param>
/// <param name="Subject">For a warning the site, a canonical host that stands for its sub-domains too; for a slice the slug of the category.</param>
/// <param name="Start">From this instant.</param>
/// <param name="End">Until this instant.</param>
public sealed record Pass(long Id, Audience Client, PassKind Kind, string Subject, DateTimeOffset Start, DateTimeOffset End)
{
    /// <summary>True when it is in force at this instant.</summary>
    public bool IsLive(DateTimeOffset time) => Start <= time && time < End;

    /// <summary>The site that going past a warning is for: the host without a leading <c>www.</c>, so that the bare name that it leads to, and its pictures, do not ask again.</summary>
    public static string SiteOf(string canonicalHost)
    {
        ArgumentNullException.ThrowIfNull(canonicalHost);
        const string www = "www.";
        // www.example is a name, whose rest would stand for a whole top-level domain.
        return canonicalHost.StartsWith(www, StringComparison.Ordinal) && canonicalHost.IndexOf('.', www.Length) > 0 ? canonicalHost[www.Length..] : canonicalHost;
    }

    /// <summary>True when a site holds this host. No allocation.</summary>
    internal static bool Covers(string site, string canonicalHost) =>
        canonicalHost.EndsWith(site, StringComparison.Ordinal)
        && (canonicalHost.Length == site.Length || (canonicalHost[canonicalHost.Length - site.Length - 1] == '.' && !IsAddress(canonicalHost)));

    // A name's last label is never numeric.
    private static bool IsAddress(string host) => host[^1] == ']' || !host.AsSpan(host.LastIndexOf('.') + 1).ContainsAnyExceptInRange('0', '9');
}

/// <summary>Minutes of a category that a client has used on one local day: each slice counts whole when it begins.</summary>
/// <param name="Client">Who: <see cref="Client.PassKey"/>.</param>
/// <param name="Category">Slug.</param>
/// <param name="Day">The day by the school's clock.</param>
/// <param name="Minutes">Minutes used, from 1.</param>
public readonly record struct QuotaUse(Audience Client, string Category, DateOnly Day, int Minutes);

/// <summary>How long a category may be used on a day, and how much of it at a time.</summary>
/// <param name="DailyMinutes">1 to 1,440.</param>
/// <param name="SliceMinutes">1 to <paramref name="DailyMinutes"/>; the last slice of a day is what is left.</param>
public sealed record QuotaRule(int DailyMinutes, int SliceMinutes)
{
    /// <summary>A slice where the document names none: long enough to finish something, short enough to stop and think. Also SquidWarden's example (60 minutes in bites of 10).</summary>
    public const int SliceMinutesDefault = 10;

    /// <summary>Minutes of the next slice after so many: 0 when none are left.</summary>
    public int NextSlice(int usedMinutes) => Math.Clamp(DailyMinutes - usedMinutes, 0, SliceMinutes);
}

/// <summary>How a client stands with the minutes of a category today.</summary>
/// <param name="Rule">What its tier gives.</param>
/// <param name="UsedMinutes">Minutes used today; more than the rule's when the policy gave more this morning.</param>
public readonly record struct QuotaState(QuotaRule Rule, int UsedMinutes)
{
    /// <summary>Minutes left today, 0 or more.</summary>
    public int LeftMinutes => Math.Max(0, Rule.DailyMinutes - UsedMinutes);

    /// <summary>Minutes of the next slice: 0 when none are left.</summary>
    public int NextSliceMinutes => Rule.NextSlice(UsedMinutes);
}
