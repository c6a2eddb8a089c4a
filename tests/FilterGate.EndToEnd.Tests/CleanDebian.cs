using FilterGate.EndToEnd.Tests.Fixtures;
using FilterGate.Testing;

namespace FilterGate.EndToEnd.Tests;

/// <summary>The package of this source and a clean Debian, each made once, when a test first asks for it: minutes each.</summary>
[SetUpFixture]
public sealed class CleanDebian
{
    /// <summary>The version that <see cref="PackageAsync"/> is built with.</summary>
    public const string Version = "0.9.0";

    private static readonly Lazy<TempFolder> Folder = new();
    private static readonly Lazy<Task<string>> Package = new(BuildPackageAsync);
    private static readonly Lazy<Task<string>> Archive = new(MakeArchiveAsync);

    internal static TimeSpan Patience { get; } = TimeSpan.FromMinutes(10);

    private static readonly Dictionary<string, string> Surroundings = new() { ["DEBIAN_FRONTEND"] = "noninteractive", ["PATH"] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:" + Environment.GetEnvironmentVariable("PATH") };

    /// <summary>Ignores the running test where it is not to take minutes, or cannot be run.</summary>
    internal static void Require()
    {
        if (Environment.GetEnvironmentVariable("FILTERGATE_LONG") is not "1") Assert.Ignore("A long run: FILTERGATE_LONG=1, or tests/run --long.");
        Programs.RequireRoot("a root of its own is made and packages are installed there");
        Programs.Require("debootstrap", "debootstrap");
        Programs.Require("dpkg-deb", "dpkg");
    }

    /// <summary>Where the package is.</summary>
    public static Task<string> PackageAsync() => Package.Value;

    /// <summary>Where a tar archive of a Debian is, with systemd and what the package depends on.</summary>
    public static Task<string> ArchiveAsync() => Archive.Value;

    [OneTimeTearDown]
    public void Remove()
    {
        if (Folder.IsValueCreated) Folder.Value.Dispose();
    }

    internal static async Task<Ended> MustAsync(params string[] command)
    {
        var ended = await Programs.RunAsync(command, Surroundings, Patience);
        return ended.ExitCode == 0 ? ended : throw new InvalidOperationException($"{string.Join(' ', command)} ended with {ended.ExitCode}: {ended.Output}{ended.Error}");
    }

    private static async Task<string> BuildPackageAsync() => (await MustAsync(Path.Combine(Repository.Root, "deploy", "package"), "--out", Folder.Value.Path, "--version", Version)).Lines[^1];

    private static async Task<string> MakeArchiveAsync()
    {
        var archive = Folder.Value["debian.tar"];
        await MustAsync("debootstrap", "--variant=minbase", "--include=systemd-sysv,adduser,libicu72,libssl3,ca-certificates,zlib1g,curl", "bookworm", Folder.Value["debian"]);
        await MustAsync("tar", "--directory", Folder.Value["debian"], "--create", "--file", archive, ".");
        return archive;
    }
}
