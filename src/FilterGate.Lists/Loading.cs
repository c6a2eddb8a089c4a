using System.Security.Cryptography;
using System.Text;
using FilterGate.Lists.Compiled;
using FilterGate.Lists.Formats;
using FilterGate.Lists.Locked;
using FilterGate.Matching;

namespace FilterGate.Lists;

/// <summary>Puts the lists in force together: the category lists, opened already, and what stays whatever a school chooses. For one use; not safe from several threads.</summary>
internal sealed class Loading(OpenedLists opened, byte[] lockedKey, LockedFeeds lockedFeeds) : IDisposable
{
    private readonly LockedMatcher.Builder _locked = new(lockedKey);
    private readonly IncrementalHash _version = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly List<LoadedList> _lists = [];
    private readonly List<ListSyntaxError> _errors = [];
    private readonly List<string> _warnings = [];

    /// <summary>Everything, as one snapshot.</summary>
    public ListSet Finish(out ListLoadReport report)
    {
        TakeCategoryLists();
        using (var taxonomyFile = ShippedLists.Open("taxonomy.tsv")) TakeVersion("taxonomy.tsv", SHA256.HashData(taxonomyFile));
        var protectedHelp = ReadShipped("protected-help/domains", "help-and-support");
        // These hosts are of many kinds; the category only fills the place of one and is never decided on.
        var neverIntercept = ReadShipped("never-intercept/domains", "updates");
        foreach (var path in ShippedLists.PathsUnder("locked/"))
        {
            using var stream = ShippedLists.Open(path);
            ReadLockedSample(Path.ChangeExtension(path, extension: null), stream);
        }
        TakeLockedFeeds();

        _lists.Sort((a, b) => string.CompareOrdinal(a.List, b.List));
        report = new(_lists, _errors, opened.Report.Notes);
        return new()
        {
            Taxonomy = opened.Taxonomy,
            Version = Convert.ToHexStringLower(_version.GetHashAndReset().AsSpan(0, 6)),
            CategoriesVersion = opened.Version,
            Categories = opened.Layers,
            Locked = _locked.Build(),
            ProtectedHelp = protectedHelp,
            NeverIntercept = neverIntercept,
            NeverInterceptVersion = ShippedLists.VersionOf("never-intercept/domains"),
            Warnings = [.. _warnings],
        };
    }

    /// <inheritdoc/>
    public void Dispose() => _version.Dispose();

    private void TakeCategoryLists()
    {
        TakeVersion("categories", Encoding.UTF8.GetBytes(opened.Version));
        _warnings.AddRange(opened.Report.Warnings);
        _errors.AddRange(opened.Report.Errors);
        foreach (var source in opened.Report.Sources) _lists.Add(new(source.List, source.Category, source.EntryCount, source.MalformedCount));
    }

    private ListMatcher ReadShipped(string list, string slug)
    {
        var category = opened.Taxonomy.Find(slug) ?? throw new InvalidOperationException($"The taxonomy has no category {slug}.");
        using var stream = ShippedLists.Open(list);
        using var digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var builder = new ListMatcher.Builder();
        var sink = new BuilderSink(builder.NewPart(), builder.AddSource(new(list, category, "")), list);
        ListParser.Parse(ListFormat.Plain, new LineReader(stream, digest), sink);
        TakeVersion(list, digest.GetHashAndReset());
        _errors.AddRange(sink.Tally.Errors);
        _lists.Add(new(list, slug, sink.Tally.EntryCount, sink.Tally.RejectedCount));
        return builder.Build();
    }

    /// <summary>A feed of illegal content that lies open: the shipped sample. No text of it is kept, not even of a malformed line.</summary>
    private void ReadLockedSample(string list, Stream stream)
    {
        var reading = LockedSample.Read(list, stream, opened.Taxonomy, lockedKey, out var digest);
        TakeVersion(list, digest);
        foreach (var (category, entries) in reading.Sections)
        {
            _locked.AddFeed(list, category, isDemonstration: true, entries);
            _lists.Add(new(list, category.Slug, entries.Count, MalformedCount: 0));
        }
        foreach (var line in reading.MalformedLines) _errors.Add(new(list, line, Text: "", "not an entry and a locked category, apart by a comma"));
        if (reading.MalformedCount > 0) _warnings.Add($"{list}: {reading.MalformedCount} lines cannot be used; the rest is in force.");
    }

    /// <summary>The feeds of this box, which lie hashed.</summary>
    private void TakeLockedFeeds()
    {
        lockedFeeds.AddTo(_locked);
        foreach (var (list, seal) in lockedFeeds.Versions) TakeVersion(list, seal);
        foreach (var feed in lockedFeeds.Statuses.Where(s => s.IsInForce)) _lists.Add(new(feed.Feed.List, feed.Feed.Category, feed.EntryCount, MalformedCount: 0));
        _warnings.AddRange(lockedFeeds.Warnings);
    }

    private void TakeVersion(string name, byte[] digest)
    {
        _version.AppendData(Encoding.UTF8.GetBytes(name + "\n"));
        _version.AppendData(digest);
    }
}
