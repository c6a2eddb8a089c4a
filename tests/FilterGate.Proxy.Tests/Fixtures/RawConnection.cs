using System.Buffers;
using System.IO.Pipelines;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace FilterGate.Proxy.Tests.Fixtures;

/// <summary>A client's end of a connection: writes bytes and reads bytes, as they are.</summary>
internal sealed class RawConnection(PipeReader input, PipeWriter output, Action ended) : IDisposable
{
    /// <summary>No answer within this is a failed test, not a slow machine.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    /// <summary>Sends text as Latin-1: each character one byte.</summary>
    public async Task<RawConnection> SendAsync(string text)
    {
        await SendAsync(Encoding.Latin1.GetBytes(text));
        return this;
    }

    public async Task SendAsync(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            await output.WriteAsync(bytes);
        }
        catch (InvalidOperationException)
        {
            // The gateway has cut the connection meanwhile: on a wire too what is sent then is lost, and only reading tells.
        }
    }

    /// <summary>Says that nothing more will come (a half-close).</summary>
    public async Task EndAsync()
    {
        await output.CompleteAsync();
        ended();
    }

    /// <summary>Reads to the end of the connection.</summary>
    public async Task<string> ReadToEndAsync()
    {
        using var patience = new CancellationTokenSource(Patience);
        var text = new StringBuilder();
        while (true)
        {
            var read = await input.ReadAsync(patience.Token);
            foreach (var piece in read.Buffer) text.Append(Encoding.Latin1.GetString(piece.Span));
            input.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted) return text.ToString();
        }
    }

    /// <summary>Reads until the text so far ends with, or holds, the given piece.</summary>
    public async Task<string> ReadUntilAsync(string piece)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (true)
        {
            var read = await input.ReadAsync(patience.Token);
            var text = Encoding.Latin1.GetString(read.Buffer.ToArray());
            var at = text.IndexOf(piece, StringComparison.Ordinal);
            if (at >= 0)
            {
                input.AdvanceTo(read.Buffer.GetPosition(at + piece.Length));
                return text[..(at + piece.Length)];
            }

            input.AdvanceTo(read.Buffer.Start, read.Buffer.End);
            if (read.IsCompleted) throw new AssertionException($"The connection ended before '{piece}' came. It said: {text}");
        }
    }

    /// <summary>Reads one answer: its head, and its body by Content-Length or chunks.</summary>
    public async Task<RawAnswer> ReadAnswerAsync(bool hasBody = true)
    {
        var head = await ReadUntilAsync("\r\n\r\n");
        var answer = new RawAnswer(head);
        if (!hasBody || answer.Status is 204 or 304 or (>= 100 and < 200)) return answer;
        if (answer["Content-Length"] is { } length) return answer with { Body = await ReadExactlyAsync(int.Parse(length, System.Globalization.CultureInfo.InvariantCulture)) };
        if (answer["Transfer-Encoding"] != "chunked") return answer with { Body = await ReadToEndAsync() };
        var body = new StringBuilder();
        while (true)
        {
            var size = Convert.ToInt32((await ReadUntilAsync("\r\n"))[..^2].Split(';')[0], 16);
            if (size > 0) body.Append(await ReadExactlyAsync(size));
            if (size == 0)
            {
                await ReadUntilAsync("\r\n");
                return answer with { Body = body.ToString() };
            }

            await ReadUntilAsync("\r\n");
        }
    }

    /// <summary>The bytes both ways, for whoever speaks TLS over them in a way of their own.</summary>
    public Stream AsStream() => new PipePairStream(input, output);

    /// <summary>Begins TLS as a client of this name. The gateway's certificate is given to <paramref name="inspect"/>.</summary>
#pragma warning disable CA5359 // The certificate is what the tests look at.
    public async Task<SslStream> StartTlsAsync(string name, Action<X509Certificate2>? inspect = null, params List<SslApplicationProtocol> protocols)
    {
        var tls = new SslStream(new PipePairStream(input, output));
        await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
        {
            TargetHost = name,
            ApplicationProtocols = protocols.Count > 0 ? protocols : null,
            RemoteCertificateValidationCallback = (_, certificate, _, _) =>
            {
                inspect?.Invoke((X509Certificate2)certificate!);
                return true;
            },
        }).WaitAsync(Patience);
        return tls;
    }

#pragma warning restore CA5359

    private async Task<string> ReadExactlyAsync(int count)
    {
        if (count == 0) return "";
        using var patience = new CancellationTokenSource(Patience);
        var read = await input.ReadAtLeastAsync(count, patience.Token);
        var piece = read.Buffer.Slice(0, Math.Min(count, read.Buffer.Length));
        var text = Encoding.Latin1.GetString(piece.ToArray());
        input.AdvanceTo(piece.End);
        return text;
    }

    public void Dispose()
    {
        input.Complete();
        output.Complete();
        ended();
    }

    private sealed class PipePairStream(PipeReader input, PipeWriter output) : Stream
    {
        private readonly Stream _reader = input.AsStream(leaveOpen: true);
        private readonly Stream _writer = output.AsStream(leaveOpen: true);
        public override bool CanRead => true;
        public override bool CanSeek => false;
        public override bool CanWrite => true;
        public override long Length => throw new NotSupportedException();
        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }
        public override void Flush() => _writer.Flush();
        public override Task FlushAsync(CancellationToken cancellationToken) => _writer.FlushAsync(cancellationToken);
        public override int Read(byte[] buffer, int offset, int count) => _reader.Read(buffer, offset, count);
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => _reader.ReadAsync(buffer, cancellationToken);
        public override void Write(byte[] buffer, int offset, int count) => _writer.Write(buffer, offset, count);
        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => _writer.WriteAsync(buffer, cancellationToken);
        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
        public override void SetLength(long value) => throw new NotSupportedException();
    }
}

/// <summary>An HTTP/1.1 answer as it came.</summary>
internal sealed record RawAnswer(string Head, string Body = "")
{
    public int Status => int.Parse(Head.AsSpan(9, 3), System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>The value of a field, joined by commas as RFC 9110 §5.3 allows; null without one.</summary>
    public string? this[string field]
    {
        get
        {
            var values = Head.Split("\r\n").Skip(1).Where(l => l.StartsWith(field + ":", StringComparison.OrdinalIgnoreCase)).Select(l => l[(field.Length + 1)..].Trim()).ToArray();
            return values.Length == 0 ? null : string.Join(", ", values);
        }
    }
}
