using System.Globalization;

namespace FilterGate.Backups;

/// <summary>Which programs have files of a folder open: a gateway or a review site that would go on writing to what was put aside.</summary>
internal static class FolderUsers
{
    /// <summary>Their process numbers; only those that this account may look into, which for root are all. Empty where there is no <c>/proc</c>.</summary>
    public static IReadOnlyList<int> Of(string folder)
    {
        var users = new List<int>();
        if (!OperatingSystem.IsLinux()) return users;
        foreach (var process in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(process), NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number == Environment.ProcessId) continue;
            try
            {
                if (Directory.EnumerateFiles(Path.Combine(process, "fd")).Any(file => new FileInfo(file).LinkTarget is { } target && target.StartsWith(folder + "/", StringComparison.Ordinal))) users.Add(number);
            }
            catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
            {
                // Ended meanwhile, or somebody else's: who may write to the gateway's folder may look into the gateway.
            }
        }
        return users;
    }
}
