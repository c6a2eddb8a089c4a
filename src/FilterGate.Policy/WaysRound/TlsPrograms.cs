using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Text.RegularExpressions;
using FilterGate.Policy.Documents;

namespace FilterGate.Policy.WaysRound;

/// <summary>A program that is told by the ClientHello with which it begins TLS.</summary>
/// <param name="Fingerprint">Its JA4.</param>
/// <param name="Name">What it is, for people.</param>
/// <param name="Category">The slug of what it is a way to; null for a program that is none, which takes a shipped line off.</param>
/// <param name="NeedsRandomName">True where it counts only with a server name as Tor makes one up.</param>
public sealed record TlsProgram(string Fingerprint, string Name, string? Category, bool NeedsRandomName);

/// <summary>The programs that are told by their ClientHello: those of <c>blocklists/tls-programs.tsv</c>, and over them the school's own. Immutable; safe from any thread.</summary>
public sealed partial class TlsPrograms
{
    private const string File = "blocklists/tls-programs.tsv";

    private readonly FrozenDictionary<string, (TlsProgram Program, ConnectionSign? Sign)> _byFingerprint;

    private TlsPrograms(IEnumerable<TlsProgram> programs) =>
        _byFingerprint = programs.GroupBy(c => c.Fingerprint, StringComparer.Ordinal).Select(same => same.Last()).ToFrozenDictionary(
            c => c.Fingerprint,
            c => (c, c.Category is null ? null : new ConnectionSign(c.Name, c.NeedsRandomName ? $"its ClientHello, JA4 {c.Fingerprint}, with a server name made up as Tor makes one" : $"its ClientHello, JA4 {c.Fingerprint}", c.Category, IsWayRound: true)),
            StringComparer.Ordinal);

    /// <summary>The lines that are built into the program; read once.</summary>
    public static TlsPrograms Shipped => ReadShipped.Value;

    private static readonly Lazy<TlsPrograms> ReadShipped = new(static () =>
    {
        using var reader = new StreamReader(typeof(TlsPrograms).Assembly.GetManifestResourceStream(File)!);
        return new TlsPrograms(reader.ReadToEnd().Split('\n').Where(line => line.Length > 0 && line[0] != '#').Select(Read));

        static TlsProgram Read(string line) => line.Split('\t') is [var fingerprint, var name, var category, var names, { Length: > 0 }] && names is "any" or "random" && IsFingerprint(fingerprint) && CategoryRules.WaysRound.Contains(category)
            ? new TlsProgram(fingerprint, name, category, names == "random")
            : throw new InvalidOperationException($"{File}: {line}");
    });

    /// <summary>Every line, for pages and tests.</summary>
    public IEnumerable<TlsProgram> All => _byFingerprint.Values.Select(known => known.Program);

    /// <summary>These with the school's own over them.</summary>
    public TlsPrograms With(ImmutableArray<TlsProgram> own) => own.IsEmpty ? this : new TlsPrograms(All.Concat(own));

    /// <summary>What a program is by its ClientHello; null for one that nobody has put here. No allocation.</summary>
    /// <param name="fingerprint">Its JA4, or null where it has none.</param>
    /// <param name="serverName">The name it asked for, as sent, or null.</param>
    public ConnectionSign? Find(string? fingerprint, string? serverName) =>
        fingerprint is not null && _byFingerprint.TryGetValue(fingerprint, out var known) && (!known.Program.NeedsRandomName || IsRandomName(serverName)) ? known.Sign : null;

    /// <summary>True for the form of a JA4 of TLS over TCP.</summary>
    public static bool IsFingerprint(string text) => FingerprintForm().IsMatch(text);

    /// <summary>A name as Tor makes one up for each connection (<c>crypto_random_hostname(4, 25, "www.", ".com")</c> in its source): 4 to 25 letters of base 32.</summary>
    private static bool IsRandomName(string? name)
    {
        const string Start = "www.", End = ".com";
        if (name is null || name.Length < Start.Length + 4 + End.Length || name.Length > Start.Length + 25 + End.Length || !name.StartsWith(Start, StringComparison.Ordinal) || !name.EndsWith(End, StringComparison.Ordinal)) return false;
        foreach (var letter in name.AsSpan(Start.Length, name.Length - Start.Length - End.Length))
            if (letter is not (>= 'a' and <= 'z' or >= '2' and <= '7')) return false;
        return true;
    }

    [GeneratedRegex("^t(1[0-3]|s[23]|00)[di][0-9]{4}[0-9a-zA-Z]{2}_[0-9a-f]{12}_[0-9a-f]{12}$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex FingerprintForm();
}
