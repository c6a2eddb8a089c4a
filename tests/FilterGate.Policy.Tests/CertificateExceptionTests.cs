using FilterGate.Policy.Documents;

namespace FilterGate.Policy.Tests;

/// <summary>Certificates that a school believes although they do not hold: which one, of which host, until when.</summary>
public sealed class CertificateExceptionTests
{
    private const string Box = "00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF";
    private const string Other = "01:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF";
    private const string Bare = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
    private const string Rest = "until: 2027-07-31, why: Heating of the old building";

    private static string Document(string exceptions) => $"school: S\nnetworks: [10.0.0.0/8]\ntiers: {{ pupil: {{}} }}\ncertificate_exceptions: {exceptions}";

    // The school's clock is London's: the last day ends an hour before midnight UTC in summer.
    [TestCase("box.example", Box, "2027-07-01T00:00:00Z", true)]
    [TestCase("box.example", Box, "2027-07-31T22:59:59Z", true, Description = "The last day counts whole.")]
    [TestCase("box.example", Box, "2027-07-31T23:00:00Z", false, Description = "By the school's own clock.")]
    [TestCase("box.example", Other, "2027-07-01T00:00:00Z", false, Description = "Another certificate.")]
    [TestCase("other.example", Box, "2027-07-01T00:00:00Z", false, Description = "Another host.")]
    [TestCase("www.box.example", Box, "2027-07-01T00:00:00Z", false, Description = "Nothing below it.")]
    [TestCase("example", Box, "2027-07-01T00:00:00Z", false)]
    public void Cover(string host, string fingerprint, string time, bool isBelieved)
    {
        var policy = Given.Policy(Document($"[ {{ host: Box.Example, sha256: \"{Box}\", {Rest} }} ]"));
        Assert.That(policy.CertificateExceptions.Cover(host, fingerprint, DateTimeOffset.Parse(time, System.Globalization.CultureInfo.InvariantCulture)), Is.EqualTo(isBelieved));
        Assert.That(policy.With(OverrideTable.Empty).CertificateExceptions, Is.SameAs(policy.CertificateExceptions));
    }

    /// <summary>While a box gets another certificate, both are believed.</summary>
    [Test]
    public void Cover_TwoOfOneHost_EachUntilItsDay()
    {
        var policy = Given.Policy(Document($"[ {{ host: box.example, sha256: \"{Box}\", until: 2026-11-22, why: the old one }}, {{ host: box.example, sha256: \"{Other}\", until: 2026-12-31, why: the new one }} ]"));
        Assert.That((policy.CertificateExceptions.Cover("box.example", Box, Given.Noon), policy.CertificateExceptions.Cover("box.example", Other, Given.Noon)), Is.EqualTo((false, true)));
    }

    [TestCase(Box, TestName = "Fingerprint_AsBrowsersShowIt")]
    [TestCase(Bare, TestName = "Fingerprint_BareAndLowerCase")]
    [TestCase("00 11 22 33 44 55 66 77 88 99 AA BB CC DD EE FF 00 11 22 33 44 55 66 77 88 99 aa bb cc dd ee ff", TestName = "Fingerprint_WithSpaces")]
    public void Fingerprint_IsBroughtIntoOneForm(string written)
    {
        Assert.That(CertificateExceptions.TryReadFingerprint(written, out var read), Is.True);
        Assert.That(read, Is.EqualTo(Box));
    }

    [TestCase("", TestName = "Fingerprint_Empty")]
    [TestCase("AB:CD", TestName = "Fingerprint_TooShort")]
    [TestCase(Box + ":00", TestName = "Fingerprint_APairTooLong")]
    [TestCase(Bare + "0", TestName = "Fingerprint_ADigitTooLong")]
    [TestCase("0011223344556677889900112233445566778899", TestName = "Fingerprint_Sha1")]
    [TestCase("0G112233445566778899aabbccddeeff00112233445566778899aabbccddeeff", TestName = "Fingerprint_NoHex")]
    [TestCase("00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF 00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF", TestName = "Fingerprint_MixedMarks")]
    [TestCase("001:1:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF", TestName = "Fingerprint_UnevenPairs")]
    [TestCase("00-11-22-33-44-55-66-77-88-99-AA-BB-CC-DD-EE-FF-00-11-22-33-44-55-66-77-88-99-AA-BB-CC-DD-EE-FF", TestName = "Fingerprint_WithDashes")]
    public void Fingerprint_OfAnotherForm_IsNone(string written) => Assert.That(CertificateExceptions.TryReadFingerprint(written, out _), Is.False);

    [TestCase("[ { host: box.example, sha256: AB, " + Rest + " } ]", "'AB' is no SHA-256 of a certificate: that has 64 hex digits, such as \"AB:CD:…\"; filtergate watch and filtergate works show that of a certificate that was refused")]
    [TestCase("[ { host: 'https://box.example/', sha256: " + Bare + ", " + Rest + " } ]", "'https://box.example/' is no host; write one name such as box.example or one address, without https://, port, path or *")]
    [TestCase("[ { host: '*.box.example', sha256: " + Bare + ", " + Rest + " } ]", "'*.box.example' is no host; write one name such as box.example or one address, without https://, port, path or *")]
    [TestCase("[ { host: 'box.example:8443', sha256: " + Bare + ", " + Rest + " } ]", "'box.example:8443' is no host; write one name such as box.example or one address, without https://, port, path or *")]
    [TestCase("[ { host: 10.20.0.0/16, sha256: " + Bare + ", " + Rest + " } ]", "'10.20.0.0/16' is no host; write one name such as box.example or one address, without https://, port, path or *")]
    [TestCase("[ { host: box.example, sha256: " + Bare + ", until: 2027-02-30, why: W } ]", "'2027-02-30' is no day of the calendar; write year, month and day as 2026-09-03")]
    [TestCase("[ { host: box.example, sha256: " + Bare + ", why: W } ]", "until of an exception of certificate_exceptions is missing; write { host: box.example, sha256: \"AB:CD:…\", until: 2027-07-31, why: … }")]
    [TestCase("[ { host: box.example, until: 2027-07-31 } ]", "sha256 and why of an exception of certificate_exceptions is missing; write { host: box.example, sha256: \"AB:CD:…\", until: 2027-07-31, why: … }")]
    [TestCase("[ { host: box.example, sha256: " + Bare + ", " + Rest + " }, { host: BOX.example, sha256: '" + Box + "', " + Rest + " } ]", "this certificate of 'box.example' is written twice under certificate_exceptions; keep one")]
    [TestCase("[ box.example ]", "an exception for a certificate is written as { host: box.example, sha256: \"AB:CD:…\", until: 2027-07-31, why: … }, not a text")]
    [TestCase("{ host: box.example }", "certificate_exceptions is a list, not a mapping; write certificate_exceptions: [ … ]")]
    public void Document_Mistakes_AreSaid(string exceptions, string message)
    {
        Assert.That(PolicyDocument.Parse(Document(exceptions), Given.Taxonomy, out var problems), Is.Null);
        Assert.That(problems.Select(p => p.Message), Does.Contain(message));
    }

    [TestCase("10.20.0.9", "10.20.0.9")]
    [TestCase("'[fd00:20::9]'", "[fd00:20::9]")]
    [TestCase("Bücher.Example.", "xn--bcher-kva.example")]
    public void Host_IsBroughtIntoOneForm(string written, string canonical) =>
        Assert.That(Given.Policy(Document($"[ {{ host: {written}, sha256: {Bare}, {Rest} }} ]")).Document.CertificateExceptions.Single().Host, Is.EqualTo(canonical));

    [Test]
    public void Document_MoreThanAHundred_IsAMistake()
    {
        var many = string.Join(", ", Enumerable.Range(0, 101).Select(i => $"{{ host: box{i}.example, sha256: {Bare}, {Rest} }}"));
        Assert.That(PolicyDocument.Parse(Document($"[ {many} ]"), Given.Taxonomy, out var problems), Is.Null);
        Assert.That(problems.Select(p => p.Message), Does.Contain("there are more than 100 certificate_exceptions"));
    }
}
