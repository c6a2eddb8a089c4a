using FilterGate.Matching;
using FilterGate.Proxy.Connections;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace FilterGate.Proxy.Requests;

/// <summary>Brings what is asked for into one form, and says where the request will be sent.</summary>
/// <remarks>
/// Reads the request line, the Host field and the connection's target; writes the URL, the raw target, the target and the named host. Answers 400 when there is no address to decide on.
/// Absolute form names its own host; otherwise the connection's target does (CONNECT, SNI, redirected address), else the Host field (decision 5: dial by name).
/// </remarks>
internal static class CanonicalizeStage
{
    /// <summary>False when the request was no address; the caller answers 400.</summary>
    public static bool TryRun(Exchange exchange)
    {
        var request = exchange.Http.Request;
        var raw = exchange.Http.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        var scheme = exchange.Connection.IsIntercepted ? "https" : "http";
        string host;
        int port;

        if (TrySplitAbsolute(raw, out var absoluteScheme, out var authority, out var target))
        {
            if (exchange.Connection.IsIntercepted != absoluteScheme.Equals("https", StringComparison.OrdinalIgnoreCase) && exchange.Connection.Target is not null) return false;
            scheme = absoluteScheme.ToLowerInvariant();
            (host, port) = Split(authority, scheme);
        }
        else
        {
            if (raw.Length == 0 || raw[0] != '/') return false;
            target = raw;
            (host, port) = Split(request.Host.Value ?? "", scheme);
        }

        if (host.Length > 0)
        {
            if (!CanonicalUrl.TryCanonicalizeHost(host, out var named)) return false;
            exchange.NamedHost = named;
        }

        if (exchange.Connection.Target is { } connectionTarget) exchange.Target = connectionTarget;
        else if (exchange.Connection.OriginalDestination is { } redirected)
            exchange.Target = new ConnectionTarget(exchange.NamedHost ?? (redirected.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6 ? $"[{redirected.Address}]" : redirected.Address.ToString()), redirected.Port);
        else if (exchange.NamedHost is { } ownName) exchange.Target = new ConnectionTarget(ownName, port);
        else return false;

        if (port is <= 0 or > 65535 || !CanonicalUrl.TryCreate(scheme, exchange.NamedHost ?? exchange.Target.Host, exchange.Target.Port, target, out var url)) return false;
        exchange.Url = url;
        // A fragment is the browser's own (RFC 9110 §4.2.5): what was not decided on does not go out.
        if (target.IndexOf('#', StringComparison.Ordinal) is >= 0 and var fragment) target = target[..fragment];
        exchange.RawTarget = target.Length == 0 ? "/" : target[0] == '?' ? "/" + target : target;
        return true;
    }

    /// <summary>True for a request that names no other host than this port: it is for the gateway itself.</summary>
    public static bool IsForGateway(Exchange exchange) =>
        exchange.Connection is { Target: null, OriginalDestination: null }
        && exchange.Http.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget is ['/', ..];

    private static bool TrySplitAbsolute(string raw, out string scheme, out string authority, out string target)
    {
        (scheme, authority, target) = ("", "", "");
        var colon = raw.IndexOf("://", StringComparison.Ordinal);
        if (colon <= 0 || raw[0] == '/') return false;
        scheme = raw[..colon];
        if (!scheme.Equals("http", StringComparison.OrdinalIgnoreCase) && !scheme.Equals("https", StringComparison.OrdinalIgnoreCase)) return false;
        var start = colon + 3;
        var end = raw.AsSpan(start).IndexOfAny('/', '?', '#');
        authority = end < 0 ? raw[start..] : raw.Substring(start, end);
        target = end < 0 ? "" : raw[(start + end)..];
        // User information is never part of a host (RFC 9110 §4.2.4); what hides a host behind it is taken off before the host is read.
        authority = authority[(authority.LastIndexOf('@') + 1)..];
        return true;
    }

    private static (string Host, int Port) Split(string authority, string scheme)
    {
        var host = new HostString(authority);
        return (authority.StartsWith('[') ? authority[..(authority.IndexOf(']', StringComparison.Ordinal) + 1)] : host.Host, host.Port ?? (scheme == "https" ? 443 : 80));
    }
}
