using System.Buffers;
using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Numerics;
using System.Text;
using System.Text.RegularExpressions;
using FilterGate.Matching;

namespace FilterGate.Lists.Formats;

/// <summary>Finds the entries of fetched lists that would block far more than any list means: everything, a public suffix, or a site where a child finds help.</summary>
/// <remarks>
/// <para>Such an entry is a slip or malice of a stranger, and would take a school's internet, or its way to help, away overnight. A school's own lists are not guarded: there it is the school's decision.
/// Exceptions are not either: they block nothing.</para>
/// <para>A plain host costs about 30 ns and no allocation. An expression is tried against made-up addresses and the help sites; it is refused when it matches them, which is evidence and not proof.
/// Immutable; safe from any thread.</para>
/// </remarks>
internal sealed class EntryGuard
{
    /// <summary>Shortest range of addresses taken: a /8 is a 256th of all of version 4, a /16 more than any operator of version 6 has.</summary>
    public const int PrefixV4Min = 8, PrefixV6Min = 16;

    private const string Suffix = "would block a public suffix, and with it every site below";
    private const string Everything = "would block everything";
    private const string Help = "would block a site where a child finds help";

    private const byte Protected = 1, ParentOfProtected = 2;

    // Names that no list has a reason to know. Two each, so that neither a letter nor a length explains a match.
    private static readonly string[] StrangeNames = ["qzvkwj", "bluefox-7"];
    private static readonly string[] SuffixesTried = ["com", "org", "net", "uk", "co.uk", "org.uk", "sch.uk", "gov.uk", "eu", "de", "fr", "io", "info"];
    private static readonly string[] StrangePaths = ["/", "/lk3/vwm?x7=pq2"];

    private static readonly SearchValues<char> PlainCharacters = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789-_.");

    private readonly PublicSuffixes _suffixes;
    private readonly HostTable _help;
    private readonly string[] _helpHosts;
    // Of the last eight bytes of every help site a bit: tells nearly every host from their sub-domains at once.
    private readonly ulong[] _ends = new ulong[EndBits / 64];
    private const int EndBits = 4096;

    /// <param name="suffixes">Public suffixes.</param>
    /// <param name="protectedHosts">Help sites, canonical.</param>
    public EntryGuard(PublicSuffixes suffixes, IEnumerable<string> protectedHosts)
    {
        _suffixes = suffixes;
        _helpHosts = [.. protectedHosts];
        _help = new(_helpHosts.SelectMany(WithParents));
        foreach (var host in _helpHosts)
        {
            if (host.Length < sizeof(ulong)) throw new ArgumentException($"{host} is shorter than {sizeof(ulong)} characters.", nameof(protectedHosts));
            var bit = EndBit(Encoding.ASCII.GetBytes(host));
            _ends[bit / 64] |= 1ul << (bit % 64);
        }
    }

    /// <summary>A guard with the built-in suffixes and the shipped help sites.</summary>
    public static EntryGuard Shipped(PublicSuffixes? suffixes = null) => new(suffixes ?? PublicSuffixes.BuiltIn, ShippedHelpHosts.Value);

    /// <summary>Why a plain host must not be an entry, or null.</summary>
    /// <param name="host">As <see cref="IEntrySink.AddHost"/> has it: it and its sub-domains are meant.</param>
    public string? WhyRefused(ReadOnlySpan<byte> host)
    {
        if (_help[host] != 0 || IsBelowHelp(host)) return Help;
        return _suffixes.CoversPublicSuffix(host) ? Suffix : null;
    }

    /// <summary>Why an entry must not be in force, or null.</summary>
    public string? WhyRefused(in ListEntry entry)
    {
        if (entry.IsException) return null;
        return entry.Kind switch
        {
            EntryKind.Place => WhyPlaceRefused(entry.Text),
            EntryKind.Network => WhyNetworkRefused(entry.Text),
            _ => WhyPatternRefused(entry),
        };
    }

    private static Lazy<string[]> ShippedHelpHosts { get; } = new(() =>
    {
        using var reader = new StreamReader(ShippedLists.Open("protected-help/domains"));
        return [.. reader.ReadToEnd().Split('\n', StringSplitOptions.TrimEntries).Where(l => l.Length > 0 && l[0] != '#')];
    });

    private string? WhyPlaceRefused(string text)
    {
        // Parsers give the one spelling, of which the host can be cut out; whatever is odd is read again.
        var includesBelow = text[0] != '=';
        var name = includesBelow ? text.StartsWith("*.", StringComparison.Ordinal) ? text.AsSpan(2) : text : text.AsSpan(1);
        if (name.IndexOf('/') is var slash and >= 0) name = name[..slash];
        if (name.IsEmpty || name.ContainsAnyExcept(PlainCharacters))
        {
            if (!ListPlace.TryParse(text, out var place, out _)) return null;
            name = place.Host;
            includesBelow = place.IncludesBelow;
        }
        if (name.Length > PlainHost.LengthMax || name[0] == '[' || !Ascii.IsValid(name)) return null;
        Span<byte> bytes = stackalloc byte[PlainHost.LengthMax];
        var host = bytes[..Encoding.ASCII.GetBytes(name, bytes)];
        // The whole of a help site, a page of it, or what covers it.
        var mark = _help[host];
        if ((mark & Protected) != 0 || IsBelowHelp(host) || (mark != 0 && includesBelow)) return Help;
        // =co.uk is one host, if it is any.
        if (!includesBelow || (char.IsAsciiDigit(name[^1]) && IPAddress.TryParse(name, out _))) return null;
        return _suffixes.CoversPublicSuffix(host) ? Suffix : null;
    }

    private static string? WhyNetworkRefused(string text) =>
        IPNetwork.TryParse(text, out var network) && network.PrefixLength < (network.BaseAddress.AddressFamily == AddressFamily.InterNetwork ? PrefixV4Min : PrefixV6Min)
            ? "would block a large part of the internet"
            : null;

    private string? WhyPatternRefused(in ListEntry entry)
    {
        try
        {
            // For some fifty short texts building an automaton would cost far more than matching, milliseconds each. What backtracks too long is worth them.
            return WhyPatternRefused(entry, PatternSyntax.BuildToTry(entry.Text));
        }
        catch (RegexMatchTimeoutException)
        {
            return WhyPatternRefused(entry, PatternSyntax.Build(entry.Text));
        }
        catch (ArgumentException)
        {
            // Whoever compiles it says what is wrong with it.
            return null;
        }
    }

    private string? WhyPatternRefused(in ListEntry entry, Regex pattern)
    {
        if (pattern.IsMatch("")) return Everything;
        if (entry.Kind is EntryKind.PathPattern or EntryKind.QueryPattern) return pattern.IsMatch("/") || pattern.IsMatch(StrangePaths[1]) ? Everything : null;
        var isUrl = entry.Kind == EntryKind.UrlPattern;
        foreach (var host in _helpHosts)
            if (pattern.IsMatch(isUrl ? host + "/" : host)) return Help;
        var covered = SuffixesTried.Count(suffix => StrangeNames.All(name => StrangePaths.All(path => pattern.IsMatch(isUrl ? $"{name}.{suffix}{path}" : $"{name}.{suffix}"))));
        if (covered == SuffixesTried.Length) return Everything;
        return covered > 0 ? Suffix : null;
    }

    /// <summary>The host with its mark, and every parent of it with theirs.</summary>
    private static IEnumerable<KeyValuePair<string, byte>> WithParents(string host)
    {
        yield return new(host, Protected);
        for (var dot = host.IndexOf('.'); dot >= 0; dot = host.IndexOf('.', dot + 1)) yield return new(host[(dot + 1)..], ParentOfProtected);
    }

    private bool IsBelowHelp(ReadOnlySpan<byte> host)
    {
        if (host.Length <= sizeof(ulong)) return false;
        var bit = EndBit(host);
        if ((_ends[bit / 64] & 1ul << (bit % 64)) == 0) return false;
        for (var dot = host.IndexOf((byte)'.'); dot >= 0; dot = host.IndexOf((byte)'.'))
        {
            host = host[(dot + 1)..];
            if ((_help[host] & Protected) != 0) return true;
        }
        return false;
    }

    private static int EndBit(ReadOnlySpan<byte> host) => (int)((BinaryPrimitives.ReadUInt64LittleEndian(host[^sizeof(ulong)..]) * 0x9E3779B97F4A7C15) >> (64 - BitOperations.Log2(EndBits)));
}

/// <summary>Passes on what a guard lets through, and rejects the rest with the guard's reason.</summary>
/// <param name="inner">Takes what is left.</param>
/// <param name="guard">Judges the entries.</param>
internal sealed class GuardedSink(IEntrySink inner, EntryGuard guard) : IEntrySink
{
    /// <summary>How many entries were refused so far. They are among the rejected lines as well.</summary>
    public int RefusedCount { get; private set; }

    /// <inheritdoc/>
    public void Add(in ListEntry entry)
    {
        if (guard.WhyRefused(entry) is { } why) Refuse(entry.Line, entry.Written ?? entry.Text, why);
        else inner.Add(entry);
    }

    /// <inheritdoc/>
    public void AddHost(ReadOnlySpan<byte> host, int line)
    {
        if (guard.WhyRefused(host) is { } why) Refuse(line, Encoding.ASCII.GetString(host), why);
        else inner.AddHost(host, line);
    }

    /// <inheritdoc/>
    public void AddPage(ReadOnlySpan<byte> page, int hostLength, int line)
    {
        // A page of a host is refused for what the host is refused for.
        if (guard.WhyRefused(page[..hostLength]) is { } why) Refuse(line, Encoding.ASCII.GetString(page), why);
        else inner.AddPage(page, hostLength, line);
    }

    /// <inheritdoc/>
    public void Reject(int line, string text, string why) => inner.Reject(line, text, why);

    /// <inheritdoc/>
    public void LeaveOut(string why) => inner.LeaveOut(why);

    private void Refuse(int line, string text, string why)
    {
        RefusedCount++;
        inner.Reject(line, text, why);
    }
}
