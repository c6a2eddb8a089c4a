using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Text.RegularExpressions;
using FilterGate.Lists.Formats;

namespace FilterGate.Lists.Sources;

/// <summary>What a source publishes.</summary>
public enum SourceLayout
{
    /// <summary>One list in one file, perhaps compressed with gzip; all of it is in one category.</summary>
    List,

    /// <summary>A tar archive in the layout of UT1 and squidGuard: a folder a category, with <c>domains</c>, <c>urls</c> and <c>expressions</c>.</summary>
    Ut1,

    /// <summary>A file that other parts read and that holds no entries, such as the Public Suffix List.</summary>
    Reference,
}

/// <summary>How the digest of a download is taken.</summary>
public enum ChecksumAlgorithm
{
    /// <summary>MD5. Finds damage; anybody can make a second file with the same digest, so it proves no origin.</summary>
    Md5,

    /// <summary>SHA-256.</summary>
    Sha256,
}

/// <summary>What a download must agree with.</summary>
/// <param name="Algorithm">How the digest is taken.</param>
/// <param name="Address">A file of digests as <c>md5sum</c> and <c>sha256sum</c> write it, or null.</param>
/// <param name="Digest">The digest itself, lower-case hexadecimal, or null. One of the two is given.</param>
public sealed record SourceChecksum(ChecksumAlgorithm Algorithm, Uri? Address, string? Digest);

/// <summary>A source of lists: where it is, how it is written, what it is for. Immutable.</summary>
public sealed partial record CatalogueSource
{
    private static readonly FrozenDictionary<string, (SourceLayout Layout, ListFormat Format)> Formats = new Dictionary<string, (SourceLayout, ListFormat)>(StringComparer.Ordinal)
    {
        ["plain"] = (SourceLayout.List, ListFormat.Plain),
        ["hosts"] = (SourceLayout.List, ListFormat.Hosts),
        ["dnsmasq"] = (SourceLayout.List, ListFormat.Dnsmasq),
        ["adblock"] = (SourceLayout.List, ListFormat.AdBlock),
        ["rpz"] = (SourceLayout.List, ListFormat.Rpz),
        ["expressions"] = (SourceLayout.List, ListFormat.SquidGuardExpressions),
        ["e2guardian-sites"] = (SourceLayout.List, ListFormat.E2GuardianSites),
        ["e2guardian-urls"] = (SourceLayout.List, ListFormat.E2GuardianUrls),
        ["e2guardian-patterns"] = (SourceLayout.List, ListFormat.E2GuardianPatterns),
        ["ut1"] = (SourceLayout.Ut1, ListFormat.Plain),
        ["reference"] = (SourceLayout.Reference, ListFormat.Plain),
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>The names of the formats, as the catalogue and the settings write them.</summary>
    public static IReadOnlyList<string> FormatNames { get; } = [.. Formats.Keys.Order(StringComparer.Ordinal)];

    /// <summary>Its name on the command line and on disk: up to 40 lower-case letters, digits and hyphens, a letter first.</summary>
    public required string Id { get; init; }

    /// <summary>Its name for people.</summary>
    public required string Name { get; init; }

    /// <summary>Where it is: the address to try first, then its mirrors. At least one; https, or http with a checksum.</summary>
    public required ImmutableArray<Uri> Addresses { get; init; }

    /// <summary>What it publishes.</summary>
    public required SourceLayout Layout { get; init; }

    /// <summary>How its lists are written.</summary>
    public ListFormat Format { get; init; }

    /// <summary>Slug of the category of a <see cref="SourceLayout.List"/>, else null.</summary>
    public string? Category { get; init; }

    /// <summary>For <see cref="SourceLayout.Ut1"/>: folders whose category differs from what the taxonomy's <c>ut1</c> column says.</summary>
    public ImmutableDictionary<string, string> Folders { get; init; } = ImmutableDictionary<string, string>.Empty;

    /// <summary>Under which licence it is given.</summary>
    public string Licence { get; init; } = "";

    /// <summary>What it is for, in a sentence.</summary>
    public string Purpose { get; init; } = "";

    /// <summary>Why it is on or off by default.</summary>
    public string Reason { get; init; } = "";

    /// <summary>Whether a school that names no sources uses it, once it has been fetched.</summary>
    public bool IsOnByDefault { get; init; }

    /// <summary>How often its publisher changes it. Default: a day.</summary>
    public TimeSpan Cadence { get; init; } = TimeSpan.FromDays(1);

    /// <summary>What a download must agree with, or null where the publisher offers nothing.</summary>
    public SourceChecksum? Checksum { get; init; }

    /// <summary>A page where its publisher is told of an entry that is wrong, or null where none is known. For people; nothing is sent there.</summary>
    public Uri? Report { get; init; }

    /// <summary>True for a source of the school's own, from its settings.</summary>
    public bool IsOwn { get; init; }

    /// <summary>The format's name as the catalogue writes it.</summary>
    public string FormatName => Formats.First(f => f.Value == (Layout, Format)).Key;

    /// <summary>Reads the name of a format.</summary>
    public static bool TryParseFormat(string text, out SourceLayout layout, out ListFormat format)
    {
        var isKnown = Formats.TryGetValue(text, out var known);
        (layout, format) = known;
        return isKnown;
    }

    /// <summary>True when it can be the id of a source: it becomes a folder's name.</summary>
    public static bool IsId(string text) => IdForm().IsMatch(text);

    /// <summary>Reads an address that may be fetched from: absolute, https or http, no user or password in it.</summary>
    /// <param name="text">The address.</param>
    /// <param name="address">The address read.</param>
    /// <param name="why">What is wrong with it, in plain words.</param>
    public static bool TryParseAddress(string text, out Uri address, out string why)
    {
        address = null!;
        why = "";
        if (!Uri.TryCreate(text, UriKind.Absolute, out var uri) || (uri.Scheme != Uri.UriSchemeHttps && uri.Scheme != Uri.UriSchemeHttp)) why = $"'{text}' is not an address that begins with https://";
        else if (uri.UserInfo.Length > 0) why = "an address here has no user or password in it: it is shown in messages";
        else address = uri;
        return why.Length == 0;
    }

    /// <summary>Why http is not good enough for it, or null: over http anybody on the way can change a list, unless a digest that came another way says what it should be.</summary>
    public string? TransportProblem() =>
        Addresses.FirstOrDefault(a => a.Scheme == Uri.UriSchemeHttp) is not { } plain || Checksum is { Digest: not null } || Checksum?.Address?.Scheme == Uri.UriSchemeHttps
            ? null
            : $"{plain} is http: anybody on the way could change the list. Use https, or give a checksum that comes over https";

    [GeneratedRegex("^[a-z][a-z0-9-]{0,39}$", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex IdForm();
}
