using System.Net;
using System.Net.Sockets;
using FilterGate.Proxy.Connections;

namespace FilterGate.Network;

/// <summary>Our table as the kernel has it.</summary>
/// <param name="Rules">What was loaded, in the kernel's own form and without counts: loading this text again brings it back.</param>
/// <param name="Tries">What the rules refused within the last <see cref="NftRules.TriesKept"/>, as the sets <c>tries4</c> and <c>tries6</c> have it.</param>
internal sealed record KernelListing(string Rules, IReadOnlyList<RefusedTry> Tries)
{
    private const string Elements = "elements = {";

    /// <summary>Takes a listing of <c>nft -s</c> apart: what the kernel has put into the sets itself is no rule.</summary>
    /// <param name="listing">The text.</param>
    public static KernelListing Of(string listing)
    {
        var (rules, tries) = (new List<string>(), new List<RefusedTry>());
        var (isTries, isElements) = (false, false);
        foreach (var line in listing.Split('\n'))
        {
            var words = line.Trim();
            if (words.EndsWith('{') && words.StartsWith("set ", StringComparison.Ordinal)) isTries = words.StartsWith("set tries", StringComparison.Ordinal);
            isElements |= isTries && words.StartsWith(Elements, StringComparison.Ordinal);
            if (!isElements)
            {
                rules.Add(line);
                continue;
            }

            var there = words.StartsWith(Elements, StringComparison.Ordinal) ? words[Elements.Length..] : words;
            tries.AddRange(there.TrimEnd('}').Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(Read).OfType<RefusedTry>());
            isElements = !words.EndsWith('}');
        }

        return new KernelListing(string.Join('\n', rules), tries);
    }

    /// <summary><c>10.20.1.7 . udp . 51820 . 198.51.100.7</c>; newer versions add the time-out. Null for what is not of this form.</summary>
    private static RefusedTry? Read(string element)
    {
        if (element.Split(" . ") is not [var client, var protocol, var port, var to]) return null;
        if (to.IndexOf(' ', StringComparison.Ordinal) is >= 0 and var end) to = to[..end];
        ProtocolType? known = protocol switch { "tcp" => ProtocolType.Tcp, "udp" => ProtocolType.Udp, _ => null };
        return known is { } kind && IPAddress.TryParse(client, out var from) && ushort.TryParse(port, out var number) && IPAddress.TryParse(to, out var destination) ? new RefusedTry(from, kind, number, destination) : null;
    }
}
