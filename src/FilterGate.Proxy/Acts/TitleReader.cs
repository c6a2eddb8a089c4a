using System.Buffers;
using System.IO.Compression;
using System.Net;
using System.Text;
using FilterGate.Policy.Search;

namespace FilterGate.Proxy.Acts;

/// <summary>Takes the title from the beginning of an HTML answer while it streams past: at most <see cref="BytesMax"/> as sent, and as many unpacked.</summary>
/// <remarks>The client's bytes are copied, never held up or changed. Nothing is unpacked or read before the answer has ended. What is hostile costs those bytes and no more, and has no title or a cut one.</remarks>
internal sealed class TitleReader : IDisposable
{
    /// <summary>So much of an answer is looked at. Pages have their title in the first few kilobytes; some put large styles before it.</summary>
    public const int BytesMax = 64 * 1024;

    /// <summary>Most characters that are kept of a title.</summary>
    public const int CharactersMax = 200;

    /// <summary>Where a page may name its character set: <see href="https://html.spec.whatwg.org/#charset">within the first 1,024 bytes</see>.</summary>
    private const int PrescanBytes = 1024;

    private const int FirstBuffer = 8 * 1024;

    private static readonly SearchValues<char> CharsetEnds = SearchValues.Create(" \t\r\n\"';/>");

    private readonly string _coding;
    private readonly string? _charset;
    private byte[]? _buffer;
    private int _count;

    private TitleReader(string coding, string? charset) => (_coding, _charset) = (coding, charset);

    /// <summary>A reader for this answer, or null where it can have no title that is understood.</summary>
    public static TitleReader? For(HttpResponseMessage answer, bool isHead)
    {
        if (isHead || answer.StatusCode is HttpStatusCode.NoContent or HttpStatusCode.ResetContent or HttpStatusCode.PartialContent or HttpStatusCode.NotModified || (int)answer.StatusCode is < 200 or (>= 300 and < 400)) return null;
        var headers = answer.Content.Headers.NonValidated;
        if (!headers.TryGetValues("Content-Type", out var types)) return null;
        var type = types.ToString();
        if (!type.StartsWith("text/html", StringComparison.OrdinalIgnoreCase) && !type.StartsWith("application/xhtml+xml", StringComparison.OrdinalIgnoreCase)) return null;
        var coding = headers.TryGetValues("Content-Encoding", out var codings) ? codings.ToString().Trim().ToLowerInvariant() : "";
        return coding is "" or "identity" or "gzip" or "x-gzip" or "br" or "deflate" ? new TitleReader(coding, CharsetIn(type)) : null;
    }

    /// <summary>Sees some bytes of the answer.</summary>
    public void Add(ReadOnlySpan<byte> bytes)
    {
        if (_count == BytesMax || bytes.IsEmpty) return;
        if (bytes.Length > BytesMax - _count) bytes = bytes[..(BytesMax - _count)];
        if (_buffer is null || _buffer.Length < _count + bytes.Length)
        {
            var larger = ArrayPool<byte>.Shared.Rent(Math.Min(BytesMax, Math.Max(FirstBuffer, 2 * (_count + bytes.Length))));
            _buffer.AsSpan(0, _count).CopyTo(larger);
            if (_buffer is not null) ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = larger;
        }
        bytes.CopyTo(_buffer.AsSpan(_count));
        _count += bytes.Length;
    }

    /// <summary>The title: entities resolved, white space folded, at most <see cref="CharactersMax"/> characters; null where there is none. Once, at the end.</summary>
    public string? Read()
    {
        if (_buffer is null) return null;
        if (_coding is "" or "identity") return Find(_buffer.AsSpan(0, _count), _charset);
        var unpacked = ArrayPool<byte>.Shared.Rent(BytesMax);
        try
        {
            return Find(unpacked.AsSpan(0, Unpack(unpacked.AsSpan(0, BytesMax))), _charset);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(unpacked);
        }
    }

    private int Unpack(Span<byte> to)
    {
        // What is called deflate is zlib's form by the standard, and bare from some servers: 0x78 begins the former.
        Stream Open(Stream packed) => _coding switch
        {
            "br" => new BrotliStream(packed, CompressionMode.Decompress),
            "deflate" when _count > 1 && (_buffer![0] & 0x0F) == 8 && ((_buffer[0] << 8) | _buffer[1]) % 31 == 0 => new ZLibStream(packed, CompressionMode.Decompress),
            "deflate" => new DeflateStream(packed, CompressionMode.Decompress),
            _ => new GZipStream(packed, CompressionMode.Decompress),
        };
        var count = 0;
        try
        {
            using var stream = Open(new MemoryStream(_buffer!, 0, _count, writable: false));
            while (count < to.Length && stream.Read(to[count..]) is > 0 and var read) count += read;
        }
        catch (Exception problem) when (problem is InvalidDataException or IOException or InvalidOperationException)
        {
            // Cut off at our bound, or broken: what came out so far is looked at.
        }
        return count;
    }

    /// <summary>Finds the title in the beginning of a page.</summary>
    /// <param name="bytes">The page.</param>
    /// <param name="charset">What its header says of its character set, or null.</param>
    internal static string? Find(ReadOnlySpan<byte> bytes, string? charset)
    {
        var text = Decode(bytes, charset);
        for (var at = 0; text.AsSpan(at).IndexOf('<') is >= 0 and var offset;)
        {
            at += offset;
            var rest = text.AsSpan(at);
            // Each step goes on from where the last ended, so that a page of nothing but beginnings is read once.
            if (rest.StartsWith("<!--", StringComparison.Ordinal)) at = After(text, at, "-->");
            else if (IsElement(rest, "script")) at = After(text, at, "</script");
            else if (IsElement(rest, "style")) at = After(text, at, "</style");
            // A drawing has titles of its own.
            else if (IsElement(rest, "svg")) at = After(text, at, "</svg");
            else if (IsElement(rest, "title")) return TitleAt(rest);
            else at++;
            if (at < 0) return null;
        }
        return null;
    }

    private static string? TitleAt(ReadOnlySpan<char> element)
    {
        var begin = element.IndexOf('>');
        if (begin < 0) return null;
        var title = element[(begin + 1)..];
        var end = title.IndexOf("</title", StringComparison.OrdinalIgnoreCase);
        if (end >= 0) title = title[..end];
        // Escapes are at most ten times as long as what they stand for; more than that is no title.
        if (title.Length > CharactersMax * 10) title = title[..(CharactersMax * 10)];
        return PlainText.Fold(WebUtility.HtmlDecode(title.ToString()), CharactersMax);
    }

    private static bool IsElement(ReadOnlySpan<char> rest, string name) =>
        rest.Length > name.Length + 1 && rest[1..].StartsWith(name, StringComparison.OrdinalIgnoreCase) && rest[name.Length + 1] is '>' or '/' or ' ' or '\t' or '\r' or '\n' or '\f';

    private static int After(string text, int from, string end) => text.IndexOf(end, from, StringComparison.OrdinalIgnoreCase) is >= 0 and var found ? found + end.Length : -1;

    private static string Decode(ReadOnlySpan<byte> bytes, string? charset)
    {
        if (bytes is [0xEF, 0xBB, 0xBF, ..]) return Encoding.UTF8.GetString(bytes[3..]);
        if (bytes is [0xFF, 0xFE, ..]) return Encoding.Unicode.GetString(bytes[2..]);
        if (bytes is [0xFE, 0xFF, ..]) return Encoding.BigEndianUnicode.GetString(bytes[2..]);
        var declared = charset is null ? null : PlainText.FindCharset(charset, isStrict: false);
        if (declared is null && CharsetIn(Encoding.Latin1.GetString(bytes[..Math.Min(bytes.Length, PrescanBytes)])) is { } inPage)
            // A page that can be read so far is no UTF-16, whatever it says.
            declared = PlainText.FindCharset(inPage, isStrict: false) is { } found && !found.WebName.StartsWith("utf-16", StringComparison.Ordinal) ? found : Encoding.UTF8;
        if (declared is not null) return declared.GetString(bytes);
        var utf8 = Encoding.UTF8.GetString(bytes);
        // The last character may be cut off at the bound.
        return utf8.IndexOf('\uFFFD', StringComparison.Ordinal) is var wrong && (wrong < 0 || wrong >= utf8.Length - 2) ? utf8 : PlainText.FindCharset("windows-1252", isStrict: false)!.GetString(bytes);
    }

    /// <summary>The value after <c>charset=</c>, in a header field or in a <c>meta</c> element; null without one.</summary>
    private static string? CharsetIn(string text)
    {
        for (var at = 0; text.IndexOf("charset", at, StringComparison.OrdinalIgnoreCase) is >= 0 and var found;)
        {
            at = found + "charset".Length;
            var rest = text.AsSpan(at).TrimStart();
            if (rest.IsEmpty || rest[0] != '=') continue;
            rest = rest[1..].TrimStart().TrimStart("\"'");
            var end = rest.IndexOfAny(CharsetEnds);
            var name = end < 0 ? rest : rest[..end];
            return name.Length is > 0 and <= 40 ? name.ToString() : null;
        }
        return null;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_buffer is not null) ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = null;
        _count = 0;
    }
}

/// <summary>An answer's body as it is, each piece of which a <see cref="TitleReader"/> sees as it passes.</summary>
internal sealed class TitledContent(HttpContent inner, TitleReader title) : HttpContent
{
    /// <inheritdoc/>
    protected override Task<Stream> CreateContentReadStreamAsync() => CreateContentReadStreamAsync(CancellationToken.None);

    /// <inheritdoc/>
    protected override async Task<Stream> CreateContentReadStreamAsync(CancellationToken cancellationToken) => new TappedStream(await inner.ReadAsStreamAsync(cancellationToken), title);

    /// <inheritdoc/>
    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
    {
        await using var body = await CreateContentReadStreamAsync(CancellationToken.None);
        await body.CopyToAsync(stream);
    }

    /// <inheritdoc/>
    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false; // The header fields have gone out already.
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing) inner.Dispose();
        base.Dispose(disposing);
    }

    private sealed class TappedStream(Stream body, TitleReader title) : Stream
    {
        public override bool CanRead => true;
        public override bool CanSeek => false;
        public override bool CanWrite => false;
        public override long Length => throw new NotSupportedException();
        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var count = await body.ReadAsync(buffer, cancellationToken);
            title.Add(buffer.Span[..count]);
            return count;
        }

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override int Read(byte[] buffer, int offset, int count)
        {
            var read = body.Read(buffer, offset, count);
            title.Add(buffer.AsSpan(offset, read));
            return read;
        }

        public override void Flush() => throw new NotSupportedException();
        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
        public override void SetLength(long value) => throw new NotSupportedException();
        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            if (disposing) body.Dispose();
            base.Dispose(disposing);
        }
    }
}
