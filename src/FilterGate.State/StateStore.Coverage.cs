using Dapper;

namespace FilterGate.State;

/// <summary>How much of the school's traffic the filter could see, by hour. Counts alone: no host, no person, no device.</summary>
public sealed partial class StateStore
{
    /// <summary>Counts are kept so many days: a school year and the weeks in which it is looked back on.</summary>
    public const int CoverageDaysMax = 400;

    /// <summary>Adds counts. Nobody's change, so it has no audit row; one transaction.</summary>
    /// <param name="rows">Counts since the last call; added to what is there for the same key. An hour older than <see cref="CoverageDaysMax"/> days is forgotten at once.</param>
    public void AddCoverage(IReadOnlyCollection<CoverageCount> rows)
    {
        ArgumentNullException.ThrowIfNull(rows);
        if (rows.Count == 0) return;
        Change(connection =>
        {
            foreach (var row in rows)
            {
                connection.Execute(
                    """
                    INSERT INTO coverage (hour, tier, device_kind, holding, mode, reason, identity, requests, bytes) VALUES (@hour, @Tier, @DeviceKind, @Holding, @Mode, @Reason, @Identity, @Requests, @Bytes)
                    ON CONFLICT DO UPDATE SET requests = requests + excluded.requests, bytes = bytes + excluded.bytes
                    """,
                    new { hour = HourNumber(row.Hour), row.Tier, row.DeviceKind, row.Holding, row.Mode, row.Reason, row.Identity, row.Requests, row.Bytes });
            }
            connection.Execute("DELETE FROM coverage WHERE hour < @oldest", new { oldest = HourNumber(_clock.GetUtcNow().AddDays(-CoverageDaysMax)) });
            return (true, true);
        });
    }

    /// <summary>The counts of a period, oldest first. An hour without traffic is not among them.</summary>
    /// <param name="since">From this instant on; whole UTC hours, a part of one counts whole.</param>
    /// <param name="until">Before this instant; likewise.</param>
    public IReadOnlyList<CoverageCount> Coverage(DateTimeOffset since, DateTimeOffset until) => Read<IReadOnlyList<CoverageCount>>(connection =>
        [.. connection.Query<CoverageRow>(
            "SELECT hour, tier, device_kind, holding, mode, reason, identity, requests, bytes FROM coverage WHERE hour >= @since AND hour * 3600000 < @until ORDER BY hour, tier, device_kind, holding, mode, reason, identity",
            new { since = HourNumber(since), until = Milliseconds(until) }).Select(row => row.ToCount())]);

    private static long HourNumber(DateTimeOffset time) => Math.DivRem(Milliseconds(time), 3_600_000).Quotient;

#pragma warning disable CA1812 // Made by Dapper.
    private sealed class CoverageRow
    {
        public long Hour { get; init; }
        public string Tier { get; init; } = "";
        public byte DeviceKind { get; init; }
        public byte Holding { get; init; }
        public byte Mode { get; init; }
        public byte Reason { get; init; }
        public byte Identity { get; init; }
        public long Requests { get; init; }
        public long Bytes { get; init; }

        public CoverageCount ToCount() =>
            new(new CoverageKey(Time(Hour * 3_600_000), Tier, (DeviceKind)DeviceKind, (CoverageMode)Mode, (CoverageReason)Reason) { Holding = (DeviceHolding)Holding, Identity = (CoverageIdentity)Identity }, Requests, Bytes);
    }
#pragma warning restore CA1812
}
