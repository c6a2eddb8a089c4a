using System.Globalization;
using System.Net;
using FilterGate.Matching;
using FilterGate.Policy;
using FilterGate.Policy.Search;
using FilterGate.Proxy.BlockPages;
using FilterGate.Proxy.Connections;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Yarp.ReverseProxy.Forwarder;

namespace FilterGate.Proxy.Requests;

/// <summary>Sends an allowed request to its origin and streams the answer back, both ways at once.</summary>
/// <remarks>Reads the target and the raw target; writes the failure where it breaks, and answers it with a page that says whose fault it is. A request once sent is never repeated.</remarks>
internal sealed class ForwardStage(IHttpForwarder forwarder, UpstreamPools pools, DecideStage decide, CurrentPolicy policy, EventRecorder recorder, GatewayMeters meters, GatewayOptions options)
{
    // Over TLS ALPN settles the version; in clear text HTTP/2 cannot be negotiated.
    private readonly ForwarderRequestConfig _overTls = new() { ActivityTimeout = options.Limits.ActivityTimeout, Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionOrLower };
    private readonly ForwarderRequestConfig _clearText = new() { ActivityTimeout = options.Limits.ActivityTimeout, Version = HttpVersion.Version11, VersionPolicy = HttpVersionPolicy.RequestVersionOrLower };

    /// <summary>Forwards; on failure answers.</summary>
    public async ValueTask RunAsync(Exchange exchange)
    {
        var http = exchange.Http;
        var isTls = exchange.Url.Scheme == "https";
        exchange.Forced = Force(exchange);
        using var longExchange = IsUpgrade(http) ? exchange.Connection.Live.Begin(exchange.Url, Seen.Url, http.Abort, exchange.With) : null;

        var error = await forwarder.SendAsync(http, Prefix(exchange), pools.For(exchange).Invoker, isTls ? _overTls : _clearText, new OriginTransformer(exchange, pools, recorder));
        if (error == ForwarderError.None) return;

        var problem = http.GetForwarderErrorFeature()?.Exception;
        var dialling = Find<UpstreamException>(problem);
        if (dialling?.Refusal is { } refusal && !http.Response.HasStarted)
        {
            http.Response.Clear();
            await decide.RefuseAsync(exchange, exchange.Judgement!.Value with { Decision = new Decision(Verdict.Block, refusal) });
            return;
        }

        exchange.Failure = dialling?.Failure ?? ForwardFailures.Of(error, problem);
        exchange.RefusedCertificate = dialling?.Certificate;
        meters.ForwardFailed(exchange.Failure.Value);
        await AnswerFailureAsync(exchange, exchange.Failure.Value);
    }

    /// <summary>Fields and parameter by the host that the origin will read; the address by that too, else by the one it is sent to.</summary>
    private static ForcedRequest Force(Exchange exchange)
    {
        var settings = exchange.Client.Tier.Search;
        var forced = ForcedSearch.For(settings, exchange.Url.Host, Seen.Url, exchange.Judgement?.Decision.SearchRule ?? SearchRule.None);
        return forced.DialHost is null && exchange.Target.Host != exchange.Url.Host ? forced with { DialHost = ForcedSearch.For(settings, exchange.Target.Host, Seen.Url).DialHost } : forced;
    }

    private async ValueTask AnswerFailureAsync(Exchange exchange, ForwardFailure failure)
    {
        var http = exchange.Http;
        // What has begun cannot be taken back: YARP has reset it, and the client sees that it is cut short.
        if (http.Response.HasStarted || failure == ForwardFailure.ClientGone) return;
        http.Response.Clear();
        if (DecideStage.WantsPage(http.Request)) await PageAnswers.WriteHtmlAsync(exchange, BlockPage.StatusOf(failure), BlockPage.RenderFailure(policy.Snapshot.School, failure, exchange.Target.Host));
        else await PageAnswers.WriteEmptyAsync(exchange, BlockPage.StatusOf(failure));
    }

    private static string Prefix(Exchange exchange)
    {
        var (url, target) = (exchange.Url, exchange.Target);
        var isDefaultPort = target.Port == (url.Scheme == "https" ? 443 : 80);
        return isDefaultPort ? $"{url.Scheme}://{target.Host}" : string.Create(CultureInfo.InvariantCulture, $"{url.Scheme}://{target.Host}:{target.Port}");
    }

    /// <summary>A WebSocket, over HTTP/1.1 (RFC 6455) or HTTP/2 (RFC 8441): it outlives its decision.</summary>
    private static bool IsUpgrade(HttpContext http) =>
        http.Features.Get<IHttpUpgradeFeature>()?.IsUpgradableRequest == true || http.Features.Get<IHttpExtendedConnectFeature>()?.IsExtendedConnect == true;

    internal static T? Find<T>(Exception? problem) where T : Exception
    {
        for (; problem is not null; problem = problem.InnerException)
            if (problem is T found) return found;
        return null;
    }
}
