using System.Globalization;
using FilterGate.Lists;
using FilterGate.Matching;
using FilterGate.Policy;
using FilterGate.Review.Site;
using FilterGate.Safeguarding.Unblocks;
using FilterGate.State;
using Microsoft.AspNetCore.Http;

namespace FilterGate.Review.Coverage;

/// <summary>What share of some traffic was seen how.</summary>
/// <param name="Name">Whose traffic.</param>
/// <param name="Total">Requests and connections.</param>
/// <param name="Parts">How many of each <see cref="CoverageMode"/>, in the order of <see cref="CoverageView.Modes"/>.</param>
/// <param name="Unidentified">How many of somebody who is an address and no more.</param>
public sealed record CoverageShare(string Name, long Total, IReadOnlyList<long> Parts, long Unidentified);

/// <summary>Why something was not read, and what would mend it.</summary>
/// <param name="Mode">How it was seen.</param>
/// <param name="Why">Why, a sentence in the language of the page.</param>
/// <param name="Mend">What would change it, or why nothing should; a sentence.</param>
/// <param name="Requests">How many.</param>
/// <param name="Bytes">How many bytes came.</param>
public sealed record CoverageWhy(CoverageMode Mode, string Why, string Mend, long Requests, long Bytes);

/// <summary>A day of the trend.</summary>
public sealed record CoverageDay(DateOnly Day, long Total, IReadOnlyList<long> Parts);

/// <summary>What the page of coverage shows: how much of what happens the filter can see, and what it cannot.</summary>
public sealed record CoverageView
{
    /// <summary>Where the page is.</summary>
    public const string Path = "/coverage";

    /// <summary>The periods to choose from, in days; the first is the one that is shown unasked.</summary>
    public static IReadOnlyList<int> Periods { get; } = [7, 1, 28, 90];

    /// <summary>How something can be seen, the best first.</summary>
    public static IReadOnlyList<CoverageMode> Modes { get; } = [CoverageMode.Read, CoverageMode.NameOnly, CoverageMode.Exempt, CoverageMode.Failed, CoverageMode.Refused];

    /// <summary>How many days are shown, today among them.</summary>
    public required int Days { get; init; }

    /// <summary>All of it.</summary>
    public required CoverageShare All { get; init; }

    /// <summary>Bytes of answers, in the order of <see cref="Modes"/>.</summary>
    public required IReadOnlyList<long> Bytes { get; init; }

    /// <summary>By kind of device, the busiest first.</summary>
    public required IReadOnlyList<CoverageShare> ByKind { get; init; }

    /// <summary>By tier, the busiest first.</summary>
    public required IReadOnlyList<CoverageShare> ByTier { get; init; }

    /// <summary>By how the school holds the device, the busiest first.</summary>
    public required IReadOnlyList<CoverageShare> ByHolding { get; init; }

    /// <summary>Why not everything was read, the most frequent first.</summary>
    public required IReadOnlyList<CoverageWhy> Reasons { get; init; }

    /// <summary>Day by day, oldest first; a day without traffic is there with nothing.</summary>
    public required IReadOnlyList<CoverageDay> Trend { get; init; }

    /// <summary>Tiers that cannot meet a locked page, in the words of a report.</summary>
    public required IReadOnlyList<string> NotMet { get; init; }

    /// <summary>Devices and addresses that refuse the gateway's certificate for every site, in order of their names.</summary>
    public IReadOnlyList<DeviceTrust> Untrusting { get; init; } = [];

    /// <summary>Hosts that are proposed to be passed unread, with what speaks for it and the app, where it is known.</summary>
    public IReadOnlyList<(PassThroughProposal Proposal, Bundle? App)> Proposals { get; init; } = [];

    /// <summary>What was decided of such hosts and holds.</summary>
    public IReadOnlyList<(PassThroughRecord Record, Bundle? App)> Decided { get; init; } = [];

    /// <summary>True when whoever looks decides about them.</summary>
    public bool MayPassUnread { get; init; }

    /// <summary>What the address bar said that could not be understood.</summary>
    public IReadOnlyList<string> Problems { get; init; } = [];

    /// <summary>The policy, for times.</summary>
    public required PolicySnapshot Policy { get; init; }

    /// <summary>Now.</summary>
    public required DateTimeOffset Now { get; init; }

    /// <summary>Gathers it: two sums over the counts.</summary>
    public static CoverageView Of(IQueryCollection query, bool mayPassUnread, StateStore state, PolicySnapshot policy, Tongue tongue, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(query);
        ArgumentNullException.ThrowIfNull(state);
        ArgumentNullException.ThrowIfNull(policy);
        ArgumentNullException.ThrowIfNull(tongue);
        var fields = new AddressFields(query, tongue);
        var days = fields.Key("days") is { } asked ? Periods.FirstOrDefault(p => p == asked) : Periods[0];
        if (days == 0)
        {
            fields.Complain("There is no period of that length; {0} days are shown.", Periods[0]);
            days = Periods[0];
        }
        var times = policy.Timetable;
        var today = times.DayOf(now);
        var first = today.AddDays(1 - days);
        var counts = state.CoverageTotals(times.StartOf(first), now.AddHours(1));
        var hours = state.CoverageHours(times.StartOf(first), now.AddHours(1)).GroupBy(h => times.DayOf(h.Hour)).ToDictionary(g => g.Key, g => Sum(g.Select(h => (h.Mode, h.Requests))));
        return new CoverageView
        {
            Days = days,
            All = Share("all", counts),
            Bytes = Sum(counts.Select(c => (c.Mode, c.Bytes))),
            ByKind = Shares(counts, c => tongue[Say(c.DeviceKind)]),
            ByTier = Shares(counts, c => c.Tier),
            ByHolding = Shares(counts, c => tongue[Say(c.Holding)]),
            Reasons =
            [
                .. counts.Where(c => c.Mode is not CoverageMode.Read).GroupBy(c => (c.Mode, c.Reason))
                    .Select(g => Why(g.Key.Mode, g.Key.Reason) is var (why, mend) ? new CoverageWhy(g.Key.Mode, tongue[why], tongue[mend], g.Sum(c => c.Requests), g.Sum(c => c.Bytes)) : throw new System.Diagnostics.UnreachableException())
                    .OrderByDescending(r => r.Requests),
            ],
            Trend = [.. Enumerable.Range(0, days).Select(i => first.AddDays(i)).Select(day => hours.TryGetValue(day, out var parts) ? new CoverageDay(day, parts.Sum(), parts) : new CoverageDay(day, 0, Sum([])))],
            NotMet = policy.Lists.Locked.Feeds.Any(f => f.IsBlind) ? [.. policy.Tiers.Where(t => t.Tls == TlsMode.Tunnel).Select(t => tongue.Say("Locked URLs: not met for tier {0}", t.Name))] : [],
            Untrusting = [.. state.DeviceTrusts().Where(t => t.IsUntrusting)],
            Proposals = [.. new PassThroughDesk(state).Proposals(policy).Select(p => (p, BundleFile.Shipped.FindUnread(p.Host)))],
            Decided = [.. state.PassThroughs().Select(p => (p, BundleFile.Shipped.FindUnread(p.Host)))],
            MayPassUnread = mayPassUnread,
            Problems = fields.Problems,
            Policy = policy,
            Now = now,
        };
    }

    /// <summary>The address of a period.</summary>
    public static string Link(int days) => AddressFields.Link(Path, ("days", days == Periods[0] ? null : days.ToString(CultureInfo.InvariantCulture)));

    /// <summary>A way of being seen, in a few words of English.</summary>
    public static string Say(CoverageMode mode) => mode switch
    {
        CoverageMode.Read => "inspected",
        CoverageMode.NameOnly => "name only",
        CoverageMode.Exempt => "exempt",
        CoverageMode.Failed => "failed",
        CoverageMode.Refused => "refused by name",
        _ => throw new System.Diagnostics.UnreachableException($"mode {mode}"),
    };

    /// <summary>A share as people say it: a whole per cent, but never nothing for something, nor all for less than all.</summary>
    public static string Percent(long part, long total, Tongue tongue)
    {
        ArgumentNullException.ThrowIfNull(tongue);
        if (total <= 0) return "–";
        if (part == 0) return "0 %";
        var share = 100d * part / total;
        return share < 1 ? tongue["under 1 %"] : share > 99 && part < total ? tongue["over 99 %"] : string.Create(tongue.Culture, $"{Math.Round(share):0} %");
    }

    /// <summary>Bytes as people say them.</summary>
    public static string SayBytes(long bytes, Tongue tongue)
    {
        ArgumentNullException.ThrowIfNull(tongue);
        return bytes switch
        {
            >= 10_000_000_000 => string.Create(tongue.Culture, $"{bytes / 1e9:N0} GB"),
            >= 1_000_000_000 => string.Create(tongue.Culture, $"{bytes / 1e9:N1} GB"),
            >= 1_000_000 => string.Create(tongue.Culture, $"{bytes / 1e6:N0} MB"),
            >= 1_000 => string.Create(tongue.Culture, $"{bytes / 1e3:N0} kB"),
            _ => tongue.Say("{0:N0} bytes", bytes),
        };
    }

    private static string Say(DeviceKind kind) => kind switch
    {
        DeviceKind.Unknown => "No kind known",
        DeviceKind.IPad => "iPad or iPhone",
        DeviceKind.Chromebook => "Chromebook",
        DeviceKind.Windows => "Windows",
        DeviceKind.Mac => "Mac",
        DeviceKind.Android => "Android",
        DeviceKind.Other => "Another kind",
        _ => throw new System.Diagnostics.UnreachableException($"kind {kind}"),
    };

    private static string Say(DeviceHolding holding) => holding switch
    {
        DeviceHolding.Unknown => "Not in the school's records",
        DeviceHolding.Named => "The school's, nobody's own",
        DeviceHolding.Loan => "On loan to a person",
        DeviceHolding.Trolley => "Of a trolley",
        _ => throw new System.Diagnostics.UnreachableException($"holding {holding}"),
    };

    /// <summary>Why something was not read and what would mend it, in English.</summary>
    internal static (string Why, string Mend) Why(CoverageMode mode, CoverageReason reason) => reason switch
    {
        CoverageReason.TierTunnels => ("The policy passes HTTPS of the tier unread.", "A tier that reads it needs the school's certificate on its devices: tls: intercept."),
        CoverageReason.NeverIntercept => ("The site is never read: banks, health, updates, and what the school or a bundle exempts.", "It is meant to be so. The policy names the school's own under never_intercept."),
        CoverageReason.HelpSite => ("A site where a child finds help.", "It is meant to be so, and visits are counted without a name."),
        CoverageReason.CertificateRefused => ("The device did not take the school's certificate, or an app trusts its own alone.", "Watch the device: the certificate may be missing there, or the app may need a place under never_intercept."),
        CoverageReason.Policy => ("The policy closes the site, so nothing of it was fetched.", "It is meant to be so."),
        CoverageReason.NotTls => ("What came was neither a web page nor encryption that the gateway knows.", "Watch the device: it is often a game or a way round the filter."),
        CoverageReason.None => (mode == CoverageMode.Refused ? "Refused." : "Nobody noted why.", ""),
        _ => throw new System.Diagnostics.UnreachableException($"reason {reason}"),
    };

    private static IReadOnlyList<CoverageShare> Shares(IReadOnlyList<CoverageCount> counts, Func<CoverageCount, string> by) =>
        [.. counts.GroupBy(by, StringComparer.Ordinal).Select(g => Share(g.Key, [.. g])).OrderByDescending(s => s.Total).ThenBy(s => s.Name, StringComparer.Ordinal)];

    private static CoverageShare Share(string name, IReadOnlyList<CoverageCount> counts) =>
        new(name, counts.Sum(c => c.Requests), Sum(counts.Select(c => (c.Mode, c.Requests))), counts.Where(c => !c.IsIdentified).Sum(c => c.Requests));

    private static long[] Sum(IEnumerable<(CoverageMode Mode, long Number)> counts)
    {
        var sums = new long[Modes.Count];
        foreach (var (mode, number) in counts) sums[(int)mode - 1] += number;
        return sums;
    }
}
