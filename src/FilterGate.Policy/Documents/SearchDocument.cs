using System.Collections.Immutable;
using FilterGate.Policy.Search;

namespace FilterGate.Policy.Documents;

/// <summary>A site that is allowed only within pages of others.</summary>
/// <param name="Site">The site, a host or a part of one.</param>
/// <param name="On">The hosts of the pages; at least one.</param>
public sealed record EmbeddedEntry(OwnEntry Site, ImmutableArray<OwnEntry> On);

/// <summary>What a document says of search, video and sign-in, for a tier or a group: null for each key that it does not name.</summary>
public sealed record SearchDocument
{
    /// <summary>Names nothing.</summary>
    public static SearchDocument Empty { get; } = new();

    /// <summary>Key <c>safe_search</c>.</summary>
    public bool? IsSafeSearchForced { get; init; }

    /// <summary>Key <c>youtube</c>.</summary>
    public YouTubeMode? YouTube { get; init; }

    /// <summary>Ids of videos. Key <c>youtube_videos</c>.</summary>
    public ImmutableArray<string>? Videos { get; init; }

    /// <summary>Ids of playlists. Key <c>youtube_playlists</c>.</summary>
    public ImmutableArray<string>? Playlists { get; init; }

    /// <summary>Key <c>embedded</c>.</summary>
    public ImmutableArray<EmbeddedEntry>? Embedded { get; init; }

    /// <summary>Canonical names of domains. Key <c>google_domains</c>.</summary>
    public ImmutableArray<string>? GoogleDomains { get; init; }

    /// <summary>Domains or ids. Key <c>microsoft_tenants</c>.</summary>
    public ImmutableArray<string>? MicrosoftTenants { get; init; }

    /// <summary>A GUID. Key <c>microsoft_directory</c>.</summary>
    public string? MicrosoftDirectory { get; init; }

    /// <summary>What is said here laid over what another says, as a group's is laid over its tier's: what is not said stays; videos, playlists and embedded sites come together, and of an embedded site in both this one's pages hold.</summary>
    public SearchDocument LaidOver(SearchDocument under)
    {
        ArgumentNullException.ThrowIfNull(under);
        if (this == Empty) return under;
        return under with
        {
            IsSafeSearchForced = IsSafeSearchForced ?? under.IsSafeSearchForced,
            YouTube = YouTube ?? under.YouTube,
            Videos = Together(under.Videos, Videos),
            Playlists = Together(under.Playlists, Playlists),
            Embedded = Embedded is { } own && under.Embedded is { } below ? [.. below.Where(b => !own.Any(o => o.Site.Text.Equals(b.Site.Text, StringComparison.OrdinalIgnoreCase))), .. own] : Embedded ?? under.Embedded,
            GoogleDomains = GoogleDomains ?? under.GoogleDomains,
            MicrosoftTenants = MicrosoftTenants ?? under.MicrosoftTenants,
            MicrosoftDirectory = MicrosoftTenants is null ? under.MicrosoftDirectory : MicrosoftDirectory,
        };
    }

    private static ImmutableArray<string>? Together(ImmutableArray<string>? below, ImmutableArray<string>? own) => own is { } mine && below is { } theirs ? [.. theirs.Union(mine)] : own ?? below;
}
