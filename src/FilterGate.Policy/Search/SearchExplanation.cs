namespace FilterGate.Policy.Search;

/// <summary>Says why a rule of search, video or embedded content decided.</summary>
internal static class SearchExplanation
{
    /// <summary>One or two sentences, or null where no such rule decided.</summary>
    public static string? Of(string tier, in Decision decision) => decision.SearchRule switch
    {
        SearchRule.None => null,
        _ when decision.Reason == Reason.Lesson => null, // The lesson says it.
        SearchRule.YouTubeOff => $"Blocked for {tier}: this tier may not use YouTube (youtube: off).",
        SearchRule.YouTubeNotApproved => $"Blocked for {tier}: of YouTube this tier may see approved videos only (youtube: approved), and this is none of them.",
        SearchRule.YouTubeApproved when decision.Lesson is not null => $"Allowed for {tier}: an approved video ({decision.Rule}). It is shown by itself on the lesson page.",
        SearchRule.YouTubeApproved => $"Allowed for {tier}: an approved video ({decision.Rule}), by itself.",
        SearchRule.YouTubePlayer => $"Allowed for {tier}: the player of approved videos needs it.",
        SearchRule.EmbeddedOnly => $"Blocked for {tier}: it is allowed only within the pages that the school names ({decision.Rule}).",
        SearchRule.Embedded => $"Allowed for {tier}: it is embedded in a page that the school names ({decision.Rule}).",
        SearchRule.SearchUnsafe => $"Blocked for {tier}: this search engine has no safe mode that the filter could set, or none where HTTPS is not read ({decision.Rule}).",
        _ => throw new System.Diagnostics.UnreachableException($"rule {decision.SearchRule}"),
    };
}
