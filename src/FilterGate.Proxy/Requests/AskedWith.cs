using FilterGate.Matching;
using FilterGate.Policy.Search;
using FilterGate.Policy.WaysRound;

namespace FilterGate.Proxy.Requests;

/// <summary>What a connection or a request says of itself, beside its address, that the policy asks for.</summary>
/// <param name="Page">The page that it is embedded in or loaded by; null for one that a person opened.</param>
/// <param name="IsFrame">True for a page within that page.</param>
/// <param name="PlayerVideo">The video that a call of YouTube's player names; empty where its body could not be read.</param>
internal readonly record struct AskedWith(CanonicalUrl? Page, bool IsFrame, string? PlayerVideo)
{
    /// <summary>What it shows itself to be, where that is not simply the web.</summary>
    public ConnectionSign? Sign { get; init; }

    /// <summary>Reads the page from <c>Referer</c>, where <see href="https://www.w3.org/TR/fetch-metadata/">Sec-Fetch-Dest</see> says that the request is part of one.</summary>
    /// <remarks>Without that field nobody knows: a link that a person follows has the same <c>Referer</c>. Browsers send it over HTTPS only. No script of a page can write either field; another program can.</remarks>
    public static AskedWith Read(Exchange exchange, SearchSettings settings)
    {
        var host = exchange.Url.Host;
        if (!settings.AsksForPage && !YouTubeHosts.IsYouTube(host) && !YouTubeHosts.IsBesidePlayer(host)) return default;
        var headers = exchange.Http.Request.Headers;
        var isFrame = false;
        switch (headers["Sec-Fetch-Dest"].ToString())
        {
            case "" or "document": return default;
            case "iframe" or "frame" or "fencedframe" or "object" or "embed": isFrame = true; break;
            default: break;
        }

        // Two of them are one more than a browser sends.
        if (headers.Referer is not [{ } referer] || !referer.StartsWith("http", StringComparison.OrdinalIgnoreCase) || !CanonicalUrl.TryParse(referer, out var page, out _)) return default;
        return new AskedWith(page, isFrame, null);
    }
}
