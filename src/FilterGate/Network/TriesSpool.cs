using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using FilterGate.Proxy.Connections;

namespace FilterGate.Network;

/// <summary>What the rules refused within a second.</summary>
/// <param name="Time">When it was read.</param>
/// <param name="Tries">What; never empty.</param>
internal sealed record RefusedBatch(DateTimeOffset Time, IReadOnlyList<RefusedTry> Tries);

/// <summary>Hands what the rules refused from the keeper of the rules to the gateway: a file for each second that has something, in <c>network/tries</c> of the data folder. The gateway takes a file away once its tries are events.</summary>
/// <remarks>A gateway that is killed between the two records them twice rather than not at all. One writer and one reader, in two processes.</remarks>
internal sealed class TriesSpool(string dataFolder)
{
    /// <summary>Files that may wait: a gateway that is down for a quarter of an hour loses nothing, and the disk does not fill.</summary>
    public const int WaitingMax = 1_000;

    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    private string Folder => Path.Combine(dataFolder, "network", "tries");

    /// <summary>Puts a batch in line.</summary>
    /// <returns>False when too many wait: this one is lost.</returns>
    /// <exception cref="IOException">It cannot be written; so may an <see cref="UnauthorizedAccessException"/> say.</exception>
    public bool Add(RefusedBatch batch)
    {
        Running.DataFolder.Make(Folder);
        if (Waiting().Count >= WaitingMax) return false;
        var path = Path.Combine(Folder, batch.Time.UtcTicks.ToString("D20", CultureInfo.InvariantCulture) + ".json");
        File.WriteAllText(path + ".new", JsonSerializer.Serialize(new Content(batch.Time, [.. batch.Tries.Select(t => new Line(t.Client.ToString(), t.Protocol == ProtocolType.Tcp ? "tcp" : "udp", t.Port, t.Destination.ToString()))]), Json));
        File.Move(path + ".new", path, overwrite: true);
        return true;
    }

    /// <summary>The files that wait, the oldest first; none where there is no keeper.</summary>
    /// <exception cref="IOException">The folder cannot be read; so may an <see cref="UnauthorizedAccessException"/> say.</exception>
    public IReadOnlyList<string> Waiting() => Directory.Exists(Folder) ? [.. Directory.EnumerateFiles(Folder, "*.json").Order(StringComparer.Ordinal)] : [];

    /// <summary>What is in a file; null where it is not what <see cref="Add"/> writes.</summary>
    /// <exception cref="IOException">It cannot be read; so may an <see cref="UnauthorizedAccessException"/> say.</exception>
    public static RefusedBatch? Read(string file)
    {
        try
        {
            var content = JsonSerializer.Deserialize<Content>(File.ReadAllText(file), Json);
            return content?.Tries is not { } lines || lines.Contains(null) ? null : new RefusedBatch(content.Time, [.. lines.Select(t => new RefusedTry(IPAddress.Parse(t!.Client), t.Protocol == "tcp" ? ProtocolType.Tcp : ProtocolType.Udp, t.Port, IPAddress.Parse(t.Destination)))]);
        }
        catch (Exception problem) when (problem is JsonException or FormatException or ArgumentNullException)
        {
            return null;
        }
    }

    private sealed record Content(DateTimeOffset Time, Line?[]? Tries);

    private sealed record Line(string Client, string Protocol, int Port, string Destination);
}
