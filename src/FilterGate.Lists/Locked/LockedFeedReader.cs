using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using FilterGate.Matching;

namespace FilterGate.Lists.Locked;

/// <summary>What was read from a feed: its entries by category, hashed, and what could not be used.</summary>
/// <param name="Sections">Entries of each category.</param>
/// <param name="LineCount">Lines that should be entries.</param>
/// <param name="MalformedLines">Numbers of those that are none, from 1; at most <see cref="LockedFeedReader.MalformedShownMax"/>.</param>
/// <param name="MalformedCount">How many they are.</param>
internal sealed record LockedReading(IReadOnlyList<(Category Category, LockedEntries Entries)> Sections, int LineCount, IReadOnlyList<int> MalformedLines, int MalformedCount)
{
    /// <summary>Different entries.</summary>
    public int EntryCount => Sections.Sum(s => s.Entries.Count);
}

/// <summary>Reads the text of a locked feed. No word of it gets into a message, not even of a line that cannot be used.</summary>
/// <remarks>
/// <para>A list of hashes begins with <c># sha-256</c>, or with <c># hmac-sha-256 CHECK</c>, where CHECK is the first 16 hexadecimal digits of the HMAC of the words <c>filtergate key check</c> with the supplier's key. Each line is the hash of a Safe Browsing expression
/// (<c>host/path?query</c>, or <c>host/</c> for a whole host), then, after commas, the hash of its host, and <c>verification</c>; both may be left out.</para>
/// <para>What such a list can do: nobody who has the file reads an address in it. What it cannot: plain SHA-256 hides nothing from somebody who has a candidate to try, and a list hashed with a key is of use only with that very key, which is why a wrong one is refused rather than matching nothing for ever.</para>
/// <para>In any text, a remark <c># count: N</c> says how many entries there should be, and a feed with another number is refused as cut.</para>
/// </remarks>
internal sealed class LockedFeedReader(string list, LockedFeedSource? source, Taxonomy taxonomy, byte[] boxKey, byte[]? hashKey)
{
    /// <summary>Most numbers of malformed lines that are kept.</summary>
    public const int MalformedShownMax = 100;

    private const string KeyCheckWords = "filtergate key check", CountWords = "count:";

    private readonly Dictionary<Category, LockedEntries.Builder> _sections = [];
    private readonly List<int> _malformed = [];
    private int _lineCount, _malformedCount;
    private bool _isHashed;
    private int? _promisedCount;

    /// <summary>Reads a feed.</summary>
    /// <param name="text">Its bytes, UTF-8.</param>
    /// <param name="format">How it is written; not <see cref="LockedFormat.Bundle"/>.</param>
    /// <exception cref="ListLoadException">It is no feed of this form: says what to do, and nothing of what it holds.</exception>
    public LockedReading Read(byte[] text, LockedFormat format)
    {
        if (text.Length == 0) throw new ListLoadException($"{list}: the feed is empty.");
        if (text[^1] != (byte)'\n') throw new ListLoadException($"{list}: the feed ends within a line, as one does that was cut short. If it is whole, end its last line.");
        using var digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using var stream = new MemoryStream(text, writable: false);
        var lines = new LineReader(stream, digest);
        switch (format)
        {
            case LockedFormat.Urls:
                ReadLines(lines, AddUrl);
                break;
            case LockedFormat.Csv:
                ReadCsv(lines);
                break;
            case LockedFormat.Hashed:
                ReadHashed(lines);
                break;
            default:
                throw new ListLoadException($"{list}: a bundle cannot lie within a bundle.");
        }
        if (_promisedCount is { } promised && promised != _lineCount)
            throw new ListLoadException(string.Create(CultureInfo.InvariantCulture, $"{list}: the feed says that it has {promised} entries and has {_lineCount}: it is not whole. Get it again."));
        return new([.. _sections.Select(s => (s.Key, s.Value.Build()))], _lineCount, _malformed, _malformedCount);
    }

    private void ReadLines(LineReader lines, Func<string, bool> add)
    {
        while (lines.MoveNext())
        {
            if (lines.Problem is null && (lines.Text.Length == 0 || IsRemark(lines.Text))) continue;
            Count(lines.Number, lines.Problem is null && add(lines.Text));
        }
    }

    private bool IsRemark(string line)
    {
        if (line[0] != '#') return false;
        var remark = line.AsSpan(1).Trim();
        if (remark.StartsWith(CountWords, StringComparison.OrdinalIgnoreCase) && int.TryParse(remark[CountWords.Length..].Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var count)) _promisedCount = count;
        return true;
    }

    private void Count(int line, bool isGood)
    {
        _lineCount++;
        if (isGood) return;
        _malformedCount++;
        if (_malformed.Count < MalformedShownMax) _malformed.Add(line);
    }

    private bool AddUrl(string line)
    {
        var remark = line.IndexOf(" #", StringComparison.Ordinal);
        var isVerification = remark >= 0 && IsYes(line[(remark + 2)..]);
        return Section(OwnCategory()).TryAdd(remark < 0 ? line : line[..remark], isVerification);
    }

    private void ReadCsv(LineReader lines)
    {
        string[]? headings = null;
        var (entryAt, categoryAt, verificationAt) = (-1, -1, -1);
        var entryColumn = source?.EntryColumn ?? "entry";
        var categoryColumn = source is null ? "category" : source.CategoryColumn;
        var verificationColumn = source?.VerificationColumn ?? "verification";
        ReadLines(lines, row =>
        {
            if (headings is null)
            {
                headings = Cells(row) ?? [];
                (entryAt, categoryAt, verificationAt) = (At(entryColumn), At(categoryColumn), At(verificationColumn));
                if (source is null && (entryAt < 0 || categoryAt < 0)) throw new ListLoadException($"{list}, line {lines.Number}: the headings must be entry,category.");
                if (entryAt < 0 || (categoryColumn is not null && categoryAt < 0))
                    throw new ListLoadException(string.Create(CultureInfo.InvariantCulture,
                        $"{list}, line {lines.Number}: the headings must name the column {(entryAt < 0 ? entryColumn : categoryColumn)}. If the feed calls it something else, say so in the settings (entry_column, category_column)."));
                _lineCount--;
                return true;
            }
            if (Cells(row) is not { } cells || cells.Length < headings.Length) return false;
            // A supplier that does not quote an address with commas: what is too much belongs to it.
            var surplus = cells.Length - headings.Length;
            var entry = string.Join(',', cells[entryAt..(entryAt + surplus + 1)]).Trim();
            var slug = Cell(cells, categoryAt, surplus);
            var category = slug is null ? null : taxonomy.Find(slug) is { Pupil: CategoryDefault.Locked } known ? known : null;
            // A word of the supplier's own must not cost an entry; only the shipped sample has no category to fall back on.
            if (category is null && source is null) return false;
            return Section(category ?? OwnCategory()).TryAdd(entry, Cell(cells, verificationAt, surplus) is { } word && IsYes(word));

            string? Cell(string[] cells, int at, int surplus) => at < 0 ? null : cells[at > entryAt ? at + surplus : at].Trim();
        });
        if (headings is null) throw new ListLoadException($"{list}: the feed is empty.");

        int At(string? column) => column is null ? -1 : Array.FindIndex(headings!, h => string.Equals(h.Trim(), column, StringComparison.OrdinalIgnoreCase));
    }

    private void ReadHashed(LineReader lines)
    {
        var hasHead = false;
        _isHashed = true;
        while (lines.MoveNext())
        {
            if (lines.Problem is null && lines.Text.Length == 0) continue;
            if (!hasHead)
            {
                CheckHashHead(lines.Text);
                hasHead = true;
                continue;
            }
            if (lines.Problem is null && IsRemark(lines.Text)) continue;
            Count(lines.Number, lines.Problem is null && AddHash(lines.Text));
        }
    }

    private void CheckHashHead(string head)
    {
        var words = head.Split((char[])['#', ' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
        if (head.StartsWith('#') && words is ["sha-256"])
        {
            if (hashKey is not null) throw new ListLoadException($"{list}: the feed is hashed without a key, and a key file is named. Leave the key file out.");
            return;
        }
        if (!head.StartsWith('#') || words is not ["hmac-sha-256", var check])
            throw new ListLoadException($"{list}: a list of hashes begins with the line '# sha-256', or with '# hmac-sha-256 CHECK' where it was hashed with a key. Ask the supplier for that line, or name another format.");
        if (hashKey is null) throw new ListLoadException($"{list}: the feed is hashed with a key. Name the file that holds it (key_file, --key-file); without that very key the list is of no use.");
        var expected = Convert.ToHexStringLower(HMACSHA256.HashData(hashKey, Encoding.ASCII.GetBytes(KeyCheckWords)).AsSpan(0, 8));
        if (!check.Equals(expected, StringComparison.OrdinalIgnoreCase))
            throw new ListLoadException($"{list}: the feed was hashed with another key than the one in the key file, so nothing of it could ever match. Get the list or the key again.");
    }

    private bool AddHash(string line)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes], host = stackalloc byte[SHA256.HashSizeInBytes];
        var cells = line.Split(',', StringSplitOptions.TrimEntries);
        var isVerification = cells.Length > 1 && IsYes(cells[^1]);
        if (isVerification) cells = cells[..^1];
        if (cells.Length is 0 or > 2 || !TryHex(cells[0], hash)) return false;
        var hasHost = cells.Length == 2 && cells[1].Length > 0;
        if (hasHost && !TryHex(cells[1], host)) return false;
        return Section(OwnCategory()).TryAddHash(hash, hasHost ? host : [], isVerification);

        static bool TryHex(string text, Span<byte> bytes) => text.Length == bytes.Length * 2 && Convert.FromHexString(text, bytes, out _, out _) == System.Buffers.OperationStatus.Done;
    }

    private LockedEntries.Builder Section(Category category)
    {
        if (_sections.TryGetValue(category, out var section)) return section;
        return _sections[category] = _isHashed ? new(boxKey, hashKey) : new(boxKey);
    }

    private Category OwnCategory() => taxonomy.Find(source!.Feed.Category) ?? throw new InvalidOperationException($"The taxonomy has no category {source.Feed.Category}.");

    private static bool IsYes(string word) => word.Trim().ToUpperInvariant() is "1" or "TRUE" or "YES" or "VERIFICATION";

    /// <summary>The cells of a row (RFC 4180: one may stand in quotation marks, with its own doubled), or null when a quotation mark is not closed.</summary>
    private static string[]? Cells(string row)
    {
        var cells = new List<string>();
        var cell = new StringBuilder();
        for (var at = 0; ; at++)
        {
            cell.Clear();
            if (at < row.Length && row[at] == '"')
            {
                for (at++; ; at++)
                {
                    if (at >= row.Length) return null;
                    if (row[at] != '"') cell.Append(row[at]);
                    else if (at + 1 < row.Length && row[at + 1] == '"') cell.Append(row[at++]);
                    else break;
                }
                at++;
            }
            for (; at < row.Length && row[at] != ','; at++) cell.Append(row[at]);
            cells.Add(cell.ToString());
            if (at >= row.Length) return [.. cells];
        }
    }
}
