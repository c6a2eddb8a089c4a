using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Threading.RateLimiting;
using FilterGate.Commands;
using FilterGate.Policy;
using FilterGate.Policy.Documents;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace FilterGate.Lookup;

/// <summary>Tells other systems over HTTP which categories an address is in (<c>run --lookup-listen</c>): <c>GET /v1/categories?url=</c>, <c>POST /v1/categories</c>, <c>GET /openapi.json</c>, <c>GET /healthz</c>.</summary>
/// <remarks>
/// A port of its own, never one that pupils reach: see <see cref="WhyNotHere"/>, and each caller is looked up in the policy too. Each request asks the lists in force, so that swapped ones are seen at once. What is asked for is not logged and not recorded.
/// In the order of a request: a caller from a pupils' network is refused (403), the rate is limited by address (429), the token is compared (401), the question is answered.
/// </remarks>
internal sealed class LookupService : IAsyncDisposable
{
    /// <summary>As the command line writes JSON: snake_case, no key left out.</summary>
    private static readonly JsonSerializerOptions JsonForm = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static readonly JsonDocumentOptions BodyForm = new() { MaxDepth = 4 };

    private readonly WebApplication _app;
    private readonly PartitionedRateLimiter<IPAddress> _limiter;
    private readonly LookupToken _token;
    private readonly LookupLimits _limits;
    private readonly Func<PolicySnapshot> _policy;

    private LookupService(IPEndPoint endPoint, LookupToken token, Func<PolicySnapshot> policy, LookupLimits limits, Action<ILoggingBuilder> logging)
    {
        (_token, _policy, _limits) = (token, policy, limits);
        _limiter = PartitionedRateLimiter.Create<IPAddress, IPAddress>(caller => RateLimitPartition.GetTokenBucketLimiter(caller, _ => new TokenBucketRateLimiterOptions
        {
            TokenLimit = limits.Burst, TokensPerPeriod = limits.PerPeriod, ReplenishmentPeriod = limits.Period, QueueLimit = 0, AutoReplenishment = true,
        }));
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        logging(builder.Logging);
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = limits.BodyBytesMax;
            kestrel.Limits.MaxConcurrentConnections = limits.ConnectionsMax;
            kestrel.Limits.RequestHeadersTimeout = limits.HeadTimeout;
            kestrel.Limits.KeepAliveTimeout = limits.IdleTimeout;
            kestrel.Listen(endPoint, listen => listen.Protocols = HttpProtocols.Http1);
        });
        builder.Services.Configure<HostOptions>(o => o.ShutdownTimeout = TimeSpan.FromSeconds(2));
        builder.Services.AddRouting();
        _app = builder.Build();
        _app.Use(AdmitAsync);
        _app.MapGet("/v1/categories", AnswerOneAsync);
        _app.MapPost("/v1/categories", AnswerManyAsync);
        _app.MapGet("/openapi.json", OpenApi.WriteAsync);
        _app.MapGet("/healthz", (HttpContext context) => context.Response.WriteAsync("ok\n", context.RequestAborted));
    }

    /// <summary>Where it listens, <c>127.0.0.1:8095</c>, with the port it got.</summary>
    public string Address { get; private set; } = "";

    /// <summary>Where the token is.</summary>
    public string TokenPath => _token.Path;

    /// <summary>The paths that it answers, for the test of its description.</summary>
    internal IEnumerable<Microsoft.AspNetCore.Routing.RouteEndpoint> Routes =>
        ((Microsoft.AspNetCore.Routing.IEndpointRouteBuilder)_app).DataSources.SelectMany(s => s.Endpoints).OfType<Microsoft.AspNetCore.Routing.RouteEndpoint>();

    /// <summary>Begins to listen.</summary>
    /// <param name="endPoint">Where; <see cref="WhyNotHere"/> has been asked.</param>
    /// <param name="token">What callers have to show.</param>
    /// <param name="policy">The policy and the lists in force, asked for each request.</param>
    /// <param name="limits">Bounds.</param>
    /// <param name="logging">Sets logging up.</param>
    /// <param name="cancellationToken">Ends the start.</param>
    /// <exception cref="UserErrorException">The port is in use, or the address is not this computer's.</exception>
    public static async Task<LookupService> StartAsync(IPEndPoint endPoint, LookupToken token, Func<PolicySnapshot> policy, LookupLimits limits, Action<ILoggingBuilder> logging, CancellationToken cancellationToken)
    {
        var service = new LookupService(endPoint, token, policy, limits, logging);
        try
        {
            await service._app.StartAsync(cancellationToken);
        }
        catch (IOException problem)
        {
            await service.DisposeAsync();
            throw new UserErrorException($"The look-up service cannot listen on {endPoint}: {(problem.InnerException ?? problem).Message}. Choose another with --lookup-listen ADDRESS:PORT.", inner: problem);
        }
        service.Address = new Uri(service._app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single()).Authority;
        return service;
    }

    /// <summary>Why the service must not listen there, or null. What a filter knows of sites is a list of where to look: it is not for pupils.</summary>
    /// <remarks>Allowed are loopback, an address outside the school's filtered networks, and one that the policy has in a tier for staff. What a router forwards to it nobody can tell from here, so callers are looked at too.</remarks>
    public static string? WhyNotHere(IPAddress address, PolicySnapshot policy)
    {
        if (address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any))
            return $"the look-up service would answer on every network of this computer, pupils' too: {address}. Name one address, such as 127.0.0.1 or one of a staff network.";
        return IsForPupils(address, policy)
            ? $"the look-up service would answer on a network of pupils or guests: {address} is in one by the policy. Use 127.0.0.1, an address outside 'networks', or one that 'clients' has in a tier for staff."
            : null;
    }

    /// <summary>Lets what runs finish.</summary>
    public Task StopAsync() => _app.StopAsync();

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        await _limiter.DisposeAsync();
    }

    private static bool IsForPupils(IPAddress address, PolicySnapshot policy)
    {
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        return !IPAddress.IsLoopback(address) && policy.Identify(address) is { } client && !CategoryRules.IsOf(client.Tier.Name, "staff");
    }

    /// <summary>Whoever has a whole IPv6 network has one allowance.</summary>
    private static IPAddress CallerOf(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6) return address.MapToIPv4();
        if (address.AddressFamily != AddressFamily.InterNetworkV6) return address;
        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out _);
        bytes[8..].Clear();
        return new IPAddress(bytes);
    }

    private async Task AdmitAsync(HttpContext context, RequestDelegate next)
    {
        context.Response.Headers.CacheControl = "no-store";
        context.Response.Headers.XContentTypeOptions = "nosniff";
        var address = context.Connection.RemoteIpAddress ?? IPAddress.None;
        if (IsForPupils(address, _policy()))
        {
            await FailAsync(context, StatusCodes.Status403Forbidden, "not from here", "The policy has your address in a network of pupils or guests.");
            return;
        }
        // Before the token is looked at: guessing is limited too.
        if (!await TryAcquireAsync(context, 1)) return;
        var isOpen = context.Request.Path.Value is "/healthz" or "/openapi.json";
        if (!isOpen && !(context.Request.Headers.Authorization is [{ } shown] && shown.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase) && _token.Is(shown["Bearer ".Length..].Trim())))
        {
            context.Response.Headers.WWWAuthenticate = "Bearer";
            await FailAsync(context, StatusCodes.Status401Unauthorized, "no token", "Send the header Authorization: Bearer TOKEN; the token is in lookup.token in the gateway's data folder.");
            return;
        }
        await next(context);
    }

    private async Task<bool> TryAcquireAsync(HttpContext context, int addresses)
    {
        using var lease = _limiter.AttemptAcquire(CallerOf(context.Connection.RemoteIpAddress ?? IPAddress.None), Math.Min(addresses, _limits.Burst));
        if (lease.IsAcquired) return true;
        var wait = lease.TryGetMetadata(MetadataName.RetryAfter, out var after) ? after : _limits.Period;
        context.Response.Headers.RetryAfter = Math.Max(1, (long)Math.Ceiling(wait.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        await FailAsync(context, StatusCodes.Status429TooManyRequests, "too many", $"{_limits.PerPeriod:n0} addresses may be asked about in {_limits.Period.TotalSeconds:0.#} s, {_limits.Burst:n0} at once. For more there is: filtergate categorise FILE");
        return false;
    }

    private Task AnswerOneAsync(HttpContext context)
    {
        if (context.Request.Query["url"] is not [{ Length: > 0 } text]) return FailAsync(context, StatusCodes.Status400BadRequest, "no address", "Write GET /v1/categories?url=ADDRESS, once, with the address percent-escaped.");
        var lookup = Lookup();
        var result = LookupResult.Of(lookup, text);
        return result.Error is { } why ? FailAsync(context, StatusCodes.Status400BadRequest, "no address", $"It is no address: {why}.") : WriteAsync(context, LookupAnswer.Of(result, lookup));
    }

    private async Task AnswerManyAsync(HttpContext context)
    {
        List<string>? texts;
        try
        {
            using var body = await JsonDocument.ParseAsync(context.Request.Body, BodyForm, context.RequestAborted);
            texts = AddressesOf(body.RootElement);
        }
        catch (Exception problem) when (problem is JsonException or InvalidOperationException)
        {
            // The second for half a character, which no address has.
            texts = null;
        }
        catch (Microsoft.AspNetCore.Http.BadHttpRequestException problem)
        {
            await FailAsync(context, problem.StatusCode, "too large or cut short", $"A body has at most {_limits.BodyBytesMax:n0} bytes.");
            return;
        }
        if (texts is null)
        {
            await FailAsync(context, StatusCodes.Status400BadRequest, "no addresses", "The body is a JSON array of texts, or an object with such an array 'urls'.");
            return;
        }
        if (texts.Count > _limits.AddressesMax)
        {
            await FailAsync(context, StatusCodes.Status413PayloadTooLarge, "too many addresses", $"At most {_limits.AddressesMax:n0} in one request.");
            return;
        }
        // One was taken when the request came.
        if (texts.Count > 1 && !await TryAcquireAsync(context, texts.Count - 1)) return;
        var lookup = Lookup();
        await WriteAsync(context, new LookupAnswers([.. texts.Select(text => LookupResult.Of(lookup, text))], lookup.ListsVersion, CategoryLookup.LockedLists));
    }

    private static List<string>? AddressesOf(JsonElement root)
    {
        if (root.ValueKind == JsonValueKind.Object && !root.TryGetProperty("urls", out root)) return null;
        if (root.ValueKind != JsonValueKind.Array) return null;
        var texts = new List<string>(Math.Min(1024, root.GetArrayLength()));
        foreach (var item in root.EnumerateArray())
        {
            if (item.ValueKind != JsonValueKind.String) return null;
            texts.Add(item.GetString()!);
        }
        return texts;
    }

    /// <summary>Over the lists in force at this moment: an old snapshot is never held.</summary>
    private CategoryLookup Lookup() => new(_policy().Lists);

    private static Task WriteAsync<T>(HttpContext context, T answer) => context.Response.WriteAsJsonAsync(answer, JsonForm, context.RequestAborted);

    /// <summary>A refusal as RFC 9457 has it. Names nothing that was asked for.</summary>
    private static Task FailAsync(HttpContext context, int status, string title, string detail)
    {
        context.Response.StatusCode = status;
        return context.Response.WriteAsJsonAsync(new { type = "about:blank", title, status, detail }, JsonForm, "application/problem+json", context.RequestAborted);
    }
}
