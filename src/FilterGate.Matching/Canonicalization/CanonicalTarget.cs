using System.Buffers;
using System.Text;

namespace FilterGate.Matching;

/// <summary>Brings the path and query of a URL into the one form that lists use.</summary>
/// <remarks>
/// Two passes over a path, and the order matters. First what a browser does before it sends (URL standard: <c>\</c> is <c>/</c>, dot segments go, <c>%2e</c> is a dot there too), so that whatever
/// it treats as one URL is one here; only then the Safe Browsing rules, which are coarser: unescape until stable, dot segments again, doubled slashes.
/// The other way round, <c>/a//../b</c> and <c>/a/b</c>, one URL to a browser, would differ.
/// </remarks>
internal static class CanonicalTarget
{
    // Safe Browsing escapes 0x20 and below, 0x7F and above, # and %; a ? in the path as well, lest it become the query's when the URL is read again.
    private static readonly SearchValues<byte> PathVerbatim = PercentEncoding.PrintableExcept("#%?\\"u8);
    private static readonly SearchValues<byte> QueryVerbatim = PercentEncoding.PrintableExcept("#%"u8);
    private static readonly SearchValues<char> CleanPath = SearchValues.Create(Characters(except: "#%?\\"));
    private static readonly SearchValues<char> CleanQuery = SearchValues.Create(Characters(except: "#%"));

    /// <summary>True when path and query are canonical as they stand. No allocation.</summary>
    public static bool IsCanonical(ReadOnlySpan<char> path, ReadOnlySpan<char> query) =>
        !path.IsEmpty && path[0] == '/' && !path.ContainsAnyExcept(CleanPath) && !query.ContainsAnyExcept(CleanQuery)
        && path.IndexOf("//") < 0 && !HasDotSegment(path);

    /// <summary>Canonical path of a raw one, which may be empty.</summary>
    public static string CanonicalizePath(ReadOnlySpan<char> path)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(path.Length * 3 + 1);
        buffer[0] = (byte)'/';
        var length = 1 + Encoding.UTF8.GetBytes(path.IsEmpty || path[0] is not ('/' or '\\') ? path : path[1..], buffer.AsSpan(1));
        var bytes = buffer.AsSpan(0, length);

        // Pass 1: as the browser.
        bytes.Replace((byte)'\\', (byte)'/');
        bytes = bytes[..ResolveSegments(bytes, isUnescaped: false)];
        // Pass 2: as Safe Browsing. A backslash that was escaped is a slash to some servers, so it is one here.
        bytes = bytes[..PercentEncoding.UnescapeFully(bytes)];
        bytes.Replace((byte)'\\', (byte)'/');
        bytes = bytes[..ResolveSegments(bytes, isUnescaped: true)];

        var canonical = PercentEncoding.Escape(bytes, PathVerbatim);
        ArrayPool<byte>.Shared.Return(buffer);
        return canonical;
    }

    /// <summary>Canonical query of a raw one, without its question mark.</summary>
    public static string CanonicalizeQuery(ReadOnlySpan<char> query)
    {
        if (!query.ContainsAnyExcept(CleanQuery)) return query.ToString();
        var buffer = ArrayPool<byte>.Shared.Rent(query.Length * 3);
        var bytes = buffer.AsSpan(0, Encoding.UTF8.GetBytes(query, buffer));
        bytes = bytes[..PercentEncoding.UnescapeFully(bytes)];
        var canonical = PercentEncoding.Escape(bytes, QueryVerbatim);
        ArrayPool<byte>.Shared.Return(buffer);
        return canonical;
    }

    /// <summary>Removes dot segments in place and returns the new length; the path begins with a slash and still does.</summary>
    /// <param name="path">The path.</param>
    /// <param name="isUnescaped">False: <c>%2e</c> is a dot as well and empty segments stay. True: they go, so that doubled slashes become one.</param>
    private static int ResolveSegments(Span<byte> path, bool isUnescaped)
    {
        var length = 0;
        for (var start = 1; start <= path.Length;)
        {
            var end = path[start..].IndexOf((byte)'/');
            var isLast = end < 0;
            var segment = path.Slice(start, isLast ? path.Length - start : end);
            var dots = CountIfDots(segment, isUnescaped);
            if (dots == 2) length = Math.Max(0, path[..length].LastIndexOf((byte)'/'));
            if (dots is 1 or 2 || (isUnescaped && segment.IsEmpty))
            {
                // "/a/." and "/a/b/.." end in the slash of the folder that they name.
                if (isLast) path[length++] = (byte)'/';
            }
            else
            {
                path[length++] = (byte)'/';
                segment.CopyTo(path[length..]);
                length += segment.Length;
            }
            start += segment.Length + 1;
        }
        return length;
    }

    /// <summary>1 or 2 when the segment is that many dots, else 0.</summary>
    private static int CountIfDots(ReadOnlySpan<byte> segment, bool isUnescaped)
    {
        var dots = 0;
        while (!segment.IsEmpty)
        {
            if (segment[0] == '.') segment = segment[1..];
            else if (!isUnescaped && segment.Length >= 3 && segment[0] == '%' && segment[1] == '2' && (segment[2] | 0x20) == 'e') segment = segment[3..];
            else return 0;
            if (++dots > 2) return 0;
        }
        return dots;
    }

    private static bool HasDotSegment(ReadOnlySpan<char> path)
    {
        for (var at = path.IndexOf("/."); at >= 0;)
        {
            var rest = path[(at + 2)..];
            if (rest.IsEmpty || rest[0] == '/' || (rest[0] == '.' && (rest.Length == 1 || rest[1] == '/'))) return true;
            var next = rest.IndexOf("/.");
            at = next < 0 ? -1 : at + 2 + next;
        }
        return false;
    }

    private static string Characters(string except) =>
        string.Concat(Enumerable.Range(0x21, 0x7F - 0x21).Select(c => (char)c).Where(c => !except.Contains(c, StringComparison.Ordinal)));
}
