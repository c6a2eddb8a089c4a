using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;

namespace FilterGate.Review.Site;

/// <summary>The files beside the pages, out of the assembly.</summary>
internal static class SiteAssets
{
    public static readonly Asset Stylesheet = new("Site/review.css", "text/css; charset=utf-8");

    public static readonly Asset Icon = new("Site/icon.svg", "image/svg+xml");

    public static readonly Asset PasskeyScript = new("Accounts/passkey.js", "text/javascript; charset=utf-8");

    /// <summary>htmx 4.0.1 (Zero-Clause BSD, <c>htmx.LICENSE.txt</c>), as published: it swaps parts of pages, and every page works without it.</summary>
    public static readonly Asset FragmentScript = new("Site/htmx.min.js", "text/javascript; charset=utf-8");

    public static readonly Asset[] All = [Stylesheet, Icon, PasskeyScript, FragmentScript];
}

/// <summary>One file. Its path carries a hash of its content, so a browser keeps it for good and a new version is a new path.</summary>
internal sealed class Asset
{
    private readonly byte[] _content;
    private readonly string _contentType;
    private readonly string _entityTag;

    public Asset(string name, string contentType)
    {
        using var stream = typeof(Asset).Assembly.GetManifestResourceStream(name) ?? throw new InvalidOperationException($"{name} is not embedded.");
        using var copy = new MemoryStream();
        stream.CopyTo(copy);
        _content = copy.ToArray();
        _contentType = contentType;
        var hash = Convert.ToHexStringLower(SHA256.HashData(_content).AsSpan(0, 6));
        _entityTag = $"\"{hash}\"";
        Path = $"/{System.IO.Path.GetFileNameWithoutExtension(name)}-{hash}{System.IO.Path.GetExtension(name)}";
    }

    public string Path { get; }

    public Task WriteAsync(HttpContext context)
    {
        var (request, response) = (context.Request, context.Response);
        response.Headers.CacheControl = "public, max-age=31536000, immutable";
        response.Headers.ETag = _entityTag;
        if (request.Headers.IfNoneMatch.Contains(_entityTag, StringComparer.Ordinal))
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return Task.CompletedTask;
        }
        response.ContentType = _contentType;
        return response.Body.WriteAsync(_content, context.RequestAborted).AsTask();
    }
}
