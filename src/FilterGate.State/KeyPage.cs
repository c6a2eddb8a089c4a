namespace FilterGate.State;

/// <summary>A page of rows, found by the key of the last row of the page before: as quick at the end as at the beginning, and no row twice or never because others were added meanwhile.</summary>
/// <param name="Rows">The rows.</param>
/// <param name="HasMore">True when there are further ones.</param>
public sealed record KeyPage<T>(IReadOnlyList<T> Rows, bool HasMore)
{
    /// <summary>Takes what was read with one row more than asked for.</summary>
    internal static KeyPage<T> Of(IEnumerable<T> rows, int limit) => rows.ToList() is var all && all.Count > limit ? new(all[..limit], HasMore: true) : new(all, HasMore: false);
}
