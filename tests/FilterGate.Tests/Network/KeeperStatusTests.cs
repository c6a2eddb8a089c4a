using FilterGate.Network;
using FilterGate.Testing;

namespace FilterGate.Tests.Network;

/// <summary>What the keeper of the rules leaves for <c>doctor</c> and the review site.</summary>
public sealed class KeeperStatusTests
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero), Since = Noon.AddMinutes(-12);

    private static readonly KeeperStatus Passing = new(Noon, Noon, null, Since, LetsStaffPast: true);

    private TempFolder _folder = null!;

    [SetUp]
    public void Make()
    {
        _folder = new TempFolder();
        Directory.CreateDirectory(_folder["network"]);
    }

    [TearDown]
    public void Drop() => _folder.Dispose();

    [Test]
    public void StaffPast_IsToldFromItsBeginningToItsEnd()
    {
        Assert.That(KeeperStatus.StaffPastSince(_folder.Path), Is.Null, "nobody keeps rules here");
        Passing.Write(_folder.Path);
        (Passing with { LastLook = Noon.AddMinutes(1) }).Write(_folder.Path);
        Assert.That(KeeperStatus.StaffPastSince(_folder.Path), Is.EqualTo(Since));
        // Its time was over before the gateway was back.
        (Passing with { LetsStaffPast = false }).Write(_folder.Path);
        Assert.That(KeeperStatus.StaffPastSince(_folder.Path), Is.Null);
    }

    [TestCase("")]
    [TestCase("yesterday")]
    public void StaffPast_MarkThatCannotBeRead_IsSaidAllTheSame(string content)
    {
        File.WriteAllText(_folder["staff-past"], content);
        Assert.That(KeeperStatus.StaffPastSince(_folder.Path), Is.EqualTo(DateTimeOffset.UtcNow).Within(TimeSpan.FromMinutes(1)));
    }

    /// <summary>The review site's account is another one of the folder's group; the rules and how they are kept are none of its business.</summary>
    [TestCase(false)]
    [TestCase(true)]
    public void StaffPast_OfASharedFolder_IsTheGroupsToRead(bool isShared)
    {
        if (OperatingSystem.IsWindows()) return;
        if (isShared) File.SetUnixFileMode(_folder.Path, File.GetUnixFileMode(_folder.Path) | UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute | UnixFileMode.SetGroup);
        Passing.Write(_folder.Path);
        var expected = isShared ? UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.GroupWrite : UnixFileMode.UserRead | UnixFileMode.UserWrite;
        Assert.That(File.GetUnixFileMode(_folder["staff-past"]), Is.EqualTo(expected));
    }
}
