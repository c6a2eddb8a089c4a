using System.Globalization;
using FilterGate.Matching;
using FilterGate.Policy;
using FilterGate.Policy.Documents;
using FilterGate.Policy.Rules;
using FilterGate.Policy.Search;
using FilterGate.Review.Site;

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
    public static CategoryWord Of(Tier tier, Category category, Tongue tongue)
    {
        var why = tier.Rationale.GetValueOrDefault(category.Slug);
        if (category.Slug == CategoryRules.HelpAndSupport) return new(tongue["always open"], "open", why);
        if (tier.Blocked.Contains(category.Index)) return new(tongue["closed"], "block", why);
        if (tier.QuotaOf(category) is { } quota) return new(tongue.Say("{0:N0} minutes a day", quota.DailyMinutes), "warn", why);
        if (tier.Warned.Contains(category.Index)) return new(tongue["asks first"], "warn", why);
        return tier.Logged.Contains(category.Index) ? new(tongue["open, recorded"], "open", why) : new(tongue["open"], null, why);
    }

    /// <summary>What becomes of a site in no list.</summary>
    public static string Say(Verdict verdict, Tongue tongue) => tongue[verdict switch
    {
        Verdict.Allow => "open",
        Verdict.LogOnly => "open, recorded",
        Verdict.Warn => "asks first",
        Verdict.Quota => "some minutes a day",
        Verdict.Block => "closed",
        _ => throw new System.Diagnostics.UnreachableException($"verdict {verdict}"),
    }];

    /// <summary>What is settled for a tier beside its categories: a name and a sentence each.</summary>
    public static IEnumerable<(string Name, string Text)> Facts(Tier tier, Tongue tongue)
    {
        yield return (tongue["Sites in no list"], tongue.Capital(Say(tier.Uncategorised, tongue))
            + (tier.NewlySeen is { } isNew ? tongue.Say(tier.NewlySeenDays == 1 ? "; first met within a day: {1}" : "; first met within {0} days: {1}", tier.NewlySeenDays, Say(isNew, tongue)) : "")
            + (tier.Addresses is { } address ? tongue.Say("; asked for by an address instead of a name: {0}", Say(address, tongue)) : "") + ".");
        if (tier.IsApprovedOnly) yield return (tongue["Approved sites alone"], tongue["Nothing is open but what the school has approved, an override or a lesson opens, and help sites."]);
        yield return (tongue["Encrypted pages"], tongue[tier.Tls == TlsMode.Intercept
            ? "Read, so that single pages and searches are decided. The device trusts the school's certificate."
            : "Passed unread: only the name of a site is seen and decided, never a page or a search."]);
        yield return (tongue["Connections that are not the web"], tongue[tier.PassesOtherProtocols
            ? "Passed unread; VPNs, Tor and proxies are ended in every tier, as far as they can be told."
            : "Ended; VPNs, Tor and proxies are ended in every tier, as far as they can be told."]);
        yield return (tongue["Search"], tongue[tier.Search.IsSafeSearchForced ? "Safe search is forced; an engine that has none is closed." : "As each engine is set."]);
        yield return ("YouTube", tongue[tier.Search.YouTube switch
        {
            YouTubeMode.Off => "Closed.",
            YouTubeMode.Approved => "Approved videos alone, each on a page with nothing beside it.",
            YouTubeMode.Strict => "In YouTube's restricted mode, strict.",
            YouTubeMode.Moderate => "In YouTube's restricted mode, moderate.",
            YouTubeMode.Open => "As YouTube is.",
            _ => throw new System.Diagnostics.UnreachableException($"YouTube {tier.Search.YouTube}"),
        }]);
        var own = tier.OwnAllow.EntryCount - tier.Bundles.Sum(b => b.Entries.Length);
        if (own > 0 || tier.OwnBlock.EntryCount > 0) yield return (tongue["The school's own lists"], tongue.Say("{0:N0} opened, {1:N0} closed by name.", own, tier.OwnBlock.EntryCount));
        if (tier.Bundles.Length > 0) yield return (tongue["Services opened whole"], string.Join(", ", tier.Bundles.Select(b => b.Name)) + ".");
        yield return (tongue["Recorded"], tongue[tier.Record switch
        {
            RecordRule.Everything => "What is opened as well as what is closed; never a help site.",
            RecordRule.Acts => "Pages, searches and typed addresses as well as what is closed; never a help site.",
            _ => "What is closed, opened by an override, or marked to be recorded.",
        }]);
    }

    /// <summary>A rule as a sentence.</summary>
    public static string Say(RuleDocument rule, PolicySnapshot policy, Tongue tongue)
    {
        var who = rule.Who.IsEmpty ? tongue["For everybody"] : tongue.Say("For {0}", tongue.List([.. rule.Who.Select(name => policy.FindGroup(name)?.Title ?? name)]));
        var where = rule.Where.IsEmpty ? "" : " " + tongue.Say("in {0}", tongue.List([.. rule.Where.Select(name => policy.Places.FirstOrDefault(p => p.Name == name)?.Title ?? name)]));
        var when = rule.When.IsEmpty ? tongue[", always"] : tongue.Say(", during {0}", tongue.List([.. rule.When.Select(period => Plain(period, tongue))]));
        var what = tongue.List([.. rule.What.Select(slug => tongue.Category(policy.Lists.Taxonomy.Find(slug)?.Name ?? slug)).Concat(rule.CoversUncategorised ? [tongue["sites in no list"]] : [])]);
        var whom = $"{who}{where}{when}";
        return rule.Do switch
        {
            RuleAction.ApprovedOnly => tongue.Say("{0}: nothing is open but approved sites.", whom),
            RuleAction.Allow => tongue.Say("{0}: {1}: open.", whom, what),
            RuleAction.Log => tongue.Say("{0}: {1}: open, recorded.", whom, what),
            RuleAction.Warn => tongue.Say("{0}: {1}: asks first.", whom, what),
            RuleAction.Quota => tongue.Say("{0}: {1}: the minutes a day of the tier.", whom, what),
            RuleAction.Block => tongue.Say("{0}: {1}: closed.", whom, what),
            _ => throw new System.Diagnostics.UnreachableException($"rule {rule.Do}"),
        };
    }

    /// <summary>A built-in period, or the school's own name.</summary>
    public static string Plain(string period, Tongue tongue) => period switch
    {
        "term-time" => tongue["term time"],
        "holiday" => tongue["the holidays"],
        "weekend" => tongue["the weekend"],
        "out-of-hours" => tongue["out of hours"],
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
}
