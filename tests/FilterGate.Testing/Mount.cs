using NUnit.Framework;
using System.Diagnostics;

namespace FilterGate.Testing;

/// <summary>A small file system in memory, for tests of full and read-only disks. Needs root; elsewhere the test is skipped and says so.</summary>
public sealed class Mount : IDisposable
{
    private readonly string _folder;

    private Mount(string folder) => _folder = folder;

    public static Mount Tmpfs(string folder, string options)
    {
        Directory.CreateDirectory(folder);
        if (!Environment.IsPrivilegedProcess || !OperatingSystem.IsLinux()) Assert.Ignore("Needs root on Linux, to mount a small file system.");
        if (Run("mount", "-t", "tmpfs", "-o", options, "tmpfs", folder) is { } error) Assert.Ignore($"No file system can be mounted here: {error}");
        return new Mount(folder);
    }

    public void Remount(string options)
    {
        if (Run("mount", "-o", "remount," + options, _folder) is { } error) Assert.Fail(error);
    }

    public void Dispose() => Run("umount", "-l", _folder);

    private static string? Run(string command, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(command, arguments) { UseShellExecute = false, RedirectStandardError = true })!;
        var error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? null : error.Trim();
    }
}
