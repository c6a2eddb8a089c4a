using System.Globalization;
using FilterGate.Testing;

namespace FilterGate.EndToEnd.Tests.Fixtures;

/// <summary>What curl got.</summary>
/// <param name="Status">HTTP status of the last answer, 0 for none.</param>
/// <param name="Version">Its HTTP version: <c>1.1</c>, <c>2</c>.</param>
/// <param name="Head">Its head; the proxy's answer to CONNECT is left out.</param>
/// <param name="Body">Its body.</param>
/// <param name="ExitCode">Exit code of curl: 0 got an answer, 56 a proxy refused CONNECT, 60 the certificate is not trusted.</param>
/// <param name="Error">What curl complained of.</param>
internal sealed record Answer(int Status, string Version, string Head, string Body, int ExitCode, string Error)
{
    /// <summary>The code on a page that says no.</summary>
    public string Reference => References.In(Body).FirstOrDefault() ?? throw new InvalidOperationException($"No reference in an answer with status {Status} ({Error.Trim()}):\n{Body}");

    public override string ToString() => $"{Status} (curl {ExitCode} {Error.Trim()})";
}

/// <summary>A client without a proxy setting of its own.</summary>
/// <param name="place">Where it runs.</param>
internal sealed class Curl(Place place)
{
    /// <summary>Asks for a URL.</summary>
    /// <param name="url">The URL.</param>
    /// <param name="proxy">The proxy, or null for none.</param>
    /// <param name="trusted">The only authority that it trusts (PEM), or null for the system's.</param>
    /// <param name="more">More options.</param>
    public async Task<Answer> GetAsync(string url, Uri? proxy = null, string? trusted = null, params IEnumerable<string> more)
    {
        Programs.Require("curl", "curl");
        using var folder = new TempFolder();
        string[] command =
        [
            "curl", "-q", "-sS", "--max-time", "20", "--suppress-connect-headers", "--path-as-is", "-D", folder["head"], "-o", folder["body"], "-w", "%{http_code} %{http_version}",
            .. proxy is null ? (string[])[] : ["-x", proxy.ToString()], .. trusted is null ? (string[])[] : ["--cacert", trusted], .. more, url,
        ];
        var ended = await Programs.RunAsync(place.Command(command));
        var written = ended.Output.Split(' ');
        return new Answer(int.Parse(written[0], CultureInfo.InvariantCulture), written[1], Read(folder["head"]), Read(folder["body"]), ended.ExitCode, ended.Error);

        static string Read(string path) => File.Exists(path) ? File.ReadAllText(path) : "";
    }
}
