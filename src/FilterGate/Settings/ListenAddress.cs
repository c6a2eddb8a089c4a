using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;

namespace FilterGate.Settings;

/// <summary>Reads where to listen: <c>127.0.0.1:8080</c>, <c>[::1]:8080</c>, and for a tier <c>staff=127.0.0.1:8081</c>.</summary>
internal static class ListenAddress
{
    /// <summary>Reads an address and a port; port 0 takes a free one. A name is refused: it may mean several addresses, and not the ones a school thinks.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out IPEndPoint? endPoint, [NotNullWhen(false)] out string? error)
    {
        (endPoint, error) = (null, null);
        var colon = text.LastIndexOf(':');
        var address = colon < 0 ? "" : text[..colon];
        var isBracketed = address is ['[', .., ']'];
        if (colon >= 0
            && int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port <= IPEndPoint.MaxPort
            && TryParseAddress(isBracketed ? address[1..^1] : address, out var ip)
            && isBracketed == address.Contains(':', StringComparison.Ordinal))
        {
            endPoint = new IPEndPoint(ip, port);
            return true;
        }
        error = $"'{text}' is not an address and a port; write it as 127.0.0.1:8080 or [::1]:8080";
        return false;
    }

    /// <summary>Reads an address alone, written out: <see cref="IPAddress"/> takes <c>127.1</c> and <c>2130706433</c> too, and nobody means what it makes of them.</summary>
    public static bool TryParseAddress(string text, [NotNullWhen(true)] out IPAddress? address)
    {
        address = null;
        return (text.Contains(':', StringComparison.Ordinal) ? !text.Contains('[', StringComparison.Ordinal) : text.Count(c => c == '.') == 3) && IPAddress.TryParse(text, out address);
    }

    /// <summary>Reads <c>TIER=A:P</c>.</summary>
    public static bool TryParseTier(string text, [NotNullWhen(true)] out TierListen? listen, [NotNullWhen(false)] out string? error)
    {
        listen = null;
        var equals = text.IndexOf('=', StringComparison.Ordinal);
        if (equals <= 0)
        {
            error = $"'{text}' names no tier; write it as pupil=127.0.0.1:8080";
            return false;
        }
        if (!TryParse(text[(equals + 1)..], out var endPoint, out error)) return false;
        listen = new TierListen(text[..equals], endPoint);
        return true;
    }
}

/// <summary>A port whose tier is fixed.</summary>
/// <param name="Tier">The tier's name; whether the policy has it is known once the policy is read.</param>
/// <param name="EndPoint">Where to listen.</param>
internal sealed record TierListen(string Tier, IPEndPoint EndPoint);
