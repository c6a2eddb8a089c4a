using Dapper;

namespace FilterGate.State;

/// <summary>Requests of one hour that the filter saw alike.</summary>
public readonly record struct CoverageHour(DateTimeOffset Hour, CoverageMode Mode, long Requests);

/// <summary>Sums of the counts, made where they lie: a page of a term reads tens of thousands of rows and shows some dozens.</summary>
public sealed partial class StateStore
{
    /// <summary>The counts of a period without their hours; each has the period's beginning as its hour.</summary>
    /// <param name="since">As in <see cref="Coverage"/>.</param>
    /// <param name="until">As in <see cref="Coverage"/>.</param>
    public IReadOnlyList<CoverageCount> CoverageTotals(DateTimeOffset since, DateTimeOffset until) => Read<IReadOnlyList<CoverageCount>>(connection =>
        [.. connection.Query<CoverageRow>(
            """
            SELECT @since AS hour, tier, device_kind, holding, mode, reason, identity, sum(requests) AS requests, sum(bytes) AS bytes FROM coverage WHERE hour >= @since AND hour * 3600000 < @until
            GROUP BY tier, device_kind, holding, mode, reason, identity ORDER BY tier, device_kind, holding, mode, reason, identity
            """,
            new { since = HourNumber(since), until = Milliseconds(until) }).Select(row => row.ToCount())]);

    /// <summary>How much was seen how in each hour, oldest first. An hour without traffic is not among them.</summary>
    /// <param name="since">As in <see cref="Coverage"/>.</param>
    /// <param name="until">As in <see cref="Coverage"/>.</param>
    public IReadOnlyList<CoverageHour> CoverageHours(DateTimeOffset since, DateTimeOffset until) => Read<IReadOnlyList<CoverageHour>>(connection =>
        [.. connection.Query<(long Hour, long Mode, long Requests)>(
            "SELECT hour, mode, sum(requests) FROM coverage WHERE hour >= @since AND hour * 3600000 < @until GROUP BY hour, mode ORDER BY hour, mode",
            new { since = HourNumber(since), until = Milliseconds(until) }).Select(row => new CoverageHour(Time(row.Hour * 3_600_000), (CoverageMode)row.Mode, row.Requests))]);
}
