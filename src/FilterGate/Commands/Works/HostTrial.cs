using System.Globalization;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using FilterGate.Matching;
using FilterGate.Policy;
using FilterGate.Proxy;
using FilterGate.Proxy.Connections;
using FilterGate.Proxy.Requests;
using FilterGate.Proxy.Watching;
using FilterGate.Watching;

namespace FilterGate.Commands.Works;

/// <summary>What came of one host of a service. The keys are a public interface: add, never rename.</summary>
internal sealed record HostResult
{
    public required string Service { get; init; }
    /// <summary>The entry, as the bundle writes it.</summary>
    public required string Entry { get; init; }
    /// <summary>The host that was asked about.</summary>
    public required string Host { get; init; }
    public required string Tier { get; init; }
    /// <summary>False for an entry that names no host, and with <c>--offline</c>.</summary>
    public bool Tried { get; init; }
    public required string Decision { get; init; }
    public required string Reason { get; init; }
    public string? Category { get; init; }
    public string? Rule { get; init; }
    /// <summary><c>intercepted</c>, <c>tunnel</c> or <c>exempt</c>.</summary>
    public required WatchedTls Tls { get; init; }
    /// <summary>True once it was connected, null where it was not tried.</summary>
    public bool? Connected { get; init; }
    /// <summary>True once TLS was done and its certificate verified, null where it was not tried.</summary>
    public bool? Verified { get; init; }
    /// <summary>The status that it answered with, or null.</summary>
    public int? Status { get; init; }
    public long? TookMs { get; init; }
    public string? Cause { get; init; }
    public Trouble? Trouble { get; init; }
    public string? Explanation { get; init; }
    public string? Mend { get; init; }
    public string? Command { get; init; }

    /// <summary>True where the policy is in the way, whatever the network says.</summary>
    internal bool IsPolicys => Trouble is Proxy.Watching.Trouble.Policy or Proxy.Watching.Trouble.PrivateDestination or Proxy.Watching.Trouble.PinnedApp;
}

/// <summary>Tries one host of a service as the gateway would: asks the policy, then connects with the gateway's own dialler, its own rules of where a connection may go, and its own judgement of certificates.</summary>
/// <param name="policy">The policy.</param>
/// <param name="client">For whom.</param>
/// <param name="bundle">The service.</param>
/// <param name="options">Resolver, trusted authorities, private networks.</param>
/// <param name="port">443, or where a test has its sites.</param>
/// <param name="clock">The time.</param>
internal sealed class HostTrial(PolicySnapshot policy, Client client, Bundle bundle, GatewayOptions options, int port, TimeProvider clock) : IDisposable
{
    /// <summary>How long TLS and the answer may take, each. Connecting has the gateway's own bound.</summary>
    private static readonly TimeSpan StepTimeout = TimeSpan.FromSeconds(10);

    private readonly DestinationGuard _guard = new(options);
    private readonly CurrentPolicy _policy = new(policy);

    /// <summary>Tries an entry.</summary>
    public async Task<HostResult> RunAsync(BundleEntry entry, bool isOffline, CancellationToken cancellationToken)
    {
        var isWildcard = entry.Text.StartsWith("*.", StringComparison.Ordinal);
        // Of what is below a name any label stands for all: the policy matches labels whole.
        var host = isWildcard ? "any" + entry.Text[1..] : entry.Text.TrimStart('=');
        var result = Ask(entry, host);
        if (isWildcard) return result with { Host = entry.Text };
        // What the policy refuses the gateway never dials, and neither does this.
        if (isOffline || result.Trouble is Trouble.Policy) return result;

        var started = clock.GetTimestamp();
        var tried = await TryAsync(result with { Tried = true, Connected = false, Verified = false }, host, cancellationToken);
        return tried with { TookMs = (long)clock.GetElapsedTime(started).TotalMilliseconds };
    }

    /// <summary>The policy's answer: for the name, and for the page where it is read.</summary>
    private HostResult Ask(BundleEntry entry, string host)
    {
        var mode = policy.TlsFor(client, host);
        var ofHost = Decide(CanonicalUrl.ForHost("https", host, 443), Seen.Host);
        // In a tunnel the name is all there is. Where it is read the page decides, and a name that is refused has its page refused too.
        var decision = mode == TlsMode.Tunnel ? ofHost : Decide(CanonicalUrl.ForHost("https", host, 443), Seen.Url);
        var result = new HostResult
        {
            Service = bundle.Name, Entry = entry.Text, Host = host, Tier = client.Tier.Name, Decision = decision.Verdict.Code(), Reason = decision.Reason.Code(),
            Category = decision.Category?.Slug, Rule = decision.Locked is null ? decision.Rule : null,
            Tls = mode == TlsMode.Intercept ? WatchedTls.Intercepted : client.Tier.Tls == TlsMode.Tunnel ? WatchedTls.Tunnel : WatchedTls.Exempt,
        };
        if (!decision.IsForwarded) return WithTrouble(result, Trouble.Policy, decision);
        return mode == TlsMode.Intercept && entry.IsNeverIntercepted ? WithTrouble(result, Trouble.PinnedApp, decision) : result;
    }

    private Decision Decide(CanonicalUrl url, Seen seen) => policy.Decide(new Question(client, url, seen, policy.Lists.Classify(url, seen), clock.GetUtcNow()));

    private async Task<HostResult> TryAsync(HostResult result, string host, CancellationToken cancellationToken)
    {
        try
        {
            var dialer = new UpstreamDialer(_policy, _guard, options, clock);
            using var socket = await dialer.DialAsync(host, port, cancellationToken);
            result = result with { Connected = true };
            await using var tls = new SslStream(new NetworkStream(socket, ownsSocket: false));
            await HandshakeAsync(tls, host, cancellationToken);
            result = result with { Verified = true };
            return result with { Status = await AnswerAsync(tls, host, cancellationToken) };
        }
        catch (UpstreamException problem)
        {
            return WithTrouble(result, problem.Refusal is not null ? Trouble.PrivateDestination : ConnectionWatch.TroubleOf(problem.Failure!.Value) ?? Trouble.OriginBroken, certificate: problem.Certificate);
        }
        catch (AuthenticationException problem)
        {
            return WithTrouble(result, problem.InnerException is UpstreamException { Failure: { } failure } ? ConnectionWatch.TroubleOf(failure)!.Value : Trouble.OriginTls, certificate: (problem.InnerException as UpstreamException)?.Certificate);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return WithTrouble(result, Trouble.OriginSlow);
        }
        catch (Exception problem) when (problem is IOException or SocketException)
        {
            return WithTrouble(result, Trouble.OriginBroken);
        }
    }

    private async Task HandshakeAsync(SslStream tls, string host, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(StepTimeout, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        await tls.AuthenticateAsClientAsync(
            new SslClientAuthenticationOptions
            {
                TargetHost = host,
                CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
                RemoteCertificateValidationCallback = new OriginCertificates(_policy, options, clock).Verify,
            },
            either.Token);
    }

    /// <summary>Asks for the first page and reads the status; what is on it does not matter here.</summary>
    private async Task<int> AnswerAsync(SslStream tls, string host, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(StepTimeout, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        await tls.WriteAsync(Encoding.ASCII.GetBytes($"HEAD / HTTP/1.1\r\nHost: {host}\r\nUser-Agent: filtergate-works\r\nAccept: */*\r\nConnection: close\r\n\r\n"), either.Token);
        // "HTTP/1.1 200".
        var line = new byte[12];
        var count = await tls.ReadAtLeastAsync(line, line.Length, throwOnEndOfStream: false, either.Token);
        if (count == line.Length && line.AsSpan().StartsWith("HTTP/1."u8) && int.TryParse(Encoding.ASCII.GetString(line, 9, 3), NumberStyles.None, CultureInfo.InvariantCulture, out var status)) return status;
        throw new UpstreamException(ForwardFailure.BrokenAnswer, host);
    }

    private HostResult WithTrouble(HostResult result, Trouble trouble, Decision decision = default, string? certificate = null)
    {
        var advice = TroubleAdvice.For(new TroubleAdvice.Of
        {
            Trouble = trouble, Host = result.Host, Tier = result.Tier, Verdict = decision.Verdict, Reason = trouble == Trouble.Policy ? decision.Reason : null, Category = result.Category, Rule = result.Rule, Certificate = certificate,
        });
        // What opens the service whole is better than one host for an hour, where a bundle may open it at all.
        if (trouble == Trouble.Policy && decision.IsOverridable && decision.Reason != Reason.OwnBlock)
            advice = advice with { Mend = $"Open the service whole: write bundles: [{bundle.Name}] under the tier {result.Tier} of the policy.", Command = "filtergate policy apply policy.yaml --reason TEXT" };
        if (trouble == Trouble.PinnedApp)
            advice = advice with { Explanation = $"This tier reads it, and the app ends then: {entryReason(result.Entry)}" };
        return result with { Cause = advice.Cause, Trouble = trouble, Explanation = advice.Explanation, Mend = advice.Mend, Command = advice.Command };

        string entryReason(string entry) => bundle.Entries.First(e => e.Text == entry).Reason;
    }

    /// <inheritdoc/>
    public void Dispose() => _guard.Dispose();
}
