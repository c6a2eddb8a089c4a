using System.IO.Pipelines;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using FilterGate.Proxy.Acts;
using FilterGate.Proxy.Certificates;
using FilterGate.Proxy.Watching;
using FilterGate.State;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Microsoft.Extensions.Logging;

namespace FilterGate.Proxy.Connections;

/// <summary>Puts TLS under the connection with a minted certificate and hands it to Kestrel, which speaks HTTP/2 or HTTP/1.1 as ALPN agreed.</summary>
/// <remarks>Reads the target; writes <see cref="ClientConnection.IsIntercepted"/> and the TLS features. A client that does not trust the CA ends the handshake itself.</remarks>
internal sealed class TerminateTlsStage(CertificateMinter minter, PeekStage peek, CoverageCounter coverage, GatewayMeters meters, ConnectionWatch watch, TrustLedger trust, CurrentPolicy policy, GatewayOptions options, TimeProvider clock, ILogger<TerminateTlsStage> log)
{
    private static readonly List<SslApplicationProtocol> Protocols = [SslApplicationProtocol.Http2, SslApplicationProtocol.Http11];

    /// <summary>Runs the handshake and then Kestrel's HTTP over it, until the connection ends.</summary>
    public async Task RunAsync(ClientConnection connection, ConnectionDelegate http)
    {
        var context = connection.Context;
        // The name the client checks against is the one in its ClientHello, else the one it asked to connect to.
        var name = connection.ServerName ?? connection.Target!.Host;
        var original = context.Transport;
        await using var tls = new SslStream(new DuplexPipeStream(original), leaveInnerStreamOpen: true);
        try
        {
            // Not ended by ConnectionClosed: a client that refuses our certificate says why and closes at once, and what it said is still to be read. Its end ends the reading.
            using var timeout = new CancellationTokenSource(options.Limits.HeadTimeout, clock);
            await tls.AuthenticateAsServerAsync(
                new SslServerAuthenticationOptions
                {
                    ServerCertificateContext = minter.For(name),
                    ApplicationProtocols = Protocols,
                    EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
                    ClientCertificateRequired = false,
                    CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
                },
                timeout.Token);
        }
        catch (Exception problem) when (problem is AuthenticationException or IOException or OperationCanceledException)
        {
            meters.Handshake(succeeded: false);
            ConnectionLog.HandshakeFailed(log, problem);
            var ending = HandshakeEnding.Of(problem);
            if (ending.IsAskedAgain) return;
            connection.CountUnread(coverage, CoverageMode.Failed, CoverageReason.CertificateRefused);
            watch.SeeHandshake(connection, ending);
            trust.SeeRefused(connection, policy.Snapshot, ending);
            return;
        }

        meters.Handshake(succeeded: true);
        connection.IsIntercepted = true;
        var feature = new TlsFeature(tls);
        context.Features.Set<ITlsConnectionFeature>(feature);
        context.Features.Set<ITlsApplicationProtocolFeature>(feature);
        context.Features.Set<ITlsHandshakeFeature>(feature);

        var opened = clock.GetTimestamp();
        var pipes = new StreamDuplexPipe(tls);
        context.Transport = pipes;
        try
        {
            // Who has agreed on HTTP/2 speaks it, or Kestrel says that it does not.
            if (tls.NegotiatedApplicationProtocol == SslApplicationProtocol.Http2 || await peek.MayGoOnWithinTlsAsync(connection, pipes.Input)) await http(context);
        }
        finally
        {
            watch.SeeSilent(connection, clock.GetElapsedTime(opened));
            // Kestrel is done: flush and end our pipes, or the connection leaks, then give it back its own.
            await pipes.Input.CompleteAsync();
            await pipes.Output.CompleteAsync();
            context.Transport = original;
        }
    }

    private sealed class StreamDuplexPipe(Stream stream) : IDuplexPipe
    {
        public PipeReader Input { get; } = PipeReader.Create(stream, new StreamPipeReaderOptions(bufferSize: 16 * 1024, leaveOpen: true));
        public PipeWriter Output { get; } = PipeWriter.Create(stream, new StreamPipeWriterOptions(leaveOpen: true));
    }

    private sealed class TlsFeature(SslStream tls) : ITlsConnectionFeature, ITlsApplicationProtocolFeature, ITlsHandshakeFeature
    {
        public X509Certificate2? ClientCertificate { get; set; }
        public ReadOnlyMemory<byte> ApplicationProtocol { get; } = tls.NegotiatedApplicationProtocol.Protocol;
        public SslProtocols Protocol { get; } = tls.SslProtocol;
        public TlsCipherSuite? NegotiatedCipherSuite { get; } = tls.NegotiatedCipherSuite;
        public string HostName { get; } = tls.TargetHostName;
#pragma warning disable SYSLIB0058 // Members of the interface that say less than NegotiatedCipherSuite; nobody here reads them.
        public CipherAlgorithmType CipherAlgorithm => tls.CipherAlgorithm;
        public int CipherStrength => tls.CipherStrength;
        public HashAlgorithmType HashAlgorithm => tls.HashAlgorithm;
        public int HashStrength => tls.HashStrength;
        public ExchangeAlgorithmType KeyExchangeAlgorithm => tls.KeyExchangeAlgorithm;
        public int KeyExchangeStrength => tls.KeyExchangeStrength;
#pragma warning restore SYSLIB0058

        public Task<X509Certificate2?> GetClientCertificateAsync(CancellationToken cancellationToken) => Task.FromResult(ClientCertificate);
    }
}
