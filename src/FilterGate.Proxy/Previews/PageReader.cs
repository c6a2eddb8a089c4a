using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using FilterGate.Matching;
using FilterGate.Policy;
using FilterGate.Proxy.Connections;
using FilterGate.Proxy.Requests;

namespace FilterGate.Proxy.Previews;

/// <summary>A text as its site gave it.</summary>
/// <param name="Url">Where it was in the end, after redirections.</param>
/// <param name="Type">Media type without parameters, in lower case; empty when the site names none.</param>
/// <param name="Text">The text, or its beginning.</param>
/// <param name="IsCut">True when there was more than was asked for.</param>
public sealed record PageText(CanonicalUrl Url, string Type, string Text, bool IsCut);

/// <summary>What came of reading an address.</summary>
/// <param name="Text">The text, or null.</param>
/// <param name="Problem">Why there is none, in plain words; null when there is. Never an address.</param>
/// <param name="Passed">Hosts that redirected on the way, in order.</param>
public sealed record PageReading(PageText? Text, string? Problem, IReadOnlyList<string> Passed);

/// <summary>Reads a page for somebody who is to decide about it, by the way that the gateway itself takes to a site: the same look-up, the same judgement of every address, the same verification of certificates.</summary>
/// <remarks>
/// <para>Every host is asked about first, that of each redirection too: what nothing may open is not read, so nobody makes the box knock where no person could go.
/// It sends a GET and says nothing of who asks: no cookie, no credentials, no page that it comes from.</para>
/// <para>Bounded: <see cref="RedirectsMax"/>, the bytes that the caller names (of what they are once unpacked), and the time of the caller's token. Safe from several threads.</para>
/// </remarks>
public sealed class PageReader : IDisposable
{
    /// <summary>Most redirections followed, as browsers come from http to https to www and seldom farther.</summary>
    public const int RedirectsMax = 5;

    private readonly Func<CanonicalUrl, string?> _whyNot;
    private readonly DestinationGuard _guard;
    private readonly HttpMessageInvoker _invoker;

    /// <param name="policy">Says which private destinations may be reached.</param>
    /// <param name="options">Authorities, look-up and the time for connecting.</param>
    /// <param name="whyNot">Why an address must not be read, in plain words, or null: asked of each before its name is looked up.</param>
    /// <param name="clock">The clock.</param>
    public PageReader(PolicySnapshot policy, GatewayOptions options, Func<CanonicalUrl, string?> whyNot, TimeProvider clock)
    {
        ArgumentNullException.ThrowIfNull(options);
        _whyNot = whyNot;
        _guard = new DestinationGuard(options);
        var current = new CurrentPolicy(policy);
        var dialer = new UpstreamDialer(current, _guard, options, clock);
        _invoker = new HttpMessageInvoker(new SocketsHttpHandler
        {
            UseProxy = false,
            UseCookies = false,
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.All,
            ActivityHeadersPropagator = null,
            ConnectTimeout = options.Limits.ConnectTimeout,
            MaxResponseHeadersLength = 128,
            // What is not wanted is not waited for.
            MaxResponseDrainSize = 0,
            ConnectCallback = async (context, cancellationToken) =>
                new NetworkStream(await dialer.DialAsync(context.DnsEndPoint.Host, context.DnsEndPoint.Port, cancellationToken), ownsSocket: true),
            SslOptions = new SslClientAuthenticationOptions
            {
                CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
                RemoteCertificateValidationCallback = new OriginCertificates(current, options, clock).Verify,
            },
        });
    }

    /// <summary>Reads a text.</summary>
    /// <param name="url">Its address.</param>
    /// <param name="bytesMax">Most bytes read of it.</param>
    /// <param name="cancellationToken">Ends it: what was not read by then is a problem like others.</param>
    public async Task<PageReading> ReadAsync(CanonicalUrl url, int bytesMax, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(url);
        var passed = new List<string>();
        try
        {
            for (var redirections = 0; ; redirections++)
            {
                if (_whyNot(url) is { } why) return new(null, redirections == 0 ? why : $"it sends on to a site that is not read: {why}", passed);
                using var request = new HttpRequestMessage(HttpMethod.Get, url.ToString());
                request.Headers.UserAgent.Add(new ProductInfoHeaderValue("Mozilla", "5.0"));
                request.Headers.UserAgent.Add(new ProductInfoHeaderValue("(compatible; FilterGate preview)"));
                request.Headers.Accept.ParseAdd("text/html,text/css;q=0.9,*/*;q=0.1");
                using var response = await _invoker.SendAsync(request, cancellationToken);
                if ((int)response.StatusCode is 301 or 302 or 303 or 307 or 308 && response.Headers.Location is { } location)
                {
                    passed.Add(url.Host);
                    if (redirections == RedirectsMax) return new(null, $"it sends on more than {RedirectsMax} times", passed);
                    if (Next(url, location) is not { } next) return new(null, "it sends on to something that is no web address", passed);
                    url = next;
                    continue;
                }
                if (!response.IsSuccessStatusCode) return new(null, string.Create(CultureInfo.InvariantCulture, $"it answers with status {(int)response.StatusCode}"), passed);
                var (text, isCut) = await ReadTextAsync(response.Content, bytesMax, cancellationToken);
                return new(new PageText(url, response.Content.Headers.ContentType?.MediaType?.ToLowerInvariant() ?? "", text, isCut), null, passed);
            }
        }
        catch (OperationCanceledException)
        {
            return new(null, "it took too long", passed);
        }
        catch (Exception problem) when (problem is HttpRequestException or IOException or InvalidDataException)
        {
            return new(null, Say(problem), passed);
        }
    }

    private static CanonicalUrl? Next(CanonicalUrl url, Uri location) =>
        Uri.TryCreate(new Uri(url.ToString()), location, out var next) && (next.Scheme == Uri.UriSchemeHttp || next.Scheme == Uri.UriSchemeHttps) && CanonicalUrl.TryParse(next.AbsoluteUri, out var canonical, out _) ? canonical : null;

    private static async Task<(string Text, bool IsCut)> ReadTextAsync(HttpContent content, int bytesMax, CancellationToken cancellationToken)
    {
        await using var stream = await content.ReadAsStreamAsync(cancellationToken);
        var buffer = new byte[bytesMax + 1];
        var length = await stream.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken);
        // Names of hosts are ASCII in every encoding that the web has, but for UTF-16.
        var encoding = buffer is [0xFE, 0xFF, ..] ? Encoding.BigEndianUnicode : buffer is [0xFF, 0xFE, ..] ? Encoding.Unicode : Encoding.UTF8;
        return (encoding.GetString(buffer, 0, Math.Min(length, bytesMax)), length > bytesMax);
    }

    /// <summary>What went wrong, without an address: it is shown to people who are not to see every one.</summary>
    private static string Say(Exception problem)
    {
        for (var inner = problem; inner is not null; inner = inner.InnerException)
        {
            if (inner is not UpstreamException upstream) continue;
            if (upstream.Refusal is not null) return "it lies in a private network";
            return upstream.Failure switch
            {
                ForwardFailure.NameNotFound => "its name is not known",
                ForwardFailure.NameServerFailed => "the name server does not answer",
                ForwardFailure.ConnectionRefused => "it refuses the connection",
                ForwardFailure.ConnectTimedOut => "it does not answer",
                ForwardFailure.CertificateExpired or ForwardFailure.CertificateNameMismatch or ForwardFailure.CertificateUntrusted => "its certificate does not hold",
                _ => "it cannot be reached",
            };
        }
        return "its answer cannot be read";
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _invoker.Dispose();
        _guard.Dispose();
    }
}
