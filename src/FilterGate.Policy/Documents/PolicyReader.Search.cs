using System.Collections.Immutable;
using FilterGate.Matching;
using FilterGate.Policy.Search;

namespace FilterGate.Policy.Documents;

/// <summary>The keys of search, video, embedded content and sign-in.</summary>
internal sealed partial class PolicyReader
{
    /// <summary>Keys of a tier, and of a group that lays its own over. No field: the fields of another part of this class are made of it.</summary>
    private static string[] SearchKeys => ["safe_search", "youtube", "youtube_videos", "youtube_playlists", "embedded", "google_domains", "microsoft_tenants", "microsoft_directory"];

    private static readonly string[] EmbeddedKeys = ["site", "on"];

    private static readonly (string Word, bool Value)[] SafeSearchWords = [("force", true), ("off", false)];

    private static readonly (string Word, YouTubeMode Value)[] YouTubeWords =
        [("off", YouTubeMode.Off), ("strict", YouTubeMode.Strict), ("moderate", YouTubeMode.Moderate), ("approved", YouTubeMode.Approved), ("open", YouTubeMode.Open)];

    private static readonly System.Buffers.SearchValues<char> NoDomain = System.Buffers.SearchValues.Create("/:@*, ");

    private delegate bool VideoReader(string text, out VideoLink link, [System.Diagnostics.CodeAnalysis.NotNullWhen(false)] out string? error);

    /// <summary>Reads these keys of a mapping.</summary>
    /// <param name="keys">The mapping's known keys.</param>
    /// <param name="what">Whose they are, for messages: <c>tier pupil</c>.</param>
    private SearchDocument ReadSearch(Dictionary<string, DocumentNode> keys, string what)
    {
        var document = new SearchDocument
        {
            IsSafeSearchForced = ReadChoice(keys.GetValueOrDefault("safe_search"), "safe_search", SafeSearchWords),
            YouTube = ReadChoice(keys.GetValueOrDefault("youtube"), "youtube", YouTubeWords),
            Videos = ReadVideos(keys, "youtube_videos", VideoLink.TryParseVideo),
            Playlists = ReadVideos(keys, "youtube_playlists", VideoLink.TryParsePlaylist),
            Embedded = ReadEmbedded(keys.GetValueOrDefault("embedded")),
            GoogleDomains = ReadNames(keys, "google_domains", "a domain such as school.example", DomainOf),
            MicrosoftTenants = ReadNames(keys, "microsoft_tenants", "a domain such as school.example, or a tenant's id", t => GuidOf(t) ?? DomainOf(t)),
            MicrosoftDirectory = ReadDirectory(keys),
        };
        foreach (var key in (string[])["youtube_videos", "youtube_playlists"])
            if (document.YouTube is { } mode && mode != YouTubeMode.Approved && keys.TryGetValue(key, out var node)) Warn(node, $"{key} does nothing for {what} with this value of youtube; write youtube: approved");
        return document;
    }

    /// <summary>What these keys cannot do beside others of the same tier or group.</summary>
    private void WarnOfSearch(TierDocument tier, Dictionary<string, DocumentNode> keys)
    {
        var search = tier.Search;
        if (tier.Tls == TlsMode.Tunnel)
        {
            if (search.YouTube == YouTubeMode.Approved) Warn(keys["youtube"], "where HTTPS is not read one video cannot be told from another, and YouTube is blocked whole; write tls: intercept");
            if (search.Embedded is { IsEmpty: false }) Warn(keys["embedded"], "where HTTPS is not read nobody sees which page a site is embedded in, and these sites are blocked; write tls: intercept");
            foreach (var key in (string[])["google_domains", "microsoft_tenants"])
                if (keys.TryGetValue(key, out var node)) Warn(node, $"{key} does nothing where HTTPS is not read; write tls: intercept");
        }
        if (search.YouTube is not (YouTubeMode.Off or YouTubeMode.Approved)) return;
        foreach (var (entries, key, what) in new[] { (tier.OwnAllow, "own_allow", "does not open YouTube beside youtube: off or approved; name a part of it, or write another value of youtube"), (tier.OwnBlock, "own_block", "blocks approved videos too; remove it, youtube does more") })
        {
            foreach (var entry in entries)
                if (ListPlace.TryParse(entry.Text, out var place, out _) && place.Path is null && YouTubeHosts.IsYouTube(place.Host) && (key == "own_allow" || search.YouTube == YouTubeMode.Approved))
                    Problems.Add(new PolicyProblem(entry.Line, 1, $"'{entry.Text}' under {key} of {tier.Name} {what}", IsWarning: true));
        }
    }

    private ImmutableArray<string>? ReadVideos(Dictionary<string, DocumentNode> keys, string key, VideoReader read)
    {
        if (!keys.TryGetValue(key, out var node)) return null;
        var ids = ImmutableArray.CreateBuilder<string>();
        foreach (var item in Items(node, key))
        {
            if (Text(item, "a link or an id") is not { } text) continue;
            if (!read(text, out var link, out var error)) Wrong(item, $"'{text}' cannot be used in {key}: {error}");
            else if (ids.Contains(link.Id)) Warn(item, $"'{link.Id}' is written twice under {key}");
            else ids.Add(link.Id);
        }
        return ids.ToImmutable();
    }

    private ImmutableArray<EmbeddedEntry>? ReadEmbedded(DocumentNode? node)
    {
        if (node is null) return null;
        var entries = ImmutableArray.CreateBuilder<EmbeddedEntry>();
        foreach (var item in Items(node, "embedded"))
        {
            if (item is not DocumentMap map)
            {
                Wrong(item, $"an embedded site is written as {{ site: player.example, on: [lessons.example] }}, not {item.Kind}");
                continue;
            }
            var keys = Known(map, EmbeddedKeys, [], "an embedded site");
            if (!keys.TryGetValue("site", out var siteNode)) Wrong(map, "the site is missing; write { site: player.example, on: [lessons.example] }");
            if (!keys.TryGetValue("on", out var onNode)) Wrong(map, "the pages in which it is allowed are missing; write on: [lessons.example]");
            var site = ReadEntry(siteNode, OwnLists.Embedded, hostsOnly: false);
            // A browser tells another site no more of the page than its host.
            var on = ReadOwn(onNode, OwnLists.Embedding, hostsOnly: true);
            if (onNode is DocumentList { Items.IsEmpty: true }) Wrong(onNode, "on is empty: the site would be allowed nowhere; name the pages, or write the site under own_block");
            if (site is null || on.IsEmpty) continue;
            if (entries.FirstOrDefault(e => e.Site.Text.Equals(site.Text, StringComparison.OrdinalIgnoreCase)) is { } earlier) Wrong(siteNode!, $"'{site.Text}' stands under embedded on line {earlier.Site.Line} already; name all its pages there");
            else entries.Add(new EmbeddedEntry(site, on));
        }
        return entries.ToImmutable();
    }

    private OwnEntry? ReadEntry(DocumentNode? node, OwnLists.OwnList list, bool hostsOnly) =>
        node is null ? null : ReadOwn(new DocumentList(node.Line, node.Column, [node]), list, hostsOnly) is [var entry] ? entry : null;

    private ImmutableArray<string>? ReadNames(Dictionary<string, DocumentNode> keys, string key, string wanted, Func<string, string?> read)
    {
        if (!keys.TryGetValue(key, out var node)) return null;
        var names = ImmutableArray.CreateBuilder<string>();
        foreach (var item in Items(node, key))
        {
            if (Text(item, wanted) is not { } text) continue;
            if (read(text) is { } name) names.Add(name);
            else Wrong(item, $"'{text}' cannot be used in {key}: write {wanted}");
        }
        return names.ToImmutable();
    }

    private string? ReadDirectory(Dictionary<string, DocumentNode> keys)
    {
        var tenants = keys.GetValueOrDefault("microsoft_tenants");
        if (!keys.TryGetValue("microsoft_directory", out var node))
        {
            if (tenants is DocumentList { Items.IsEmpty: false })
                Wrong(tenants, "microsoft_tenants needs microsoft_directory too: the directory's id (a GUID), which Microsoft Entra shows as Tenant ID under Overview");
            return null;
        }
        if (tenants is null) Warn(node, "microsoft_directory does nothing without microsoft_tenants");
        if (Text(node, "the directory's id, a GUID") is not { } text) return null;
        if (GuidOf(text) is { } id) return id;
        Wrong(node, $"'{text}' is no id of a directory; write the GUID that Microsoft Entra shows as Tenant ID under Overview, such as 01234567-89ab-cdef-0123-456789abcdef");
        return null;
    }

    private static string? GuidOf(string text) => Guid.TryParseExact(text, "D", out var id) ? id.ToString("D") : null;

    private static string? DomainOf(string text) =>
        text.Contains('.', StringComparison.Ordinal) && text.AsSpan().IndexOfAny(NoDomain) < 0 && CanonicalUrl.TryCanonicalizeHost(text, out var host) && !CanonicalUrl.ForHost("https", host, 443).IsIpLiteral ? host : null;
}
