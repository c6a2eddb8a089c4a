using System.Collections.Concurrent;
using System.Formats.Tar;
using System.IO.Compression;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace FilterGate.Lists.Tests.Sources;

/// <summary>A publisher of lists on loopback, over HTTP and HTTPS. What it answers is set per path; what it was asked is kept.</summary>
internal sealed class ListServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly X509Certificate2 _certificate;

    private ListServer(WebApplication app, X509Certificate2 certificate) => (_app, _certificate) = (app, certificate);

    public ConcurrentDictionary<string, Func<HttpContext, Task>> Answers { get; } = new(StringComparer.Ordinal);

    public ConcurrentQueue<(string Path, Dictionary<string, string> Headers)> Requests { get; } = [];

    public Uri Http { get; private set; } = null!;

    public Uri Https { get; private set; } = null!;

    public static async Task<ListServer> StartAsync()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        using var made = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        var certificate = X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pkcs12), password: null);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, 0);
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.UseHttps(certificate));
            kestrel.Limits.MinResponseDataRate = null;
        });
        var server = new ListServer(builder.Build(), certificate);
        server._app.Run(server.AnswerAsync);
        await server._app.StartAsync();
        var addresses = server._app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Select(a => new Uri(a)).ToArray();
        server.Http = addresses.Single(a => a.Scheme == "http");
        server.Https = addresses.Single(a => a.Scheme == "https");
        return server;
    }

    /// <summary>Sends a request handler that trusts this server.</summary>
    public HttpMessageHandler Handler() => new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        UseProxy = false,
        SslOptions = { RemoteCertificateValidationCallback = (_, presented, _, _) => presented?.GetCertHashString() == _certificate.GetCertHashString() },
    };

    /// <summary>Answers with bytes, an entity tag and a time, as any web server does: 304, ranges and all.</summary>
    public void Serve(string path, byte[] content, string etag, string type = "text/plain") =>
        Answers[path] = async context =>
        {
            context.Response.Headers.ETag = etag;
            context.Response.Headers.LastModified = "Mon, 23 Nov 2026 04:00:00 GMT";
            if (context.Request.Headers.IfNoneMatch == etag)
            {
                context.Response.StatusCode = 304;
                return;
            }
            context.Response.ContentType = type;
            var from = 0;
            if (context.Request.Headers.Range.ToString() is { Length: > 0 } range && context.Request.Headers.IfRange == etag)
            {
                from = int.Parse(range["bytes=".Length..].TrimEnd('-'));
                context.Response.StatusCode = 206;
                context.Response.Headers.ContentRange = $"bytes {from}-{content.Length - 1}/{content.Length}";
            }
            context.Response.ContentLength = content.Length - from;
            await context.Response.Body.WriteAsync(content.AsMemory(from));
        };

    public void Serve(string path, string content, string etag, string type = "text/plain") => Serve(path, Encoding.UTF8.GetBytes(content), etag, type);

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _certificate.Dispose();
    }

    private Task AnswerAsync(HttpContext context)
    {
        Requests.Enqueue((context.Request.Path, context.Request.Headers.ToDictionary(h => h.Key, h => h.Value.ToString(), StringComparer.OrdinalIgnoreCase)));
        if (Answers.TryGetValue(context.Request.Path, out var answer)) return answer(context);
        context.Response.StatusCode = 404;
        return Task.CompletedTask;
    }
}

/// <summary>Makes the files that publishers send.</summary>
internal static class Packed
{
    public static byte[] Gzip(byte[] content)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.SmallestSize)) gzip.Write(content);
        return packed.ToArray();
    }

    /// <summary>A tar.gz of UT1's shape: a list of paths and contents.</summary>
    public static byte[] Ut1(params (string Path, string Content)[] files) => Gzip(Tar(files.Select(f => File(f.Path, f.Content)).ToArray()));

    public static byte[] Tar(params TarEntry[] entries)
    {
        using var packed = new MemoryStream();
        using (var tar = new TarWriter(packed, TarEntryFormat.Ustar, leaveOpen: true))
            foreach (var entry in entries) tar.WriteEntry(entry);
        return packed.ToArray();
    }

    public static TarEntry File(string path, string content) => new UstarTarEntry(TarEntryType.RegularFile, path) { DataStream = new MemoryStream(Encoding.UTF8.GetBytes(content)) };

    public static TarEntry Link(TarEntryType type, string path, string target) => new UstarTarEntry(type, path) { LinkName = target };

    /// <summary>What packs a thousandfold.</summary>
    public static byte[] Letters(int count)
    {
        var letters = new byte[count];
        letters.AsSpan().Fill((byte)'a');
        return letters;
    }

    /// <summary>So many plain entries: <c>n0001.example</c> …</summary>
    public static string Lines(int count, string prefix = "n") => string.Concat(Enumerable.Range(1, count).Select(i => $"{prefix}{i:0000}.example\n"));
}
