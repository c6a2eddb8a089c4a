using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;

namespace FilterGate.Proxy.Certificates;

/// <summary>The school's authorities at one moment: the one that mints, and while one takes over from another, both. Immutable.</summary>
/// <param name="Minting">Signs every leaf now.</param>
/// <param name="Next">Will mint from <see cref="ChangeOver"/> on; devices are given it beforehand. Null where nothing changes.</param>
/// <param name="Previous">Minted before, and its files are still here; null where there is none.</param>
public sealed record AuthoritySet(CertificateAuthority Minting, CertificateAuthority? Next, CertificateAuthority? Previous)
{
    /// <summary>When <see cref="Next"/> begins to mint, or when <see cref="Minting"/> began; null for the first authority of a box with nothing to follow it.</summary>
    public DateTimeOffset? ChangeOver { get; init; }

    /// <summary>Tells this school's profile from every other, for ever: an Apple device puts a profile with the same identifier in the place of the one that it has.</summary>
    public required Guid School { get; init; }

    /// <summary>What a device is to trust: the one that mints, then the next.</summary>
    public ImmutableArray<CertificateAuthority> Trusted => Next is null ? [Minting] : [Minting, Next];
}

/// <summary>Keeps the school's authorities and lets one take over from another with an overlap: while devices are given the next one, the old one mints, so that no device is left without; at a time that is known it changes over by itself.</summary>
/// <remarks>
/// Which there are stands in <c>authorities.json</c> of the folder, replaced in one step; without that file there is the one authority <c>ca</c>. Which of them mints follows from the clock alone, so a gateway that was off at the time is right when it starts.
/// A running gateway looks at the file once a second at most. Safe from any thread, and one change at a time from several processes.
/// </remarks>
public sealed class CertificateAuthorities : IDisposable
{
    /// <summary>Shortest overlap: a device that is charged over a weekend still gets the next certificate in time.</summary>
    public static readonly TimeSpan OverlapMin = TimeSpan.FromDays(1);

    /// <summary>Longest overlap: a school year.</summary>
    public static readonly TimeSpan OverlapMax = TimeSpan.FromDays(400);

    private const string FileName = "authorities.json";
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);
    private static readonly JsonSerializerOptions Form = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, WriteIndented = true };

    private readonly string _folder;
    private readonly TimeProvider _clock;
    private readonly Lock _lock = new();
    private readonly Dictionary<string, CertificateAuthority> _open = new(StringComparer.Ordinal);
    private Record _record;
    private DateTime _fileTime;
    private DateTimeOffset _looked;
    private AuthoritySet _current;

    private CertificateAuthorities(string folder, TimeProvider clock)
    {
        (_folder, _clock) = (folder, clock);
        _fileTime = File.GetLastWriteTimeUtc(PathIn(folder));
        _record = Read(folder);
        if (_record.Authorities.Count == 1 && _record.Authorities[0].Name == CertificateAuthority.FirstName) _open.Add(CertificateAuthority.FirstName, CertificateAuthority.Open(folder, clock));
        _looked = clock.GetUtcNow();
        _current = SetAt(_looked);
    }

    /// <summary>Reads the authorities from a folder, or makes the first one there.</summary>
    /// <exception cref="CertificateAuthorityException">A file cannot be read or written, or two do not belong together: says which and what to do.</exception>
    public static CertificateAuthorities Open(string folder, TimeProvider clock) => new(folder, clock);

    /// <summary>The authorities now. The same object until something changes. When the file cannot be read again, what was known stays.</summary>
    public AuthoritySet Current
    {
        get
        {
            var now = _clock.GetUtcNow();
            lock (_lock)
            {
                if ((now - _looked).Duration() < LookEvery) return _current;
                _looked = now;
                try
                {
                    if (File.GetLastWriteTimeUtc(PathIn(_folder)) is var time && time != _fileTime) (_fileTime, _record) = (time, Read(_folder));
                    var set = SetAt(now);
                    if (set != _current) _current = set;
                }
                catch (CertificateAuthorityException)
                {
                    // A file that is being mended. The authority in force is in memory and goes on; the next start says what is wrong.
                }
                return _current;
            }
        }
    }

    /// <summary>Makes the next authority, which mints from <paramref name="changeOver"/> on.</summary>
    /// <returns>False when one is on its way already.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The overlap is shorter than <see cref="OverlapMin"/> or longer than <see cref="OverlapMax"/>.</exception>
    /// <exception cref="CertificateAuthorityException">The folder cannot be written.</exception>
    public bool TryRotate(DateTimeOffset changeOver)
    {
        var now = _clock.GetUtcNow();
        var overlap = changeOver - now;
        if (overlap < OverlapMin || overlap > OverlapMax) throw new ArgumentOutOfRangeException(nameof(changeOver), "The overlap is between a day and 400 days.");
        return Change(set =>
        {
            if (set.Next is not null) return null;
            var name = Enumerable.Range(1, 1000).Select(n => string.Create(CultureInfo.InvariantCulture, $"{CertificateAuthority.FirstName}-{now:yyyy-MM-dd}{(n == 1 ? "" : $"-{n}")}")).First(n => !File.Exists(Path.Combine(_folder, n + ".crt")) && !File.Exists(Path.Combine(_folder, n + ".key")));
            _open[name] = CertificateAuthority.Open(_folder, name, _clock, mayMake: true);
            return [.. _record.Authorities, new Entry(name, changeOver)];
        });
    }

    /// <summary>Lets the next authority mint from now on. False when there is none.</summary>
    public bool TryFinish() => Change(set => set.Next is null ? null : [.. _record.Authorities.Select(e => e.Name == set.Next.Name ? e with { MintsFrom = _clock.GetUtcNow() } : e)]);

    /// <summary>Takes the next authority back before it has minted; its key is deleted. False when there is none.</summary>
    public bool TryCancel() => Change(set => set.Next is null ? null : [.. _record.Authorities.Where(e => e.Name != set.Next.Name)]);

    /// <summary>Deletes key and certificate of what minted before. False when there is nothing of the kind.</summary>
    public bool TryDropPrevious() => Change(set => set.Previous is null ? null : [.. _record.Authorities.SkipWhile(e => e.Name != set.Minting.Name)]);

    private bool Change(Func<AuthoritySet, List<Entry>?> change)
    {
        lock (_lock)
        {
            try
            {
                // Two commands at once take their turns; a gateway only reads.
                using var turn = new FileStream(Path.Combine(_folder, "authorities.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
                _record = Read(_folder);
                var before = SetAt(_clock.GetUtcNow());
                if (change(before) is not { } entries) return false;
                var gone = _record.Authorities.Where(e => !entries.Exists(kept => kept.Name == e.Name)).ToList();
                _record = new Record(before.School, entries);
                Write();
                // The files go last: what the record names is always there.
                foreach (var entry in gone)
                {
                    if (_open.Remove(entry.Name, out var authority)) authority.Dispose();
                    File.Delete(Path.Combine(_folder, entry.Name + ".key"));
                    File.Delete(Path.Combine(_folder, entry.Name + ".crt"));
                }
                _current = SetAt(_clock.GetUtcNow());
                return true;
            }
            catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
            {
                throw new CertificateAuthorityException($"The authorities in {_folder} cannot be changed: {problem.Message} Run the command as the gateway's account or as root.", problem);
            }
        }
    }

    private void Write()
    {
        var path = PathIn(_folder);
        var fresh = path + ".new";
        File.WriteAllText(fresh, JsonSerializer.Serialize(_record, Form) + "\n");
        File.Move(fresh, path, overwrite: true);
        _fileTime = File.GetLastWriteTimeUtc(path);
    }

    private AuthoritySet SetAt(DateTimeOffset time)
    {
        var entries = _record.Authorities;
        var minting = Math.Max(0, entries.FindLastIndex(e => e.MintsFrom is not { } from || from <= time));
        var next = minting + 1 < entries.Count ? entries[minting + 1] : null;
        return new AuthoritySet(Find(entries[minting]), next is null ? null : Find(next), minting > 0 ? Find(entries[minting - 1]) : null)
        {
            ChangeOver = next?.MintsFrom ?? entries[minting].MintsFrom,
            School = _record.School != Guid.Empty ? _record.School : new Guid(Find(entries[0]).Certificate.GetCertHash(HashAlgorithmName.SHA256).AsSpan(0, 16)),
        };
    }

    private CertificateAuthority Find(Entry entry)
    {
        if (!_open.TryGetValue(entry.Name, out var authority)) _open.Add(entry.Name, authority = CertificateAuthority.Open(_folder, entry.Name, _clock, mayMake: false));
        return authority;
    }

    private static Record Read(string folder)
    {
        var path = PathIn(folder);
        try
        {
            if (!File.Exists(path)) return new Record(Guid.Empty, [new Entry(CertificateAuthority.FirstName, MintsFrom: null)]);
            var record = JsonSerializer.Deserialize<Record>(File.ReadAllText(path), Form);
            // A name is one of ours and never a path.
            if (record is { Authorities: { Count: > 0 } entries } && entries.TrueForAll(e => e.Name.StartsWith(CertificateAuthority.FirstName, StringComparison.Ordinal) && e.Name.All(c => char.IsAsciiLetterOrDigit(c) || c == '-'))) return record;
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException or JsonException)
        {
            throw new CertificateAuthorityException($"{path} cannot be read: {problem.Message} Restore the whole folder from a backup.", problem);
        }
        throw new CertificateAuthorityException($"{path} names no authority. Restore the whole folder from a backup.");
    }

    private static string PathIn(string folder) => Path.Combine(folder, FileName);

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_lock)
        {
            foreach (var authority in _open.Values) authority.Dispose();
            _open.Clear();
        }
    }

    /// <summary>The file: in the order in which they mint.</summary>
    private sealed record Record(Guid School, List<Entry> Authorities);

    private sealed record Entry(string Name, DateTimeOffset? MintsFrom);
}
