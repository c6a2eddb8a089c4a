using System.Net;
using System.Security.Cryptography;
using System.Text;
using FilterGate.Lists.Locked;
using FilterGate.Matching;

namespace FilterGate.Lists;

/// <summary>One loading of all lists, from first file to finished <see cref="ListSet"/>. Not safe from several threads.</summary>
internal sealed class Loading(Taxonomy taxonomy, byte[] lockedKey, LockedFeeds lockedFeeds) : IDisposable
{
    // facts.md: what a UT1 folder says is advice of that university, and these are not categories of sites.
    private static readonly Dictionary<string, string> LeftOut = new(StringComparer.Ordinal)
    {
        ["exceptions_liste_bu"] = "an allow list of the university that publishes UT1",
        ["liste_blanche"] = "an allow list of the university that publishes UT1",
        ["special"] = "no category of sites",
    };

    private static readonly string[] Files = ["domains", "urls"];

    private readonly ListMatcher.Builder _categories = new();
    private readonly ListMatcher.Builder _protectedHelp = new();
    private readonly ListMatcher.Builder _neverIntercept = new();
    private readonly LockedMatcher.Builder _locked = new(lockedKey);
    private readonly IncrementalHash _version = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly List<LoadedList> _lists = [];
    private readonly List<ListSyntaxError> _errors = [];
    private readonly List<string> _warnings = [];
    private readonly List<string> _notes = [];
    private Taxonomy _taxonomy = taxonomy;

    /// <summary>The small lists of <c>blocklists/starter</c>: the folder's name is the category.</summary>
    public void ReadStarterLists()
    {
        foreach (var path in ShippedLists.PathsUnder("starter/"))
        {
            var list = path["starter/".Length..];
            var slug = list[..list.IndexOf('/')];
            ReadShipped(path, list, _taxonomy.Find(slug) ?? throw new InvalidOperationException($"blocklists/{path}: {slug} is no category of the taxonomy."), _categories);
        }
    }

    /// <summary>What stays whatever lists a school chooses: help sites, never-intercept hosts and the locked demonstration list.</summary>
    public void ReadShippedLists()
    {
        using (var taxonomyFile = ShippedLists.Open("taxonomy.tsv")) TakeVersion("taxonomy.tsv", SHA256.HashData(taxonomyFile));
        ReadShipped("protected-help/domains", "protected-help/domains", Known("help-and-support"), _protectedHelp);
        // These hosts are of many kinds; the category only fills the place of one and is never decided on.
        ReadShipped("never-intercept/domains", "never-intercept/domains", Known("updates"), _neverIntercept);
        foreach (var path in ShippedLists.PathsUnder("locked/"))
        {
            using var stream = ShippedLists.Open(path);
            ReadLockedFeed(Path.ChangeExtension(path, extension: null), stream, isDemonstration: true);
        }
        ReadLockedFeeds();
    }

    /// <summary>A feed of illegal content that lies open: the shipped sample. No text of it is kept, not even of a malformed line.</summary>
    /// <exception cref="ListLoadException">The headings are others: it is some other file.</exception>
    public void ReadLockedFeed(string list, Stream stream, bool isDemonstration)
    {
        var reading = LockedSample.Read(list, stream, _taxonomy, lockedKey, out var digest);
        TakeVersion(list, digest);
        foreach (var (category, entries) in reading.Sections)
        {
            _locked.AddFeed(list, category, isDemonstration, entries);
            _lists.Add(new(list, category.Slug, entries.Count, MalformedCount: 0));
        }
        foreach (var line in reading.MalformedLines) AddError(list, line, text: "", "not an entry and a locked category, apart by a comma");
        if (reading.MalformedCount > 0) _warnings.Add($"{list}: {reading.MalformedCount} lines cannot be used; the rest is in force.");
    }

    /// <summary>The feeds of this box, which lie hashed.</summary>
    private void ReadLockedFeeds()
    {
        lockedFeeds.AddTo(_locked);
        foreach (var (list, seal) in lockedFeeds.Versions) TakeVersion(list, seal);
        foreach (var feed in lockedFeeds.Statuses.Where(s => s.IsInForce)) _lists.Add(new(feed.Feed.List, feed.Feed.Category, feed.EntryCount, MalformedCount: 0));
        _warnings.AddRange(lockedFeeds.Warnings);
    }

    /// <summary>A folder in the layout of UT1 and squidGuard: a folder a category, with <c>domains</c> and <c>urls</c>.</summary>
    /// <exception cref="ListLoadException">It is missing, holds no list, or a file cannot be read.</exception>
    public void ReadFolder(string folder)
    {
        try
        {
            if (!Directory.Exists(folder)) throw new ListLoadException($"The list folder {folder} does not exist. Name a folder in UT1 layout (CATEGORY/domains, CATEGORY/urls), or none for the starter lists.");
            var root = Path.GetFullPath(folder);
            var listsBefore = _lists.Count;
            foreach (var category in new DirectoryInfo(root).EnumerateDirectories().OrderBy(d => d.Name, StringComparer.Ordinal)) ReadCategoryFolder(root, category);
            if (_lists.Count == listsBefore)
                throw new ListLoadException($"The list folder {folder} holds no list: it needs folders named for categories, each with a file domains or urls (UT1 layout).");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ListLoadException($"A list below {folder} cannot be read: {e.Message} The account that runs the gateway needs to read all of it.", e);
        }
    }

    /// <summary>Lays out what was read.</summary>
    public ListSet Finish(out ListLoadReport report)
    {
        foreach (var list in _lists.Where(l => l.MalformedCount > 0))
            _warnings.Add($"{list.List}: {list.MalformedCount} of {list.MalformedCount + list.EntryCount} lines cannot be used; the rest is in force.{FirstError(list.List)}");
        _lists.Sort((a, b) => string.CompareOrdinal(a.List, b.List));
        report = new(_lists, _errors, _notes);
        return new()
        {
            Taxonomy = _taxonomy,
            Version = Convert.ToHexStringLower(_version.GetHashAndReset().AsSpan(0, 6)),
            Categories = _categories.Build(),
            Locked = _locked.Build(),
            ProtectedHelp = _protectedHelp.Build(),
            NeverIntercept = _neverIntercept.Build(),
            Warnings = [.. _warnings],
        };
    }

    public void Dispose() => _version.Dispose();

    private string FirstError(string list) => _errors.Find(e => e.List == list) is { } error ? $" The first is line {error.Line}: {error.Why}." : "";

    private Category Known(string slug) => _taxonomy.Find(slug) ?? throw new InvalidOperationException($"The taxonomy has no category {slug}.");

    private void ReadCategoryFolder(string root, DirectoryInfo folder)
    {
        var name = folder.Name;
        if (name.StartsWith('.')) return;
        if (LeftOut.TryGetValue(name, out var reason))
        {
            _notes.Add($"{name} is left out: {reason}.");
            return;
        }
        // UT1 gives some categories a second name by a link (porn, ads, drugs); loaded again they would become categories of their own.
        if (folder.LinkTarget is not null && folder.ResolveLinkTarget(returnFinalTarget: true) is { } target && Path.GetDirectoryName(target.FullName) == root)
        {
            _notes.Add($"{name} is left out: another name of {target.Name}.");
            return;
        }
        if (new FileInfo(Path.Combine(folder.FullName, "expressions")) is { Exists: true, Length: > 0 })
            _notes.Add($"{name}/expressions is left out: regular expressions are not read.");

        Category? category = null;
        foreach (var file in Files)
        {
            var path = Path.Combine(folder.FullName, file);
            if (File.Exists(path + ".gz")) _warnings.Add($"{name}/{file}.gz is left out: unpack it first.");
            if (!File.Exists(path)) continue;
            category ??= CategoryOf(name);
            if (category is null) return;
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0, FileOptions.SequentialScan);
            if (stream.Length > ListLoader.FileLengthMax)
                throw new ListLoadException($"{stream.Name} has more than {ListLoader.FileLengthMax >> 20} MiB and is not read. Split it over several category folders, or name another folder.");
            ReadList($"{name}/{file}", category, stream, _categories);
        }
    }

    /// <summary>The category of a folder, made where there is none; null when the folder must not be loaded.</summary>
    private Category? CategoryOf(string folder)
    {
        if (_taxonomy.ForFolder(folder) is { } known)
        {
            if (!_taxonomy.Locked.Contains(known.Index)) return known;
            _warnings.Add($"{folder} is refused: {known.Slug} is a locked category, whose lists come from their publishers' feeds and never from a list folder.");
            return null;
        }
        var slug = SlugOf(folder);
        if (_taxonomy.Find(slug) is { } same && !_taxonomy.Locked.Contains(same.Index)) return same;
        if (_taxonomy.Categories.Length == CategorySet.Capacity)
        {
            _warnings.Add($"{folder} is left out: there are {CategorySet.Capacity} categories already. Merge some folders.");
            return null;
        }
        _taxonomy = _taxonomy.WithOwnCategory(slug, out var own);
        _warnings.Add($"{folder} is no category of the taxonomy: it becomes a category of its own, {slug}, blocked in every tier until the policy names it.");
        return own;
    }

    /// <summary>A folder's name as policies and events can write it: lower case, with hyphens for what is neither letter nor digit nor one of <c>_ -</c>.</summary>
    private static string SlugOf(string folder)
    {
        var slug = new StringBuilder(folder.Length);
        foreach (var c in folder) slug.Append(char.IsAsciiLetterOrDigit(c) || c is '_' or '-' ? char.ToLowerInvariant(c) : '-');
        return slug.ToString();
    }

    private void ReadShipped(string path, string list, Category category, ListMatcher.Builder builder)
    {
        using var stream = ShippedLists.Open(path);
        ReadList(list, category, stream, builder);
    }

    private void ReadList(string list, Category category, Stream stream, ListMatcher.Builder builder)
    {
        var isDomains = list.EndsWith("/domains", StringComparison.Ordinal);
        var (entries, malformed) = (0, 0);
        ReadLines(list, stream, lines =>
        {
            while (lines.MoveNext())
            {
                var entry = WithoutComment(lines.Text);
                var why = lines.Problem;
                if (why is null && entry.Length == 0) continue;
                // Read as a URL this would be a path rule for one address, which matches nothing: better said than swallowed.
                if (why is null && isDomains && entry.Contains('/') && IPNetwork.TryParse(entry, out _)) why = "address ranges are not read";
                if (why is null && builder.TryAdd(list, category, entry, lines.Number, out why))
                {
                    entries++;
                    continue;
                }
                malformed++;
                AddError(list, lines.Number, lines.Text, why!);
            }
        });
        _lists.Add(new(list, category.Slug, entries, malformed));
    }

    /// <summary>Reads a file to its end and takes its name and digest into the version of the lists.</summary>
    private void ReadLines(string list, Stream stream, Action<LineReader> read)
    {
        using var digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        read(new(stream, digest));
        TakeVersion(list, digest.GetHashAndReset());
    }

    private void TakeVersion(string name, byte[] digest)
    {
        _version.AppendData(Encoding.UTF8.GetBytes(name + "\n"));
        _version.AppendData(digest);
    }

    private void AddError(string list, int line, string text, string why)
    {
        if (_errors.Count < ListLoader.SyntaxErrorsMax) _errors.Add(new(list, line, text.Length <= ListSyntaxError.TextLengthMax ? text : text[..ListSyntaxError.TextLengthMax], why));
    }

    // A # within an entry is a fragment; one after a blank is a remark.
    private static string WithoutComment(string line)
    {
        if (line.StartsWith('#')) return "";
        for (var at = line.IndexOf('#'); at > 0; at = line.IndexOf('#', at + 1))
            if (char.IsWhiteSpace(line[at - 1])) return line[..at].TrimEnd();
        return line;
    }
}
