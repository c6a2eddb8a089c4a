using System.Diagnostics;
using System.Globalization;
using FilterGate.Devices;
using FilterGate.Policy.People;
using FilterGate.Testing;

namespace FilterGate.Tests.Devices;

/// <summary>Kea's lease file at each step of its clean-up, as the real <c>kea-lfc</c> takes them.</summary>
public sealed class KeaLeaseFilesTests
{
    private const string Heading = "address,hwaddr,client_id,valid_lifetime,expire,subnet_id,fqdn_fwd,fqdn_rev,hostname,state,user_context,pool_id";
    private const long BytesMax = 100_000;
    private static readonly DateTimeOffset Now = DateTimeOffset.UtcNow;

    private TempFolder _folder = null!;

    private string Leases => _folder["kea-leases4.csv"];

    [SetUp]
    public void MakeFolder() => _folder = new TempFolder();

    [TearDown]
    public void RemoveFolder() => _folder.Dispose();

    /// <summary>Before, at the steps where a power cut could leave it, and afterwards: the same two devices. The third went in <c>.1</c>, the fourth in the file itself.</summary>
    [TestCase("", ".2", ".1", TestName = "Read_BeforeTheCleanUp")]
    [TestCase("", ".2", ".1", ".output", TestName = "Read_WhileItIsWritten_PassesOverWhatIsNotDone")]
    [TestCase("", ".2", ".1", ".completed", TestName = "Read_WhenItIsDone_AndTheOldOnesAreStillThere")]
    [TestCase("", ".1", ".completed", TestName = "Read_WhenOneOfTheOldOnesHasGone")]
    [TestCase("", ".completed", TestName = "Read_BeforeTheLastRenaming")]
    public void Read(params string[] files)
    {
        foreach (var ending in files) Write(ending);
        Assert.That(Seen(), Is.EqualTo(new[] { 1, 2 }));
    }

    [Test]
    public void Read_AfterTheRealCleanUp_HasWhatNobodyRenewedSince()
    {
        if (!File.Exists("/usr/sbin/kea-lfc")) Assert.Ignore("Needs kea-lfc: install Debian's package `kea-dhcp4-server`.");
        foreach (var ending in new[] { "", ".1", ".2" }) Write(ending);
        var command = new ProcessStartInfo("/usr/sbin/kea-lfc", ["-4", "-x", Leases + ".2", "-i", Leases + ".1", "-o", Leases + ".output", "-f", Leases + ".completed", "-p", Leases + ".pid", "-c", "unused"]) { UseShellExecute = false, RedirectStandardError = true, RedirectStandardOutput = true };
        // The lock of its log; the usual place may not be there without its package's service.
        command.Environment["KEA_LOCKFILE_DIR"] = "none";
        using var cleanUp = Process.Start(command)!;
        var said = cleanUp.StandardError.ReadToEnd();
        cleanUp.WaitForExit();
        Assert.That(cleanUp.ExitCode, Is.Zero, said);
        Assert.That(Directory.GetFiles(_folder.Path).Select(Path.GetFileName).Order(StringComparer.Ordinal), Is.EqualTo(new[] { "kea-leases4.csv", "kea-leases4.csv.2" }), "what a clean-up leaves");
        Assert.That(Seen(), Is.EqualTo(new[] { 1, 2 }));
    }

    [Test]
    public void Read_WithoutTheNamedFile_IsAProblem()
    {
        Write(".2");
        Assert.That(() => KeaLeaseFiles.Read(Leases, BytesMax, Now), Throws.InstanceOf<IOException>());
    }

    [Test]
    public void Read_TooMuchInAllOfThem_IsAProblem()
    {
        foreach (var ending in new[] { "", ".1", ".2" }) Write(ending);
        var one = new FileInfo(Leases + ".2").Length;
        Assert.That(() => KeaLeaseFiles.Read(Leases, one + 1, Now), Throws.InstanceOf<IOException>().With.Message.Contains("larger than"));
    }

    private int[] Seen() => [.. KeaLeaseFiles.Read(Leases, BytesMax, Now).Select(n => (int)MacAddress.Spell(n.Mac)[^1] - '0').Order()];

    /// <summary>The file of that ending with the lines that it would have. <c>.output</c> is cut off in the middle.</summary>
    private void Write(string ending)
    {
        string[] lines = ending switch
        {
            ".2" => [Lease(1), Lease(3), Lease(4)],
            ".1" => [Lease(2), Gone(3)],
            ".output" => ["10.20.1.9,a4:83:e7:00"],
            ".completed" => [Lease(1), Lease(2), Lease(4)],
            _ => [Gone(4)],
        };
        File.WriteAllText(Leases + ending, string.Join('\n', [Heading, .. lines]) + "\n");
    }

    private static string Lease(int device) => Line(device, 3600, 0);

    /// <summary>As Kea writes a lease that was given back.</summary>
    private static string Gone(int device) => Line(device, 0, 0);

    private static string Line(int device, int seconds, int state) =>
        string.Create(CultureInfo.InvariantCulture, $"10.20.1.{device},a4:83:e7:00:00:0{device},,{seconds},{Now.ToUnixTimeSeconds() + seconds},1,0,0,,{state},,0");
}
