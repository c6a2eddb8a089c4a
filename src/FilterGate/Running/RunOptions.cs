using System.Collections.Immutable;
using System.Net;
using FilterGate.Policy;
using FilterGate.Proxy;
using FilterGate.Settings;

namespace FilterGate.Running;

/// <summary>Which halves of the gateway a process runs.</summary>
internal enum RunOnly
{
    /// <summary>Both, for trials.</summary>
    Both,

    /// <summary>The data plane.</summary>
    Proxy,

    /// <summary>The review site.</summary>
    Review,
}

/// <summary>What <c>run --shadow</c> asks for.</summary>
/// <param name="Until">Its end.</param>
/// <param name="Reason">Why, or null.</param>
internal sealed record ShadowRequest(DateTimeOffset Until, string? Reason);

/// <summary>What <c>run</c> was told, flags over settings over defaults.</summary>
internal sealed record RunOptions
{
    /// <summary>Where the proxy listens.</summary>
    public required ImmutableArray<GatewayEndPoint> EndPoints { get; init; }

    /// <summary>Where the review site listens, or null.</summary>
    public required IPEndPoint? Review { get; init; }

    /// <summary>Where the look-up service listens, or null.</summary>
    public IPEndPoint? Lookup { get; init; }

    /// <summary>Which halves run.</summary>
    public RunOnly Only { get; init; }

    /// <summary>A folder in UT1 layout instead of the starter lists, or null.</summary>
    public string? ListsFolder { get; init; }

    /// <summary>Private networks opened for a trial.</summary>
    public ImmutableArray<IPNetwork> AllowPrivate { get; init; } = [];

    /// <summary>PEM files of authorities trusted for origins.</summary>
    public ImmutableArray<string> TrustCa { get; init; } = [];

    /// <summary>The TLS mode of every tier for a trial, or null.</summary>
    public TlsMode? Tls { get; init; }

    /// <summary>Until when the gateway only says what it would refuse, or null.</summary>
    public ShadowRequest? Shadow { get; init; }

    /// <summary>Merges flags and settings.</summary>
    /// <param name="listen"><c>--listen</c>.</param>
    /// <param name="tierListen"><c>--tier-listen</c>.</param>
    /// <param name="transparent"><c>--transparent-listen</c>.</param>
    /// <param name="mode">How traffic comes to those.</param>
    /// <param name="review"><c>--review-listen</c>.</param>
    /// <param name="settings">The settings file.</param>
    /// <returns>Where to listen: without any listen option three loopback ports, one a tier, and the review site; with one, just what is named.</returns>
    public static (ImmutableArray<GatewayEndPoint> EndPoints, IPEndPoint? Review) WhereToListen(
        IReadOnlyList<IPEndPoint> listen, IReadOnlyList<TierListen> tierListen, IReadOnlyList<IPEndPoint> transparent, InterceptionMode mode, IPEndPoint? review, GatewaySettings settings)
    {
        // Flags replace the settings' ports as a whole: half from each would surprise.
        var isFlagged = listen.Count > 0 || tierListen.Count > 0 || transparent.Count > 0;
        IEnumerable<IPEndPoint> plain = isFlagged ? listen : settings.Listen;
        IEnumerable<TierListen> tiers = isFlagged ? tierListen : settings.TierListen;
        IEnumerable<IPEndPoint> brought = isFlagged ? transparent : settings.TransparentListen;
        var arrival = mode == InterceptionMode.Tproxy ? Arrival.HandedOver : Arrival.Redirected;
        ImmutableArray<GatewayEndPoint> named = [.. plain.Select(e => new GatewayEndPoint(e, Tier: null)), .. tiers.Select(t => new GatewayEndPoint(t.EndPoint, t.Tier)), .. brought.Select(e => new GatewayEndPoint(e, Tier: null, arrival))];
        var reviewAt = review ?? settings.ReviewListen;
        return named.IsEmpty ? (Defaults, reviewAt ?? DefaultReview) : (named, reviewAt);
    }

    /// <summary>Three loopback ports, so that the tiers can be seen from one laptop.</summary>
    private static ImmutableArray<GatewayEndPoint> Defaults { get; } =
    [
        new(new IPEndPoint(IPAddress.Loopback, 8080), "pupil"),
        new(new IPEndPoint(IPAddress.Loopback, 8081), "staff"),
        new(new IPEndPoint(IPAddress.Loopback, 8082), "guest"),
    ];

    private static IPEndPoint DefaultReview { get; } = new(IPAddress.Loopback, 8090);
}
