using FilterGate.Events;
using FilterGate.Policy;
using FilterGate.Review.Log;
using FilterGate.Review.Site;
using FilterGate.Safeguarding.Shadow;
using FilterGate.State;

namespace FilterGate.Review.Shadow;

/// <summary>What the page of shadow mode shows: whether it is on, and what FilterGate would have refused.</summary>
public sealed record ShadowView
{
    /// <summary>Where the page is.</summary>
    public const string Path = "/shadow";

    /// <summary>So many sites are shown; the command shows more.</summary>
    private const int SitesMax = 100;

    /// <summary>The pilot that runs, else the last; null where there was none.</summary>
    public required ShadowRun? Run { get; init; }

    /// <summary>True while it runs.</summary>
    public required bool IsOn { get; init; }

    /// <summary>The differences since it began; null where there was none.</summary>
    public required ShadowReport? Report { get; init; }

    /// <summary>The policy, for names and times.</summary>
    public required PolicySnapshot Policy { get; init; }

    /// <summary>Gathers it.</summary>
    public static ShadowView Of(EventReader events, StateStore state, PolicySnapshot policy, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(state);
        var run = state.LastShadow();
        return new ShadowView { Run = run, IsOn = run?.IsOn(now) == true, Report = run is null ? null : ShadowReport.Of(events, run.Mode.Since, now, SitesMax), Policy = policy };
    }

    /// <summary>An instant in school time.</summary>
    public string Say(DateTimeOffset time, Tongue tongue)
    {
        ArgumentNullException.ThrowIfNull(tongue);
        return Policy.Timetable.ToLocal(time).ToString("ddd d MMM, HH:mm", tongue.Culture);
    }

    /// <summary>A category for people.</summary>
    public string NameOf(string? category) => category is null ? "no category" : Policy.Lists.Taxonomy.Find(category)?.Name ?? category;

    /// <summary>A group for people, or its tier.</summary>
    public string NameOf(ShadowGroup group)
    {
        ArgumentNullException.ThrowIfNull(group);
        return Policy.FindGroup(group.Group)?.Title ?? group.Group ?? group.Tier;
    }

    /// <summary>Why a site, in a few words.</summary>
    public string Why(ShadowSite site)
    {
        ArgumentNullException.ThrowIfNull(site);
        return site.Category is not null ? NameOf(site.Category) : LogEntry.Words(Enum.GetValues<Reason>().Cast<Reason?>().FirstOrDefault(reason => reason!.Value.Code() == site.Reason)) ?? "no category";
    }
}
