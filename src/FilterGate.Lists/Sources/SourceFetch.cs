using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Polly;
using Polly.CircuitBreaker;
using Polly.Retry;

namespace FilterGate.Lists.Sources;

/// <summary>What the server had.</summary>
/// <param name="IsNewer">False when it said that there is nothing newer than what we have.</param>
/// <param name="ETag">Its name for what it sent, or null.</param>
/// <param name="LastModified">Its time of what it sent, or null.</param>
/// <param name="Address">The address that answered, before redirects.</param>
internal sealed record Fetched(bool IsNewer, string? ETag, DateTimeOffset? LastModified, Uri Address);

/// <summary>Fetches files over HTTP: conditionally, resumably, and within bounds. Safe from several threads.</summary>
/// <remarks>
/// What may help when tried again (no answer, 5xx, 408, 429, a cut) is tried again with growing pauses; a host that keeps failing is left alone for a while, so that ten sources on one dead host do not take ten times as long.
/// Redirects are followed here and not by the handler: it would not say where they lead.
/// </remarks>
internal sealed class SourceFetch : IDisposable
{
    /// <summary>Longest file of digests, in bytes.</summary>
    private const int ChecksumLengthMax = 1 << 20;

    private static readonly TimeSpan RetryDelayMax = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan BreakDuration = TimeSpan.FromMinutes(5);

    private readonly HttpClient _client;
    private readonly ListSourceOptions _options;
    private readonly TimeProvider _clock;
    private readonly ConcurrentDictionary<string, ResiliencePipeline> _pipelines = new(StringComparer.OrdinalIgnoreCase);

    public SourceFetch(ListSourceOptions options, TimeProvider clock, HttpMessageHandler? handler)
    {
        (_options, _clock) = (options, clock);
        _client = new HttpClient(handler ?? new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.None,
            ConnectTimeout = TimeSpan.FromSeconds(15),
            MaxResponseHeadersLength = 64,
            UseCookies = false,
        }) { Timeout = Timeout.InfiniteTimeSpan };
        _client.DefaultRequestHeaders.UserAgent.Add(new ProductInfoHeaderValue("FilterGate", typeof(SourceFetch).Assembly.GetName().Version?.ToString(2)));
    }

    /// <summary>Brings the file of a source to <see cref="SourceFolder.Partial"/>, going on where an earlier download was cut.</summary>
    /// <param name="source">The source.</param>
    /// <param name="folder">Its folder, locked by the caller.</param>
    /// <param name="known">What we have already, or null to fetch in any case.</param>
    /// <param name="progress">Told of bytes fetched and bytes there are.</param>
    /// <param name="cancellationToken">Ends it; what was fetched so far stays for the next time.</param>
    /// <exception cref="SourceException">No address gave it.</exception>
    public async Task<Fetched> FetchAsync(CatalogueSource source, SourceFolder folder, SourceVersion? known, Action<long, long?> progress, CancellationToken cancellationToken)
    {
        for (var i = 0; ; i++)
        {
            try
            {
                return await WithRetriesAsync(source.Addresses[i], (address, token) => DownloadAsync(address, folder, known, progress, token), cancellationToken);
            }
            catch (SourceException) when (i + 1 < source.Addresses.Length)
            {
                // The next mirror may have it; if none has, the last one's reason is said.
            }
        }
    }

    /// <summary>The digest that the publisher gives for a source's file.</summary>
    /// <exception cref="SourceException">It cannot be had.</exception>
    public async Task<string> PublishedDigestAsync(CatalogueSource source, SourceChecksum checksum, Uri fetchedFrom, CancellationToken cancellationToken)
    {
        if (checksum.Digest is { } digest) return digest;
        var name = Path.GetFileName(fetchedFrom.AbsolutePath);
        var text = await WithRetriesAsync(checksum.Address!, ReadTextAsync, cancellationToken);
        return SourceChecks.FindDigest(text, name, checksum.Algorithm) ?? throw new SourceException($"{checksum.Address} has no digest of {name}, so {source.Id} cannot be verified");
    }

    public void Dispose() => _client.Dispose();

    private async Task<T> WithRetriesAsync<T>(Uri address, Func<Uri, CancellationToken, Task<T>> attempt, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(_options.FetchTimeout, _clock);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            return await _pipelines.GetOrAdd(address.Authority, MakePipeline).ExecuteAsync(async token => await attempt(address, token), both.Token);
        }
        catch (BrokenCircuitException broken)
        {
            throw new SourceException($"{address.Host} failed several times running and is left alone for {BreakDuration.TotalMinutes:0} minutes", inner: broken);
        }
        catch (OperationCanceledException slow) when (!cancellationToken.IsCancellationRequested)
        {
            throw new SourceException($"{address.Host} took longer than {_options.FetchTimeout.TotalMinutes:0} minutes; the next update goes on from there", inner: slow);
        }
    }

    private ResiliencePipeline MakePipeline(string host)
    {
        var isTransient = new PredicateBuilder().Handle<SourceException>(e => e.IsTransient);
        var builder = new ResiliencePipelineBuilder { TimeProvider = _clock };
        if (_options.RetriesMax > 0)
        {
            builder.AddRetry(new RetryStrategyOptions
            {
                ShouldHandle = isTransient,
                MaxRetryAttempts = _options.RetriesMax,
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
                Delay = _options.RetryDelay,
                MaxDelay = RetryDelayMax,
                DelayGenerator = arguments => ValueTask.FromResult(
                    arguments.Outcome.Exception is SourceException { RetryAfter: { } after } ? after < RetryDelayMax ? after : RetryDelayMax : (TimeSpan?)null),
            });
        }
        return builder.AddCircuitBreaker(new CircuitBreakerStrategyOptions
        {
            ShouldHandle = isTransient,
            FailureRatio = 0.8,
            MinimumThroughput = 8,
            SamplingDuration = TimeSpan.FromMinutes(10),
            BreakDuration = BreakDuration,
        }).Build();
    }

    private async Task<Fetched> DownloadAsync(Uri address, SourceFolder folder, SourceVersion? known, Action<long, long?> progress, CancellationToken cancellationToken)
    {
        var begun = Begun(folder, address);
        using var idle = new IdleLimit(_options.IdleTimeout, _clock, cancellationToken);
        using var response = await SendAsync(address, request =>
        {
            // The bytes of the file itself: a digest is of those, and a cut download can be gone on with.
            request.Headers.AcceptEncoding.Add(new StringWithQualityHeaderValue("identity"));
            if (begun is not null)
            {
                request.Headers.Range = new RangeHeaderValue(new FileInfo(folder.Partial).Length, to: null);
                request.Headers.IfRange = begun.ETag is { } etag ? new RangeConditionHeaderValue(etag) : new RangeConditionHeaderValue(begun.LastModified!.Value);
            }
            else if (known is not null && known.Address == address.AbsoluteUri)
            {
                // Only to the server that named it: a mirror may call another list by the same tag.
                if (known.ETag is { } etag) request.Headers.TryAddWithoutValidation("If-None-Match", etag);
                if (known.LastModified is { } time) request.Headers.IfModifiedSince = time;
            }
        }, idle);

        switch (response.StatusCode)
        {
            case HttpStatusCode.NotModified when begun is null && known is not null && known.Address == address.AbsoluteUri:
                return new Fetched(IsNewer: false, known.ETag, known.LastModified, address);
            case HttpStatusCode.PartialContent when begun is not null && response.Content.Headers.ContentRange is { Unit: "bytes", From: { } from } && from == new FileInfo(folder.Partial).Length:
                break;
            case HttpStatusCode.OK:
                folder.RemovePartial();
                begun = Note(folder, address, response);
                break;
            case HttpStatusCode.PartialContent or HttpStatusCode.RequestedRangeNotSatisfiable when begun is not null:
                folder.RemovePartial();
                throw new SourceException($"{address.Host} could not go on with a download that was cut", isTransient: true);
            default:
                throw Failed(address, response);
        }
        await CopyAsync(address, response, folder.Partial, progress, idle);
        return new Fetched(IsNewer: true, Text(response.Headers.ETag) ?? begun?.ETag, response.Content.Headers.LastModified ?? begun?.LastModified, address);
    }

    private async Task CopyAsync(Uri address, HttpResponseMessage response, string path, Action<long, long?> progress, IdleLimit idle)
    {
        if (response.Content.Headers.ContentType?.MediaType is "text/html" or "application/xhtml+xml")
            throw new SourceException($"{address.Host} answered with a web page, not a list: the address has moved, or something on the way (a portal, a filter) answered in its place");
        await using var file = new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.Read, bufferSize: 0, FileOptions.Asynchronous);
        var length = file.Position;
        var total = response.Content.Headers.ContentLength + length;
        if (total > _options.DownloadBytesMax) throw new SourceException($"it has {total >> 20} MiB; the most that is fetched is {_options.DownloadBytesMax >> 20} MiB");
        var buffer = new byte[128 * 1024];
        try
        {
            await using var body = await response.Content.ReadAsStreamAsync(idle.Token);
            int read;
            while ((read = await body.ReadAsync(buffer, idle.Token)) > 0)
            {
                idle.Restart();
                length += read;
                if (length > _options.DownloadBytesMax) throw new SourceException($"it has more than {_options.DownloadBytesMax >> 20} MiB, which is the most that is fetched");
                await file.WriteAsync(buffer.AsMemory(0, read), idle.Token);
                progress(length, total);
            }
        }
        catch (OperationCanceledException silent) when (idle.IsIdle)
        {
            throw idle.Problem(address, silent);
        }
        catch (Exception cut) when (cut is HttpIOException or HttpRequestException or IOException { InnerException: System.Net.Sockets.SocketException })
        {
            throw new SourceException($"the connection to {address.Host} was cut after {length} bytes", isTransient: true, inner: cut);
        }
    }

    private async Task<string> ReadTextAsync(Uri address, CancellationToken cancellationToken)
    {
        using var idle = new IdleLimit(_options.IdleTimeout, _clock, cancellationToken);
        using var response = await SendAsync(address, _ => { }, idle);
        if (response.StatusCode != HttpStatusCode.OK) throw Failed(address, response);
        var buffer = new byte[ChecksumLengthMax + 1];
        try
        {
            await using var body = await response.Content.ReadAsStreamAsync(idle.Token);
            var length = await body.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, idle.Token);
            return length > ChecksumLengthMax ? throw new SourceException($"{address} is too long for a file of digests") : System.Text.Encoding.UTF8.GetString(buffer, 0, length);
        }
        catch (OperationCanceledException silent) when (idle.IsIdle)
        {
            throw idle.Problem(address, silent);
        }
        catch (Exception cut) when (cut is HttpIOException or HttpRequestException or IOException)
        {
            throw new SourceException($"the connection to {address.Host} was cut", isTransient: true, inner: cut);
        }
    }

    private async Task<HttpResponseMessage> SendAsync(Uri address, Action<HttpRequestMessage> prepare, IdleLimit idle)
    {
        var at = address;
        for (var redirects = 0; ; redirects++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, at);
            prepare(request);
            HttpResponseMessage response;
            try
            {
                response = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, idle.Token);
            }
            catch (OperationCanceledException silent) when (idle.IsIdle)
            {
                throw idle.Problem(at, silent);
            }
            catch (HttpRequestException unreachable)
            {
                throw new SourceException($"{at.Host} cannot be reached: {(unreachable.InnerException ?? unreachable).Message.TrimEnd('.')}", isTransient: true, inner: unreachable);
            }
            idle.Restart();
            if (response.StatusCode is not (HttpStatusCode.MovedPermanently or HttpStatusCode.Found or HttpStatusCode.SeeOther or HttpStatusCode.TemporaryRedirect or HttpStatusCode.PermanentRedirect)
                || response.Headers.Location is not { } location) return response;
            response.Dispose();
            if (redirects == _options.RedirectsMax) throw new SourceException($"{address.Host} redirects more than {_options.RedirectsMax} times");
            var next = new Uri(at, location);
            if (next.Scheme != Uri.UriSchemeHttps && !(next.Scheme == Uri.UriSchemeHttp && at.Scheme == Uri.UriSchemeHttp))
                throw new SourceException($"{at.Host} redirects from https to {next.Scheme}, where anybody on the way could change the list");
            at = next;
        }
    }

    /// <summary>What a cut download is the beginning of, when the server can be asked for the rest of just that.</summary>
    private static PartialDownload? Begun(SourceFolder folder, Uri address)
    {
        try
        {
            if (File.Exists(folder.PartialNote) && File.Exists(folder.Partial) && new FileInfo(folder.Partial).Length > 0
                && SourceFolder.ReadJson<PartialDownload>(folder.PartialNote) is { } begun && begun.Address == address.AbsoluteUri && (begun.ETag ?? (object?)begun.LastModified) is not null)
                return begun;
        }
        catch (JsonException)
        {
            // Half a note: begin again.
        }
        folder.RemovePartial();
        return null;
    }

    private static PartialDownload Note(SourceFolder folder, Uri address, HttpResponseMessage response)
    {
        // If-Range takes a strong tag only (RFC 9110 section 13.1.5).
        var etag = response.Headers.ETag is { IsWeak: false } strong ? strong.Tag : null;
        var begun = new PartialDownload(address.AbsoluteUri, etag, response.Content.Headers.LastModified);
        SourceFolder.WriteJson(folder.PartialNote, begun);
        return begun;
    }

    private static string? Text(EntityTagHeaderValue? etag) => etag?.ToString();

    private static SourceException Failed(Uri address, HttpResponseMessage response)
    {
        var status = (int)response.StatusCode;
        var isTransient = status is >= 500 or 408 or 429;
        var help = status switch
        {
            404 or 410 => ": the list has moved or is gone; look for a newer address at its publisher",
            401 or 403 => ": it does not give the list to us; its publisher may want an agreement or a key first",
            _ => "",
        };
        return new SourceException($"{address.Host} answered {status}{help}", isTransient, response.Headers.RetryAfter?.Delta);
    }

    private sealed record PartialDownload(string Address, string? ETag, DateTimeOffset? LastModified);

    /// <summary>Ends a wait that takes too long without a byte, and tells it from an end that the caller asked for.</summary>
    private sealed class IdleLimit : IDisposable
    {
        private readonly TimeSpan _timeout;
        private readonly CancellationTokenSource _idle;
        private readonly CancellationTokenSource _both;
        private readonly CancellationToken _caller;

        public IdleLimit(TimeSpan timeout, TimeProvider clock, CancellationToken cancellationToken)
        {
            (_timeout, _caller) = (timeout, cancellationToken);
            _idle = new CancellationTokenSource(timeout, clock);
            _both = CancellationTokenSource.CreateLinkedTokenSource(_idle.Token, cancellationToken);
        }

        public CancellationToken Token => _both.Token;

        public bool IsIdle => _idle.IsCancellationRequested && !_caller.IsCancellationRequested;

        public void Restart() => _idle.CancelAfter(_timeout);

        public SourceException Problem(Uri address, Exception inner) => new($"{address.Host} sent nothing for {_timeout.TotalSeconds:0.#} seconds", isTransient: true, inner: inner);

        public void Dispose()
        {
            _both.Dispose();
            _idle.Dispose();
        }
    }
}
