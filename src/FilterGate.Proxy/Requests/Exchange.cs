using FilterGate.Matching;
using FilterGate.Policy;
using FilterGate.Policy.Search;
using FilterGate.Proxy.Acts;
using FilterGate.Proxy.Connections;
using Microsoft.AspNetCore.Http;

namespace FilterGate.Proxy.Requests;

/// <summary>One request on its way: what the stages have learnt of it so far.</summary>
/// <remarks>One per request, used by one thread at a time. It holds results, not the snapshot they came from, once the decision is made.</remarks>
internal sealed class Exchange(HttpContext http, ClientConnection connection)
{
    /// <summary>Kestrel's side: the client's request and our answer.</summary>
    public HttpContext Http { get; } = http;

    /// <summary>The connection it came over.</summary>
    public ClientConnection Connection { get; } = connection;

    /// <summary>Who asks. Written by Identify.</summary>
    public Client Client { get; set; } = null!;

    /// <summary>What is asked for. Written by Canonicalize.</summary>
    public CanonicalUrl Url { get; set; } = null!;

    /// <summary>Path and query exactly as the client sent them: what the origin gets. Written by Canonicalize.</summary>
    public string RawTarget { get; set; } = "/";

    /// <summary>Where the request is sent: the connection's target, else the URL's own. Written by Canonicalize.</summary>
    public ConnectionTarget Target { get; set; } = null!;

    /// <summary>The canonical host of the Host field or <c>:authority</c>, null without one. Written by Canonicalize.</summary>
    public string? NamedHost { get; set; }

    /// <summary>What the request says of itself beside its address. Written by Decide.</summary>
    public AskedWith With { get; set; }

    /// <summary>What holds it to its tier's safe search and sign-in on its way. Written by Forward.</summary>
    public ForcedRequest Forced { get; set; }

    /// <summary>The strictest answer of the policy. Written by Decide, and by Forward when an address turned out to be private.</summary>
    public Judgement? Judgement { get; set; }

    /// <summary>What its client did with it, where an event of it is kept; else null. Written by Decide.</summary>
    public KeptAct? Act { get; set; }

    /// <summary>Where it broke on the way to the origin, or null. Written by Forward.</summary>
    public ForwardFailure? Failure { get; set; }

    /// <summary>SHA-256 of the origin's certificate where that is what it broke at, as people compare it; else null. Written by Forward.</summary>
    public string? RefusedCertificate { get; set; }

    /// <summary>True once an event for this request is stored or queued.</summary>
    public bool IsRecorded { get; set; }
}
