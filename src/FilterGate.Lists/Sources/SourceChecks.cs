using System.Globalization;
using System.Security.Cryptography;

namespace FilterGate.Lists.Sources;

/// <summary>What a download has to pass: its publisher's digest, and a look at how much it changed.</summary>
internal static class SourceChecks
{
    /// <summary>True for a digest of this kind in hexadecimal.</summary>
    public static bool IsDigest(ReadOnlySpan<char> text, ChecksumAlgorithm algorithm)
    {
        if (text.Length != (algorithm == ChecksumAlgorithm.Md5 ? 2 * MD5.HashSizeInBytes : 2 * SHA256.HashSizeInBytes)) return false;
        foreach (var c in text)
            if (!char.IsAsciiHexDigit(c)) return false;
        return true;
    }

    /// <summary>The digest of a file, lower-case hexadecimal.</summary>
    public static async Task<string> DigestAsync(string path, ChecksumAlgorithm algorithm, CancellationToken cancellationToken)
    {
        await using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0, FileOptions.SequentialScan | FileOptions.Asynchronous);
#pragma warning disable CA5351 // MD5 is what UT1 offers: it finds a damaged download. Where the list comes from, TLS says.
        return Convert.ToHexStringLower(algorithm == ChecksumAlgorithm.Md5 ? await MD5.HashDataAsync(stream, cancellationToken) : await SHA256.HashDataAsync(stream, cancellationToken));
#pragma warning restore CA5351
    }

    /// <summary>Finds a file's digest in what <c>md5sum</c>, <c>sha256sum</c> or their BSD kin wrote: <c>DIGEST  NAME</c>, <c>DIGEST *NAME</c>, <c>MD5 (NAME) = DIGEST</c>; or in a file that holds one digest and nothing else.</summary>
    /// <param name="text">The file of digests.</param>
    /// <param name="name">The file's name without folders.</param>
    /// <param name="algorithm">How the digest was taken.</param>
    /// <returns>The digest, lower-case, or null.</returns>
    public static string? FindDigest(string text, string name, ChecksumAlgorithm algorithm)
    {
        string? sole = null;
        var count = 0;
        foreach (var raw in text.AsSpan().EnumerateLines())
        {
            var line = raw.Trim();
            if (line.IsEmpty || line[0] == '#') continue;
            count++;
            var blank = line.IndexOfAny(' ', '\t');
            if (blank < 0)
            {
                if (IsDigest(line, algorithm)) sole = line.ToString();
                continue;
            }
            if (IsDigest(line[..blank], algorithm) && IsNamed(line[blank..].Trim().TrimStart('*'), name)) return line[..blank].ToString().ToLowerInvariant();
            var (open, close, equals) = (line.IndexOf('('), line.LastIndexOf(')'), line.LastIndexOf('='));
            if (open > 0 && open < close && close < equals && IsNamed(line[(open + 1)..close], name) && IsDigest(line[(equals + 1)..].Trim(), algorithm))
                return line[(equals + 1)..].Trim().ToString().ToLowerInvariant();
        }
        return count == 1 ? sole?.ToLowerInvariant() : null;

        static bool IsNamed(ReadOnlySpan<char> path, string name) => path[(path.LastIndexOf('/') + 1)..].SequenceEqual(name);
    }

    /// <summary>Why a person should look at a new version before it takes force, or null.</summary>
    /// <param name="before">Entries in force.</param>
    /// <param name="after">Entries of the new version.</param>
    /// <param name="options">The shares allowed.</param>
    public static string? WhyUnusual(long before, long after, ListSourceOptions options)
    {
        if (before < options.GuardedFrom) return null;
        var change = (double)(after - before) / before;
        if (change < -options.ShrinkMax) return $"it shrinks from {Count(before)} to {Count(after)} entries ({Percent(-change)} fewer; {Percent(options.ShrinkMax)} is the most that goes unasked)";
        if (change > options.GrowMax) return $"it grows from {Count(before)} to {Count(after)} entries ({Percent(change)} more; {Percent(options.GrowMax)} is the most that goes unasked)";
        return null;
    }

    /// <summary>Why a person should look at a version with so many lines that cannot be used, or null.</summary>
    public static string? WhyUnreadable(long entries, long rejected, ListSourceOptions options)
    {
        var lines = entries + rejected;
        return lines >= options.GuardedFrom && rejected > lines * options.RejectedMax
            ? $"{Count(rejected)} of {Count(lines)} lines cannot be used ({Percent((double)rejected / lines)}; {Percent(options.RejectedMax)} is the most that goes unasked): perhaps its publisher changed the format"
            : null;
    }

    /// <summary>A number for people: <c>373,295</c>.</summary>
    public static string Count(long number) => number.ToString("#,0", CultureInfo.InvariantCulture);

    private static string Percent(double share) => (share * 100).ToString("0", CultureInfo.InvariantCulture) + " %";
}
