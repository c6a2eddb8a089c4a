using System.Globalization;
using FilterGate.Events;
using FilterGate.Lists;
using FilterGate.Lists.Locked;
using FilterGate.Matching;
using FilterGate.Policy;
using FilterGate.Policy.Documents;
using FilterGate.Safeguarding.Health;
using FilterGate.Settings;

namespace FilterGate.Commands.Lists;

/// <summary>One feed, as <c>lists status --json</c> shows it.</summary>
internal sealed record LockedFeedRow(
    string Feed, string List, string Title, bool Required, LockedFeedHealth Health, int Entries, int VerificationEntries, string? LastSuccess, long? AgeSeconds, string? LastError, string? Problem, string? StillThere,
    int TestHits, bool Demonstration, bool HostsKnown);

/// <summary>How the illegal-content lists stand.</summary>
/// <param name="Met">True when both required lists are in force and fresh enough, and every tier can see what they name.</param>
/// <param name="Why">Why not, each with the words that a report quotes; empty when it is met.</param>
/// <param name="Feeds">Each feed there could be.</param>
internal sealed record LockedStatus(bool Met, IReadOnlyList<string> Why, IReadOnlyList<LockedFeedRow> Feeds) : IListsStatusSection
{
    /// <inheritdoc/>
    string IListsStatusSection.Name => "locked";

    /// <summary>Looks at the feeds of the box. A broken one is shown, not thrown.</summary>
    public static LockedStatus Of(CommandContext context)
    {
        var now = context.Clock.GetUtcNow();
        var hasBox = Directory.Exists(context.DataFolder);
        var statuses = hasBox
            ? LockedFeeds.Look(GatewayInputs.ListsOf(context), GatewayInputs.LockedKeyOf(context), ListLoader.ShippedTaxonomy).Statuses
            : [.. LockedFeedKind.All.Select(k => new LockedFeedStatus(k, null, null, false, 0, 0, false, false))];
        var reader = hasBox && Directory.Exists(GatewayInputs.EventsFolder(context)) ? new EventReader(GatewayInputs.EventsFolder(context)) : null;
        var health = LockedHealth.Of(statuses, () => TunnellingTiers(context), reader is null ? null : reader.Search, now);
        return new(health.IsMet, health.Why, [.. health.Feeds.Select(f => RowOf(f, now))]);
    }

    /// <inheritdoc/>
    public void Write(CommandContext context)
    {
        var (output, paint) = (context.Output, context.Paint);
        output.WriteLine(paint.Strong("Illegal-content lists"));
        foreach (var why in Why) output.WriteLine($"  {paint.Bad(why)}");
        if (Met) output.WriteLine($"  {paint.Good("met")}");
        foreach (var row in Feeds)
        {
            if (row.Entries == 0 && row.Problem is null && row.LastError is null)
            {
                output.WriteLine(paint.Faint($"  {row.Feed,-9} {row.Title}: not in use"));
                continue;
            }
            var age = row.AgeSeconds is { } seconds ? $"renewed {Ago(TimeSpan.FromSeconds(seconds))} ago" : "nobody knows when it was renewed";
            var text = string.Create(CultureInfo.InvariantCulture, $"  {row.Feed,-9} {row.Title}: {row.Entries} entries, {age}");
            if (row.Demonstration) text += ", demonstration list";
            if (row.TestHits > 0) text += string.Create(CultureInfo.InvariantCulture, $", {row.TestHits} test hits in a quarter");
            output.WriteLine(row.Demonstration || row.Health is not (LockedFeedHealth.Fresh or LockedFeedHealth.Stale) ? paint.Bad(text) : row.Health == LockedFeedHealth.Stale ? paint.Careful(text) : paint.Good(text));
            if (row.Health == LockedFeedHealth.Stale) output.WriteLine(paint.Careful($"            older than {LockedFeedStatus.WarnsAfter.TotalHours} hours: is the supplier's client running?"));
            if (row.Health == LockedFeedHealth.Overdue) output.WriteLine(paint.Bad($"            older than {LockedFeedStatus.AlarmsAfter.TotalHours} hours: it stays in force, but what is new on it is not blocked"));
            if (!row.HostsKnown) output.WriteLine(paint.Careful("            it came as hashes without their hosts: only what is read is compared with it, and every request costs some microseconds"));
            foreach (var trouble in (string?[])[row.Problem, row.LastError, row.StillThere])
                if (trouble is not null) output.WriteLine(paint.Bad($"            {trouble}"));
        }
    }

    private static string Ago(TimeSpan age) => age.TotalHours < 1 ? $"{(int)age.TotalMinutes} min" : age.TotalHours < 48 ? $"{(int)age.TotalHours} h" : $"{(int)age.TotalDays} days";

    private static LockedFeedRow RowOf(LockedFeedLine line, DateTimeOffset now)
    {
        var s = line.Status;
        return new(
            s.Feed.Name, s.Feed.List, s.Feed.Title, s.Feed.IsRequired, line.Health, s.EntryCount, s.VerificationCount, UnblockCommand.Iso(s.State?.LastSuccess), (long?)s.Age(now)?.TotalSeconds,
            s.State?.LastError, s.Problem, s.State?.StillThere, line.TestHits, s.IsDemonstration, !s.IsBlind);
    }

    /// <summary>Tiers whose HTTPS is passed unread: there a URL is not seen unless the host is known to carry a locked one.</summary>
    private static IEnumerable<string> TunnellingTiers(CommandContext context)
    {
        using var state = GatewayInputs.OpenStateIfThere(context);
        // Categories of a list folder are no business of this: a document that names one still says which tier tunnels.
        if (PolicyDocument.Parse(GatewayInputs.ReadPolicy(context, state).Yaml, ListLoader.ShippedTaxonomy, out _) is not { } document) return [];
        var policy = PolicySnapshot.Compile(document, new ListSet { Taxonomy = ListLoader.ShippedTaxonomy, Version = "none" }, OverrideTable.Empty);
        return policy.Tiers.Where(t => t.Tls == TlsMode.Tunnel).Select(t => t.Name);
    }
}
