using System.Globalization;
using System.Net;
using System.Net.NetworkInformation;
using FilterGate.Policy.People;

namespace FilterGate.Devices;

/// <summary>An address of the network and the hardware address behind it.</summary>
/// <param name="Address">The address.</param>
/// <param name="Mac">The hardware address.</param>
/// <param name="HostName">What the device calls itself, from a lease; null where nobody says. It is the device's own word: shown, never believed.</param>
internal sealed record Neighbour(IPAddress Address, PhysicalAddress Mac, string? HostName);

/// <summary>Reads what the kernel, dnsmasq and Kea write of neighbours and leases. Pure; a line that is none is passed over, whatever it holds.</summary>
/// <remarks>Bounded: the first <see cref="EntriesMax"/> entries and lines of at most <see cref="LineCharsMax"/> characters count. A device writes its own name into a lease: of a name only letters, digits, dots and hyphens are kept.</remarks>
internal static class NeighbourTexts
{
    /// <summary>More than a large trust has on one box.</summary>
    public const int EntriesMax = 20_000;

    /// <summary>Kea writes a dozen fields; names have at most 253 characters.</summary>
    public const int LineCharsMax = 2_000;

    private const int HostCharsMax = 63;

    /// <summary>What <c>ip neigh show</c> prints, both families: <c>fe80::1 dev lan0 lladdr a4:83:e7:00:00:01 REACHABLE</c>.</summary>
    public static IEnumerable<Neighbour> ReadIpNeigh(TextReader text)
    {
        foreach (var line in Lines(text))
        {
            var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            var at = Array.IndexOf(words, "lladdr");
            if (at < 1 || at + 1 >= words.Length || words[^1] is "FAILED" or "INCOMPLETE") continue;
            if (Of(words[0], words[at + 1], null) is { } found) yield return found;
        }
    }

    /// <summary>dnsmasq's lease file: <c>EXPIRES MAC ADDRESS NAME CLIENT-ID</c>; 0 never expires. Leases of IPv6 name no hardware address there, so they are passed over.</summary>
    public static IEnumerable<Neighbour> ReadDnsmasq(TextReader text, DateTimeOffset now)
    {
        foreach (var line in Lines(text))
        {
            var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (words.Length < 4 || !long.TryParse(words[0], NumberStyles.None, CultureInfo.InvariantCulture, out var expires) || (expires != 0 && expires <= now.ToUnixTimeSeconds())) continue;
            // Of another kind of network the type stands before: 06-a4:83:e7:00:00:01.
            var mac = words[1].IndexOf('-', StringComparison.Ordinal) is var hyphen and >= 0 && words[1].Contains(':', StringComparison.Ordinal) ? words[1][(hyphen + 1)..] : words[1];
            if (Of(words[2], mac, words[3]) is { } found) yield return found;
        }
    }

    /// <summary>Kea's lease files (memfile, CSV with a heading), of IPv4 or IPv6, oldest first. They are written on at their end: the last line of an address holds, and one that is not in force takes it away.</summary>
    public static IReadOnlyCollection<Neighbour> ReadKea(IEnumerable<TextReader> texts, DateTimeOffset now)
    {
        var leases = new Dictionary<string, Neighbour>(StringComparer.Ordinal);
        foreach (var text in texts) ReadKea(text, now, leases);
        return leases.Values;
    }

    private static void ReadKea(TextReader text, DateTimeOffset now, Dictionary<string, Neighbour> leases)
    {
        Dictionary<string, int>? columns = null;
        foreach (var line in Lines(text))
        {
            var fields = line.Split(',');
            if (columns is null)
            {
                if (!line.StartsWith("address,", StringComparison.Ordinal)) return;
                columns = fields.Select((name, i) => (name, i)).GroupBy(f => f.name, StringComparer.Ordinal).ToDictionary(g => g.Key, g => g.First().i, StringComparer.Ordinal);
                continue;
            }
            if (Field("address") is not { } address) continue;
            // 0 is in force; declined, expired and released ones are not (Kea's documentation, "lease states").
            var isInForce = Field("state") is null or "" or "0" && long.TryParse(Field("expire"), NumberStyles.None, CultureInfo.InvariantCulture, out var expires) && expires > now.ToUnixTimeSeconds();
            if (isInForce && Of(address, Field("hwaddr") ?? "", Field("hostname")) is { } found)
            {
                if (leases.Count < EntriesMax || leases.ContainsKey(address)) leases[address] = found;
            }
            else leases.Remove(address);

            string? Field(string name) => columns.TryGetValue(name, out var i) && i < fields.Length ? fields[i] : null;
        }
    }

    private static Neighbour? Of(string address, string mac, string? host)
    {
        if (!IPAddress.TryParse(address, out var ip) || !MacAddress.TryParse(mac, out var physical)) return null;
        return new Neighbour(ip, physical, host is { Length: > 0 and <= HostCharsMax } && host != "*" && host.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '.') ? host : null);
    }

    /// <summary>Kea's file may have many lines for one address, so lines are bounded apart from entries.</summary>
    private static IEnumerable<string> Lines(TextReader text)
    {
        for (var i = 0; i < EntriesMax * 20; i++)
        {
            if (text.ReadLine() is not { } line) yield break;
            if (line.Length is > 0 and <= LineCharsMax) yield return line;
        }
    }
}
