using System.Collections.Immutable;
using FilterGate.Lists.Compiled;
using FilterGate.Lists.Formats;
using FilterGate.Matching;

namespace FilterGate.Lists.Sources;

/// <summary>How an update was asked for.</summary>
public enum UpdateBy
{
    /// <summary>The clock: nothing that a person decided is undone.</summary>
    Schedule,

    /// <summary>A person.</summary>
    Person,

    /// <summary>A person who wants to see what would change first: what is newer is kept aside (<see cref="SourceState.Refused"/>) and nothing takes force.</summary>
    PersonWhoLooks,

    /// <summary>A person who saw what is unusual about a new version and wants it all the same.</summary>
    PersonWhoAgrees,
}

/// <summary>The lists that are fetched from elsewhere: fetch, verify, unpack, check, keep as a version, put in force.</summary>
/// <remarks>
/// Whatever goes wrong on that way, the version in force stays in force, byte for byte. Several processes may use one folder: a source is changed by one at a time (<see cref="SourceOutcome.Busy"/>), reading needs no turn.
/// Safe from several threads. Illegal-content feeds are not fetched here: no source can be in a locked category.
/// </remarks>
public sealed class ListSources : IDisposable
{
    /// <summary>Most sources updated in one go.</summary>
    public const int SourcesMax = 200;

    /// <summary>There while something that took force is not compiled yet: ended in between, the next update compiles.</summary>
    private const string UncompiledMark = "uncompiled";

    private readonly ListFolder _folder;
    private readonly ListSourceOptions _options;
    private readonly TimeProvider _clock;
    private readonly SourceFetch _fetch;

    private ListSources(ListFolder folder, Catalogue catalogue, ListSourceOptions options, TimeProvider clock, HttpMessageHandler? handler)
    {
        (_folder, Catalogue, _options, _clock) = (folder, catalogue, options, clock);
        _fetch = new SourceFetch(options, clock, handler);
    }

    /// <summary>The sources there are.</summary>
    public Catalogue Catalogue { get; }

    /// <summary>Opens the sources of a box. Touches neither disk nor network.</summary>
    /// <param name="folder">The box's lists.</param>
    /// <param name="catalogue">The sources there are.</param>
    /// <param name="options">Bounds and choices.</param>
    /// <param name="clock">Where time comes from.</param>
    /// <param name="handler">Sends the requests; null for the platform's own. Belongs to the new object.</param>
    public static ListSources Open(ListFolder folder, Catalogue catalogue, ListSourceOptions options, TimeProvider clock, HttpMessageHandler? handler = null) =>
        new(folder, catalogue, options, clock, handler);

    /// <summary>The sources an update without names is about: those in use; for a person also those that are on by default and were never fetched.</summary>
    public IReadOnlyList<CatalogueSource> Selected(UpdateBy by) =>
        _options.Sources is { } named ? [.. named.Select(Catalogue.Find).OfType<CatalogueSource>()]
        : [.. Catalogue.Sources.Where(s => (s.IsOnByDefault || s.IsOwn) && (by != UpdateBy.Schedule || StateOf(s).InForce is not null))];

    /// <summary>Updates sources, several at once, each by itself: one that fails stops no other.</summary>
    /// <param name="ids">Their ids; none for <see cref="Selected"/>.</param>
    /// <param name="by">Who asks.</param>
    /// <param name="progress">Told how far each is, from several threads; or null.</param>
    /// <param name="cancellationToken">Ends it; what is in force stays, and a download that was cut is gone on with next time.</param>
    /// <returns>One result a source, in the order of the ids.</returns>
    /// <exception cref="ArgumentException">An id is none of the catalogue, or there are more than <see cref="SourcesMax"/>.</exception>
    /// <exception cref="ListsNotCompiledException">What took force could not be compiled.</exception>
    public async Task<IReadOnlyList<SourceResult>> UpdateAsync(IReadOnlyList<string> ids, UpdateBy by, IProgress<SourceProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        var sources = ids.Count == 0 ? Selected(by) : [.. ids.Distinct(StringComparer.Ordinal).Select(Known)];
        if (sources.Count > SourcesMax) throw new ArgumentException($"At most {SourcesMax} sources are updated at once.", nameof(ids));
        var results = new SourceResult[sources.Count];
        await Parallel.ForEachAsync(Enumerable.Range(0, sources.Count), new ParallelOptions { MaxDegreeOfParallelism = _options.ParallelMax, CancellationToken = cancellationToken }, async (i, token) =>
            results[i] = await ChangeAsync(sources[i], isUpdate: true, (folder, state) => UpdateAsync(sources[i], folder, state, by, isNamed: ids.Count > 0, progress, token)));
        await RecompileAsync(results, cancellationToken);
        return results;
    }

    /// <summary>Takes a version from a file instead of the network: for a box without one.</summary>
    /// <param name="id">The source that it is a version of.</param>
    /// <param name="file">The file as the publisher gives it: the archive, or the list, packed or not.</param>
    /// <param name="by">Who asks; the guard is the same as for an update.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="ArgumentException">The id is none of the catalogue.</exception>
    /// <exception cref="ListsNotCompiledException">What took force could not be compiled.</exception>
    public async Task<SourceResult> ImportAsync(string id, string file, UpdateBy by = UpdateBy.Person, CancellationToken cancellationToken = default)
    {
        var source = Known(id);
        var path = Path.GetFullPath(file);
        var result = await ChangeAsync(source, isUpdate: false, async (folder, state) =>
        {
            if (!File.Exists(path)) throw new SourceException($"{path} does not exist");
            if (new FileInfo(path).Length > _options.DownloadBytesMax) throw new SourceException($"{path} has more than {_options.DownloadBytesMax >> 20} MiB, which is the most that is read");
            // A digest that stands in the catalogue can be checked without a network; one that has to be fetched cannot.
            if (source.Checksum is { Digest: { } digest } checksum) Verify(digest, await SourceChecks.DigestAsync(path, checksum.Algorithm, cancellationToken), checksum);
            return Admit(source, folder, state, path, new Origin(path, ETag: null, LastModified: null), by, cancellationToken);
        });
        await RecompileAsync([result], cancellationToken);
        return result;
    }

    /// <summary>Puts the version before the one in force in force again, where it stays until a person names the source in an update.</summary>
    /// <param name="id">The source.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="ArgumentException">The id is none of the catalogue.</exception>
    /// <exception cref="ListsNotCompiledException">What took force could not be compiled.</exception>
    public async Task<SourceResult> RollbackAsync(string id, CancellationToken cancellationToken = default)
    {
        var source = Known(id);
        var result = await ChangeAsync(source, isUpdate: false, (folder, state) =>
        {
            var at = state.Current is { } current ? state.Versions.IndexOf(current) : -1;
            if (at < 0 || at + 1 >= state.Versions.Length) throw new SourceException($"{id} has no older version: {state.Versions.Length} kept");
            var older = state.Versions[at + 1];
            MarkUncompiled();
            folder.Save(state with { InForce = older.Version, IsHeld = true });
            return Task.FromResult(new SourceResult(id, SourceOutcome.RolledBack,
                $"version {older.Version} is in force again, and stays until somebody runs: filtergate lists update {id}", older.Version, older.Entries, state.Versions[at].Entries));
        });
        await RecompileAsync([result], cancellationToken);
        return result;
    }

    /// <summary>Every source as it stands. Reads a small file a source.</summary>
    /// <exception cref="ListLoadException">The state of one cannot be read.</exception>
    public IReadOnlyList<SourceStatus> Status()
    {
        var now = _clock.GetUtcNow();
        return
        [
            .. Catalogue.Sources.Select(source =>
            {
                var state = StateOf(source);
                var isInUse = IsInUse(source, state);
                return new SourceStatus(source, isInUse, state, isInUse && (state.LastSuccess is not { } last || now - last > 3 * source.Cadence));
            }),
        ];
    }

    /// <summary>The files of all versions in force, in the order of the catalogue: what the matcher is made of.</summary>
    /// <exception cref="ListLoadException">The state of a source cannot be read.</exception>
    public IReadOnlyList<ListFile> FilesInForce()
    {
        var files = new List<ListFile>();
        foreach (var source in Catalogue.Sources)
        {
            var state = StateOf(source);
            if (source.Layout == SourceLayout.Reference || state.Current is not { } version || !IsInUse(source, state)) continue;
            files.AddRange(FilesOf(source, state, version));
        }
        return files;
    }

    /// <summary>The files of one version of a source, in force or not: one of <see cref="SourceState.Versions"/>, or the one that waits in <see cref="SourceState.Refused"/>.</summary>
    /// <param name="id">The source.</param>
    /// <param name="version">The version's name.</param>
    /// <returns>Its files; none when that version is not kept.</returns>
    /// <exception cref="ArgumentException">The id is none of the catalogue.</exception>
    /// <exception cref="ListLoadException">The state of the source cannot be read.</exception>
    public IReadOnlyList<ListFile> FilesOf(string id, string version)
    {
        var source = Known(id);
        var state = StateOf(source);
        return (state.Versions.FirstOrDefault(v => v.Version == version) ?? (state.Refused?.Version == version ? state.Refused : null)) is { } kept ? FilesOf(source, state, kept) : [];
    }

    /// <summary>Where a file that other parts read is (<see cref="SourceLayout.Reference"/>), or null when it was never fetched.</summary>
    public string? ReferenceFile(string id) =>
        Catalogue.Find(id) is { Layout: SourceLayout.Reference } source && StateOf(source).Current is { } version ? FolderOf(source).PathOf(version, SourceUnpacker.SoleFile) : null;

    /// <inheritdoc/>
    public void Dispose() => _fetch.Dispose();

    private List<ListFile> FilesOf(CatalogueSource source, SourceState state, SourceVersion version)
    {
        var files = new List<ListFile>();
        foreach (var file in version.Files)
        {
            if (FileOf(source, file) is var (list, category, format))
                files.Add(new ListFile(list, category, format, version == state.Refused ? FolderOf(source).PathOfRefused(file) : FolderOf(source).PathOf(version, file), version.Version));
        }
        return files;
    }

    private static (string List, string Category, ListFormat Format)? FileOf(CatalogueSource source, string file)
    {
        var slash = file.IndexOf('/');
        // A version from before the settings called the source something else holds files of the other shape: they count for nothing until the next update.
        if (source.Layout == SourceLayout.List) return slash < 0 ? (source.Id, source.Category!, source.Format) : null;
        if (slash < 0) return null;
        var name = file[..slash];
        if (Ut1Layout.LeftOut.ContainsKey(name) || Ut1Layout.FilesLeftOut.ContainsKey(file)) return null;
        var known = ListLoader.ShippedTaxonomy.ForFolder(name);
        var category = source.Folders.GetValueOrDefault(name) ?? known?.Slug ?? name;
        // A folder that calls itself after an illegal-content list does not become one.
        return ListLoader.ShippedTaxonomy.Find(category) is { Pupil: CategoryDefault.Locked } ? null : ($"{source.Id}/{file}", category, Ut1Layout.Files[file[(slash + 1)..]]);
    }

    private bool IsInUse(CatalogueSource source, SourceState state) =>
        _options.Sources is { } named ? named.Contains(source.Id, StringComparer.Ordinal) : (source.IsOnByDefault || source.IsOwn) && state.InForce is not null;

    private SourceState StateOf(CatalogueSource source)
    {
        try
        {
            return Directory.Exists(PathOf(source)) ? FolderOf(source).Read() : new SourceState();
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            throw new ListLoadException($"{PathOf(source)} cannot be read: {problem.Message} The account that runs the gateway needs to read it.", problem);
        }
    }

    private SourceFolder FolderOf(CatalogueSource source) => new(PathOf(source));

    private string PathOf(CatalogueSource source) => Path.Combine(_folder.Sources, source.Id);

    private CatalogueSource Known(string id) => Catalogue.Find(id) ?? throw new ArgumentException($"There is no source {id}.", nameof(id));

    private string UncompiledPath => Path.Combine(_folder.Sources, UncompiledMark);

    private void MarkUncompiled()
    {
        if (_options.Recompile is not null) File.WriteAllBytes(UncompiledPath, []);
    }

    private async Task RecompileAsync(IReadOnlyList<SourceResult> results, CancellationToken cancellationToken)
    {
        if (_options.Recompile is null || !File.Exists(UncompiledPath)) return;
        // Taken away first: what another process puts in force while this one compiles marks it again. Put back when this one fails.
        File.Delete(UncompiledPath);
        try
        {
            await _options.Recompile(cancellationToken);
        }
        catch (Exception problem)
        {
            MarkUncompiled();
            if (problem is ListLoadException lists) throw new ListsNotCompiledException(results, lists);
            throw;
        }
    }

    /// <summary>Runs a change of one source with its lock held, and turns every way it can fail into a result.</summary>
    /// <param name="source">The source.</param>
    /// <param name="isUpdate">Whether a failure is kept in the state: what a publisher did wrong is, a file that a person named wrongly is not.</param>
    /// <param name="change">Does it.</param>
    private async Task<SourceResult> ChangeAsync(CatalogueSource source, bool isUpdate, Func<SourceFolder, SourceState, Task<SourceResult>> change)
    {
        var folder = FolderOf(source);
        try
        {
            using var turn = folder.TryLock();
            if (turn is null) return new SourceResult(source.Id, SourceOutcome.Busy, "another process updates it just now; try again when that is done");
            var state = folder.Read();
            folder.Tidy(state);
            if (isUpdate) state = state with { LastAttempt = _clock.GetUtcNow() };
            try
            {
                return await change(folder, state);
            }
            catch (SourceException problem)
            {
                return Fail(problem.Message, SourceFailure.World);
            }
            catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
            {
                return Fail($"this computer could not keep it: {problem.Message}", SourceFailure.World);
            }
#pragma warning disable CA1031 // one source's fault of ours must not keep the others from their update; it is reported as ours
            catch (Exception problem) when (problem is not OperationCanceledException)
#pragma warning restore CA1031
            {
                return Fail($"a fault of filtergate itself ({problem.GetType().Name})", SourceFailure.Ours);
            }

            SourceResult Fail(string message, SourceFailure failure)
            {
                // Read again: it may have failed after the state was saved.
                if (isUpdate) folder.Save(folder.Read() with { LastAttempt = state.LastAttempt, LastError = message });
                return new SourceResult(source.Id, SourceOutcome.Failed, $"{message}. {Staying(state)}", state.InForce, state.Current?.Entries, state.Current?.Entries, failure);
            }
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            return new SourceResult(source.Id, SourceOutcome.Failed, $"its folder cannot be used: {problem.Message} Run this as the account that owns the data folder.", Failure: SourceFailure.World);
        }
    }

    private async Task<SourceResult> UpdateAsync(CatalogueSource source, SourceFolder folder, SourceState state, UpdateBy by, bool isNamed, IProgress<SourceProgress>? progress, CancellationToken cancellationToken)
    {
        if (state.IsHeld && !isNamed && by != UpdateBy.PersonWhoAgrees)
            return new SourceResult(source.Id, SourceOutcome.Held, $"rolled back by hand, so left alone; to bring it forward: filtergate lists update {source.Id}", state.InForce, state.Current?.Entries, state.Current?.Entries);
        if (by == UpdateBy.PersonWhoAgrees && state.Refused is { } refused && folder.TakeRefused(refused)) return PutInForce(source, folder, state, refused, []);
        if (!CanFetch(source)) throw new SourceException(source.TransportProblem()!);

        // What the server is asked about is the newest that we have, whether or not it is in force.
        var newest = state.Refused ?? state.Versions.FirstOrDefault();
        var fetched = await _fetch.FetchAsync(source, folder, newest, (bytes, total) => progress?.Report(new SourceProgress(source.Id, bytes, total, IsFetched: false)), cancellationToken);
        if (!fetched.IsNewer) return NotNewer(source, folder, state, newest!, by);

        progress?.Report(new SourceProgress(source.Id, new FileInfo(folder.Partial).Length, new FileInfo(folder.Partial).Length, IsFetched: true));
        try
        {
            if (source.Checksum is { } checksum)
                Verify(await _fetch.PublishedDigestAsync(source, checksum, fetched.Address, cancellationToken), await SourceChecks.DigestAsync(folder.Partial, checksum.Algorithm, cancellationToken), checksum);
            return Admit(source, folder, state, folder.Partial, new Origin(fetched.Address.AbsoluteUri, fetched.ETag, fetched.LastModified), by, cancellationToken);
        }
        finally
        {
            // It came whole. Good or bad, there is nothing to go on with.
            folder.RemovePartial();
        }
    }

    /// <summary>What the server has is what we fetched last; that may be kept aside, or rolled back from.</summary>
    private SourceResult NotNewer(CatalogueSource source, SourceFolder folder, SourceState state, SourceVersion newest, UpdateBy by)
    {
        if (newest == state.Refused)
        {
            if (by == UpdateBy.PersonWhoLooks) return SetAside(source, folder, state, newest, []);
            return WhyUnusual(state, newest) is not null || !folder.TakeRefused(newest) ? SetAside(source, folder, state, newest, []) : PutInForce(source, folder, state, newest, []);
        }
        if (newest.Version != state.InForce && by == UpdateBy.PersonWhoLooks)
            return new SourceResult(source.Id, SourceOutcome.Waiting, $"version {newest.Version} is kept and not in force; to put it in force: filtergate lists update {source.Id}", state.InForce, newest.Entries, state.Current?.Entries);
        if (newest.Version != state.InForce) return PutInForce(source, folder, state, newest, []);
        folder.Save(Succeeded(state));
        return new SourceResult(source.Id, SourceOutcome.NotModified, "nothing newer", state.InForce, newest.Entries, newest.Entries);
    }

    /// <summary>Unpacks and checks a file, and makes a version of it.</summary>
    private SourceResult Admit(CatalogueSource source, SourceFolder folder, SourceState state, string file, Origin origin, UpdateBy by, CancellationToken cancellationToken)
    {
        _options.OnStep?.Invoke("fetched");
        var temp = folder.MakeTemp();
        try
        {
            var unpacked = new SourceUnpacker(_options).Unpack(source, file, temp, cancellationToken);
            var now = _clock.GetUtcNow();
            if (state.Current is { } current && current.Digest == unpacked.Digest)
            {
                // The same once more, perhaps under a new tag: remember that, or it is fetched again each day.
                folder.Save(Succeeded(state) with { Refused = null, Versions = state.Versions.Replace(current, current with { ETag = origin.ETag, LastModified = origin.LastModified }) });
                return new SourceResult(source.Id, SourceOutcome.NotModified, "nothing newer: the same entries as before", state.InForce, current.Entries, current.Entries) { Notes = unpacked.Notes };
            }
            var (entries, rejected, notes) = Count(source, unpacked, temp);
            var version = new SourceVersion(folder.NameFor(now, unpacked.Digest), now, unpacked.Digest, entries, unpacked.Files, origin.ETag, origin.LastModified, origin.Address) { Rejected = rejected };
            if (by == UpdateBy.PersonWhoLooks || (by != UpdateBy.PersonWhoAgrees && WhyUnusual(state, version) is not null))
            {
                folder.SetAside(temp, version);
                return SetAside(source, folder, state, version, notes);
            }
            _options.OnStep?.Invoke("checked");
            folder.Publish(temp, version);
            _options.OnStep?.Invoke("published");
            return PutInForce(source, folder, state, version, notes);
        }
        finally
        {
            if (Directory.Exists(temp)) Directory.Delete(temp, recursive: true);
        }
    }

    /// <summary>Says of a version that was kept aside why it is: because it is unusual, or because somebody wanted to look at it first.</summary>
    private SourceResult SetAside(CatalogueSource source, SourceFolder folder, SourceState state, SourceVersion version, ImmutableArray<string> notes)
    {
        var why = WhyUnusual(state, version);
        folder.Save(why is null ? Succeeded(state) with { Refused = version } : state with { Refused = version, LastError = $"refused: {why}" });
        var (outcome, message) = why is null
            ? (SourceOutcome.Waiting, $"version {version.Version} is kept aside. To put it in force: filtergate lists update {source.Id} --agree. {Staying(state)}")
            : (SourceOutcome.Refused, $"{why}. It is kept aside. If that is right: filtergate lists update {source.Id} --agree. {Staying(state)}");
        return new SourceResult(source.Id, outcome, message, state.InForce, version.Entries, state.Current?.Entries) { Notes = notes };
    }

    private string? WhyUnusual(SourceState state, SourceVersion version) =>
        SourceChecks.WhyUnreadable(version.Entries, version.Rejected, _options) ?? (state.Current is { } before ? SourceChecks.WhyUnusual(before.Entries, version.Entries, _options) : null);

    /// <summary>Reads what was unpacked as it will be read: how many entries it has, and what is wrong with it.</summary>
    /// <exception cref="SourceException">Not one entry can be used.</exception>
    private static (long Entries, long Rejected, ImmutableArray<string> Notes) Count(CatalogueSource source, UnpackedSource unpacked, string folder)
    {
        // Other parts read these, each in its own way.
        if (source.Layout == SourceLayout.Reference) return (unpacked.Lines, 0, unpacked.Notes);
        var (entries, rejected) = (0L, 0L);
        ListSyntaxError? first = null;
        foreach (var file in unpacked.Files)
        {
            if (FileOf(source, file) is not var (list, category, format)) continue;
            var tally = EntryTally.Of(new ListFile(list, category, format, Path.Combine(folder, file), ""));
            (entries, rejected) = (entries + tally.EntryCount, rejected + tally.RejectedCount);
            first ??= tally.Errors.FirstOrDefault();
        }
        if (entries == 0 && rejected > 0) throw new SourceException($"not one of its {SourceChecks.Count(rejected)} lines can be used: perhaps it is of another format now. The first: {first}");
        return (entries, rejected, rejected == 0 ? unpacked.Notes : [.. unpacked.Notes, $"{SourceChecks.Count(rejected)} lines cannot be used and are left out. The first: {first}"]);
    }

    private SourceResult PutInForce(CatalogueSource source, SourceFolder folder, SourceState state, SourceVersion version, ImmutableArray<string> notes)
    {
        ImmutableArray<SourceVersion> versions = state.Versions.Contains(version) ? state.Versions : state.Versions.Insert(0, version);
        var next = Succeeded(state) with { InForce = version.Version, IsHeld = false, Refused = null, Versions = [.. versions.Take(Math.Max(2, _options.Keep))] };
        // First the state, then the folders that it no longer names: ended in between, there is a folder too many, never one too few.
        MarkUncompiled();
        folder.Save(next);
        folder.Tidy(next);
        return new SourceResult(source.Id, SourceOutcome.Updated, $"version {version.Version} is in force: {SourceChecks.Count(version.Entries)} entries",
            version.Version, version.Entries, state.Current?.Entries) { Notes = notes };
    }

    private SourceState Succeeded(SourceState state) => state with { LastSuccess = _clock.GetUtcNow(), LastError = null };

    private bool CanFetch(CatalogueSource source) =>
        source.TransportProblem() is null || (_options.AllowsHttpToLoopback && source.Addresses.All(a => a.Scheme == Uri.UriSchemeHttps || a.IsLoopback));

    private static void Verify(string published, string actual, SourceChecksum checksum)
    {
        if (!string.Equals(published, actual, StringComparison.OrdinalIgnoreCase))
            throw new SourceException($"its digest ({checksum.Algorithm.ToString().ToUpperInvariant()}) is not the one that its publisher gives: it was damaged or changed on the way, or is being replaced just now");
    }

    private static string Staying(SourceState state) => state.InForce is null ? "Nothing of it is in force." : "What was in force stays.";

    /// <summary>Where a file came from.</summary>
    private sealed record Origin(string Address, string? ETag, DateTimeOffset? LastModified);
}
