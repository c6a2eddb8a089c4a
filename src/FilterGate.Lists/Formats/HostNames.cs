using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using FilterGate.Matching;

namespace FilterGate.Lists.Formats;

/// <summary>Reads a host where a format has nothing but hosts: a path, a port or a mark of our own notation is a slip there.</summary>
internal static class HostNames
{
    private static readonly SearchValues<char> NeverInName = SearchValues.Create("/?#=@\\");

    /// <summary>Reads a host, or <c>*.host</c> for its sub-domains.</summary>
    /// <param name="text">As the list writes it.</param>
    /// <param name="place">The result.</param>
    /// <param name="why">Why it is no host, in plain words.</param>
    public static bool TryRead(string text, out ListPlace place, [NotNullWhen(false)] out string? why)
    {
        if (!text.AsSpan().ContainsAny(NeverInName)) return ListPlace.TryParse(text, out place, out why);
        (place, why) = (default, "not a host name");
        return false;
    }
}
