using FilterGate.Events;
using FilterGate.Policy;
using FilterGate.Review.Coverage;
using FilterGate.Review.Site;
using FilterGate.Safeguarding.Health;
using FilterGate.Safeguarding.Keeping;
using FilterGate.State;

namespace FilterGate.Review.Today;

/// <summary>One thing that a filter stands on.</summary>
/// <param name="Look"><c>good</c>, <c>warn</c> or <c>bad</c>.</param>
/// <param name="Name">What it is, in English.</param>
/// <param name="Words">How it stands, in the language of the page.</param>
public sealed record HealthLine(string Look, string Name, string Words)
{
    /// <summary>Where more of it is; null where nothing is. Not every reader may go there.</summary>
    public string? Href { get; init; }
}

/// <summary>Whether the filter is healthy, from what stands in the stores: also where the gateway is a process apart. What is not known is said to be not known.</summary>
internal static class Health
{
    /// <summary>Endings of overrides are recorded each second.</summary>
    private static readonly TimeSpan EndingsLate = TimeSpan.FromMinutes(2);

    /// <summary>A disk with less than this is nearly full: a busy month of a large school.</summary>
    private const long DiskMin = 5L << 30;

    private const double DiskShareMin = 0.05;

    /// <summary>The round over the records is daily; two nights missed are no accident.</summary>
    private static readonly TimeSpan KeepingLate = TimeSpan.FromHours(50);

    /// <summary>On a school day between these hours every school has traffic.</summary>
    private const int TrafficFromHour = 10, TrafficToHour = 15;

    /// <summary>Traffic is counted by the hour, and a count may be a minute late.</summary>
    private static readonly TimeSpan TrafficLate = TimeSpan.FromHours(2);

    /// <summary>How far back the last traffic is looked for, to say when it was.</summary>
    private static readonly TimeSpan TrafficLookedFor = TimeSpan.FromDays(14);

    /// <summary>Gathers it; the worst first.</summary>
    /// <param name="events">The events.</param>
    /// <param name="state">The state.</param>
    /// <param name="policy">The policy in force.</param>
    /// <param name="options">The box.</param>
    /// <param name="gatewayAnswers">Whether the gateway answers; null where that cannot be known.</param>
    /// <param name="tongue">The language of the page.</param>
    /// <param name="now">Now.</param>
    public static IReadOnlyList<HealthLine> Of(EventStore events, StateStore state, PolicySnapshot policy, ReviewSiteOptions options, bool? gatewayAnswers, Tongue tongue, DateTimeOffset now)
    {
        // Without counts of test hits: those are on the page of lists.
        var lists = options.Lists?.Look(policy, static _ => new EventPage([], HasMore: false, []));
        var lines = new List<HealthLine>
        {
            (policy.Lists.Locked.Feeds.Any(feed => !feed.IsDemonstration), lists?.Locked.IsMet) switch
            {
                (false, _) => new("bad", "Illegal-content lists", tongue["Not met: demonstration list. It protects nobody."]),
                (true, false) => new("bad", "Illegal-content lists", tongue["Not met: a list is missing, broken or too old."]),
                _ => new("good", "Illegal-content lists", tongue["A licensed list is in force."]),
            },
            OfEvents(events, policy, tongue, now),
            OfGateway(gatewayAnswers, state, policy, tongue, now),
            policy.Lists.Warnings is [_, ..] warnings
                ? new("warn", "Category lists", tongue.Say("{0} entries in force; something was left out ({1}): ask the technician.", policy.Lists.Categories.EntryCount, warnings.Length))
                : new("good", "Category lists", tongue.Say("{0} entries in force.", policy.Lists.Categories.EntryCount.ToString("N0", tongue.Culture))),
        };
        if (OfUnknownDevices(state, policy, tongue, now) is { } unknown) lines.Add(unknown);
        if (OfUpdates(lists, policy, tongue) is { } updates) lines.Add(updates);
        lines.Add(OfKeeping(options.Keeping(), policy, tongue, now));
        if (OfDisk(options, tongue) is { } disk) lines.Add(disk);
        return [.. lines.OrderBy(line => line.Look switch { "bad" => 0, "warn" => 1, _ => 2 })];
    }

    /// <summary>Who asks today and is in no record: they have the strictest policy, and nobody can say whose they were. Visitors' own, in a tier of theirs, are meant to be in none. Null on a day without traffic.</summary>
    private static HealthLine? OfUnknownDevices(StateStore state, PolicySnapshot policy, Tongue tongue, DateTimeOffset now)
    {
        var counts = state.CoverageTotals(policy.Timetable.StartOf(policy.Timetable.DayOf(now)), now.AddHours(1));
        var (all, unknown) = (counts.Sum(c => c.Requests), counts.Where(c => c.Holding == DeviceHolding.Unknown && c.Tier == policy.UnknownClients.Name).Sum(c => c.Requests));
        if (all == 0) return null;
        return unknown == 0 ? new("good", "Devices", tongue["Whatever asked today is entered."])
            : new("warn", "Devices", tongue.Say("{0} of today's {1} requests came from devices that nobody has entered: they have the strictest policy, and nobody can say whose they were. The technician looks: filtergate devices seen --unknown", unknown.ToString("N0", tongue.Culture), all.ToString("N0", tongue.Culture))) { Href = CoverageView.Path };
    }

    private static HealthLine? OfUpdates(ListHealth? lists, PolicySnapshot policy, Tongue tongue)
    {
        if (lists is null) return null;
        if (lists.Problem is { } problem) return new("warn", "Updates of lists", tongue.Say("A part cannot be read: {0}", problem));
        var used = lists.Sources.Where(source => source.IsInUse).ToList();
        if (used.Count == 0) return new("warn", "Updates of lists", tongue["No full list was fetched here: the small starter lists are in force."]);
        var oldest = used.Min(source => source.State.LastSuccess);
        var words = oldest is { } last ? tongue.Say("The oldest is of {0}.", policy.Timetable.ToLocal(last).ToString("ddd d MMM, HH:mm", tongue.Culture)) : tongue["One was never fetched."];
        return new(used.Exists(source => source.IsStale) || oldest is null ? "warn" : "good", "Updates of lists", words);
    }

    private static HealthLine OfEvents(EventStore events, PolicySnapshot policy, Tongue tongue, DateTimeOffset now)
    {
        if (events.Health.Problem is { } problem) return new("bad", "Events", tongue.Say("They cannot be written: {0}", problem));
        try
        {
            var newest = events.Search(new EventQuery { Limit = 1 });
            if (newest.Problems is [var unreadable, ..]) return new("bad", "Events", tongue.Say("A part cannot be read: {0}", unreadable));
            if (newest.Events is not [var last]) return new("warn", "Events", tongue["Nothing is on record yet."]);
            if (last.Time > now.AddMinutes(5)) return new("warn", "Events", tongue["The newest is dated in the future: a clock was set back. Ask the technician to look at the gateway's clock."]);
            return new(now - last.Time > TimeSpan.FromDays(3) ? "warn" : "good", "Events", tongue.Say("The newest is of {0}.", policy.Timetable.ToLocal(last.Time).ToString("ddd d MMM, HH:mm", tongue.Culture)));
        }
        catch (EventStoreException e)
        {
            return new("bad", "Events", tongue.Say("A part cannot be read: {0}", e.Message));
        }
    }

    private static HealthLine OfGateway(bool? answers, StateStore state, PolicySnapshot policy, Tongue tongue, DateTimeOffset now)
    {
        if (answers == false) return new("bad", "Gateway", tongue["None answers here: nothing is filtered by it until it runs. Tell the technician now."]);
        if (state.UnrecordedEndings(now - EndingsLate) is { Count: > 0 } late) return new("warn", "Gateway", tongue.Say("It has not recorded the end of {0} overrides: is it running?", late.Count));
        var local = policy.Timetable.ToLocal(now);
        if (policy.Timetable.IsSchoolDay(policy.Timetable.DayOf(now)) && local.Hour is >= TrafficFromHour and < TrafficToHour && state.CoverageHours(now - TrafficLate, now).Count == 0)
        {
            return new("warn", "Gateway", state.CoverageHours(now - TrafficLookedFor, now) is [.., var last]
                ? tongue.Say("No traffic has come to it since {0}: does it go another way? Ask the technician.", policy.Timetable.ToLocal(last.Hour).ToString("ddd d MMM, HH:mm", tongue.Culture))
                : tongue["No traffic has come to it: does it go another way? Ask the technician."]);
        }
        return answers is null ? new("warn", "Gateway", tongue["It cannot be known from here whether it runs."]) : new("good", "Gateway", tongue["It runs, and what ends is recorded."]);
    }

    private static HealthLine OfKeeping(KeepingStatus? status, PolicySnapshot policy, Tongue tongue, DateTimeOffset now)
    {
        if (status is null) return new("warn", "Nightly round", tongue["There was none yet: nobody has looked whether the records are as they were written."]);
        var ran = policy.Timetable.ToLocal(status.LastRun).ToString("ddd d MMM, HH:mm", tongue.Culture);
        if (!status.IsWhole) return new("bad", "Nightly round", tongue.Say("On {0} it found records that are not as they were written: the technician runs filtergate events verify.", ran));
        if (status.Problems.Count > 0) return new("warn", "Nightly round", tongue.Say("It did not end well on {0}: ask the technician.", ran));
        return now - status.LastRun > KeepingLate
            ? new("warn", "Nightly round", tongue.Say("The last was on {0}: is the gateway running?", ran))
            : new("good", "Nightly round", tongue.Say("On {0} all records were as they were written, and what is past its time was dropped.", ran));
    }

    private static HealthLine? OfDisk(ReviewSiteOptions options, Tongue tongue)
    {
        if (options.KeysFolder is null || Path.GetDirectoryName(options.KeysFolder) is not { } folder) return null;
        try
        {
            var drive = new DriveInfo(folder);
            return OfDisk(drive.AvailableFreeSpace, drive.TotalSize, tongue);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return new("warn", "Disk", tongue["It is not known how full it is."]);
        }
    }

    /// <summary>How full a disk is.</summary>
    /// <param name="free">Bytes that are free.</param>
    /// <param name="size">Bytes that it has.</param>
    /// <param name="tongue">The language of the page.</param>
    internal static HealthLine OfDisk(long free, long size, Tongue tongue) => new(
        free < DiskMin / 10 ? "bad" : free < DiskMin || (double)free / Math.Max(1, size) < DiskShareMin ? "warn" : "good", "Disk", tongue.Say("{0} GB free.", (free / (double)(1L << 30)).ToString("N1", tongue.Culture)));
}
