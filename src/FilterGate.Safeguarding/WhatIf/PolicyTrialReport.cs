using System.Collections.Immutable;
using FilterGate.Matching;
using FilterGate.Policy;

namespace FilterGate.Safeguarding.WhatIf;

/// <summary>Bounds of a trial.</summary>
public sealed record PolicyTrialOptions
{
    /// <summary>Changed sites of all groups together that are told apart; requests of further ones are counted. Default 100,000, some 50 MB at most.</summary>
    public int SitesMax { get; init; } = 100_000;

    /// <summary>Addresses whose categories are remembered; further ones are looked up each time. Default 100,000, some 60 MB at most.</summary>
    public int AddressesMax { get; init; } = 100_000;

    /// <summary>Devices that are told apart for each site. Default 1,000.</summary>
    public int DevicesMax { get; init; } = 1_000;
}

/// <summary>Why recorded requests could not be tried.</summary>
public enum LeftOut
{
    /// <summary>The address cannot be read any more.</summary>
    Address,

    /// <summary>The proposed policy has neither the group nor the tier, and does not know the client's address.</summary>
    Tier,

    /// <summary>The client lies outside the networks of the proposed policy, which would refuse it altogether.</summary>
    Network,

    /// <summary>There were more changed sites than <see cref="PolicyTrialOptions.SitesMax"/>: counted, but not by site.</summary>
    Site,
}

/// <summary>A site that a group would be answered otherwise about.</summary>
/// <param name="Host">The site.</param>
/// <param name="Before">What the policy in force says.</param>
/// <param name="After">What the proposed one says.</param>
/// <param name="Reason">The step that says so: of the proposed policy where it is the stricter, else of the one in force.</param>
/// <param name="Category">The category that says so, or null.</param>
/// <param name="Requests">How many requests.</param>
/// <param name="Devices">From how many people or, where nobody is known, devices or addresses; at most <see cref="PolicyTrialOptions.DevicesMax"/>.</param>
/// <param name="InLessons">How many of the requests were in a lesson: a period of the timetable called so, a class session, an override.</param>
/// <param name="Last">When the last of them was.</param>
public sealed record SiteChange(string Host, Verdict Before, Verdict After, Reason Reason, Category? Category, long Requests, int Devices, long InLessons, DateTimeOffset Last);

/// <summary>What would change for a group, or for those of a tier that are in no group.</summary>
/// <param name="Name">Name of the group, else of the tier.</param>
/// <param name="Tier">Its tier in the policy in force.</param>
/// <param name="IsGroup">False for a tier.</param>
/// <param name="IsStaff">True for people who work at the school.</param>
public sealed record GroupTrial(string Name, string Tier, bool IsGroup, bool IsStaff)
{
    /// <summary>Requests that were tried.</summary>
    public long Requests { get; init; }

    /// <summary>Of these, how many were allowed when they were recorded. Where none is, nothing can be said of what would newly be blocked.</summary>
    public long Allowed { get; init; }

    /// <summary>Of these, how many would get the same answer.</summary>
    public long Unchanged { get; init; }

    /// <summary>Requests with a stricter answer.</summary>
    public long NewlyBlocked { get; init; }

    /// <summary>Requests with a looser answer.</summary>
    public long NewlyOpen { get; init; }

    /// <summary>Sites with a stricter answer; those used in lessons first, then by requests and devices.</summary>
    public ImmutableArray<SiteChange> BlockedSites { get; init; } = [];

    /// <summary>Sites with a looser answer; the gravest category first, then by requests and devices.</summary>
    public ImmutableArray<SiteChange> OpenSites { get; init; } = [];
}

/// <summary>What came of a trial.</summary>
public sealed record PolicyTrialReport
{
    /// <summary>Recorded requests of the period, those left out too.</summary>
    public required long Requests { get; init; }

    /// <summary>Staff first, then those for whom most would newly be blocked.</summary>
    public required ImmutableArray<GroupTrial> Groups { get; init; }

    /// <summary>Requests that could not be tried, or not told by site, by why.</summary>
    public required ImmutableSortedDictionary<LeftOut, long> LeftOut { get; init; }

    /// <summary>Months that could not be read, in plain words.</summary>
    public ImmutableArray<string> Problems { get; init; } = [];
}
