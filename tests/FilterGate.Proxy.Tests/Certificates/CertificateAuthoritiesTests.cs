using System.Security.Cryptography.X509Certificates;
using System.Xml.Linq;
using FilterGate.Proxy.Certificates;
using Microsoft.Extensions.Time.Testing;

namespace FilterGate.Proxy.Tests.Certificates;

/// <summary>One authority follows another: who signs when, what devices are told to trust, and that no moment is without a key.</summary>
internal sealed class CertificateAuthoritiesTests
{
    private const string PreviewHost = "next.check.test";
    private readonly FakeTimeProvider _clock = new(DateTimeOffset.UtcNow);
    private string _folder = null!;

    private string Ca => Path.Combine(_folder, "ca");

    [SetUp]
    public void Make() => _folder = Directory.CreateTempSubdirectory("filtergate-authorities-").FullName;

    [TearDown]
    public void Remove() => Directory.Delete(_folder, recursive: true);

    [Test]
    public void TryRotate_WithAnOverlap_ChangesOverAtItsTimeInARunningGateway()
    {
        using var running = CertificateAuthorities.Open(Ca, _clock);
        using var minter = new CertificateMinter(running, _clock, 10, PreviewHost);
        var first = running.Current.Minting.Fingerprint;
        var changeOver = _clock.GetUtcNow().AddDays(30);
        // The command is a process of its own.
        using (var command = CertificateAuthorities.Open(Ca, _clock)) Assert.That(command.TryRotate(changeOver), Is.True);
        _clock.Advance(TimeSpan.FromSeconds(2));
        var during = running.Current;
        var second = during.Next!.Fingerprint;
        using (Assert.EnterMultipleScope())
        {
            Assert.That((during.Minting.Fingerprint, during.ChangeOver), Is.EqualTo((first, changeOver)));
            Assert.That(during.Trusted.Select(a => a.Fingerprint), Is.EqualTo(new[] { first, second }), "devices get both");
            Assert.That(SignerOf(minter, "a.example"), Is.EqualTo(during.Minting.Title + first));
            Assert.That(SignerOf(minter, PreviewHost), Is.EqualTo(during.Next.Title + second), "the next one shows itself under one name");
        }

        _clock.Advance(TimeSpan.FromDays(30));
        var after = running.Current;
        using (Assert.EnterMultipleScope())
        {
            Assert.That((after.Minting.Fingerprint, after.Next, after.Previous!.Fingerprint), Is.EqualTo((second, (CertificateAuthority?)null, first)));
            Assert.That(SignerOf(minter, "a.example"), Is.EqualTo(after.Minting.Title + second), "a leaf of the old one is not shown again");
            Assert.That(after.School, Is.EqualTo(during.School));
        }
    }

    [Test]
    public void TryFinishCancelDrop_DoWhatTheySayAndNoMore()
    {
        using var authorities = CertificateAuthorities.Open(Ca, _clock);
        var first = authorities.Current.Minting.Fingerprint;
        Assert.That(authorities.TryFinish() || authorities.TryCancel() || authorities.TryDropPrevious(), Is.False, "nothing is on its way");
        authorities.TryRotate(_clock.GetUtcNow().AddDays(2));
        Assert.That(authorities.TryRotate(_clock.GetUtcNow().AddDays(3)), Is.False, "one at a time");
        Assert.That(authorities.TryDropPrevious(), Is.False, "what signs is never dropped");
        var cancelled = authorities.Current.Next!.Name;
        Assert.That(authorities.TryCancel(), Is.True);
        Assert.That(File.Exists(Path.Combine(Ca, cancelled + ".key")), Is.False);

        authorities.TryRotate(_clock.GetUtcNow().AddDays(2));
        var second = authorities.Current.Next!.Fingerprint;
        Assert.That(authorities.TryFinish(), Is.True);
        Assert.That((authorities.Current.Minting.Fingerprint, authorities.Current.Previous!.Fingerprint), Is.EqualTo((second, first)));
        Assert.That(authorities.TryDropPrevious(), Is.True);
        using var again = CertificateAuthorities.Open(Ca, _clock);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(again.Current.Minting.Fingerprint, Is.EqualTo(second));
            Assert.That(Directory.GetFiles(Ca, "*.key"), Has.Length.EqualTo(1), "the key of the former one is gone");
            Assert.That(again.Current.School, Is.EqualTo(authorities.Current.School), "the profile is the same one after all of it");
        }
    }

    [TestCase(0.9)]
    [TestCase(401)]
    public void TryRotate_AnOverlapOutOfBounds_Throws(double days)
    {
        using var authorities = CertificateAuthorities.Open(Ca, _clock);
        Assert.That(() => authorities.TryRotate(_clock.GetUtcNow().AddDays(days)), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(authorities.Current.Next, Is.Null);
    }

    [TestCase("{")]
    [TestCase("{\"authorities\": []}")]
    [TestCase("{\"authorities\": [{\"name\": \"ca/../../etc/key\"}]}")]
    public void Open_ABrokenRecord_SaysSoAndMakesNothing(string text)
    {
        CertificateAuthorities.Open(Ca, _clock).Dispose();
        File.WriteAllText(Path.Combine(Ca, "authorities.json"), text);
        Assert.That(() => CertificateAuthorities.Open(Ca, _clock), Throws.InstanceOf<CertificateAuthorityException>().With.Message.Contains("authorities.json"));
    }

    [Test]
    public void Current_ARecordThatBreaksWhileItRuns_KeepsWhatWasInForce()
    {
        using var authorities = CertificateAuthorities.Open(Ca, _clock);
        var before = authorities.Current;
        File.WriteAllText(Path.Combine(Ca, "authorities.json"), "{");
        _clock.Advance(TimeSpan.FromSeconds(5));
        Assert.That(authorities.Current, Is.SameAs(before));
    }

    [Test]
    public void Make_Profile_HasBothCertificatesAndStableIdentifiers()
    {
        using var authorities = CertificateAuthorities.Open(Ca, _clock);
        var alone = AppleProfile.Make(authorities.Current, "St <Mary> & co");
        Assert.That(AppleProfile.Make(authorities.Current, "St <Mary> & co"), Is.EqualTo(alone), "the same certificates give the same bytes");
        authorities.TryRotate(_clock.GetUtcNow().AddDays(30));
        var both = AppleProfile.Make(authorities.Current, "St <Mary> & co");

        var (before, after) = (Dict.Of(alone), Dict.Of(both));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(before["PayloadOrganization"], Is.EqualTo("St <Mary> & co"));
            Assert.That(after["PayloadIdentifier"], Is.EqualTo(before["PayloadIdentifier"]), "the new profile takes the place of the old");
            Assert.That(after["PayloadUUID"], Is.Not.EqualTo(before["PayloadUUID"]), "and is news");
            Assert.That(before["PayloadType"], Is.EqualTo("Configuration"));
            Assert.That(after.Content.Select(c => c["PayloadType"]), Is.EqualTo(new[] { "com.apple.security.root", "com.apple.security.root" }));
            Assert.That(after.Content[0]["PayloadUUID"], Is.EqualTo(before.Content[0]["PayloadUUID"]));
            Assert.That(after.Content.Select(c => Convert.FromBase64String(c["PayloadContent"])), Is.EqualTo(authorities.Current.Trusted.Select(a => a.CertificateDer)));
            Assert.That(after.Content.Select(c => c["PayloadIdentifier"]).Distinct().Count(), Is.EqualTo(2));
        }
    }

    /// <summary>The authority that a leaf for this host verifies under, whatever it says of itself.</summary>
    private string SignerOf(CertificateMinter minter, string host)
    {
        using var authorities = CertificateAuthorities.Open(Ca, _clock);
        var set = authorities.Current;
        foreach (var authority in new[] { set.Minting, set.Next, set.Previous }.OfType<CertificateAuthority>())
        {
            using var chain = new X509Chain();
            chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
            chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
            chain.ChainPolicy.VerificationTime = _clock.GetUtcNow().UtcDateTime;
            using var root = X509CertificateLoader.LoadCertificate(authority.CertificateDer);
            chain.ChainPolicy.CustomTrustStore.Add(root);
            if (chain.Build(minter.For(host).TargetCertificate)) return authority.Title + authority.Fingerprint;
        }
        return "nobody";
    }

    /// <summary>A property list's dictionary of strings, and the dictionaries within its payloads.</summary>
    private sealed record Dict(Dictionary<string, string> Values, IReadOnlyList<Dict> Content)
    {
        public string this[string key] => Values[key];

        public static Dict Of(byte[] profile)
        {
            using var stream = new MemoryStream(profile);
            using var reader = System.Xml.XmlReader.Create(stream, new System.Xml.XmlReaderSettings { DtdProcessing = System.Xml.DtdProcessing.Ignore });
            return Of(XDocument.Load(reader).Root!.Element("dict")!);
        }

        private static Dict Of(XElement dict)
        {
            var values = dict.Elements("key").ToDictionary(k => k.Value, k => k.ElementsAfterSelf().First().Value.Trim().Replace("\n", "", StringComparison.Ordinal));
            return new Dict(values, [.. dict.Elements("array").Elements("dict").Select(Of)]);
        }
    }
}
