using FilterGate.Events.Acts;

namespace FilterGate.Proxy.Acts;

/// <summary>What will stand in the event of a request beside its decision. There is none for a request that is not kept.</summary>
/// <param name="act">What the request is.</param>
internal sealed class KeptAct(FoldedAct act)
{
    /// <summary>What the request is.</summary>
    public FoldedAct Act { get; set; } = act;

    /// <summary>The words of a search.</summary>
    public string? SearchWords { get; init; }

    /// <summary>The <c>Referer</c> as sent.</summary>
    public string? Referer { get; init; }

    /// <summary>True when the answer sends the browser on: the page that it leads to is the act.</summary>
    public bool IsRedirect { get; set; }

    /// <summary>True for the first use of what a class session opens, by somebody on a day.</summary>
    public bool IsFirstOfSession { get; init; }

    /// <summary>Takes the title from the answer; null where none is wanted.</summary>
    public TitleReader? Title { get; set; }
}
