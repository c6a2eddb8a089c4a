namespace FilterGate.Events.Acts;

/// <summary>What one request, or one tunnel, shows of whether a person did it. Field values are as sent; null and empty mean that there was none.</summary>
/// <param name="Client">Whose it is: the person, else the device, else the address.</param>
/// <param name="Host">Canonical host.</param>
/// <param name="Target">Path and query; <c>/</c> for a tunnel.</param>
/// <param name="Time">When it came.</param>
public readonly record struct RequestSigns(string Client, string Host, string Target, DateTimeOffset Time)
{
    /// <summary>True for a tunnel, of which the host alone is seen.</summary>
    public bool IsTunnel { get; init; }
    /// <summary>The method.</summary>
    public string? Method { get; init; }
    /// <summary><c>Sec-Fetch-Site</c>.</summary>
    public string? FetchSite { get; init; }
    /// <summary><c>Sec-Fetch-Mode</c>.</summary>
    public string? FetchMode { get; init; }
    /// <summary><c>Sec-Fetch-Dest</c>.</summary>
    public string? FetchDest { get; init; }
    /// <summary><c>Sec-Fetch-User</c>.</summary>
    public string? FetchUser { get; init; }
    /// <summary><c>Accept</c>.</summary>
    public string? Accept { get; init; }
    /// <summary><c>Referer</c>.</summary>
    public string? Referer { get; init; }
    /// <summary><c>Sec-Purpose</c>, else <c>Purpose</c>, else <c>X-Moz</c>.</summary>
    public string? Purpose { get; init; }
    /// <summary><c>X-Requested-With</c>. Android's web views put the name of their app here, for pages too.</summary>
    public string? RequestedWith { get; init; }
    /// <summary><c>Upgrade</c>.</summary>
    public string? Upgrade { get; init; }
    /// <summary><c>User-Agent</c>.</summary>
    public string? UserAgent { get; init; }
    /// <summary>True when the person got a page, or nothing, instead of what was asked for.</summary>
    public bool IsRefused { get; init; }
    /// <summary>True when it would have been refused but for shadow mode.</summary>
    public bool IsLifted { get; init; }
    /// <summary>True when what was asked for gets round the filter.</summary>
    public bool IsCircumvention { get; init; }
    /// <summary>True for what pages and devices bring along by themselves: advertising, telemetry, updates.</summary>
    public bool IsNoise { get; init; }
    /// <summary>True when an override let it through.</summary>
    public bool IsOverride { get; init; }
    /// <summary>For a search: the same for the same words of the same engine. Else 0.</summary>
    public long SearchKey { get; init; }
}

/// <summary>How a request was told to be an act, or a part of one. For the explanation; stored nowhere.</summary>
public enum ActSign : byte
{
    /// <summary>A page, by <c>Sec-Fetch-Dest</c>.</summary>
    Document,
    /// <summary>A page, because HTML is accepted by name.</summary>
    AcceptsHtml,
    /// <summary>A page, asked for by a tool such as curl, which says nothing of itself.</summary>
    Tool,
    /// <summary>A frame in a page.</summary>
    Frame,
    /// <summary>A page that came so soon after another that refers to it that it is a frame of it.</summary>
    TooSoon,
    /// <summary>Something a page loads, by <c>Sec-Fetch-Dest</c>.</summary>
    Loaded,
    /// <summary>Something a page loads, because HTML is not accepted and a page refers to it.</summary>
    LoadedByAccept,
    /// <summary>A WebSocket.</summary>
    Upgrade,
    /// <summary>Fetched ahead: nobody has looked at it.</summary>
    FetchedAhead,
    /// <summary>The same page again.</summary>
    Again,
    /// <summary>The page that a redirect led to.</summary>
    Redirected,
    /// <summary>Another page of the same search.</summary>
    SameSearch,
    /// <summary>A search that a page made by itself while somebody typed.</summary>
    SearchInPage,
    /// <summary>A program that is no browser.</summary>
    Program,
    /// <summary>A tunnel.</summary>
    Tunnel,
    /// <summary>A tunnel to what pages bring along by themselves.</summary>
    Noise,
    /// <summary>A tunnel or a program shortly after another of the same story.</summary>
    SameStory,
}

/// <summary>What a request is: an act, a part of one, or neither.</summary>
/// <param name="Kind">The act; null for a part and for what no person did.</param>
/// <param name="Intent">How the person came to it; null where nobody knows.</param>
/// <param name="Sign">Why.</param>
public readonly record struct FoldedAct(ActKind? Kind, Intent? Intent, ActSign Sign)
{
    /// <summary>The id that the act's event has; <see cref="Guid.Empty"/> for a part and for neither.</summary>
    public Guid Id { get; init; }

    /// <summary>The act that this is a part of, or null.</summary>
    public Guid? PartOf { get; init; }

    /// <summary>When that act began.</summary>
    public DateTimeOffset? PartOfTime { get; init; }

    /// <summary>True for a search that may be one of several while somebody types: the longest of them is the one to keep.</summary>
    public bool IsProvisional { get; init; }

    /// <summary>The field that told, such as <c>image</c>.</summary>
    internal string? Detail { get; init; }

    /// <summary>The reason in one sentence: <c>Sec-Fetch-Dest: image, part of the page of 10:14:03</c>.</summary>
    /// <param name="zone">In whose time.</param>
    public string Explain(TimeZoneInfo zone)
    {
        var sign = Sign switch
        {
            ActSign.Document => "Sec-Fetch-Dest: document, a page",
            ActSign.AcceptsHtml => "HTML is accepted by name, a page",
            ActSign.Tool => "a tool that says nothing of itself, taken for a person",
            ActSign.Frame => $"Sec-Fetch-Dest: {Detail}, a frame",
            ActSign.TooSoon => "HTML for a page that was opened a moment ago, a frame",
            ActSign.Loaded => $"Sec-Fetch-Dest: {Detail}",
            ActSign.LoadedByAccept => "no HTML is wanted",
            ActSign.Upgrade => "a WebSocket",
            ActSign.FetchedAhead => "fetched ahead, nobody has looked at it",
            ActSign.Again => "the same page again",
            ActSign.Redirected => "the page that a redirect led to",
            ActSign.SameSearch => "the same words again",
            ActSign.SearchInPage => "a search that the page made",
            ActSign.Program => "a program that is no browser",
            ActSign.Tunnel => "a tunnel, the name alone is seen",
            ActSign.Noise => "a tunnel to what pages bring along",
            ActSign.SameStory => "the same program or page, a while later",
            _ => throw new System.Diagnostics.UnreachableException(),
        };
        return PartOfTime is { } time ? $"{sign}, part of the page of {TimeZoneInfo.ConvertTime(time, zone):HH:mm:ss}" : sign;
    }
}
