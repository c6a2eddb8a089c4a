using FilterGate.Matching;

namespace FilterGate.Policy;

/// <summary>What a tier does with an address that stands in another one.</summary>
public enum EmbeddedRule
{
    /// <summary>It is decided too, and the stricter answer holds.</summary>
    Block,

    /// <summary>It is passed over, but for what nothing opens: locked lists, and the categories that nothing bypasses.</summary>
    Ignore,
}

/// <summary>Decides the addresses that stand in an address, each by the same order of decisions. The stricter answer holds, as for the names of one connection.</summary>
/// <remarks>
/// What an address shows (a translated page, an archived one) is treated as that page in all. What it only names (a link, a log-in that comes back) counts where it is blocked by a list: that it is unknown, or that it would be
/// warned of, is for the request of whoever follows it, or every page with a link to an unknown site would be blocked. A help site answers whatever stands in its address; an override opens a page with what it shows, because
/// a person looked at it. Nothing of this touches steps 1 to 5. Does not allocate.
/// </remarks>
internal static class EmbeddedAddresses
{
    /// <summary>The question whose answer is stricter than the outer one; false when the outer answer holds.</summary>
    /// <param name="policy">The policy.</param>
    /// <param name="outer">The outer question.</param>
    /// <param name="answer">Its answer.</param>
    /// <param name="inner">The question about the inner address.</param>
    /// <param name="decision">Its answer, which names the inner address.</param>
    public static bool TryFindStricter(PolicySnapshot policy, in Question outer, in Decision answer, out Question inner, out Decision decision)
    {
        (inner, decision) = (outer, answer);
        if (answer.Locked is not null || answer.Reason == Reason.ProtectedHelp) return false;
        var isStricter = false;
        var boundOnly = answer.Reason == Reason.Override || outer.Client.Tier.EmbeddedUrls == EmbeddedRule.Ignore;
        foreach (var embedded in outer.Classification.Embedded)
        {
            // A page that names its own player in an address is the page in which that player is allowed.
            var question = new Question(outer.Client, embedded.Address.Url, outer.Seen, embedded.Classification, outer.Time) { EmbeddedIn = outer.Url };
            var candidate = OrderOfDecisions.Decide(policy, in question);
            if (!candidate.IsStricterThan(in decision) || !Counts(in candidate, embedded.Address.Use, boundOnly)) continue;
            (inner, decision, isStricter) = (question, candidate with { Embedded = embedded.Address.Url, IsShown = embedded.Address.Use == EmbeddedUse.Shown }, true);
        }
        return isStricter;
    }

    private static bool Counts(in Decision candidate, EmbeddedUse use, bool boundOnly) =>
        candidate.Reason is Reason.Locked or Reason.EmergencyBlock or Reason.NoBypass
        || (!boundOnly && (use == EmbeddedUse.Shown || (candidate.Verdict == Verdict.Block && candidate.Reason is Reason.OwnBlock or Reason.CategoryBlock)));
}
