using FilterGate.Events;
using FilterGate.Policy;

namespace FilterGate.Proxy.BlockPages;

/// <summary>Fills a block page from the decision it explains and the event that stores it.</summary>
internal static class BlockPageModels
{
    /// <summary>The page's content; for a locked hit without host and URL.</summary>
    public static BlockPageModel Of(Judgement judgement, Client client, FilterEvent stored, TimeProvider clock)
    {
        var isLocked = judgement.Decision.Locked is not null;
        return new BlockPageModel
        {
            School = judgement.Snapshot.School,
            Decision = judgement.Decision,
            Tier = client.Tier.Name,
            Host = isLocked ? null : judgement.Url.Host,
            Url = isLocked ? null : judgement.Url.ToString(),
            ClientAddress = client.Address.ToString(),
            Device = client.Device,
            Time = TimeZoneInfo.ConvertTime(stored.Time, clock.LocalTimeZone),
            Reference = stored.Reference!,
        };
    }
}
