using System.Collections.Immutable;
using FilterGate.Matching;

namespace FilterGate.Policy;

/// <summary>One entry that matches, as <c>check</c> shows it.</summary>
/// <param name="List">The list: <c>FOLDER/domains</c>, <c>own_block</c>, <c>own_allow</c>, <c>bundle NAME</c>.</param>
/// <param name="Entry">The entry as written.</param>
/// <param name="Line">Its line, from 1.</param>
/// <param name="Category">Its category; null for the school's own lists.</param>
/// <param name="Version">Which state of the list: a date or a short digest; null where nobody says.</param>
public sealed record CheckMatch(string List, string Entry, int Line, string? Category, string? Version = null);

/// <summary>A whole decision as <c>check</c> and the site show it. It is the answer of <c>check --json</c>: names and order are a public interface, and no key is ever left out.</summary>
public sealed record CheckResult(
    string? Url,
    string? Host,
    string Seen,
    string Tier,
    string? Group,
    string? Person,
    string? Device,
    string? Place,
    string Decision,
    string Reason,
    string Explanation,
    string? Rule,
    string? Category,
    IReadOnlyList<string> Categories,
    string? List,
    string? Entry,
    string? EntryId,
    int? Line,
    IReadOnlyList<CheckMatch>? Matches,
    string? Embedded,
    bool Overridable,
    string PolicyVersion,
    string ListsVersion,
    DateTimeOffset? ShadowUntil = null)
{
    /// <summary>The answer with the end of shadow mode, where that lets through just now what the policy refuses here.</summary>
    public CheckResult With(ShadowMode? shadow, in Decision decision) => this with { ShadowUntil = shadow is not null && ShadowMode.Lift(in decision).Lifted is not null ? shadow.Until.ToUniversalTime() : null };

    /// <summary>Puts an answer together. For a locked hit nothing that names the page is kept, only the list and the hash of its entry.</summary>
    /// <param name="policy">What decided.</param>
    /// <param name="question">What was asked.</param>
    /// <param name="trace">The answer.</param>
    /// <param name="show">Writes a URL as it may be shown: masked unless the caller said why.</param>
    public static CheckResult Of(PolicySnapshot policy, in Question question, DecisionTrace trace, Func<CanonicalUrl, string> show)
    {
        ArgumentNullException.ThrowIfNull(policy);
        ArgumentNullException.ThrowIfNull(trace);
        ArgumentNullException.ThrowIfNull(show);
        var decision = trace.Decision;
        var classification = question.Classification;
        // Where an address within the one asked for decides, what matches is what matches that one.
        var judged = decision.Embedded ?? question.Url;
        var categories = classification.Embedded.Where(e => e.Address.Url.Equals(decision.Embedded)).Aggregate(classification.Categories, (all, e) => all | e.Classification.Categories);
        var result = new CheckResult(
            Url: show(question.Url), Host: question.Url.Host, Seen: question.Seen == Matching.Seen.Url ? "url" : "host", Tier: question.Client.Tier.Name,
            Group: question.Client.Group?.Name, Person: question.Client.Person, Device: question.Client.Device, Place: question.Client.Place?.Name,
            Decision: decision.Verdict.Code(), Reason: decision.Reason.Code(), Explanation: trace.Explanation, Rule: decision.Rule,
            Category: decision.Category?.Slug, Categories: policy.Lists.Taxonomy.Slugs(categories),
            List: null, Entry: null, EntryId: null, Line: null, Matches: null, Embedded: decision.Embedded is { } embedded ? show(embedded) : null, Overridable: decision.IsOverridable,
            PolicyVersion: policy.Version, ListsVersion: policy.Lists.Version);
        if (decision.Locked is { } locked)
            return result with { Url = null, Host = null, Rule = null, Embedded = null, Categories = [locked.Category.Slug], List = locked.List, EntryId = locked.EntryId };

        var own = OwnMatches(judged, in question);
        var help = policy.Lists.ProtectedHelp.Explain(judged, Matching.Seen.Host);
        var listed = policy.Lists.Categories.Explain(judged, question.Seen);
        var decided = decision.Reason switch
        {
            FilterGate.Policy.Reason.OwnBlock => own.FirstOrDefault(m => m.Entry == decision.Rule && m.List == "own_block"),
            FilterGate.Policy.Reason.OwnAllow when decision.Bundle is { } bundle => own.FirstOrDefault(m => m.List == bundle.List && $"{m.List}: {m.Entry}" == decision.Rule),
            FilterGate.Policy.Reason.OwnAllow => own.FirstOrDefault(m => m.Entry == decision.Rule && m.List == "own_allow"),
            FilterGate.Policy.Reason.ProtectedHelp => help.Select(Match).FirstOrDefault(),
            _ when decision.Category is { } category => listed.Where(m => m.Category.Slug == category.Slug).Select(Match).FirstOrDefault(),
            _ => null,
        };
        return result with
        {
            List = decided?.List, Entry = decided?.Entry, Line = decided?.Line,
            Matches = [.. own, .. help.Concat(listed).Select(Match)],
        };
    }

    private static ImmutableArray<CheckMatch> OwnMatches(CanonicalUrl url, in Question question)
    {
        var (seen, tier) = (question.Seen, question.Client.Tier);
        return
        [
            .. tier.OwnBlock.Explain(url, seen).Concat(tier.OwnAllow.Explain(url, seen))
                .OrderByDescending(m => m.Specificity)
                .Select(m => new CheckMatch(m.List, m.Entry, m.Line, null)),
        ];
    }

    private static CheckMatch Match(ListMatch match) => new(match.List, match.Entry, match.Line, match.Category.Slug, match.Version.Length > 0 ? match.Version : null);
}
