using System.Collections.Frozen;

namespace FilterGate.Policy.WaysRound;

/// <summary>The names that browsers show in the place of a site's own where they encrypt it (ECH, RFC 9849): those of <c>blocklists/ech-names.tsv</c>. Immutable; safe from any thread.</summary>
public static class EchNames
{
    private const string File = "blocklists/ech-names.tsv";

    private static readonly Lazy<FrozenSet<string>> Shipped = new(static () =>
    {
        using var reader = new StreamReader(typeof(EchNames).Assembly.GetManifestResourceStream(File)!);
        return reader.ReadToEnd().Split('\n').Where(line => line.Length > 0 && line[0] != '#').Select(Read).ToFrozenSet(StringComparer.Ordinal);

        static string Read(string line) => line.Split('\t') is [{ Length: > 0 } name, { Length: > 0 }, { Length: > 0 }] ? name : throw new InvalidOperationException($"{File}: {line}");
    });

    /// <summary>Every one, for tests.</summary>
    public static IReadOnlyCollection<string> All => Shipped.Value;

    /// <summary>True for one of them, or a name below one. No allocation.</summary>
    /// <param name="host">Canonical host.</param>
    public static bool Has(string host)
    {
        ArgumentNullException.ThrowIfNull(host);
        var names = Shipped.Value.GetAlternateLookup<ReadOnlySpan<char>>();
        for (var rest = host.AsSpan(); ; )
        {
            if (names.Contains(rest)) return true;
            var dot = rest.IndexOf('.');
            if (dot < 0) return false;
            rest = rest[(dot + 1)..];
        }
    }
}
