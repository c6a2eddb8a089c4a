using System.IO.Compression;
using System.Text.Json;
using FilterGate.Policy.Search;
using Microsoft.AspNetCore.Http;

namespace FilterGate.Proxy.Requests;

/// <summary>Reads which video a call of YouTube's player asks for. The address of the call names none; without its body any film could be fetched by the player of an approved one.</summary>
/// <remarks>Only for tiers that see approved videos alone, and only this one call: a few kilobytes of JSON. The body is kept and goes out byte for byte.</remarks>
internal static class PlayerCall
{
    /// <summary>Longest body read, in bytes; a usual one has 2 to 10 KB. A longer one is refused.</summary>
    public const int BodyBytesMax = 128 * 1024;

    // What a compressed body of that length may unfold to.
    private const int UnpackedBytesMax = 1024 * 1024;

    /// <summary>True for a request whose body says what it asks for.</summary>
    public static bool Is(Exchange exchange, SearchSettings settings) =>
        settings.YouTube is YouTubeMode.Approved or YouTubeMode.Off && exchange.Url.Path == "/youtubei/v1/player" && YouTubeHosts.IsYouTube(exchange.Url.Host) && HttpMethods.IsPost(exchange.Http.Request.Method);

    /// <summary>Reads the body and puts it back.</summary>
    /// <returns>The id of the video; null where the body names none; empty where it cannot be read or names several, so that the call must be refused.</returns>
    public static async ValueTask<string?> ReadVideoAsync(Exchange exchange)
    {
        var http = exchange.Http;
        if (http.Request.ContentLength > BodyBytesMax) return "";
        var body = new MemoryStream();
        http.Response.RegisterForDispose(body);
        var buffer = new byte[8 * 1024];
        while (await http.Request.Body.ReadAsync(buffer, http.RequestAborted) is > 0 and var count)
        {
            // What is read already is lost for the origin: the call is refused, so it need not go there.
            if (body.Length + count > BodyBytesMax) return "";
            body.Write(buffer, 0, count);
        }

        body.Position = 0;
        http.Request.Body = body;
        var text = body.GetBuffer().AsMemory(0, (int)body.Length);
        return http.Request.Headers.ContentEncoding.ToString() switch
        {
            "" or "identity" => VideoOf(text.Span),
            "gzip" when Unpack(text) is { } unpacked => VideoOf(unpacked),
            _ => "",
        };
    }

    /// <summary>The one video that a JSON text names under <c>videoId</c>, at whatever depth. The interface takes <c>video_id</c> too.</summary>
    internal static string? VideoOf(ReadOnlySpan<byte> json)
    {
        string? video = null;
        try
        {
            var reader = new Utf8JsonReader(json);
            while (reader.Read())
            {
                if (reader.TokenType != JsonTokenType.PropertyName || !(reader.ValueTextEquals("videoId"u8) || reader.ValueTextEquals("video_id"u8))) continue;
                reader.Read();
                if (reader.TokenType != JsonTokenType.String || reader.GetString() is not { } id || (video is not null && video != id)) return "";
                video = id;
            }
        }
        catch (JsonException)
        {
            return "";
        }
        catch (InvalidOperationException)
        {
            return ""; // A text that is no Unicode.
        }

        return video;
    }

    private static byte[]? Unpack(ReadOnlyMemory<byte> packed)
    {
        try
        {
            using var gzip = new GZipStream(new MemoryStream(packed.ToArray()), CompressionMode.Decompress);
            var unpacked = new byte[UnpackedBytesMax];
            var length = gzip.ReadAtLeast(unpacked, unpacked.Length, throwOnEndOfStream: false);
            return length < unpacked.Length ? unpacked[..length] : null;
        }
        catch (InvalidDataException)
        {
            return null;
        }
    }
}
