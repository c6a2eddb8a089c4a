using Dapper;

namespace FilterGate.State;

/// <summary>Which overrides somebody wants to see.</summary>
public enum OverrideShow
{
    /// <summary>Open now, newest first.</summary>
    Live,
    /// <summary>Open now, and unused or old: the oldest first.</summary>
    Review,
    /// <summary>Ended or revoked, newest first.</summary>
    Ended,
}

/// <summary>Asks for a page of overrides.</summary>
public sealed record OverrideQuery
{
    /// <summary>Which.</summary>
    public OverrideShow Show { get; init; }

    /// <summary>Now: what ends later is open.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>Not used since this instant is unused.</summary>
    public required DateTimeOffset UnusedSince { get; init; }

    /// <summary>Begun at this instant or before is old.</summary>
    public required DateTimeOffset OldSince { get; init; }

    /// <summary>Only sites whose name has this in it, or null.</summary>
    public string? Site { get; init; }

    /// <summary>Number of the last row of the page before, or null for the first page.</summary>
    public long? After { get; init; }

    /// <summary>Rows at most.</summary>
    public int Limit { get; init; } = 50;
}

/// <summary>An override and how much it is used.</summary>
public sealed record UsedOverride(OverrideRecord Override, OverrideUsage? Usage);

/// <summary>How many overrides there are.</summary>
/// <param name="Live">Open now.</param>
/// <param name="ForGood">Of these with a review date.</param>
/// <param name="Review">Of these unused or old.</param>
public sealed record OverrideCounts(int Live, int ForGood, int Review);

/// <summary>Overrides a page at a time, however many there are.</summary>
public sealed partial class StateStore
{
    private const string IsLive = """revoked_at IS NULL AND "end" > @now""";

    private const string IsForReview = "(start <= @old OR ifnull((SELECT max(last) FROM override_uses WHERE override_id = overrides.id), start) <= @unused)";

    /// <summary>A page of overrides with their use.</summary>
    public KeyPage<UsedOverride> Overrides(OverrideQuery query)
    {
        ArgumentNullException.ThrowIfNull(query);
        var (where, order, key) = query.Show switch
        {
            OverrideShow.Live => (IsLive, "DESC", "id < @After"),
            OverrideShow.Review => ($"{IsLive} AND {IsForReview}", "ASC", "id > @After"),
            OverrideShow.Ended => ("""(revoked_at IS NOT NULL OR "end" <= @now)""", "DESC", "id < @After"),
            _ => throw new System.Diagnostics.UnreachableException($"show {query.Show}"),
        };
        return Read(connection =>
        {
            var page = KeyPage<OverrideRecord>.Of(
                Records(connection.Query<OverrideRow>(
                    $"SELECT {OverrideColumns} FROM overrides WHERE {where} AND (@After IS NULL OR {key}) AND (@site IS NULL OR instr(site, @site) > 0) ORDER BY id {order} LIMIT @limit",
                    new { now = Milliseconds(query.Time), old = Milliseconds(query.OldSince), unused = Milliseconds(query.UnusedSince), query.After, site = query.Site, limit = query.Limit + 1 })),
                query.Limit);
            var usage = connection.Query<UsageRow>(
                "SELECT override_id, sum(count) AS count, count(DISTINCT who) AS people, max(last) AS last FROM override_uses WHERE override_id IN @ids GROUP BY override_id", new { ids = page.Rows.Select(o => o.Id) })
                .ToDictionary(row => row.OverrideId, row => row.ToRecord());
            return new KeyPage<UsedOverride>([.. page.Rows.Select(o => new UsedOverride(o, usage.GetValueOrDefault(o.Id)))], page.HasMore);
        });
    }

    /// <summary>Counts what is open.</summary>
    /// <param name="time">Now.</param>
    /// <param name="unusedSince">As in <see cref="OverrideQuery"/>.</param>
    /// <param name="oldSince">As in <see cref="OverrideQuery"/>.</param>
    public OverrideCounts CountOverrides(DateTimeOffset time, DateTimeOffset unusedSince, DateTimeOffset oldSince) => Read(connection =>
    {
        var (live, forGood, review) = connection.QuerySingle<(long, long, long)>(
            $"SELECT count(*), ifnull(sum(is_for_good), 0), ifnull(sum({IsForReview}), 0) FROM overrides WHERE {IsLive}",
            new { now = Milliseconds(time), old = Milliseconds(oldSince), unused = Milliseconds(unusedSince) });
        return new OverrideCounts((int)live, (int)forGood, (int)review);
    });
}
