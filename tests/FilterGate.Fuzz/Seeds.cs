using System.Text;
using System.Text.Json;
using FilterGate.Lists;
using FilterGate.Lists.Tests.Formats;

namespace FilterGate.Fuzz;

/// <summary>What the loops begin with.</summary>
internal static class Seeds
{
    // Shipped lists may have thousands of lines; a few show a parser all there is.
    private const int PieceLength = 2048;

    private static readonly Lazy<IReadOnlyList<byte[]>> LazyLists = new(() =>
    [
        .. HostileLines.All.Where(l => l.Length <= PieceLength),
        .. HostileLines.Texts.Chunk(16).Select(chunk => Encoding.UTF8.GetBytes(string.Join('\n', chunk))),
        .. new[] { "starter/", "protected-help/", "never-intercept/", "locked/" }.SelectMany(ShippedLists.PathsUnder).Select(path => Shipped(path, PieceLength)),
    ]);

    private static readonly Lazy<IReadOnlyList<byte[]>> LazyUrls = new(() =>
    [
        .. HostileLines.All.Where(l => l.Length <= PieceLength),
        .. BrowserUrls().Select(Encoding.UTF8.GetBytes),
        .. new[]
        {
            "https://www.google.com/url?q=https%3A%2F%2Fsite.example%2Fpage&sa=D", "https://translate.google.com/translate?sl=auto&u=http://site.example/", "https://site-example.translate.goog/x?_x_tr_sl=de",
            "https://web.archive.org/web/20260101000000*/http://site.example/x", "http://a.example/?url=http://b.example/?url=http://c.example/?url=http://d.example/", "https://cdn.ampproject.org/c/s/site.example/x",
        }.Select(Encoding.UTF8.GetBytes),
    ]);

    /// <summary>Lines of lists.</summary>
    public static IReadOnlyList<byte[]> Lists => LazyLists.Value;

    /// <summary>Addresses, browsers' own test vectors among them where they are at hand.</summary>
    public static IReadOnlyList<byte[]> Urls => LazyUrls.Value;

    /// <summary>YAML files that come with the program.</summary>
    public static IReadOnlyList<byte[]> Yaml(string prefix) => [.. ShippedLists.PathsUnder(prefix).Select(path => Shipped(path, int.MaxValue)), .. ShippedLists.PathsUnder(prefix).Select(path => Shipped(path, PieceLength)), .. HostileLines.All.Where(l => l.Length <= 256)];

    private static byte[] Shipped(string path, int lengthMax)
    {
        using var stream = ShippedLists.Open(path);
        using var whole = new MemoryStream();
        stream.CopyTo(whole);
        return whole.ToArray()[..(int)Math.Min(whole.Length, lengthMax)];
    }

    /// <summary>The inputs of web-platform-tests, which live beside the repository; none where they are not.</summary>
    private static IEnumerable<string> BrowserUrls()
    {
        var folder = Environment.GetEnvironmentVariable("FILTERGATE_SHARED") is { Length: > 0 } named ? new DirectoryInfo(named) : Beside();
        var path = folder is null ? null : Path.Combine(folder.FullName, "data", "wpt-url", "urltestdata.json");
        if (!File.Exists(path)) yield break;
        using var document = JsonDocument.Parse(File.ReadAllBytes(path));
        foreach (var element in document.RootElement.EnumerateArray())
            if (element.ValueKind == JsonValueKind.Object && element.GetProperty("input").GetString() is { Length: > 0 } input) yield return input;
    }

    private static DirectoryInfo? Beside()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (Directory.Exists(Path.Combine(folder.FullName, "shared", "data"))) return new(Path.Combine(folder.FullName, "shared"));
        return null;
    }
}
