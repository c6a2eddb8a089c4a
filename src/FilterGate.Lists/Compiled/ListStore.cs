using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using FilterGate.Lists.Formats;
using FilterGate.Matching;

namespace FilterGate.Lists.Compiled;

/// <summary>Which compiled lists are in force, as <c>in-force.json</c> says it.</summary>
public sealed record ListsInForce
{
    /// <summary>Form of this file; another is not read.</summary>
    public int Form { get; init; } = 1;

    /// <summary>A short digest of exactly these lists.</summary>
    public required string Version { get; init; }

    /// <summary>The compiled base, by name.</summary>
    public required string Base { get; init; }

    /// <summary>What the lists gained since, or null.</summary>
    public string? Added { get; init; }

    /// <summary>What they lost since, or null.</summary>
    public string? Removed { get; init; }

    /// <summary>When they were put in force.</summary>
    public required DateTimeOffset Since { get; init; }

    /// <summary>The files that the base was compiled from.</summary>
    public required IReadOnlyList<ListFile> BaseFiles { get; init; }

    /// <summary>The files that are in force: those of the base, or later states of them.</summary>
    public required IReadOnlyList<ListFile> Files { get; init; }
}

/// <summary>Compiled lists, opened.</summary>
/// <param name="Layers">What is asked.</param>
/// <param name="Taxonomy">With the categories that the lists added.</param>
/// <param name="Version">A short digest of exactly these lists.</param>
/// <param name="Report">What came of compiling them.</param>
internal sealed record OpenedLists(ListLayers Layers, Taxonomy Taxonomy, string Version, CompiledReport Report);

/// <summary>How lists were put in force.</summary>
public enum CompileKind
{
    /// <summary>All was compiled anew.</summary>
    Base,

    /// <summary>What changed was compiled, and the base stays.</summary>
    Delta,

    /// <summary>Nothing has changed.</summary>
    Unchanged,
}

/// <summary>What came of putting lists in force.</summary>
/// <param name="Kind">How.</param>
/// <param name="InForce">What is in force now.</param>
/// <param name="EntryCount">Entries in force.</param>
/// <param name="AddedCount">Of a delta: entries gained since the base.</param>
/// <param name="RemovedCount">Of a delta: entries lost since the base.</param>
/// <param name="Report">What came of reading the lists; a delta's counts those anew that have changed since the base.</param>
/// <param name="Elapsed">How long it took.</param>
public sealed record CompileResult(CompileKind Kind, ListsInForce InForce, int EntryCount, int AddedCount, int RemovedCount, CompiledReport Report, TimeSpan Elapsed);

/// <summary>The compiled lists of a box: compiles, writes, opens, and says which are in force. What is in force is replaced by one rename, and never by anything that was not opened and checked first.</summary>
/// <remarks>Safe from several threads and processes: who compiles holds <c>compile.lock</c>.</remarks>
public sealed class ListStore(ListFolder folder, TimeProvider clock)
{
    /// <summary>A change of more entries than this share of the base is compiled as a new base: going through a large delta on each request would cost more than compiling costs once.</summary>
    public const double DeltaShareMax = 0.02;

    /// <summary>A delta of fewer entries is always one.</summary>
    public const int DeltaAlways = 2_000;

    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, WriteIndented = true, Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) } };

    /// <summary>How many states are remembered: the most versions that a source may be told to keep, which is what they are made again from.</summary>
    internal const int PastMax = 50;

    private const string PastEnding = ".json";

    private string Previous => folder.InForce + ".previous";

    /// <summary>What is in force, or null when nothing was ever compiled here.</summary>
    /// <exception cref="ListLoadException"><c>in-force.json</c> cannot be read.</exception>
    public ListsInForce? InForce() => ReadInForce(folder.InForce);

    /// <summary>Opens what is in force. Where another build of FilterGate compiled it and this one has other categories, it is read anew from its files, so that an update of the program needs nobody's hand. Where it is broken, what was in force before; where that is too, it fails: a gateway that cannot load its lists must not run without them.</summary>
    /// <param name="note">What a technician must know, or null when all is well.</param>
    /// <exception cref="ListLoadException">Neither can be opened: what is wrong and what to do.</exception>
    internal OpenedLists? OpenInForce(out string? note)
    {
        note = null;
        string problem;
        try
        {
            return InForce() is { } inForce ? Open(inForce) : null;
        }
        catch (Exception e) when (e is ListFormatException or ListLoadException or IOException or UnauthorizedAccessException)
        {
            problem = e.Message;
        }
        try
        {
            if (ReadAnew() is { } anew)
            {
                note = "The lists were compiled by another version of FilterGate, with other categories, and are read anew at each start. Run filtergate lists compile once.";
                return anew;
            }
            if (ReadInForce(Previous) is { } previous)
            {
                var opened = Open(previous);
                note = $"The compiled lists are broken, and those before them are in force ({previous.Version}, since {previous.Since:yyyy-MM-dd HH:mm} UTC): {problem} Run filtergate lists compile.";
                return opened;
            }
        }
        catch (Exception e) when (e is ListFormatException or ListLoadException or IOException or UnauthorizedAccessException)
        {
            problem += $" Those before them: {e.Message}";
        }
        throw new ListLoadException($"The compiled lists cannot be opened: {problem} Run filtergate lists compile, which makes them anew from what was fetched.");
    }

    /// <summary>What was in force before what is now, or null.</summary>
    internal string? PreviousVersion => ReadPreviousOrNull()?.Version;

    /// <summary>Versions that are in force or were, newest first.</summary>
    internal IEnumerable<string> Kept() => new[] { InForce(), ReadPreviousOrNull() }.OfType<ListsInForce>().Select(f => f.Version).Concat(PastFiles().Select(f => f.Name[..^PastEnding.Length])).Distinct(StringComparer.Ordinal);

    /// <summary>Opens what was in force at another time, to decide again what was decided then: as it was compiled where that is there, else compiled in memory from the files of that time where all of them are kept.</summary>
    /// <returns>Null where neither is.</returns>
    internal OpenedLists? OpenKept(string version)
    {
        ListsInForce? kept = null;
        try
        {
            kept = new[] { InForce(), ReadPreviousOrNull() }.FirstOrDefault(f => f?.Version == version) ?? ReadInForce(Path.Combine(folder.Past, version + PastEnding));
            if (kept is null) return null;
            return Open(kept);
        }
        catch (Exception e) when (e is ListFormatException or ListLoadException or IOException or UnauthorizedAccessException)
        {
            return kept is null ? null : CompileKept(kept);
        }
    }

    private static OpenedLists? CompileKept(ListsInForce kept)
    {
        try
        {
            if (!kept.Files.All(f => File.Exists(f.Path))) return null;
            var (compilation, compiled) = CompileWhole(kept.Files, EntryGuard.Shipped(), progress: null);
            // The version of then: a delta's is no digest of its entries.
            return new(compiled.Open(compilation.Taxonomy), compilation.Taxonomy, kept.Version, compiled.Report);
        }
        catch (Exception e) when (e is ListFormatException or ListLoadException or IOException or UnauthorizedAccessException)
        {
            // Whoever asks has another answer ready: these lists are no longer kept.
            return null;
        }
    }

    private IEnumerable<FileInfo> PastFiles() => !Directory.Exists(folder.Past) ? []
        : new DirectoryInfo(folder.Past).EnumerateFiles("*" + PastEnding).OrderByDescending(f => f.LastWriteTimeUtc).ThenByDescending(f => f.Name, StringComparer.Ordinal);

    /// <summary>Keeps the names of what is in force, a few kilobytes, for when it is not any more; what is oldest goes.</summary>
    private void KeepForThePast(ListsInForce inForce)
    {
        try
        {
            Directory.CreateDirectory(folder.Past);
            CompiledLists.WriteWhole(Path.Combine(folder.Past, inForce.Version + PastEnding), JsonSerializer.SerializeToUtf8Bytes(inForce, Json));
            foreach (var file in PastFiles().Skip(PastMax).ToList()) file.Delete();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The lists are in force all the same; a past page is explained from its event alone then.
        }
    }

    /// <summary>Opens a folder in UT1 layout: compiled when it was compiled before and no file has changed since, else compiled now and kept.</summary>
    /// <param name="listFolder">The folder.</param>
    /// <exception cref="ListLoadException">The folder is missing, holds no list, or cannot be read.</exception>
    internal OpenedLists OpenFolder(string listFolder)
    {
        var root = Path.GetFullPath(listFolder);
        var name = "folder-" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(root)).AsSpan(0, 6));
        var stamp = StampOf(root);
        if (stamp is not null && TryOpenFolder(name, stamp, out var known)) return known;

        var compilation = new ListCompilation(ListLoader.ShippedTaxonomy, EntryGuard.Shipped());
        compilation.AddFolder(root);
        var compiled = compilation.Compile();
        compiled = compiled with { Report = compiled.Report with { Stamp = stamp ?? "" } };
        try
        {
            // Not essential: without it the folder is compiled again at the next start.
            if (stamp is not null) compiled.Write(folder.Compiled, name);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
        }
        return new(compiled.Open(compilation.Taxonomy), compilation.Taxonomy, compiled.Report.Version, compiled.Report);
    }

    /// <summary>Compiles files and puts them in force: as a delta where little has changed, else as a new base.</summary>
    /// <param name="files">Every file that is to be in force, beside the starter lists.</param>
    /// <param name="publicSuffixes">The Public Suffix List, or null for the short one that is built in.</param>
    /// <param name="isWhole">True to compile all anew.</param>
    /// <param name="progress">From 0 to 1; from several threads.</param>
    /// <exception cref="ListLoadException">A file cannot be read, the disk is full, or another process is compiling: what is in force stays.</exception>
    public CompileResult Compile(IReadOnlyList<ListFile> files, string? publicSuffixes = null, bool isWhole = false, IProgress<double>? progress = null)
    {
        ArgumentNullException.ThrowIfNull(files);
        var start = clock.GetTimestamp();
        try
        {
            Directory.CreateDirectory(folder.Compiled);
            using var held = Lock();
            var guard = EntryGuard.Shipped(ReadSuffixes(publicSuffixes));
            var isBroken = isWhole && Verify().Count > 0;
            var result = (isWhole ? null : TryCompileDelta(files, guard, out isBroken)) ?? CompileBase(files, guard, isBroken, progress);
            RemoveUnused();
            return result with { Elapsed = clock.GetElapsedTime(start) };
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ListLoadException($"The lists could not be compiled, and those in force stay: {e.Message}", e);
        }
    }

    /// <summary>Checks every byte and every reference of what is in force.</summary>
    /// <returns>What is wrong, in plain words; empty when nothing is.</returns>
    public IReadOnlyList<string> Verify()
    {
        try
        {
            if (InForce() is not { } inForce) return [];
            Open(inForce);
            return [];
        }
        catch (Exception e) when (e is ListFormatException or ListLoadException or IOException or UnauthorizedAccessException)
        {
            return [e.Message];
        }
    }

    /// <summary>Compiles the files in force in memory, where another build of FilterGate compiled them and all are there; else null. What this very build compiled and cannot open is broken, and not mended here.</summary>
    private OpenedLists? ReadAnew()
    {
        try
        {
            if (InForce() is not { } inForce || CompiledLists.ReadReport(folder.Compiled, inForce.Base).Program == CompiledLists.Form || !inForce.Files.All(f => File.Exists(f.Path))) return null;
            var (compilation, compiled) = CompileWhole(inForce.Files, EntryGuard.Shipped(), progress: null);
            return new(compiled.Open(compilation.Taxonomy), compilation.Taxonomy, compiled.Report.Version, compiled.Report);
        }
        catch (Exception e) when (e is ListFormatException or ListLoadException or IOException or UnauthorizedAccessException)
        {
            // Then what was before is tried, and what is wrong has been noted already.
            return null;
        }
    }

    private static (ListCompilation Compilation, CompiledLists Compiled) CompileWhole(IReadOnlyList<ListFile> files, EntryGuard guard, IProgress<double>? progress)
    {
        var compilation = new ListCompilation(ListLoader.ShippedTaxonomy, guard);
        compilation.AddStarterLists();
        compilation.AddFiles(files);
        return (compilation, compilation.Compile(progress));
    }

    private OpenedLists Open(ListsInForce inForce)
    {
        var (matcher, taxonomy, report) = CompiledLists.Read(folder.Compiled, inForce.Base, ListLoader.ShippedTaxonomy);
        if (inForce.Added is null || inForce.Removed is null) return new(matcher, taxonomy, inForce.Version, report);
        var (added, _, addedReport) = CompiledLists.Read(folder.Compiled, inForce.Added, taxonomy);
        var (removed, _, _) = CompiledLists.Read(folder.Compiled, inForce.Removed, taxonomy);
        return new(new ListLayers(matcher, added, removed), taxonomy, inForce.Version, report.With(addedReport));
    }

    private CompileResult CompileBase(IReadOnlyList<ListFile> files, EntryGuard guard, bool isInForceBroken, IProgress<double>? progress)
    {
        var (_, compiled) = CompileWhole(files, guard, progress);
        var name = NewName("base");
        compiled.Write(folder.Compiled, name);
        var inForce = new ListsInForce { Version = compiled.Report.Version, Base = name, Since = clock.GetUtcNow(), BaseFiles = files, Files = files };
        // Opened from the disk and checked before anybody is told of it.
        var opened = Open(inForce);
        PutInForce(inForce, keepsPrevious: isInForceBroken);
        return new(CompileKind.Base, inForce, opened.Layers.EntryCount, 0, 0, compiled.Report, default);
    }

    /// <param name="files">The files.</param>
    /// <param name="guard">Refuses what blocks too much.</param>
    /// <param name="isBroken">True when what is in force cannot be opened: then it is no state to go back to either.</param>
    /// <returns>Null where all must be compiled.</returns>
    private CompileResult? TryCompileDelta(IReadOnlyList<ListFile> files, EntryGuard guard, out bool isBroken)
    {
        isBroken = false;
        ListsInForce? inForce;
        OpenedLists @base;
        try
        {
            inForce = InForce();
            if (inForce is null || !inForce.BaseFiles.Select(Identity).SequenceEqual(files.Select(Identity))) return null;
            @base = Open(inForce with { Added = null, Removed = null });
            // An update of the program may have brought other starter lists.
            if (@base.Report.Program != CompiledLists.Form) return null;
            if (files.SequenceEqual(inForce.Files) && Open(inForce) is var same) return new(CompileKind.Unchanged, inForce, same.Layers.EntryCount, 0, 0, same.Report, default);
        }
        catch (Exception e) when (e is ListFormatException or ListLoadException or IOException)
        {
            // Broken: made anew.
            isBroken = true;
            return null;
        }

        var digests = @base.Report.Sources.ToDictionary(s => s.List, s => s.Digest, StringComparer.Ordinal);
        var changesMax = Math.Max(DeltaAlways, (int)(@base.Layers.EntryCount * DeltaShareMax));
        var changes = new List<ListChange>();
        var changed = new List<(ListFile File, EntryTally Tally)>();
        for (var i = 0; i < files.Count; i++)
        {
            if (files[i] == inForce.BaseFiles[i] || (digests.GetValueOrDefault(files[i].List) is { } digest && digest == ListDiff.DigestOf(files[i].Path))) continue;
            // What an update replaced is kept for a while; where it is gone, or an included file may have changed, all is compiled.
            var tally = new EntryTally(files[i].List);
            if (!File.Exists(inForce.BaseFiles[i].Path) || ListDiff.Between(inForce.BaseFiles[i], files[i], GuardOf(files[i], @base.Taxonomy, guard), changesMax - changes.Count, tally) is not { } ofFile) return null;
            changes.AddRange(ofFile);
            changed.Add((files[i], tally));
        }
        // Exceptions and patterns look across entries: simpler, and as quick, to compile all.
        if (changes.Exists(c => c.Entry.IsException || c.Entry.Kind != EntryKind.Place)) return null;

        var (added, removed) = (CompileChanges(changes.Where(c => c.IsAdded), @base.Taxonomy), CompileChanges(changes.Where(c => !c.IsAdded), @base.Taxonomy));
        added = added with { Report = ReportOf(added.Report, changed, @base.Taxonomy) };
        var (addedName, removedName) = (NewName("added"), NewName("removed"));
        added.Write(folder.Compiled, addedName);
        removed.Write(folder.Compiled, removedName);
        var version = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{@base.Version}+{added.Report.Version}-{removed.Report.Version}")).AsSpan(0, 6));
        var next = inForce with { Version = version, Added = addedName, Removed = removedName, Files = files, Since = clock.GetUtcNow() };
        var opened = Open(next);
        PutInForce(next, keepsPrevious: false);
        return new(CompileKind.Delta, next, opened.Layers.EntryCount, changes.Count(c => c.IsAdded), changes.Count(c => !c.IsAdded), opened.Report, default);
    }

    private static EntryGuard? GuardOf(ListFile file, Taxonomy taxonomy, EntryGuard guard) =>
        taxonomy.ForFolder(file.Category) is { } category && !ListCompilation.IsBlockedSomewhere(category) ? null : guard;

    private static CompiledLists CompileChanges(IEnumerable<ListChange> changes, Taxonomy taxonomy)
    {
        var builder = new ListMatcher.Builder();
        var sources = new List<CompiledSource>();
        using var version = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var ofFile in changes.GroupBy(c => c.File))
        {
            var category = taxonomy.ForFolder(ofFile.Key.Category) ?? throw new ListLoadException($"{ofFile.Key.List} is in a category that the base does not have.");
            var source = builder.AddSource(new(ofFile.Key.List, category, ofFile.Key.Version));
            var tally = new EntryTally(ofFile.Key.List);
            foreach (var change in ofFile)
            {
                version.AppendData(Encoding.UTF8.GetBytes($"{ofFile.Key.List}\n{change.Entry.Text}\n"));
                if (builder.TryAdd(source, change.Entry, out _)) tally.Count();
            }
            sources.Add(SourceOf(ofFile.Key, tally, taxonomy));
        }
        var (list, provenance) = builder.Compile();
        return new(list, provenance, new() { Version = Convert.ToHexStringLower(version.GetHashAndReset().AsSpan(0, 6)), OwnCategories = [], Sources = sources, Errors = [], Warnings = [], Notes = [] });
    }

    private static CompiledReport ReportOf(CompiledReport added, List<(ListFile File, EntryTally Tally)> changed, Taxonomy taxonomy)
    {
        List<CompiledSource> sources = [.. changed.Select(c => SourceOf(c.File, c.Tally, taxonomy))];
        List<ListSyntaxError> errors = [.. changed.SelectMany(c => c.Tally.Errors)];
        return added with
        {
            Sources = sources, Errors = errors, Warnings = [.. sources.Select(s => CompiledReport.WhatIsWrong(s, errors)).OfType<string>()],
            Notes = [.. sources.SelectMany(CompiledReport.LeftOutOf)],
        };
    }

    private static CompiledSource SourceOf(ListFile file, EntryTally tally, Taxonomy taxonomy) =>
        new(file.List, taxonomy.ForFolder(file.Category)?.Slug ?? file.Category, file.Version, "", tally.EntryCount, tally.RejectedCount, tally.RefusedCount, tally.LeftOut);

    private static (string List, string Category, ListFormat Format) Identity(ListFile file) => (file.List, file.Category, file.Format);

    private static string NewName(string kind) => $"{kind}-{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(6))}";

    private void PutInForce(ListsInForce inForce, bool keepsPrevious)
    {
        if (!keepsPrevious && File.Exists(folder.InForce)) CompiledLists.WriteWhole(Previous, File.ReadAllBytes(folder.InForce));
        CompiledLists.WriteWhole(folder.InForce, JsonSerializer.SerializeToUtf8Bytes(inForce, Json));
        KeepForThePast(inForce);
    }

    /// <summary>Compiled files that neither what is in force nor what was before refers to. A gateway that still reads one keeps its mapping.</summary>
    private void RemoveUnused()
    {
        var used = new[] { InForce(), ReadPreviousOrNull() }.OfType<ListsInForce>().SelectMany(f => new[] { f.Base, f.Added, f.Removed }).OfType<string>().ToHashSet(StringComparer.Ordinal);
        foreach (var file in Directory.EnumerateFiles(folder.Compiled))
            if (!used.Contains(Path.GetFileNameWithoutExtension(file)) && !Path.GetFileName(file).StartsWith("folder-", StringComparison.Ordinal)) File.Delete(file);
    }

    private ListsInForce? ReadPreviousOrNull()
    {
        try
        {
            return ReadInForce(Previous);
        }
        catch (ListLoadException)
        {
            return null;
        }
    }

    private static ListsInForce? ReadInForce(string path)
    {
        try
        {
            if (!File.Exists(path)) return null;
            var inForce = JsonSerializer.Deserialize<ListsInForce>(File.ReadAllBytes(path), Json);
            return inForce is { Form: 1 } ? inForce : throw new ListLoadException($"{path} is of another form than this version of FilterGate reads.");
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
        {
            throw new ListLoadException($"{path} cannot be read: {e.Message}", e);
        }
    }

    private static PublicSuffixes? ReadSuffixes(string? path)
    {
        if (path is null) return null;
        using var reader = new StreamReader(path);
        return PublicSuffixes.Parse(reader);
    }

    private FileStream Lock()
    {
        // What the system says of a file that somebody else holds: Linux (errno.h), Windows.
        const int WouldBlock = 11, SharingViolation = unchecked((int)0x80070020);
        var path = Path.Combine(folder.Root, "compile.lock");
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e) when (e.HResult is WouldBlock or SharingViolation)
        {
            throw new ListLoadException($"Another process is compiling the lists ({path} is held). Wait until it is done.", e);
        }
    }

    private bool TryOpenFolder(string name, string stamp, [NotNullWhen(true)] out OpenedLists? opened)
    {
        opened = null;
        try
        {
            if (!File.Exists(Path.Combine(folder.Compiled, name + ".fgl"))) return false;
            if (CompiledLists.ReadReport(folder.Compiled, name).Stamp != stamp) return false;
            var (matcher, taxonomy, report) = CompiledLists.Read(folder.Compiled, name, ListLoader.ShippedTaxonomy);
            opened = new(matcher, taxonomy, report.Version, report);
            return true;
        }
        catch (Exception e) when (e is ListFormatException or IOException or UnauthorizedAccessException)
        {
            // Broken, or compiled with other categories: compiled again.
            return false;
        }
    }

    /// <summary>Names, sizes and times of every file below a folder, and what this program would make of them; null where they cannot be read, or no file may be kept.</summary>
    private string? StampOf(string root)
    {
        if (!Directory.Exists(folder.Root) || !Directory.Exists(root)) return null;
        try
        {
            var text = new StringBuilder().Append(CompiledLists.Form).Append('\n');
            foreach (var file in new DirectoryInfo(root).EnumerateFiles("*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.None, MaxRecursionDepth = 4 }).OrderBy(f => f.FullName, StringComparer.Ordinal))
                text.Append(file.FullName).Append('\n').Append(file.Length).Append(' ').Append(file.LastWriteTimeUtc.Ticks).Append('\n');
            return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
