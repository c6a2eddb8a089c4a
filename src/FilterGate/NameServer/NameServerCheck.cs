using System.Net;
using System.Runtime.CompilerServices;

namespace FilterGate.NameServer;

/// <summary>One question that devices ask, and what came.</summary>
/// <param name="Name">The name asked for.</param>
/// <param name="Kind">The type of the question: A, AAAA, HTTPS.</param>
/// <param name="Wanted">What should come, in words.</param>
/// <param name="Got">What came, in words.</param>
/// <param name="IsRight">True where that is as it should be.</param>
internal sealed record NameAnswer(string Name, string Kind, string Wanted, string Got, bool IsRight);

/// <summary>Asks a name server what devices ask: for <c>dns check</c> and <c>doctor</c>.</summary>
internal static class NameServerCheck
{
    /// <summary>How many of many alike are asked for: a hundred questions would be one too many for each look.</summary>
    private const int Some = 5;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    /// <summary>Asks, one after the other.</summary>
    /// <param name="server">Whom.</param>
    /// <param name="plan">What it should answer; only its tier and its names are looked at.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="IOException">It does not answer.</exception>
    public static async IAsyncEnumerable<NameAnswer> AskAsync(IPEndPoint server, DnsmasqPlan plan, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var (name, why) in DnsmasqPlan.Canaries)
            foreach (var type in new[] { DnsMessage.A, DnsMessage.Aaaa, DnsMessage.Https })
                yield return await TryAsync(name, type, $"not there ({why})", reply => reply.Code == 3);
        // Some of those that everybody has, and of those that lists of the school's own brought: a file of before them lacks these.
        var fetched = plan.EncryptedDns.Except(DnsmasqPlan.ShippedEncryptedDns, StringComparer.Ordinal).ToList();
        foreach (var name in DnsmasqPlan.ShippedEncryptedDns.Take(Some).Concat(fetched.Where((_, i) => i % (1 + (fetched.Count / Some)) == 0))) yield return await TryAsync(name, DnsMessage.A, "not there (encrypted DNS)", reply => reply.Code == 3);
        foreach (var name in new[] { "filtergate.internal", "adult.check.filtergate.internal" }) yield return await TryAsync(name, DnsMessage.A, "an address of the box", reply => reply.Addresses.Count > 0);
        yield return await TryAsync("www.google.com", DnsMessage.Https, "no HTTPS record (ECH)", reply => !reply.Types.Contains(DnsMessage.Https));
        foreach (var group in plan.SafeNames.GroupBy(n => n.Safe).Where(g => !IPAddress.TryParse(g.Key, out _)))
        {
            var safe = await DnsMessage.AskAsync(server, group.Key, DnsMessage.A, Patience, cancellationToken);
            foreach (var name in group.Select(n => n.Name).Take(4))
                yield return await TryAsync(name, DnsMessage.A, $"an address of {group.Key}", reply => reply.Addresses.Count > 0 && reply.Addresses.All(a => safe.Addresses.Contains(a)));
        }

        async Task<NameAnswer> TryAsync(string name, ushort type, string wanted, Func<DnsReply, bool> isRight)
        {
            var reply = await DnsMessage.AskAsync(server, name, type, Patience, cancellationToken);
            var got = reply.Code == 3 ? "not there" : reply.Code != 0 ? $"code {reply.Code}" : reply.Addresses.Count > 0 ? string.Join(", ", reply.Addresses) : reply.Types.Count > 0 ? "a record" : "nothing";
            return new(name, type switch { DnsMessage.A => "A", DnsMessage.Aaaa => "AAAA", _ => "HTTPS" }, wanted, got, isRight(reply));
        }
    }
}
