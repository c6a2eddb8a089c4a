using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using FilterGate.Lists.Formats;
using FilterGate.Matching;

namespace FilterGate.Lists.Compiled;

/// <summary>Reads category lists of every format and compiles them into one matcher. For one use; not safe from several threads, but reads files in several itself.</summary>
internal sealed class ListCompilation(Taxonomy taxonomy, EntryGuard guard)
{
    private readonly ListMatcher.Builder _builder = new();
    private readonly List<Work> _work = [];
    private readonly ConcurrentDictionary<string, CompiledSource> _read = new(StringComparer.Ordinal);
    private readonly ConcurrentBag<(string List, IReadOnlyList<ListSyntaxError> Errors)> _errors = [];
    private readonly List<string> _warnings = [];
    private readonly List<string> _notes = [];
    private readonly List<string> _ownCategories = [];

    /// <summary>The taxonomy, with the categories that the lists added.</summary>
    public Taxonomy Taxonomy { get; private set; } = taxonomy;

    /// <summary>The small lists of <c>blocklists/starter</c>: the folder's name is the category.</summary>
    public void AddStarterLists()
    {
        foreach (var path in ShippedLists.PathsUnder("starter/"))
        {
            var list = path["starter/".Length..];
            var slug = list[..list.IndexOf('/')];
            var category = Taxonomy.Find(slug) ?? throw new InvalidOperationException($"blocklists/{path}: {slug} is no category of the taxonomy.");
            Add(list, category, ListFormat.Plain, "starter", () => ShippedLists.Open(path), folder: null);
        }
    }

    /// <summary>Files of lists, each with its category.</summary>
    public void AddFiles(IEnumerable<ListFile> files)
    {
        foreach (var file in files)
            if (CategoryOf(file.Category) is { } category) Add(file.List, category, file.Format, file.Version, () => Open(file.Path), Path.GetDirectoryName(file.Path));
    }

    /// <summary>A folder in the layout of UT1 and squidGuard: a folder a category, with <c>domains</c>, <c>urls</c> and <c>expressions</c>.</summary>
    /// <exception cref="ListLoadException">It is missing, holds no list, or a file cannot be read.</exception>
    public void AddFolder(string folder)
    {
        if (!Directory.Exists(folder)) throw new ListLoadException($"The list folder {folder} does not exist. Name a folder in UT1 layout (CATEGORY/domains, CATEGORY/urls), or none for the starter lists.");
        var before = _work.Count;
        try
        {
            var root = Path.GetFullPath(folder);
            foreach (var category in new DirectoryInfo(root).EnumerateDirectories().OrderBy(d => d.Name, StringComparer.Ordinal)) AddCategoryFolder(root, category);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw CannotRead(e);
        }
        if (_work.Count == before)
            throw new ListLoadException($"The list folder {folder} holds no list: it needs folders named for categories, each with a file domains, urls or expressions (UT1 layout).");
    }

    /// <summary>Reads everything added and compiles it.</summary>
    /// <param name="progress">Told of each list when it is read: how many of how many bytes. From several threads.</param>
    /// <exception cref="ListLoadException">A file cannot be read: which, and what to do.</exception>
    public CompiledLists Compile(IProgress<double>? progress = null)
    {
        // The longest first, so that no thread is left with it at the end.
        var total = Math.Max(1, _work.Sum(w => w.Length));
        var done = 0L;
        try
        {
            Parallel.ForEach(
                Partitioner.Create(_work.OrderByDescending(w => w.Length), EnumerablePartitionerOptions.NoBuffering), new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount },
                NewPart,
                (work, _, part) =>
                {
                    Read(work, part);
                    progress?.Report(Interlocked.Add(ref done, work.Length) / (double)total);
                    return part;
                },
                _ => { });
        }
        catch (AggregateException e) when (e.InnerExceptions[0] is ListLoadException or IOException or UnauthorizedAccessException)
        {
            throw e.InnerExceptions[0] as ListLoadException ?? CannotRead(e.InnerExceptions[0]);
        }

        var (list, provenance) = _builder.Compile();
        return new(list, provenance, Report());

        ListMatcher.Builder.Part NewPart()
        {
            lock (_builder) return _builder.NewPart();
        }
    }

    private CompiledReport Report()
    {
        var sources = _read.Values.OrderBy(s => s.List, StringComparer.Ordinal).ToList();
        using var version = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var source in sources)
        {
            version.AppendData(Encoding.UTF8.GetBytes($"{source.List}\n{source.Category}\n"));
            version.AppendData(Convert.FromHexString(source.Digest));
        }
        var errors = _errors.OrderBy(e => e.List, StringComparer.Ordinal).SelectMany(e => e.Errors).ToList();
        _warnings.AddRange(sources.Select(s => CompiledReport.WhatIsWrong(s, errors)).OfType<string>());
        _notes.AddRange(sources.SelectMany(CompiledReport.LeftOutOf));
        return new()
        {
            Version = Convert.ToHexStringLower(version.GetHashAndReset().AsSpan(0, 6)),
            OwnCategories = _ownCategories,
            Sources = sources,
            Errors = [.. errors.Take(ListLoader.SyntaxErrorsMax)],
            Warnings = _warnings,
            Notes = _notes,
        };
    }

    private void AddCategoryFolder(string root, DirectoryInfo folder)
    {
        var name = folder.Name;
        if (name.StartsWith('.')) return;
        if (Ut1Layout.LeftOut.TryGetValue(name, out var reason))
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
        Category? category = null;
        foreach (var (file, format) in Ut1Layout.Files)
        {
            var path = Path.Combine(folder.FullName, file);
            if (File.Exists(path + ".gz")) _warnings.Add($"{name}/{file}.gz is left out: unpack it first.");
            if (!File.Exists(path)) continue;
            if (Ut1Layout.FilesLeftOut.TryGetValue($"{name}/{file}", out var why))
            {
                _notes.Add($"{name}/{file} is left out: {why}.");
                continue;
            }
            category ??= CategoryOf(name);
            if (category is null) return;
            Add($"{name}/{file}", category, format, "", () => Open(path), folder.FullName);
        }
    }

    private void Add(string list, Category category, ListFormat format, string version, Func<Stream> open, string? folder)
    {
        var length = 0L;
        using (var stream = open()) length = stream.Length;
        _work.Add(new(list, category, format, _builder.AddSource(new(list, category, version)), version, length, open, folder));
    }

    /// <summary>The category of a slug or folder, made where there is none; null when it must not be loaded.</summary>
    private Category? CategoryOf(string name)
    {
        if (Taxonomy.ForFolder(name) is { } known)
        {
            if (!Taxonomy.Locked.Contains(known.Index)) return known;
            _warnings.Add($"{name} is refused: {known.Slug} is a locked category, whose lists come from their publishers' feeds and never from a list folder.");
            return null;
        }
        var slug = SlugOf(name);
        if (Taxonomy.Find(slug) is { } same && !Taxonomy.Locked.Contains(same.Index)) return same;
        if (Taxonomy.Categories.Length == CategorySet.Capacity)
        {
            _warnings.Add($"{name} is left out: there are {CategorySet.Capacity} categories already. Merge some folders.");
            return null;
        }
        Taxonomy = Taxonomy.WithOwnCategory(slug, out var own);
        _ownCategories.Add(slug);
        _warnings.Add($"{name} is no category of the taxonomy: it becomes a category of its own, {slug}, blocked in every tier until the policy names it.");
        return own;
    }

    /// <summary>A folder's name as policies and events can write it: lower case, with hyphens for what is neither letter nor digit nor one of <c>_ -</c>.</summary>
    private static string SlugOf(string folder)
    {
        var slug = new StringBuilder(folder.Length);
        foreach (var c in folder) slug.Append(char.IsAsciiLetterOrDigit(c) || c is '_' or '-' ? char.ToLowerInvariant(c) : '-');
        return slug.ToString();
    }

    private void Read(Work work, ListMatcher.Builder.Part part)
    {
        using var stream = work.Open();
        using var digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var sink = new BuilderSink(part, work.Source, work.List);
        // A list of government sites may well name gov.uk: what no tier blocks, no entry can block too much of.
        var guarded = IsBlockedSomewhere(work.Category) ? new GuardedSink(sink, guard) : null;
        ListParser.Parse(work.Format, new LineReader(stream, digest), (IEntrySink?)guarded ?? sink, work.Folder is null ? null : new IncludeFolder(work.Folder));
        _read[work.List] = new(work.List, work.Category.Slug, work.Version, Convert.ToHexStringLower(digest.GetHashAndReset()), sink.Tally.EntryCount, sink.Tally.RejectedCount, guarded?.RefusedCount ?? 0, sink.Tally.LeftOut);
        if (sink.Tally.Errors.Count > 0) _errors.Add((work.List, sink.Tally.Errors));
    }

    /// <summary>True for a category that some tier blocks or warns of unless the policy says otherwise.</summary>
    public static bool IsBlockedSomewhere(Category category) => category is not { Pupil: CategoryDefault.Allow, Staff: CategoryDefault.Allow, Guest: CategoryDefault.Allow };

    private static FileStream Open(string path)
    {
        var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0, FileOptions.SequentialScan);
        if (stream.Length <= ListLoader.FileLengthMax) return stream;
        stream.Dispose();
        throw new ListLoadException($"{path} has more than {ListLoader.FileLengthMax >> 20} MiB and is not read. Split it over several category folders, or name another folder.");
    }

    private static ListLoadException CannotRead(Exception e) => new($"A list cannot be read: {e.Message} The account that runs the gateway needs to read all of them.", e);

    private sealed record Work(string List, Category Category, ListFormat Format, int Source, string Version, long Length, Func<Stream> Open, string? Folder);
}
