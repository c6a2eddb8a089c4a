namespace FilterGate.Review.Site;

/// <summary>Hides what somebody typed until it is asked for.</summary>
internal static class Hidden
{
    /// <summary>What stands for hidden words.</summary>
    public const string Mark = "…";

    /// <summary>The address with everything from its question mark on hidden: <c>http://site.example/a?…</c>.</summary>
    public static string Query(string address)
    {
        var query = address.IndexOf('?', StringComparison.Ordinal);
        return query < 0 || query == address.Length - 1 ? address : string.Concat(address.AsSpan(0, query + 1), Mark);
    }
}
