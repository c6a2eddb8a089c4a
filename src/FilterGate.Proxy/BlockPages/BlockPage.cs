using FilterGate.Policy;
using FilterGate.Proxy.Requests;

namespace FilterGate.Proxy.BlockPages;

/// <summary>What a block page shows.</summary>
public sealed record BlockPageModel
{
    /// <summary>The school's name.</summary>
    public required string School { get; init; }
    /// <summary>The decision it explains.</summary>
    public required Decision Decision { get; init; }
    /// <summary>The tier's name.</summary>
    public required string Tier { get; init; }
    /// <summary>The host as the person knows it; null for a locked hit.</summary>
    public required string? Host { get; init; }
    /// <summary>The canonical URL; null for a locked hit.</summary>
    public required string? Url { get; init; }
    /// <summary>Source address.</summary>
    public required string ClientAddress { get; init; }
    /// <summary>The device, or null.</summary>
    public string? Device { get; init; }
    /// <summary>When, in the school's time zone.</summary>
    public required DateTimeOffset Time { get; init; }
    /// <summary>The code of the stored event, as <c>K7Q4-M2XD</c>.</summary>
    public required string Reference { get; init; }
}

/// <summary>The pages the gateway answers itself: self-contained HTML, no script needed, no external request, strict CSP.</summary>
/// <remarks>Pure functions of their arguments; safe from any thread. All that comes from outside is HTML-encoded.</remarks>
public static class BlockPage
{
    /// <summary>Where the request form of a block page posts to, on the blocked site's own name: a path the gateway answers on every host and never forwards.</summary>
    public const string RequestPath = "/.well-known/filtergate/request";

    /// <summary>The Content-Security-Policy of every page.</summary>
    public static string ContentSecurityPolicy => throw new NotImplementedException();

    /// <summary>The page of a refused or warned request, with the request form where <see cref="Decision.IsOverridable"/>; for a locked hit the IWF-style page, which has none.</summary>
    public static string Render(BlockPageModel model) => throw new NotImplementedException();

    /// <summary>The page after the request form was sent.</summary>
    /// <param name="school">The school's name.</param>
    /// <param name="accepted">True when the request is in the queue (also when it was there already).</param>
    /// <param name="message">A sentence for the person.</param>
    /// <param name="reference">The reference, or null.</param>
    public static string RenderRequestAnswer(string school, bool accepted, string message, string? reference) => throw new NotImplementedException();

    /// <summary>The page of a request that could not reach its origin: says whose fault it is and what to do.</summary>
    /// <param name="school">The school's name.</param>
    /// <param name="failure">Where it broke.</param>
    /// <param name="host">The host asked for.</param>
    public static string RenderFailure(string school, ForwardFailure failure, string host) => throw new NotImplementedException();

    /// <summary>The status a failure gives the client: 502 or 504.</summary>
    public static int StatusOf(ForwardFailure failure) => throw new NotImplementedException();

    /// <summary>The gateway's own page, at <c>filtergate.internal</c> and on its own address: who I am to the filter, the certificate, how to ask.</summary>
    public static string RenderStatus(string school, string tier, string clientAddress, string? device) => throw new NotImplementedException();
}
