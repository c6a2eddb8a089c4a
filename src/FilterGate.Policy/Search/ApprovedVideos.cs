using System.Collections.Frozen;

namespace FilterGate.Policy.Search;

/// <summary>Videos and playlists of YouTube that somebody has looked at, by id. Immutable; safe from any thread.</summary>
/// <param name="videos">Ids of videos.</param>
/// <param name="playlists">Ids of playlists.</param>
public sealed class ApprovedVideos(IEnumerable<string> videos, IEnumerable<string> playlists)
{
    /// <summary>Not one.</summary>
    public static ApprovedVideos None { get; } = new([], []);

    /// <summary>Ids of videos; upper and lower case differ.</summary>
    public FrozenSet<string> Videos { get; } = videos.ToFrozenSet(StringComparer.Ordinal);

    /// <summary>Ids of playlists; upper and lower case differ.</summary>
    public FrozenSet<string> Playlists { get; } = playlists.ToFrozenSet(StringComparer.Ordinal);

    /// <summary>True when there is none.</summary>
    public bool IsEmpty => Videos.Count == 0 && Playlists.Count == 0;

    /// <summary>True when it is among them.</summary>
    public bool Contains(in VideoLink link) => (link.IsPlaylist ? Playlists : Videos).Contains(link.Id);
}
