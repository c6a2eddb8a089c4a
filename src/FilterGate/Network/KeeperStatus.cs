using System.Globalization;
using System.Text.Json;
using FilterGate.Files;

namespace FilterGate.Network;

/// <summary>How the keeper of the rules is, for <c>doctor</c>: <c>network/keeper.json</c> in the data folder. While the web of staff passes there is <c>staff-past</c> too, for the review site, whose account the folder of the rules is closed to.</summary>
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

        var mark = MarkIn(dataFolder);
        if (!LetsStaffPast) File.Delete(mark);
        else if (!File.Exists(mark))
        {
            File.WriteAllText(mark + ".new", (OutageSince ?? LastLook).ToString("O", CultureInfo.InvariantCulture));
            // The unit's umask leaves nothing to the group.
            if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(mark + ".new", FileModes.FileIn(dataFolder));
            File.Move(mark + ".new", mark, overwrite: true);
        }
    }

    /// <summary>Since when the web of staff passes the gateway that is down; null while it does not. A mark that cannot be read counts from when it was made.</summary>
    public static DateTimeOffset? StaffPastSince(string dataFolder)
    {
        var mark = MarkIn(dataFolder);
        if (!File.Exists(mark)) return null;
        try
        {
            if (DateTimeOffset.TryParseExact(File.ReadAllText(mark), "O", CultureInfo.InvariantCulture, DateTimeStyles.None, out var since)) return since;
        }
        catch (FileNotFoundException)
        {
            return null;
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            // It is there.
        }
        return new DateTimeOffset(File.GetLastWriteTimeUtc(mark), TimeSpan.Zero);
    }

    private static string MarkIn(string dataFolder) => Path.Combine(dataFolder, "staff-past");

    private static string PathIn(string dataFolder) => Path.Combine(dataFolder, "network", "keeper.json");
}
