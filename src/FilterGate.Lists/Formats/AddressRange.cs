using System.Diagnostics.CodeAnalysis;
using System.Net;

namespace FilterGate.Lists.Formats;

/// <summary>Reads ranges of addresses in CIDR notation, strictly.</summary>
internal static class AddressRange
{
    /// <summary>Reads a range whose address has no bits set beyond its length: <c>192.0.2.0/24</c>, not <c>192.0.2.7/24</c>, which <see cref="IPNetwork"/> takes for the same.</summary>
    /// <param name="text">As the list writes it.</param>
    /// <param name="range">In the one spelling of the range.</param>
    public static bool TryParse(string text, [NotNullWhen(true)] out string? range)
    {
        range = null;
        var slash = text.IndexOf('/');
        if (slash < 0 || !IPNetwork.TryParse(text, out var network) || !IPAddress.TryParse(text.AsSpan(0, slash), out var address) || !network.BaseAddress.Equals(address)) return false;
        range = network.ToString();
        return true;
    }
}
