using System.Reflection;
using Microsoft.AspNetCore.Http;

namespace FilterGate.Lookup;

/// <summary>The description of the look-up service, OpenAPI 3.1. Written by hand, because it is short and what it promises should be read; a test holds it against the routes and the answers.</summary>
internal static class OpenApi
{
    /// <summary>The document.</summary>
    public static ReadOnlyMemory<byte> Document { get; } = Read();

    /// <summary>Sends it.</summary>
    public static Task WriteAsync(HttpContext context)
    {
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = Document.Length;
        return context.Response.Body.WriteAsync(Document, context.RequestAborted).AsTask();
    }

    private static byte[] Read()
    {
        const string Name = "lookup/openapi.json";
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(Name) ?? throw new InvalidOperationException($"the program was built without {Name}");
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }
}
