namespace FilterGate.Policy.Search;

/// <summary>The parameters of a query, names and values with their escapes resolved.</summary>
internal static class QueryPairs
{
    /// <summary>The parameters in order; one without <c>=</c> has an empty value. Allocates; bounded by the length of a request line.</summary>
    public static IEnumerable<(string Name, string Value)> Of(string? query)
    {
        if (string.IsNullOrEmpty(query)) yield break;
        foreach (var piece in query.Split('&'))
        {
            var equals = piece.IndexOf('=', StringComparison.Ordinal);
            yield return equals < 0 ? (Decode(piece), "") : (Decode(piece[..equals]), Decode(piece[(equals + 1)..]));
        }
    }

    /// <summary>Resolves escapes as a form does: <c>+</c> is a blank.</summary>
    public static string Decode(string text) => Uri.UnescapeDataString(text.Replace('+', ' '));
}
