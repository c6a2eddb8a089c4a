using FilterGate.Events;
using FilterGate.Policy;
using FilterGate.Review.Log;
using FilterGate.Review.Site;
using FilterGate.State;
using Microsoft.AspNetCore.Http;

namespace FilterGate.Review.Acts;

/// <summary>Which acts the page shows.</summary>
public enum ActChoice
{
    /// <summary>What was refused, searched for, or a way round.</summary>
    Notable,
    /// <summary>Every act.</summary>
    All,
    /// <summary>What was refused.</summary>
    Blocked,
    /// <summary>Searches.</summary>
    Searches,
    /// <summary>Addresses that were typed.</summary>
    Typed,
    /// <summary>Ways round the filter.</summary>
    Circumvention,
    /// <summary>What an override opened.</summary>
    Opened,
}

/// <summary>Which acts by what was concluded.</summary>
public enum StateChoice
{
    /// <summary>Those that nobody has concluded.</summary>
    Open,
    /// <summary>Concluded or not.</summary>
    All,
    /// <summary>Concerns.</summary>
    Concern,
    /// <summary>Talk.</summary>
    Talk,
    /// <summary>No concern.</summary>
    None,
}

/// <summary>How the page is ordered.</summary>
public enum ByChoice
{
    /// <summary>Act by act.</summary>
    Acts,
    /// <summary>A row a person or device.</summary>
    People,
}

/// <summary>What the Review page is asked for: its query string and nothing else, so that a link shows the same to the next person.</summary>
public sealed record ReviewFilter
{
    /// <summary>Which time.</summary>
    public When When { get; init; }
    /// <summary>Between: from.</summary>
    public DateTime? From { get; init; }
    /// <summary>Between: to.</summary>
    public DateTime? To { get; init; }
    /// <summary>Which acts.</summary>
    public ActChoice Acts { get; init; }
    /// <summary>Concluded how.</summary>
    public StateChoice State { get; init; }
    /// <summary>Act by act, or by person.</summary>
    public ByChoice By { get; init; }
    /// <summary>Only this tier.</summary>
    public string? Tier { get; init; }
    /// <summary>Only this group.</summary>
    public string? Group { get; init; }
    /// <summary>Only this category.</summary>
    public string? Category { get; init; }
    /// <summary>Only this person, device or address, as <c>person:p123</c>.</summary>
    public string? Who { get; init; }
    /// <summary>Only with these words.</summary>
    public string? Text { get; init; }
    /// <summary>Older than this act.</summary>
    public Guid? Before { get; init; }
    /// <summary>What could not be understood.</summary>
    public IReadOnlyList<string> Problems { get; init; } = [];

    /// <summary>Reads a query string; what could not be understood is said in this language.</summary>
    public static ReviewFilter Parse(IQueryCollection query, PolicySnapshot policy, Tongue tongue)
    {
        ArgumentNullException.ThrowIfNull(policy);
        var reader = new QueryReader(query, tongue);
        var when = reader.Choice<When>("when", "today is shown");
        var (from, to) = when == When.Between ? (reader.Time("from"), reader.Time("to")) : (null, null);
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
        return new ReviewFilter
        {
            When = when, From = from, To = to,
            Acts = reader.Choice<ActChoice>("acts", "what was refused or searched for is shown"), State = reader.Choice<StateChoice>("state", "those that nobody has concluded are shown"),
            By = reader.Choice<ByChoice>("by", "act by act is shown"),
            Tier = reader.Among("tier", policy.Tiers.Select(tier => tier.Name), "every tier is shown"), Group = reader.Among("group", policy.Groups.Select(group => group.Name), "every class is shown"),
            Category = reader.Among("category", policy.Lists.Taxonomy.Categories.Select(category => category.Slug), "every category is shown"),
            Who = reader.Value("who", 128) is { } who ? WhoOf(who, reader) : null, Text = reader.Value("text", 100), Before = reader.Before(), Problems = reader.Problems,
        };
    }

    /// <summary>The query string of this choice, from <see cref="Before"/> on; only what differs from the default, with the mark at its beginning, or nothing.</summary>
    public string Query
    {
        get
        {
            var parts = new List<string>();
            void Add(string name, string? value)
            {
                if (value is not null) parts.Add($"{name}={Uri.EscapeDataString(value)}");
            }
            if (When != When.Today) Add("when", LogFilter.Value(When));
            Add("from", From is { } from ? LogFilter.Field(from) : null);
            Add("to", To is { } to ? LogFilter.Field(to) : null);
            if (Acts != ActChoice.Notable) Add("acts", LogFilter.Value(Acts));
            if (State != StateChoice.Open) Add("state", LogFilter.Value(State));
            if (By != ByChoice.Acts) Add("by", LogFilter.Value(By));
            Add("tier", Tier);
            Add("group", Group);
            Add("category", Category);
            Add("who", Who);
            Add("text", Text);
            Add("before", Before?.ToString("N"));
            return parts.Count == 0 ? "" : "?" + string.Join('&', parts);
        }
    }

    /// <summary>The choices that person by person has no counts for, as the page names them.</summary>
    public IReadOnlyList<string> WithoutEffect
    {
        get
        {
            var names = new List<string>();
            if (Acts != ActChoice.Notable) names.Add("Which");
            if (State != StateChoice.Open) names.Add("Concluded");
            if (Text is not null) names.Add("Words");
            return names;
        }
    }

    /// <summary>The address of this choice.</summary>
    public string Link => "/review" + Query;

    /// <summary>The instants it covers.</summary>
    public (DateTimeOffset? Since, DateTimeOffset? Until) Range(DateTimeOffset now, TimeZoneInfo zone) => new LogFilter { When = When, From = From, To = To }.Range(now, zone);

    /// <summary>What to ask the events for; <see cref="State"/> is asked of each afterwards.</summary>
    public EventQuery ToQuery(DateTimeOffset now, TimeZoneInfo zone)
    {
        var (since, until) = Range(now, zone);
        var query = new EventQuery { Since = since, Until = until, Tier = Tier, Group = Group, Category = Category, Text = Text, Before = Before, Acts = EventQuery.EveryAct };
        query = Who?.Split(':', 2) switch
        {
            ["person", var id] => query with { Person = id }, ["device", var name] => query with { Device = name }, ["client", var address] => query with { Client = address }, _ => query,
        };
        return Acts switch
        {
            ActChoice.All => query,
            ActChoice.Notable => query with { Acts = [ActKind.BlockedAct, ActKind.Search, ActKind.Circumvention] },
            ActChoice.Blocked => query with { Verdicts = [Verdict.Warn, Verdict.Quota, Verdict.Block] },
            ActChoice.Searches => query with { Acts = [ActKind.Search] },
            ActChoice.Typed => query with { Intent = Intent.Typed },
            ActChoice.Circumvention => query with { Acts = [ActKind.Circumvention] },
            ActChoice.Opened => query with { Acts = [ActKind.OverrideUse] },
            _ => throw new System.Diagnostics.UnreachableException($"acts {Acts}"),
        };
    }

    /// <summary>True when an act fits all but the time and what was concluded.</summary>
    public bool Fits(FilterEvent e)
    {
        ArgumentNullException.ThrowIfNull(e);
        if ((Tier is not null && e.Tier != Tier) || (Group is not null && e.Group != Group) || (Category is not null && e.Category != Category)) return false;
        if (Who?.Split(':', 2) is [var kind, var whose] && (kind switch { "person" => e.Person, "device" => e.Device, _ => e.Client }) != whose) return false;
        if (Text is not null && !new[] { e.Url, e.Title, e.SearchWords }.Any(text => text?.Contains(Text, StringComparison.OrdinalIgnoreCase) == true)) return false;
        return Acts switch
        {
            ActChoice.Notable => e.ActKind is ActKind.BlockedAct or ActKind.Search or ActKind.Circumvention || e.Reason == Reason.Locked,
            ActChoice.Blocked => e.Decision >= Verdict.Warn,
            ActChoice.Searches => e.ActKind == ActKind.Search,
            ActChoice.Typed => e.Intent == Intent.Typed,
            ActChoice.Circumvention => e.ActKind == ActKind.Circumvention,
            ActChoice.Opened => e.ActKind == ActKind.OverrideUse,
            _ => true,
        };
    }

    /// <summary>The conclusion that <see cref="State"/> asks for, or null.</summary>
    public Conclusion? Wanted => State switch
    {
        StateChoice.Concern => Conclusion.Concern, StateChoice.Talk => Conclusion.Talk, StateChoice.None => Conclusion.NoConcern, _ => null,
    };

    /// <summary>True when an act with this conclusion is shown.</summary>
    public bool Shows(ActReview? review) => State switch
    {
        StateChoice.All => true,
        StateChoice.Open => review is null,
        StateChoice.Concern => review?.Conclusion == Conclusion.Concern,
        StateChoice.Talk => review?.Conclusion == Conclusion.Talk,
        StateChoice.None => review?.Conclusion == Conclusion.NoConcern,
        _ => throw new System.Diagnostics.UnreachableException($"state {State}"),
    };

    private static string? WhoOf(string who, QueryReader reader)
    {
        if (who.Split(':', 2) is ["person" or "device" or "client", { Length: > 0 }]) return who;
        reader.Say("“{0}” is nobody that this page can look for; write it as person:p123 or device:ipad-14.", who);
        return null;
    }
}
