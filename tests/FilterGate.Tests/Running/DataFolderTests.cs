using FilterGate.Running;
using FilterGate.Testing;

namespace FilterGate.Tests.Running;

[System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
public sealed class DataFolderTests
{
    private const UnixFileMode Own = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <summary>A backup knows no accounts: where two share the folder that it takes the place of, they share this one too, and nothing else of it.</summary>
    [Test]
    public void ShareAs_OfTwoAccounts_OpensWhatBothWorkWith_AndNothingElse()
    {
        using var temp = new TempFolder();
        var (old, restored) = (Directory.CreateDirectory(temp["old"], Own).FullName, Directory.CreateDirectory(temp["restored"], Own).FullName);
        File.SetUnixFileMode(old, Own | UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute | UnixFileMode.SetGroup | UnixFileMode.StickyBit);
        foreach (var folder in (string[])["ca", "events", "lists/locked", "network", "review-keys"]) Directory.CreateDirectory(Path.Combine(restored, folder), Own);
        foreach (var file in (string[])["state.db", "ca/ca.key", "events/2026-11.db", "lists/locked.key", "lists/locked/iwf.fgk", "network/applied.nft"])
            using (new FileStream(Path.Combine(restored, file), new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite })) { }

        DataFolder.ShareAs(restored, old);

        Assert.That(Directory.EnumerateFileSystemEntries(restored, "*", SearchOption.AllDirectories).Select(entry => $"{Convert.ToString((int)File.GetUnixFileMode(entry), 8)} {Path.GetRelativePath(restored, entry)}").Order(StringComparer.Ordinal), Is.EqualTo([
            "2770 events", "2770 lists", "2770 lists/locked", "600 ca/ca.key", "600 network/applied.nft", "660 events/2026-11.db", "660 lists/locked.key", "660 lists/locked/iwf.fgk", "660 state.db", "700 ca", "700 network",
        ]));
        Assert.That(Convert.ToString((int)File.GetUnixFileMode(restored), 8), Is.EqualTo("3770"));
    }

    /// <summary>A shell that lets groups write (umask 002) has not shared anything on purpose.</summary>
    [TestCase(Own)]
    [TestCase(Own | UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute)]
    public void ShareAs_OfOneAccount_ChangesNothing(UnixFileMode mode)
    {
        using var temp = new TempFolder();
        var (old, restored) = (Directory.CreateDirectory(temp["old"], Own).FullName, Directory.CreateDirectory(temp["restored"], Own).FullName);
        File.SetUnixFileMode(old, mode);
        Directory.CreateDirectory(Path.Combine(restored, "events"), Own);
        DataFolder.ShareAs(restored, old);
        Assert.That((File.GetUnixFileMode(restored), File.GetUnixFileMode(Path.Combine(restored, "events"))), Is.EqualTo((Own, Own)));
    }
}
