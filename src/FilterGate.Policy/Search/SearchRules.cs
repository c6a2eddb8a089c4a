using FilterGate.Matching;

namespace FilterGate.Policy.Search;

/// <summary>Which rule of search, video or embedded content decided. Not stored; an event keeps <see cref="Decision.Rule"/>.</summary>
public enum SearchRule : byte
{
    /// <summary>None of them.</summary>
    None,
    /// <summary><c>youtube: off</c>.</summary>
    YouTubeOff,
    /// <summary><c>youtube: approved</c>, and it is none of those.</summary>
    YouTubeNotApproved,
    /// <summary>An approved video or playlist.</summary>
    YouTubeApproved,
    /// <summary>What the player of an approved video needs.</summary>
    YouTubePlayer,
    /// <summary>Asked for outside the pages in which it is allowed.</summary>
    EmbeddedOnly,
    /// <summary>Embedded in a page in which it is allowed.</summary>
    Embedded,
    /// <summary>A search engine that cannot be held to a safe mode, at all or in a tunnel.</summary>
    SearchUnsafe,
}

/// <summary>The rules of search, video and embedded content, as step 8 asks them beside the school's own lists.</summary>
public static class SearchRules
{
    /// <summary>Asks each rule in turn.</summary>
    /// <param name="question">The request.</param>
    /// <param name="ownAllow">The most specific own entry that allows it, which no own entry blocks; null without one. As among own entries the more specific wins, and a block wins a tie.</param>
    /// <returns>Null when none says anything.</returns>
    internal static Decision? Judge(in Question question, ListMatch? ownAllow)
    {
        // A rule of YouTube's is about a whole host: an own entry with a path is more specific, and one for the host is not.
        if (YouTubeRule.Judge(in question) is { } ofYouTube && (ofYouTube.IsForwarded || !NamesPath(ownAllow))) return ofYouTube;
        if (question.Client.Tier.Search.Embedded.Judge(in question, out var specificity) is { } embedded && (ownAllow is null || specificity >= ownAllow.Value.Specificity)) return embedded;
        return ownAllow is null && ForcedSearch.IsUnforced(question.Client.Tier.Search, question.Url.Host, question.Seen) is { } engine
            ? new Decision(Verdict.Block, Reason.OwnBlock) { Rule = $"safe_search: force ({engine.Name})", SearchRule = SearchRule.SearchUnsafe }
            : null;
    }

    private static bool NamesPath(ListMatch? entry) => entry is { } own && ListPlace.TryParse(own.Entry, out var place, out _) && place.Path is not null;
}
