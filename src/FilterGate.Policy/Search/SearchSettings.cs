using System.Collections.Immutable;
using FilterGate.Policy.Documents;

namespace FilterGate.Policy.Search;

/// <summary>What a tier does with YouTube.</summary>
public enum YouTubeMode : byte
{
    /// <summary>Blocked whole.</summary>
    Off,

    /// <summary>Only the videos and playlists that the school lists, and those of a lesson, each alone on a lesson page or in an embed.</summary>
    Approved,

    /// <summary>YouTube's Restricted Mode, strict.</summary>
    Strict,

    /// <summary>YouTube's Restricted Mode, moderate.</summary>
    Moderate,

    /// <summary>As YouTube is.</summary>
    Open,
}

/// <summary>What a tier says of search, video, embedded content and sign-in at Google and Microsoft. One immutable object; a group's own is laid over in the document (<see cref="SearchDocument.LaidOver"/>).</summary>
/// <remarks>Says nothing of whether YouTube or a search engine is allowed at all: that is for categories and own lists, but for <see cref="YouTubeMode.Off"/> and <see cref="YouTubeMode.Approved"/>.</remarks>
public sealed class SearchSettings
{
    /// <summary>For pupils and every tier that is neither staff nor guest: forced, and YouTube strict.</summary>
    public static SearchSettings Pupil { get; } = new(isForced: true, YouTubeMode.Strict, ApprovedVideos.None, EmbeddedSites.None, [], [], null);

    /// <summary>For staff: nothing is forced.</summary>
    public static SearchSettings Staff { get; } = new(isForced: false, YouTubeMode.Open, ApprovedVideos.None, EmbeddedSites.None, [], [], null);

    /// <summary>For guests: forced, and YouTube moderate.</summary>
    public static SearchSettings Guest { get; } = new(isForced: true, YouTubeMode.Moderate, ApprovedVideos.None, EmbeddedSites.None, [], [], null);

    private SearchSettings(bool isForced, YouTubeMode youTube, ApprovedVideos videos, EmbeddedSites embedded, ImmutableArray<string> googleDomains, ImmutableArray<string> microsoftTenants, string? microsoftDirectory)
    {
        (IsSafeSearchForced, YouTube, Videos, Embedded) = (isForced, youTube, videos, embedded);
        (GoogleDomains, MicrosoftTenants, MicrosoftDirectory) = (googleDomains, microsoftTenants, microsoftDirectory);
        // Made once: a request only picks among them.
        GoogleFields = googleDomains.IsEmpty ? [] : [new(RequestFields.GoogleDomains, string.Join(',', googleDomains))];
        MicrosoftFields = microsoftTenants.IsEmpty
            ? []
            : [new(RequestFields.MicrosoftTenants, string.Join(',', microsoftTenants)), new(RequestFields.MicrosoftDirectory, microsoftDirectory ?? "")];
        MicrosoftConsumerFields = microsoftTenants.IsEmpty ? [] : [new(RequestFields.MicrosoftConsumer, "restrict-msa")];
        YouTubeFields = youTube switch
        {
            YouTubeMode.Strict or YouTubeMode.Approved or YouTubeMode.Off => [new(RequestFields.YouTube, "Strict")],
            YouTubeMode.Moderate => [new(RequestFields.YouTube, "Moderate")],
            _ => [],
        };
    }

    /// <summary>True when every search engine is held to its safe mode, and one that cannot be held is blocked. Key <c>safe_search</c>.</summary>
    public bool IsSafeSearchForced { get; }

    /// <summary>Key <c>youtube</c>.</summary>
    public YouTubeMode YouTube { get; }

    /// <summary>Keys <c>youtube_videos</c> and <c>youtube_playlists</c>; used with <see cref="YouTubeMode.Approved"/> alone.</summary>
    public ApprovedVideos Videos { get; }

    /// <summary>Sites that are allowed only within a page of others. Key <c>embedded</c>.</summary>
    public EmbeddedSites Embedded { get; }

    /// <summary>The only domains whose accounts may sign in at Google; none for every account. Key <c>google_domains</c>.</summary>
    public ImmutableArray<string> GoogleDomains { get; }

    /// <summary>The only tenants whose accounts may sign in at Microsoft, by domain or id; none for every account. Key <c>microsoft_tenants</c>.</summary>
    public ImmutableArray<string> MicrosoftTenants { get; }

    /// <summary>The directory (a GUID) that sets that restriction; not null where <see cref="MicrosoftTenants"/> names any. Key <c>microsoft_directory</c>.</summary>
    public string? MicrosoftDirectory { get; }

    /// <summary>True where a rule wants to know in which page a request is embedded.</summary>
    public bool AsksForPage => YouTube is YouTubeMode.Off or YouTubeMode.Approved || !Embedded.IsEmpty;

    internal ImmutableArray<RequestField> GoogleFields { get; }

    internal ImmutableArray<RequestField> MicrosoftFields { get; }

    internal ImmutableArray<RequestField> MicrosoftConsumerFields { get; }

    internal ImmutableArray<RequestField> YouTubeFields { get; }

    /// <summary>What a tier of this name has where its document says nothing: the kind of a tier is the first word of its name, and one that somebody makes up is a pupils' tier.</summary>
    public static SearchSettings DefaultFor(string tier)
    {
        ArgumentNullException.ThrowIfNull(tier);
        return CategoryRules.IsOf(tier, "staff") ? Staff : CategoryRules.IsOf(tier, "guest") ? Guest : Pupil;
    }

    /// <summary>What a document says, and the default of its tier for each key that it does not name.</summary>
    /// <param name="document">The tier's document, with a group's laid over it where there is one.</param>
    /// <param name="tier">The tier's name.</param>
    public static SearchSettings Compile(SearchDocument document, string tier)
    {
        ArgumentNullException.ThrowIfNull(document);
        var usual = DefaultFor(tier);
        if (document == SearchDocument.Empty) return usual;
        return new SearchSettings(
            document.IsSafeSearchForced ?? usual.IsSafeSearchForced,
            document.YouTube ?? usual.YouTube,
            new ApprovedVideos(document.Videos ?? [], document.Playlists ?? []),
            new EmbeddedSites(document.Embedded ?? []),
            document.GoogleDomains ?? [],
            document.MicrosoftTenants ?? [],
            document.MicrosoftDirectory);
    }
}
