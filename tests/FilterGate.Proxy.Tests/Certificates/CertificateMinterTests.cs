using FilterGate.Proxy.Certificates;
using Microsoft.Extensions.Time.Testing;

namespace FilterGate.Proxy.Tests.Certificates;

/// <summary>The school's authority and the leaves it signs: how long they last, how many are kept, who may read the key.</summary>
[System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
internal sealed class CertificateMinterTests
{
    private readonly FakeTimeProvider _clock = new(DateTimeOffset.UtcNow);
    private string _folder = null!;
    private CertificateAuthorities _authority = null!;

    [SetUp]
    public void Open()
    {
        _folder = Directory.CreateTempSubdirectory("filtergate-minter-").FullName;
        _authority = CertificateAuthorities.Open(Path.Combine(_folder, "ca"), _clock);
    }

    [TearDown]
    public void Close()
    {
        _authority.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Test]
    public void For_OneHost_MintsOnce()
    {
        using var minter = new CertificateMinter(_authority, _clock, 10);
        var first = minter.For("a.example");
        Assert.That(minter.For("a.example"), Is.SameAs(first));
        Assert.That(minter.For("b.example"), Is.Not.SameAs(first));
    }

    [Test]
    public void For_AnOriginWhoseCertificateEndsSooner_EndsNoLater()
    {
        using var minter = new CertificateMinter(_authority, _clock, 10);
        minter.For("a.example");
        var end = _clock.GetUtcNow().AddDays(2);
        minter.NoteOriginEnd("a.example", end);
        Assert.That(EndOf(minter, "a.example"), Is.LessThanOrEqualTo(end));
        Assert.That(EndOf(minter, "b.example"), Is.GreaterThan(end), "others keep theirs");
    }

    /// <summary>A dead battery, a clock set years ahead: a browser says that the certificate is not for now, which is the truth, instead of meeting a reset.</summary>
    [TestCase("1970-01-05T10:00:00Z")]
    [TestCase("2099-02-06T10:00:00Z")]
    public void For_AClockOutsideTheAuthoritysTime_MintsWithinIt(string time)
    {
        var (begins, ends) = _authority.Current.Minting.Validity;
        _clock.AdjustTime(DateTimeOffset.Parse(time, System.Globalization.CultureInfo.InvariantCulture));
        using var minter = new CertificateMinter(_authority, _clock, 10);
        var leaf = minter.For("a.example").TargetCertificate;
        Assert.That(leaf.NotBefore.ToUniversalTime(), Is.GreaterThanOrEqualTo(begins.UtcDateTime));
        Assert.That(leaf.NotAfter.ToUniversalTime(), Is.LessThanOrEqualTo(ends.UtcDateTime));
    }

    [Test]
    public void For_ALeafNearItsEnd_IsMintedAnew()
    {
        using var minter = new CertificateMinter(_authority, _clock, 10);
        var first = minter.For("a.example");
        _clock.Advance(TimeSpan.FromDays(6));
        Assert.That(minter.For("a.example"), Is.SameAs(first));
        _clock.Advance(TimeSpan.FromHours(13));
        Assert.That(minter.For("a.example"), Is.Not.SameAs(first));
    }

    [Test]
    public void For_ManyHosts_KeepsNoMoreThanItsBound()
    {
        using var minter = new CertificateMinter(_authority, _clock, 8);
        for (var i = 0; i < 40; i++) minter.For($"h{i}.example");
        Assert.That(minter.Count, Is.LessThanOrEqualTo(8));
    }

    [TestCase("[2001:db8::1]")]
    [TestCase("192.0.2.1")]
    public void For_AnAddress_NamesTheAddress(string host)
    {
        using var minter = new CertificateMinter(_authority, _clock, 8);
        Assert.That(minter.For(host).TargetCertificate.MatchesHostname(host.Trim('[', ']')), Is.True);
    }

    [Test]
    public void Open_KeyIsReadableByItsOwnerAlone_AndIsKept()
    {
        Assert.That(File.GetUnixFileMode(Path.Combine(_folder, "ca", "ca.key")), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite));
        using var again = CertificateAuthority.Open(Path.Combine(_folder, "ca"), _clock);
        Assert.That(again.Fingerprint, Is.EqualTo(_authority.Current.Minting.Fingerprint));
    }

    [Test]
    public void Open_WithoutItsKey_MakesNoNewOne()
    {
        File.Delete(Path.Combine(_folder, "ca", "ca.key"));
        Assert.That(() => CertificateAuthority.Open(Path.Combine(_folder, "ca"), _clock), Throws.TypeOf<CertificateAuthorityException>().With.Message.Contains("backup"));
        Assert.That(File.Exists(Path.Combine(_folder, "ca", "ca.key")), Is.False);
    }

    [Test]
    public void Open_KeyThatOthersCanRead_IsRefused()
    {
        var key = Path.Combine(_folder, "ca", "ca.key");
        File.SetUnixFileMode(key, File.GetUnixFileMode(key) | UnixFileMode.GroupRead);
        Assert.That(() => CertificateAuthority.Open(Path.Combine(_folder, "ca"), _clock), Throws.TypeOf<CertificateAuthorityException>().With.Message.Contains("chmod 600"));
    }

    private static DateTimeOffset EndOf(CertificateMinter minter, string host) => new(minter.For(host).TargetCertificate.NotAfter.ToUniversalTime());
}
