using FilterGate.Events;
using FilterGate.Policy;

namespace FilterGate.Proxy.BlockPages;

/// <summary>Fills a block page from the decision it explains and the event that stores it.</summary>
internal static class BlockPageModels
{
    /// <summary>The page's content; for a locked hit without host and URL.</summary>
    /// <param name="judgement">The decision.</param>
    /// <param name="client">Who asked.</param>
    /// <param name="stored">The event.</param>
    /// <param name="clock">For the school's time zone.</param>
    /// <param name="rawTarget">Path and query as the browser sent them, to come back to after a warning; null where it cannot go past one.</param>
    public static BlockPageModel Of(Judgement judgement, Client client, FilterEvent stored, TimeProvider clock, string? rawTarget = null)
    {
        var isLocked = judgement.Decision.Locked is not null;
        return new BlockPageModel
        {
            School = judgement.Snapshot.School,
            Decision = judgement.Decision,
            Tier = client.Tier.Name,
            Group = client.Group?.Title,
            Host = isLocked ? null : judgement.Url.Host,
            Url = isLocked ? null : judgement.Url.ToString(),
            ClientAddress = client.Address.ToString(),
            Device = client.Device,
            Time = TimeZoneInfo.ConvertTime(stored.Time, clock.LocalTimeZone),
            Reference = stored.Reference!,
            Choice = judgement.Decision.IsOverridable ? RequestChoice.Of(judgement.Snapshot, client) : null,
            ShowsDetails = judgement.Snapshot.Approvals.ShowsDetails,
            Offer = rawTarget is null ? null : Offer(in judgement, client, stored.Time, rawTarget),
        };
    }

    private static PassOffer? Offer(in Judgement judgement, Client client, DateTimeOffset time, string rawTarget)
    {
        var (decision, target) = (judgement.Decision, BlockPage.TargetOf(rawTarget));
        return decision.Verdict switch
        {
            Verdict.Warn => new PassOffer(target, client.Tier.ContinueMinutes, Quota: null),
            Verdict.Quota when decision.Category is { } category && judgement.Snapshot.QuotaOf(client, category, time) is { } quota => new PassOffer(target, client.Tier.ContinueMinutes, quota),
            _ => null,
        };
    }
}
