using System.Text.Json;

namespace FilterGate.Network;

/// <summary>How the keeper of the rules is, for <c>doctor</c>: <c>network/keeper.json</c> in the data folder.</summary>
/// <param name="LastLook">When it last looked.</param>
/// <param name="LastSuccess">When the rules last were those of policy and settings; null for never.</param>
/// <param name="Problem">Why they are not; null where they are.</param>
/// <param name="OutageSince">Since when the web of staff has passed the gateway that is down, or had until its time was over; null while the gateway is there.</param>
/// <param name="LetsStaffPast">True while it passes.</param>
internal sealed record KeeperStatus(DateTimeOffset LastLook, DateTimeOffset? LastSuccess, string? Problem, DateTimeOffset? OutageSince = null, bool LetsStaffPast = false)
{
    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    /// <summary>The last; null where there is no keeper or its file cannot be read.</summary>
    public static KeeperStatus? Read(string dataFolder)
    {
        try
        {
            return JsonSerializer.Deserialize<KeeperStatus>(File.ReadAllText(PathIn(dataFolder)), Json);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException or JsonException)
        {
            return null;
        }
    }

    /// <summary>Writes it, whole or not at all.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    public void Write(string dataFolder)
    {
        var path = PathIn(dataFolder);
        File.WriteAllText(path + ".new", JsonSerializer.Serialize(this, Json));
        File.Move(path + ".new", path, overwrite: true);
    }

    private static string PathIn(string dataFolder) => Path.Combine(dataFolder, "network", "keeper.json");
}
