using System.IO.Compression;
using System.Text.Json;
using FilterGate.Policy.Search;
using Microsoft.AspNetCore.Http;

namespace FilterGate.Proxy.Requests;

/// <summary>Reads which video a call of YouTube's player asks for. The address of the call names none; without its body any film could be fetched by the player of an approved one.</summary>
/// <remarks>Only this one call, a few kilobytes of JSON, in tiers that do not see YouTube whole. The body is kept and goes out byte for byte.</remarks>
internal static class PlayerCall
{
    /// <summary>Longest body read, in bytes; a usual one has 2 to 10 KB. A longer one is not read.</summary>
    public const int BodyBytesMax = 128 * 1024;

    // What a compressed body of that length may unfold to.
    private const int UnpackedBytesMax = 1024 * 1024;

    /// <summary>True for a request whose body says what it asks for.</summary>
    public static bool Is(Exchange exchange, SearchSettings settings) =>
        settings.YouTube != YouTubeMode.Open && exchange.Url.Path == "/youtubei/v1/player" && YouTubeHosts.IsYouTube(exchange.Url.Host) && HttpMethods.IsPost(exchange.Http.Request.Method);

    /// <summary>Reads the body and puts it back.</summary>
    /// <returns>The id of the video; null where the body names none; empty where it cannot be read or names several, so that the call must be refused where its video counts.</returns>
    public static async ValueTask<string?> ReadVideoAsync(Exchange exchange)
    {
        var http = exchange.Http;
        // A browser knows the length of what it sends here. Another body is left as it is: in a tier that sees YouTube in Restricted Mode it goes out.
        if (http.Request.ContentLength is not (> 0 and <= BodyBytesMax and var length)) return "";
        var body = new MemoryStream((int)length);
        http.Response.RegisterForDispose(body);
        await http.Request.Body.CopyToAsync(body, http.RequestAborted);
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
