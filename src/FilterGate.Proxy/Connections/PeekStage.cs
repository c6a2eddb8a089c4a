using System.Globalization;
using System.IO.Pipelines;
using System.Net.Sockets;
using FilterGate.Matching;
using FilterGate.Policy;
using FilterGate.Policy.WaysRound;
using FilterGate.Proxy.Acts;
using FilterGate.Proxy.Requests;
using FilterGate.Proxy.Watching;
using FilterGate.State;

namespace FilterGate.Proxy.Connections;

/// <summary>Reads what a connection opens with (a CONNECT head, a ClientHello, or HTTP), decides on the names in it, and says where the connection goes.</summary>
/// <remarks>
/// Reads the first bytes and consumes only a CONNECT head; writes <see cref="ClientConnection.Target"/>, <see cref="ClientConnection.Names"/> and, for a tunnel, <see cref="ClientConnection.Upstream"/>.
/// Answers a CONNECT, and refuses where no page can be shown inside TLS.
/// <list type="number">
/// <item>What does it open with? HTTP goes straight to Kestrel.</item>
/// <item>A CONNECT is decided by its name. One that will be tunnelled is answered after its origin connected: a 200 before would hide the error. One that will be intercepted is answered at once: errors and blocks become pages inside TLS.</item>
/// <item>The ClientHello adds the name in it; all names are decided again and the strictest answer holds. One behind which others hide (ECH) is never tunnelled.</item>
/// <item>Tunnel only if every name may be tunnelled and the answer is to forward; intercept if the tier's devices trust our CA; else end it cleanly.</item>
/// <item>Within TLS that ends here the first bytes are looked at again (<see cref="MayGoOnWithinTlsAsync"/>): a tunnel may be dressed in it.</item>
/// </list>
/// </remarks>
internal sealed class PeekStage(
    CurrentPolicy policy, NameJudge judge, UpstreamDialer dialer, ConnectAnswers answers, EventRecorder recorder, CoverageCounter coverage, GatewayMeters meters, ConnectionWatch watch, GatewayOptions options, TimeProvider clock)
{
    private const byte TlsHandshake = 22;

    private enum Opening
    {
        Gone,
        Http,
        Tls,
        Connect,
        Rejected,
    }

    /// <summary>Says where the connection goes.</summary>
    public async ValueTask<Route> RunAsync(ClientConnection connection)
    {
        // Step 1: what does it open with?
        var (opening, head) = await ReadOpeningAsync(connection);
        switch (opening)
        {
            case Opening.Http when connection.OriginalDestination is null: return Route.Http;
            case Opening.Http: return await RouteOtherAsync(connection);
            case Opening.Connect when !await AcceptConnectAsync(connection, head!): return Route.Closed;
            case Opening.Connect or Opening.Tls: break;
            default: return Route.Closed;
        }

        // Step 3: the ClientHello.
        var (status, hello) = await ReadClientHelloAsync(connection);
        switch (status)
        {
            case ClientHelloStatus.Complete: return await RouteTlsAsync(connection, hello);
            case ClientHelloStatus.NotTls when connection.Target is not null: return await RouteOtherAsync(connection);
            case ClientHelloStatus.Malformed:
                await EndAsync(connection, ConnectionSign.BrokenTls);
                return Route.Closed;
            default: return Route.Closed;
        }
    }

    /// <summary>Step 1. The first byte may take its time (browsers open connections ahead of need), the rest may not.</summary>
    private async ValueTask<(Opening Opening, ConnectHead? Head)> ReadOpeningAsync(ClientConnection connection)
    {
        var input = connection.Context.Transport.Input;
        using var timeout = new CancellationTokenSource(options.Limits.FirstByteTimeout, clock);
        var hasBegun = false;
        while (true)
        {
            ReadResult read;
            try
            {
                read = await input.ReadAsync(timeout.Token);
            }
            catch (OperationCanceledException) when (timeout.IsCancellationRequested)
            {
                if (hasBegun) await ConnectAnswers.RefuseAsync(connection, 408, "The request was not sent in time.");
                return (Opening.Gone, null);
            }

            var buffer = read.Buffer;
            if (!buffer.IsEmpty)
            {
                if (connection.OriginalDestination is not null && buffer.FirstSpan[0] == TlsHandshake)
                {
                    input.AdvanceTo(buffer.Start);
                    return (Opening.Tls, null);
                }

                var status = ConnectHead.TryRead(buffer, options.Limits, out var head, out var consumed);
                if (status != ConnectHeadStatus.Incomplete)
                {
                    input.AdvanceTo(status == ConnectHeadStatus.Complete ? consumed : buffer.Start);
                    return (await OpeningOfAsync(connection, status), head);
                }

                if (!hasBegun) timeout.CancelAfter(options.Limits.HeadTimeout);
                hasBegun = true;
            }

            input.AdvanceTo(buffer.Start, buffer.End);
            if (read.IsCompleted) return (Opening.Gone, null);
        }
    }

    private static async ValueTask<Opening> OpeningOfAsync(ClientConnection connection, ConnectHeadStatus status)
    {
        switch (status)
        {
            case ConnectHeadStatus.NotConnect: return Opening.Http;
            case ConnectHeadStatus.Complete: return Opening.Connect;
            case ConnectHeadStatus.LineTooLong: await ConnectAnswers.RefuseAsync(connection, 414, "The request line is too long."); break;
            case ConnectHeadStatus.HeadTooLong: await ConnectAnswers.RefuseAsync(connection, 431, "The request head is too long."); break;
            default: await ConnectAnswers.RefuseAsync(connection, 400, "The CONNECT request is malformed."); break;
        }

        return Opening.Rejected;
    }

    /// <summary>Step 2. True when the client was answered 200 and its first bytes may come.</summary>
    private async ValueTask<bool> AcceptConnectAsync(ClientConnection connection, ConnectHead head)
    {
        connection.Target = new ConnectionTarget(head.Host, head.Port);
        connection.IsAwaitingAnswer = true;
        connection.SayKind(head.Kind);
        connection.AddName(head.Host);
        if (head.OtherHost is { } other) connection.AddName(other);

        var snapshot = policy.Snapshot;
        if (connection.ClientIn(snapshot) is not { } client) return false;
        if (!IsTunnelPort(head.Port))
        {
            await RefusePortAsync(connection, client, snapshot);
            return false;
        }

        var judgement = JudgeHost(connection, client, snapshot);
        var mayTunnel = MayTunnel(connection, client, snapshot);
        if (!judgement.Decision.IsForwarded && (judgement.Decision.Reason == Reason.PrivateDestination || !CanShowPage(client, mayTunnel)))
        {
            await RefuseConnectAsync(connection, client, judgement);
            return false;
        }

        if (mayTunnel && judgement.Decision.IsForwarded && !await DialAsync(connection, client, judgement)) return false;
        connection.IsAwaitingAnswer = false;
        await ConnectAnswers.EstablishedAsync(connection);
        return true;
    }

    /// <summary>Steps 3 and 4 for TLS.</summary>
    private async ValueTask<Route> RouteTlsAsync(ClientConnection connection, ClientHello hello)
    {
        connection.Fingerprint = hello.Fingerprint;
        meters.ClientHello(hello.HasEncryptedClientHello ? "ech" : hello.ServerName is null ? "no-sni" : "sni");
        if (hello.ServerName is not null && CanonicalUrl.TryCanonicalizeHost(hello.ServerName, out var serverName))
        {
            connection.ServerName = serverName;
            connection.AddName(serverName);
        }

        // Redirected: dial by the name, never by the client's address, when there is a name (decision 5).
        connection.Target ??= new ConnectionTarget(
            connection.ServerName ?? ConnectionTarget.HostOf(connection.OriginalDestination!.Address), connection.OriginalDestination!.Port);
        connection.AddName(connection.Target.Host);

        var snapshot = policy.Snapshot;
        if (connection.ClientIn(snapshot) is not { } client) return Route.Closed;
        // A name that stands for others (ECH) says nothing. Where devices trust us TLS ends here, ECH with it, and the browser asks again by the site's own name; elsewhere nobody could say where it goes.
        connection.HidesSite = hello.HasEncryptedClientHello && connection.ServerName is { } shown && EchNames.Has(shown);
        var mayTunnel = MayTunnel(connection, client, snapshot) && !(connection.HidesSite && client.Tier.Tls == TlsMode.Intercept);
        connection.Sign = snapshot.TlsPrograms.Find(hello.Fingerprint, hello.ServerName) ?? (connection.HidesSite && mayTunnel ? ConnectionSign.HiddenName : null);
        var judgement = JudgeHost(connection, client, snapshot);

        if (judgement.Decision.IsForwarded && mayTunnel)
        {
            // The name in the ClientHello may be a search engine's where that of CONNECT was not.
            if (connection.Upstream is not null && connection.DialledHost != ForcedDial.HostFor(client, connection.Names))
            {
                connection.Upstream.Dispose();
                connection.Upstream = null;
            }

            if (connection.Upstream is null && !await DialAsync(connection, client, judgement)) return Route.Closed;
            CountTunnel(connection, client, in judgement);
            if (watch.IsOn) watch.SeeOpened(connection, client, in judgement);
            await RecordAsync(connection, client, judgement, status: 200);
            return Route.Tunnel;
        }

        // What the connection is stands for all requests in it, and a program that gets round the filter reads no page.
        if (judgement.Decision.IsForwarded || (CanShowPage(client, mayTunnel) && judgement.Decision.Reason != Reason.WayRound))
        {
            connection.IsToBeForwarded = judgement.Decision.IsForwarded;
            if (watch.IsOn) watch.Expect(connection, client, in judgement);
            return Route.Intercept;
        }

        connection.CountUnread(coverage, CoverageMode.Refused, CoverageReason.Policy);
        if (watch.IsOn) watch.SeeRefused(connection, client, in judgement, status: null);
        await RecordAsync(connection, client, judgement, status: null);
        await ConnectAnswers.AlertAsync(connection);
        return Route.Closed;
    }

    /// <summary>Steps 3 and 4 for what is not TLS: HTTP goes to Kestrel and is decided by URL; anything else is decided by what it is.</summary>
    private async ValueTask<Route> RouteOtherAsync(ClientConnection connection)
    {
        (var status, connection.Sign) = await FirstBytes.ReadAsync(connection.Context.Transport.Input, options.Limits, clock);
        // A redirected request says in its Host field where it goes.
        if (status == FirstBytesStatus.Http && connection.Target is null) return Route.Http;
        meters.ClientHello("not-tls");
        if (status != FirstBytesStatus.NotTheWeb) return status == FirstBytesStatus.Http ? Route.Http : Route.Closed;

        AimAtItsAddress(connection);
        var snapshot = policy.Snapshot;
        if (connection.ClientIn(snapshot) is not { } client) return Route.Closed;
        var judgement = JudgeHost(connection, client, snapshot);
        if (judgement.Decision.IsForwarded && connection.Upstream is null && !await DialAsync(connection, client, judgement)) return Route.Closed;
        connection.CountUnread(coverage, judgement.Decision.IsForwarded ? CoverageMode.NameOnly : CoverageMode.Refused, judgement.Decision.IsForwarded ? CoverageReason.NotTls : CoverageReason.Policy);
        if (watch.IsOn && judgement.Decision.IsForwarded) watch.SeeOpened(connection, client, in judgement);
        else if (watch.IsOn) watch.SeeRefused(connection, client, in judgement, status: null);
        await RecordAsync(connection, client, judgement, status: judgement.Decision.IsForwarded ? 200 : null);
        return judgement.Decision.IsForwarded ? Route.Tunnel : Route.Closed;
    }

    /// <summary>Step 5: within TLS that ends here. False for a connection that was ended: nothing but HTTP goes on from here, whatever the tier passes unread.</summary>
    public async ValueTask<bool> MayGoOnWithinTlsAsync(ClientConnection connection, PipeReader input)
    {
        var (status, sign) = await FirstBytes.ReadAsync(input, options.Limits, clock);
        if (status != FirstBytesStatus.NotTheWeb) return true;
        await EndAsync(connection, sign!);
        return false;
    }

    /// <summary>Ends what nobody can pass on, whatever the tier passes unread, and puts it on record.</summary>
    private async ValueTask EndAsync(ClientConnection connection, ConnectionSign sign)
    {
        AimAtItsAddress(connection);
        connection.Sign = sign;
        var snapshot = policy.Snapshot;
        if (connection.ClientIn(snapshot) is not { } client) return;
        var judgement = JudgeHost(connection, client, snapshot);
        if (judgement.Decision.IsForwarded) judgement = judgement with { Decision = new Decision(Verdict.Block, Reason.TlsPolicy) { Rule = sign.Text } };
        if (watch.IsOn) watch.SeeRefused(connection, client, in judgement, status: null);
        await RecordAsync(connection, client, judgement, status: null);
    }

    /// <summary>A redirected connection without a name goes to its address.</summary>
    private static void AimAtItsAddress(ClientConnection connection)
    {
        connection.Target ??= new ConnectionTarget(ConnectionTarget.HostOf(connection.OriginalDestination!.Address), connection.OriginalDestination.Port);
        connection.AddName(connection.Target.Host);
    }

    private async ValueTask<(ClientHelloStatus Status, ClientHello Hello)> ReadClientHelloAsync(ClientConnection connection)
    {
        var input = connection.Context.Transport.Input;
        var bytesMax = options.Limits.ClientHelloBytesMax;
        using var timeout = new CancellationTokenSource(options.Limits.HeadTimeout, clock);
        while (true)
        {
            ReadResult read;
            try
            {
                read = await input.ReadAsync(timeout.Token);
            }
            catch (OperationCanceledException) when (timeout.IsCancellationRequested)
            {
                return (ClientHelloStatus.Incomplete, default);
            }

            var status = ClientHello.TryRead(read.Buffer, bytesMax, out var hello);
            if (status == ClientHelloStatus.Incomplete && read.Buffer.Length < (long)bytesMax * 2 && !read.IsCompleted)
            {
                input.AdvanceTo(read.Buffer.Start, read.Buffer.End);
                continue;
            }

            input.AdvanceTo(read.Buffer.Start);
            return (status, hello);
        }
    }

    private async ValueTask<bool> DialAsync(ClientConnection connection, Client client, Judgement judgement)
    {
        var target = connection.Target!;
        try
        {
            connection.DialledHost = ForcedDial.HostFor(client, connection.Names);
            connection.Upstream = await dialer.DialAsync(connection.DialledHost ?? target.Host, target.Port, connection.Context.ConnectionClosed, connection.SourceToKeep);
            return true;
        }
        catch (UpstreamException problem) when (problem.Refusal is { } refusal)
        {
            judgement = judgement with { Decision = new Decision(Verdict.Block, refusal) };
            if (connection.IsAwaitingAnswer) await RefuseConnectAsync(connection, client, judgement);
            else await EndUnansweredAsync(connection, client, judgement);
        }
        catch (UpstreamException problem)
        {
            meters.ForwardFailed(problem.Failure!.Value);
            if (watch.IsOn) watch.SeeFailed(connection, client, in judgement, problem.Failure.Value);
            // Only a CONNECT understands a page; a client in the middle of its TLS would take it for a broken record.
            if (connection.IsAwaitingAnswer) await ConnectAnswers.FailAsync(connection, problem.Failure.Value, policy.Snapshot.School);
            else connection.Cut();
        }

        return false;
    }

    /// <summary>A refusal of what has no CONNECT to answer: on record, and the connection is reset.</summary>
    private async ValueTask EndUnansweredAsync(ClientConnection connection, Client client, Judgement judgement)
    {
        connection.CountUnread(coverage, CoverageMode.Refused, CoverageReason.Policy);
        if (watch.IsOn) watch.SeeRefused(connection, client, in judgement, status: null);
        await RecordAsync(connection, client, judgement, status: null);
        connection.Cut();
    }

    private async ValueTask RefuseConnectAsync(ClientConnection connection, Client client, Judgement judgement)
    {
        meters.Decided(judgement.Decision.Verdict, client.Tier.Name);
        connection.CountUnread(coverage, CoverageMode.Refused, CoverageReason.Policy);
        if (watch.IsOn) watch.SeeRefused(connection, client, in judgement, status: 403);
        await answers.RefuseWithPageAsync(connection, client, judgement);
    }

    /// <summary>A port that no site uses: on record as what that port is for, and answered in a line, for who asks so is no browser.</summary>
    private async ValueTask RefusePortAsync(ClientConnection connection, Client client, PolicySnapshot snapshot)
    {
        var port = connection.Target!.Port;
        connection.Sign = PortSigns.Find(ProtocolType.Tcp, port);
        var judgement = JudgeHost(connection, client, snapshot);
        connection.CountUnread(coverage, CoverageMode.Refused, CoverageReason.Policy);
        if (watch.IsOn) watch.SeePortRefused(connection, client, judgement);
        // A visit to a help site is not put on record, whatever the program that tries it.
        var isToRecord = !judgement.Decision.IsForwarded || !snapshot.IsNeverRecorded(judgement.Url, judgement.Seen);
        if (judgement.Decision.IsForwarded) judgement = judgement with { Decision = new Decision(Verdict.Block, Reason.TlsPolicy) { Rule = string.Create(CultureInfo.InvariantCulture, $"port {port}") } };
        if (isToRecord) await RecordAsync(connection, client, judgement, status: 403);
        await ConnectAnswers.RefuseAsync(connection, 403, $"Port {port} may not be reached through the filter. Web sites use 443.");
    }

    private ValueTask RecordAsync(ClientConnection connection, Client client, Judgement judgement, int? status)
    {
        meters.Decided(judgement.Decision.Verdict, client.Tier.Name);
        return recorder.RecordAsync(judgement, client, "CONNECT", status, bytes: null, recorder.NoteTunnel(in judgement, client), connection.Context.ConnectionClosed);
    }

    /// <summary>Why a tunnel is not read. A help site is counted, and not named.</summary>
    private void CountTunnel(ClientConnection connection, Client client, in Judgement judgement)
    {
        var (mode, reason) = judgement.Decision.Reason == Reason.ProtectedHelp ? (CoverageMode.Exempt, CoverageReason.HelpSite)
            : client.Tier.Tls == TlsMode.Tunnel ? (CoverageMode.NameOnly, CoverageReason.TierTunnels)
            : (CoverageMode.Exempt, CoverageReason.NeverIntercept);
        connection.CountUnread(coverage, mode, reason);
    }

    private Judgement JudgeHost(ClientConnection connection, Client client, PolicySnapshot snapshot) =>
        judge.Judge(snapshot, client, TargetUrl(connection), Seen.Host, connection.Names, new AskedWith { Sign = connection.Sign });

    private static CanonicalUrl TargetUrl(ClientConnection connection) =>
        CanonicalUrl.ForHost(connection.Target!.Port == 80 ? "http" : "https", connection.Target.Host, connection.Target.Port);

    /// <summary>Never the gateway's own name: there is nobody behind it to tunnel to.</summary>
    private static bool MayTunnel(ClientConnection connection, Client client, PolicySnapshot snapshot) =>
        connection.Names.TrueForAll(name => !OwnPagesStage.IsOwn(name) && snapshot.TlsFor(client, name) == TlsMode.Tunnel);

    /// <summary>A refusal can be shown as a page inside TLS where the tier's devices trust our CA, and where a locked entry makes us intercept in any case.</summary>
    private static bool CanShowPage(Client client, bool mayTunnel) => client.Tier.Tls == TlsMode.Intercept || !mayTunnel;

    /// <summary>443, 80 (WebSockets of plain pages), and the unprivileged ports that apps use. Mail, remote shells and the like are no business of a web proxy.</summary>
    private static bool IsTunnelPort(int port) => port is 443 or 80 or >= 1024;
}
