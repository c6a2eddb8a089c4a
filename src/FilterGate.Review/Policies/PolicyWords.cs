using System.Globalization;
using FilterGate.Matching;
using FilterGate.Policy;
using FilterGate.Policy.Documents;
using FilterGate.Policy.Rules;
using FilterGate.Policy.Search;

namespace FilterGate.Review.Policies;

/// <summary>What becomes of a category, as people say it.</summary>
/// <param name="Text">In a few words: <c>closed</c>, <c>60 minutes a day</c>.</param>
/// <param name="Look">How it looks: <c>block</c>, <c>warn</c>, <c>open</c> or nothing.</param>
/// <param name="Why">The school's reason, or null.</param>
public sealed record CategoryWord(string Text, string? Look, string? Why);

/// <summary>A policy in plain words, for somebody who has never read the document.</summary>
internal static class PolicyWords
{
    private static CultureInfo British => Log.LogView.British;

    /// <summary>What a tier does with a category.</summary>
    public static CategoryWord Of(Tier tier, Category category)
    {
        var why = tier.Rationale.GetValueOrDefault(category.Slug);
        if (category.Slug == CategoryRules.HelpAndSupport) return new("always open", "open", why);
        if (tier.Blocked.Contains(category.Index)) return new("closed", "block", why);
        if (tier.QuotaOf(category) is { } quota) return new(string.Create(British, $"{quota.DailyMinutes:N0} minutes a day"), "warn", why);
        if (tier.Warned.Contains(category.Index)) return new("asks first", "warn", why);
        return tier.Logged.Contains(category.Index) ? new("open, recorded", "open", why) : new("open", null, why);
    }

    /// <summary>What becomes of a site in no list.</summary>
    public static string Say(Verdict verdict) => verdict switch
    {
        Verdict.Allow => "open",
        Verdict.LogOnly => "open, recorded",
        Verdict.Warn => "asks first",
        Verdict.Quota => "some minutes a day",
        Verdict.Block => "closed",
        _ => throw new System.Diagnostics.UnreachableException($"verdict {verdict}"),
    };

    /// <summary>What is settled for a tier beside its categories: a name and a sentence each.</summary>
    public static IEnumerable<(string Name, string Text)> Facts(Tier tier)
    {
        yield return ("Sites in no list", Capital(Say(tier.Uncategorised)) + (tier.NewlySeen is { } isNew ? $"; first met within {Days(tier.NewlySeenDays)}: {Say(isNew)}" : "") + (tier.Addresses is { } address ? $"; asked for by an address instead of a name: {Say(address)}" : "") + ".");
        if (tier.IsApprovedOnly) yield return ("Approved sites alone", "Nothing is open but what the school has approved, an override or a lesson opens, and help sites.");
        yield return ("Encrypted pages", tier.Tls == TlsMode.Intercept
            ? "Read, so that single pages and searches are decided. The device trusts the school's certificate."
            : "Passed unread: only the name of a site is seen and decided, never a page or a search.");
        yield return ("Connections that are not the web", (tier.PassesOtherProtocols ? "Passed unread" : "Ended") + "; VPNs, Tor and proxies are ended in every tier, as far as they can be told.");
        yield return ("Search", tier.Search.IsSafeSearchForced ? "Safe search is forced; an engine that has none is closed." : "As each engine is set.");
        yield return ("YouTube", tier.Search.YouTube switch
        {
            YouTubeMode.Off => "Closed.",
            YouTubeMode.Approved => "Approved videos alone, each on a page with nothing beside it.",
            YouTubeMode.Strict => "In YouTube's restricted mode, strict.",
            YouTubeMode.Moderate => "In YouTube's restricted mode, moderate.",
            YouTubeMode.Open => "As YouTube is.",
            _ => throw new System.Diagnostics.UnreachableException($"YouTube {tier.Search.YouTube}"),
        });
        var own = tier.OwnAllow.EntryCount - tier.Bundles.Sum(b => b.Entries.Length);
        if (own > 0 || tier.OwnBlock.EntryCount > 0) yield return ("The school's own lists", string.Create(British, $"{own:N0} opened, {tier.OwnBlock.EntryCount:N0} closed by name."));
        if (tier.Bundles.Length > 0) yield return ("Services opened whole", string.Join(", ", tier.Bundles.Select(b => b.Name)) + ".");
        yield return ("Recorded", tier.Record switch
        {
            RecordRule.Everything => "What is opened as well as what is closed; never a help site.",
            RecordRule.Acts => "Pages, searches and typed addresses as well as what is closed; never a help site.",
            _ => "What is closed, opened by an override, or marked to be recorded.",
        });
    }

    /// <summary>A rule as a sentence.</summary>
    public static string Say(RuleDocument rule, PolicySnapshot policy)
    {
        var who = rule.Who.IsEmpty ? "For everybody" : "For " + Join(rule.Who.Select(name => policy.FindGroup(name)?.Title ?? name));
        var where = rule.Where.IsEmpty ? "" : " in " + Join(rule.Where.Select(name => policy.Places.FirstOrDefault(p => p.Name == name)?.Title ?? name));
        var when = rule.When.IsEmpty ? ", always" : ", during " + Join(rule.When.Select(Plain));
        var what = Join(rule.What.Select(slug => policy.Lists.Taxonomy.Find(slug)?.Name ?? slug).Concat(rule.CoversUncategorised ? ["sites in no list"] : []));
        return rule.Do switch
        {
            RuleAction.ApprovedOnly => $"{who}{where}{when}: nothing is open but approved sites.",
            RuleAction.Allow => $"{who}{where}{when}: {what}: open.",
            RuleAction.Log => $"{who}{where}{when}: {what}: open, recorded.",
            RuleAction.Warn => $"{who}{where}{when}: {what}: asks first.",
            RuleAction.Quota => $"{who}{where}{when}: {what}: the minutes a day of the tier.",
            RuleAction.Block => $"{who}{where}{when}: {what}: closed.",
            _ => throw new System.Diagnostics.UnreachableException($"rule {rule.Do}"),
        };
    }

    /// <summary>A built-in period, or the school's own name.</summary>
    public static string Plain(string period) => period switch
    {
        "term-time" => "term time",
        "holiday" => "the holidays",
        "weekend" => "the weekend",
        "out-of-hours" => "out of hours",
        _ => period,
    };

    /// <summary>One change of a policy as a line.</summary>
    public static string Say(PolicyChange change) => change.Kind switch
    {
        PolicyChangeKind.Added => change.Item is null || change.Item == change.After ? change.After ?? "" : $"{change.Item}: {change.After}",
        PolicyChangeKind.Removed => change.Item is null || change.Item == change.Before ? change.Before ?? "" : $"{change.Item}: {change.Before}",
        PolicyChangeKind.Changed => $"{(change.Item is null ? "" : $"{change.Item}: ")}{change.Before} → {change.After}",
        _ => throw new System.Diagnostics.UnreachableException($"change {change.Kind}"),
    };

    /// <summary>With a capital to begin with.</summary>
    public static string Capital(string text) => text.Length == 0 ? text : char.ToUpper(text[0], British) + text[1..];

    private static string Days(int days) => days == 1 ? "a day" : $"{days.ToString(British)} days";

    private static string Join(IEnumerable<string> parts) => parts.ToList() switch
    {
        [] => "",
        [var one] => one,
        [.. var most, var last] => $"{string.Join(", ", most)} and {last}",
    };
}
