using System.Text;
using FilterGate.Lists.Locked;
using FilterGate.Matching;
using FilterGate.Testing;

namespace FilterGate.Lists.Tests.Locked;

/// <summary>A box's folder of lists, a clock that stands, and files that a supplier drops.</summary>
internal sealed class Given : IDisposable
{
    private readonly TempFolder _temp = new();

    public Given()
    {
        Folder = new ListFolder(_temp["lists"]);
        Directory.CreateDirectory(Folder.Root);
    }

    public static byte[] Key { get; } = [.. Enumerable.Range(1, 32).Select(i => (byte)i)];

    public ListFolder Folder { get; }

    public Clock Time { get; } = new();

    public string Root => _temp.Path;

    public LockedImporter Importer => new(Folder, Key, ListLoader.ShippedTaxonomy, Time);

    public static LockedFeedKind Feed(string name) => LockedFeedKind.Find(name) ?? throw new ArgumentException("No such feed.", nameof(name));

    public string Drop(string name, string text) => Drop(name, Encoding.UTF8.GetBytes(text));

    public string Drop(string name, byte[] bytes)
    {
        var path = _temp[name];
        File.WriteAllBytes(path, bytes);
        return path;
    }

    /// <summary>Imports a plain list of these entries.</summary>
    public LockedImport Import(string feed, params string[] entries) => Importer.Import(new(Feed(feed), Drop("feed.txt", Text(entries)), LockedFormat.Urls));

    public static string Text(params string[] entries) => string.Concat(entries.Select(e => e + "\n"));

    /// <summary>So many entries.</summary>
    public static string[] Many(int count, string host = "many.example") => [.. Enumerable.Range(0, count).Select(i => $"{host}/page/{i}")];

    public LockedMatcher Matcher()
    {
        var builder = new LockedMatcher.Builder(Key);
        LockedFeeds.Open(Folder, Key, ListLoader.ShippedTaxonomy).AddTo(builder);
        return builder.Build();
    }

    public LockedFeedStatus Status(string feed) => LockedFeeds.Look(Folder, Key, ListLoader.ShippedTaxonomy).Statuses.Single(s => s.Feed.Name == feed);

    public LockedHit? Find(string url) => CanonicalUrl.TryParse(url, out var canonical, out var error) ? Matcher().Find(canonical, Seen.Url) : throw new ArgumentException(error, nameof(url));

    /// <summary>Files below the root whose bytes hold this text, in UTF-8 or UTF-16.</summary>
    public string[] FilesWith(string text) =>
    [
        .. Directory.EnumerateFiles(Root, "*", SearchOption.AllDirectories)
            .Where(file => File.ReadAllBytes(file).AsSpan().IndexOf(Encoding.UTF8.GetBytes(text)) >= 0 || File.ReadAllBytes(file).AsSpan().IndexOf(Encoding.Unicode.GetBytes(text)) >= 0)
            .Select(file => Path.GetRelativePath(Root, file)),
    ];

    public void Dispose() => _temp.Dispose();

    /// <summary>A clock that stands at noon until it is moved.</summary>
    internal sealed class Clock : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
