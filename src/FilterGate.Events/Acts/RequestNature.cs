namespace FilterGate.Events.Acts;

/// <summary>What a request is by its own fields, before anything is known of what came before it.</summary>
internal enum RequestNature : byte
{
    /// <summary>A page in a window.</summary>
    Page,
    /// <summary>A page within one.</summary>
    Frame,
    /// <summary>A picture, a script and the like.</summary>
    Part,
    /// <summary>What a script of a page asks for.</summary>
    Fetch,
    /// <summary>Fetched before anybody wants it.</summary>
    Ahead,
    /// <summary>A program that is no browser.</summary>
    Program,
    /// <summary>A tunnel.</summary>
    Tunnel,
}

internal static class RequestNatures
{
    public static RequestNature Of(in RequestSigns signs, out ActSign sign)
    {
        sign = ActSign.Tunnel;
        if (signs.IsTunnel) return RequestNature.Tunnel;
        sign = ActSign.FetchedAhead;
        // "prefetch", "prefetch;prerender", "preview" of Safari's start page.
        if (signs.Purpose is { Length: > 0 } purpose && (purpose.Contains("prefetch", StringComparison.OrdinalIgnoreCase) || purpose.Contains("prerender", StringComparison.OrdinalIgnoreCase) || purpose.Contains("preview", StringComparison.OrdinalIgnoreCase)))
            return RequestNature.Ahead;
        return signs.FetchDest switch
        {
            null or "" => WithoutDest(in signs, out sign),
            "document" => Is(RequestNature.Page, ActSign.Document, out sign),
            "iframe" or "frame" or "fencedframe" or "embed" or "object" => Is(RequestNature.Frame, ActSign.Frame, out sign),
            "empty" => Is(RequestNature.Fetch, ActSign.Loaded, out sign),
            _ => Is(RequestNature.Part, ActSign.Loaded, out sign),
        };
    }

    /// <summary>Clear HTTP, where browsers send no such field; old browsers; apps.</summary>
    private static RequestNature WithoutDest(in RequestSigns signs, out ActSign sign)
    {
        if (signs.Upgrade is { Length: > 0 } upgrade && upgrade.Contains("websocket", StringComparison.OrdinalIgnoreCase)) return Is(RequestNature.Part, ActSign.Upgrade, out sign);
        if (signs.FetchMode is { Length: > 0 } mode) return mode == "navigate" ? Is(RequestNature.Page, ActSign.Document, out sign) : Is(RequestNature.Fetch, ActSign.LoadedByAccept, out sign);
        if (string.Equals(signs.RequestedWith, "XMLHttpRequest", StringComparison.OrdinalIgnoreCase)) return Is(RequestNature.Fetch, ActSign.LoadedByAccept, out sign);
        // A question about what would be allowed, and one about the head alone, is no person's.
        if (signs.Method is "OPTIONS" or "HEAD") return Is(IsBrowser(signs.UserAgent) ? RequestNature.Part : RequestNature.Program, IsBrowser(signs.UserAgent) ? ActSign.LoadedByAccept : ActSign.Program, out sign);
        if (signs.Accept is { } accept && accept.Contains("text/html", StringComparison.OrdinalIgnoreCase)) return Is(RequestNature.Page, ActSign.AcceptsHtml, out sign);
        if (signs.Referer is { Length: > 0 } || IsBrowser(signs.UserAgent)) return Is(RequestNature.Part, ActSign.LoadedByAccept, out sign);
        return signs.Accept is null or "" or "*/*" && IsTool(signs.UserAgent) ? Is(RequestNature.Page, ActSign.Tool, out sign) : Is(RequestNature.Program, ActSign.Program, out sign);
    }

    /// <summary>Whether a browser that leaves out <c>Sec-Fetch-User</c> means by it that nobody clicked: those of WebKit never send it.</summary>
    public static bool SaysWhenClicked(string? userAgent) =>
        userAgent is not null && (userAgent.Contains("Chrome/", StringComparison.Ordinal) || userAgent.Contains("Firefox/", StringComparison.Ordinal));

    /// <summary>The host of an address that begins with a scheme; empty without one.</summary>
    public static ReadOnlySpan<char> HostOf(string? address)
    {
        var at = address?.IndexOf("//", StringComparison.Ordinal) ?? -1;
        // "https://host" and "//host" name one; a path with two strokes further on does not.
        if (at < 0 || (at > 0 && address![at - 1] != ':') || (at > 6)) return default;
        var rest = address.AsSpan(at + 2);
        if (rest.IndexOfAny('/', '?', '#') is >= 0 and var end) rest = rest[..end];
        if (rest.LastIndexOf('@') is >= 0 and var user) rest = rest[(user + 1)..];
        return rest.LastIndexOf(':') is > 0 and var port && rest[^1] != ']' ? rest[..port] : rest;
    }

    private static RequestNature Is(RequestNature nature, ActSign why, out ActSign sign)
    {
        sign = why;
        return nature;
    }

    private static bool IsBrowser(string? userAgent) => userAgent is not null && userAgent.StartsWith("Mozilla/", StringComparison.Ordinal);

    private static bool IsTool(string? userAgent) =>
        userAgent is null or "" || userAgent.StartsWith("curl/", StringComparison.OrdinalIgnoreCase) || userAgent.StartsWith("Wget/", StringComparison.OrdinalIgnoreCase) || userAgent.StartsWith("HTTPie/", StringComparison.OrdinalIgnoreCase);
}
