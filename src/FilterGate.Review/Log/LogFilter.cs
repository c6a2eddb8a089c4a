using System.Collections.Immutable;
using System.Globalization;
using FilterGate.Events;
using FilterGate.Review.Site;
using Microsoft.AspNetCore.Http;

namespace FilterGate.Review.Log;

/// <summary>Which kinds of event the log shows.</summary>
public enum Show
{
    /// <summary>Blocks and overrides.</summary>
    All,
    /// <summary>Blocks.</summary>
    Blocks,
    /// <summary>Overrides.</summary>
    Overrides,
    /// <summary>Encrypted connections that the policy refused as such, or whose site could not show who it is.</summary>
    Encryption,
    /// <summary>What devices found out about themselves on the gateway's own page.</summary>
    Checks,
}

/// <summary>Which time the log shows.</summary>
public enum When
{
    /// <summary>Since midnight.</summary>
    Today,
    /// <summary>The last sixty minutes.</summary>
    Hour,
    /// <summary>From midnight to midnight.</summary>
    Yesterday,
    /// <summary>Today and the six days before.</summary>
    Week,
    /// <summary>From one chosen time to another.</summary>
    Between,
}

/// <summary>What the form asks for: the query string of the page, and nothing else, so that a link shows the same to the next person.</summary>
/// <remarks>Whatever stands in the query string, there is a filter: a value that makes no sense is replaced by the default, and <see cref="Problems"/> says so.</remarks>
public sealed record LogFilter
{
    /// <summary>As a browser's <c>datetime-local</c> field writes it; the second form is for people who type an address.</summary>
    internal static readonly string[] TimeFormats = ["yyyy-MM-dd'T'HH:mm", "yyyy-MM-dd'T'HH:mm:ss", "yyyy-MM-dd"];

    /// <summary>Only this tier, or null for every tier.</summary>
    public string? Tier { get; init; }

    /// <summary>Which kinds of event.</summary>
    public Show Show { get; init; }

    /// <summary>Which time.</summary>
    public When When { get; init; }

    /// <summary>For <see cref="When.Between"/>: from this school time on, or null for the beginning.</summary>
    public DateTime? From { get; init; }

    /// <summary>For <see cref="When.Between"/>: before this school time, or null for now.</summary>
    public DateTime? To { get; init; }

    /// <summary>Events older than this one, or null from the newest.</summary>
    public Guid? Before { get; init; }

    /// <summary>True to show what follows the question mark of an address: it may be anything that somebody typed, and that it was looked at is kept.</summary>
    public bool ShowsQuery { get; init; }

    /// <summary>What could not be understood, a sentence each.</summary>
    public ImmutableArray<string> Problems { get; init; } = [];

    /// <summary>Reads a query string.</summary>
    /// <param name="query">As sent. Fields that the page does not know are ignored.</param>
    /// <param name="tiers">The tiers there are.</param>
    /// <param name="tongue">The language of <see cref="Problems"/>.</param>
    public static LogFilter Parse(IQueryCollection query, ImmutableArray<string> tiers, Tongue tongue)
    {
        var reader = new QueryReader(query, tongue);

        DateTime? Time(string name)
        {
            if (reader.Value(name) is not { } value) return null;
            if (DateTime.TryParseExact(value, TimeFormats, CultureInfo.InvariantCulture, DateTimeStyles.None, out var time) && time.Year is >= 2000 and < 2200) return time;
            reader.Say("“{0}” is not a time that this page understands; write it as 2026-11-22T09:00.", value);
            return null;
        }

        var tier = reader.Among("tier", tiers, "every tier is shown");
        var when = reader.Choice<When>("when", "today is shown");
        var (from, to) = when == When.Between ? (Time("from"), Time("to")) : (null, null);
        if (when == When.Between && from is null && to is null)
        {
            reader.Say("No time was chosen; today is shown.");
            when = When.Today;
        }
        if (from > to)
        {
            reader.Say("The first time is after the second; they are taken the other way round.");
            (from, to) = (to, from);
        }

        Guid? before = null;
        if (reader.Value("before") is { } id)
        {
            if (Guid.TryParseExact(id, "D", out var guid)) before = guid;
            else reader.Say("The link to older events is damaged; the newest are shown.");
        }

        return new LogFilter { Tier = tier, Show = reader.Choice<Show>("show", "blocks and overrides are shown"), When = when, From = from, To = to, Before = before, ShowsQuery = reader.Value("query") == "show", Problems = [.. reader.Problems] };
    }

    /// <summary>The address of this filter, from <paramref name="before"/> on: only what differs from the default.</summary>
    public string Link(Guid? before)
    {
        var parts = new List<string>(7);
        if (Tier is not null) parts.Add($"tier={Uri.EscapeDataString(Tier)}");
        if (Show != Show.All) parts.Add($"show={Value(Show)}");
        if (When != When.Today) parts.Add($"when={Value(When)}");
        if (From is { } from) parts.Add($"from={Uri.EscapeDataString(Field(from))}");
        if (To is { } to) parts.Add($"to={Uri.EscapeDataString(Field(to))}");
        if (before is { } id) parts.Add($"before={id:D}");
        if (ShowsQuery) parts.Add("query=show");
        return parts.Count == 0 ? "/log" : $"/log?{string.Join('&', parts)}";
    }

    /// <summary>The instants it covers: from the first on, until before the second; null for no bound.</summary>
    public (DateTimeOffset? Since, DateTimeOffset? Until) Range(DateTimeOffset now, TimeZoneInfo zone)
    {
        var today = TimeZoneInfo.ConvertTime(now, zone).Date;
        return When switch
        {
            When.Today => (Instant(today, zone, earliest: true), null),
            When.Hour => (now.AddHours(-1), null),
            When.Yesterday => (Instant(today.AddDays(-1), zone, earliest: true), Instant(today, zone, earliest: true)),
            When.Week => (Instant(today.AddDays(-6), zone, earliest: true), null),
            When.Between => (From is { } from ? Instant(from, zone, earliest: true) : null, To is { } to ? Instant(to, zone, earliest: false) : null),
            _ => throw new System.Diagnostics.UnreachableException($"when {When}"),
        };
    }

    /// <summary>The kinds of event it covers.</summary>
    public IReadOnlyList<EventKind> Kinds => Show switch
    {
        Show.All => [EventKind.Block, EventKind.Circumvention, EventKind.Override, .. FilterEvent.LiftedKinds],
        Show.Blocks => [EventKind.Block, EventKind.Circumvention],
        Show.Overrides => [EventKind.Override],
        Show.Encryption => [EventKind.Tls],
        Show.Checks => [EventKind.Check],
        _ => throw new System.Diagnostics.UnreachableException($"show {Show}"),
    };

    /// <summary>The value of a choice as forms and links write it.</summary>
    public static string Value<TEnum>(TEnum choice) where TEnum : struct, Enum => choice.ToString().ToLowerInvariant();

    /// <summary>A time as a <c>datetime-local</c> field takes it.</summary>
    public static string Field(DateTime time) => time.ToString(TimeFormats[time.Second == 0 ? 0 : 1], CultureInfo.InvariantCulture);

    /// <summary>The instant of a school time. An hour that comes twice (clocks go back) is taken whole; one that never comes (clocks go forward) begins after the gap.</summary>
    internal static DateTimeOffset Instant(DateTime local, TimeZoneInfo zone, bool earliest)
    {
        if (zone.IsInvalidTime(local)) local = local.AddHours(1);
        var offset = zone.GetUtcOffset(local);
        if (zone.IsAmbiguousTime(local))
        {
            var offsets = zone.GetAmbiguousTimeOffsets(local);
            offset = earliest ? offsets.Max() : offsets.Min();
        }
        return new DateTimeOffset(local, offset);
    }
}
