using System.Buffers.Text;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace FilterGate.Load;

/// <summary>One keep-alive connection that sends the same request over and over, each after the whole answer to the last.</summary>
/// <remarks>Raw bytes and no allocation per request: what the client costs is not there for the proxy. Runs on the sockets' own thread once started.</remarks>
internal sealed class LoadConnection : IDisposable
{
    // A head of some hundred bytes and 1 KiB arrive in one piece; more is read in several.
    private readonly byte[] _buffer = new byte[16 * 1024];
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly SocketAsyncEventArgs _receive = new();
    private readonly byte[] _request;
    private readonly int _bodyLength;
    private int _headBytes;
    private int _bodyLeft = -1;
    private long _sentAt;
    private long _answers;
    private volatile bool _isMeasured;
    private volatile bool _isStopping;
    private volatile string? _error;

    /// <summary>Prepares a connection.</summary>
    /// <param name="request">A whole request.</param>
    /// <param name="bodyLength">The length that each answer must have.</param>
    public LoadConnection(byte[] request, int bodyLength)
    {
        (_request, _bodyLength) = (request, bodyLength);
        _receive.Completed += (_, _) => { if (OnReceived()) Receive(); };
    }

    /// <summary>Whole answers so far.</summary>
    public long Answers => Volatile.Read(ref _answers);

    /// <summary>The latencies of what was answered while <see cref="IsMeasured"/>. Read it after <see cref="Dispose"/>.</summary>
    public LatencyHistogram Latencies { get; } = new();

    /// <summary>Whether latencies are recorded.</summary>
    public bool IsMeasured { get => _isMeasured; set => _isMeasured = value; }

    /// <summary>Why it ended before it was told to, or null.</summary>
    public string? Error => _error;

    /// <summary>Connects and begins.</summary>
    public void Start(IPEndPoint endPoint)
    {
        // Not asynchronously: the caller would go on running on the sockets' own thread (see Program).
        _socket.Connect(endPoint);
        Send();
        Receive();
    }

    private void Send()
    {
        _headBytes = 0;
        _bodyLeft = -1;
        _receive.SetBuffer(_buffer, 0, _buffer.Length);
        _sentAt = Stopwatch.GetTimestamp();
        // A request of 150 bytes always fits the socket's empty send buffer: this does not wait.
        _socket.Send(_request);
    }

    private void Receive()
    {
        try
        {
            while (!_socket.ReceiveAsync(_receive))
            {
                if (!OnReceived()) return;
            }
        }
        catch (Exception problem) when (problem is SocketException or ObjectDisposedException)
        {
            Fail(problem.Message);
        }
    }

    /// <summary>True when more is to be received.</summary>
    private bool OnReceived()
    {
        if (_isStopping) return false;
        if (_receive.SocketError != SocketError.Success) return Fail(_receive.SocketError.ToString());
        var received = _receive.BytesTransferred;
        if (received == 0) return Fail("closed by the other side");

        if (_bodyLeft >= 0)
        {
            _bodyLeft -= received;
        }
        else
        {
            _headBytes += received;
            var seen = _buffer.AsSpan(0, _headBytes);
            var headEnd = seen.IndexOf("\r\n\r\n"u8);
            if (headEnd < 0)
            {
                if (_headBytes == _buffer.Length) return Fail("a head of more than 16 KiB");
                _receive.SetBuffer(_headBytes, _buffer.Length - _headBytes);
                return true;
            }

            if (!IsExpected(seen[..(headEnd + 2)])) return Fail($"unexpected answer: {System.Text.Encoding.Latin1.GetString(seen[..headEnd])}");
            _bodyLeft = _bodyLength - (_headBytes - headEnd - 4);
        }

        if (_bodyLeft < 0) return Fail("more bytes than the answer said");
        if (_bodyLeft > 0)
        {
            _receive.SetBuffer(0, _buffer.Length);
            return true;
        }

        if (_isMeasured) Latencies.Record(Stopwatch.GetElapsedTime(_sentAt));
        Volatile.Write(ref _answers, _answers + 1);
        try
        {
            Send();
        }
        catch (Exception problem) when (problem is SocketException or ObjectDisposedException)
        {
            return Fail(problem.Message);
        }

        return true;
    }

    private bool IsExpected(ReadOnlySpan<byte> head)
    {
        if (!head.StartsWith("HTTP/1.1 200 "u8)) return false;
        // Every proxy measured passes the field on as "Content-Length: N".
        var at = head.IndexOf("\r\nContent-Length: "u8);
        return at >= 0 && Utf8Parser.TryParse(head[(at + "\r\nContent-Length: "u8.Length)..], out int length, out _) && length == _bodyLength;
    }

    private bool Fail(string why)
    {
        if (!_isStopping) _error ??= why;
        return false;
    }

    /// <summary>Ends it, whatever it waits for.</summary>
    public void Dispose()
    {
        _isStopping = true;
        _socket.Dispose();
        _receive.Dispose();
    }
}
