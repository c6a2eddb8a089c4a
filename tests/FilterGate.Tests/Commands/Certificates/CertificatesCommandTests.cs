using System.Diagnostics;
using System.Text.Json;
using FilterGate.Proxy.Certificates;
using FilterGate.Testing;

namespace FilterGate.Tests.Commands.Certificates;

/// <summary>The authorities from the command line: what is exported, one after the other, and profiles that openssl verifies.</summary>
internal sealed class CertificatesCommandTests
{
    private StoreBox _box = null!;

    [SetUp]
    public void Open()
    {
        _box = new StoreBox();
        CertificateAuthorities.Open(Path.Combine(_box.Folder, "ca"), _box.Clock).Dispose();
    }

    [TearDown]
    public async Task CloseAsync() => await _box.DisposeAsync();

    [Test]
    public void Rotate_FromBeginningToEnd_SaysWhoSignsAndUntilWhen()
    {
        Assert.That(_box.Run("certificates", "rotate", "--overlap", "30d", "--reason", "a backup was lost").ExitCode, Is.Zero);
        var during = Status();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(during.Select(a => a.GetProperty("authority").GetString()), Is.EqualTo(new[] { "signs", "next" }));
            Assert.That(during[0].GetProperty("signs_until").GetDateTimeOffset(), Is.EqualTo(_box.Clock.GetUtcNow().AddDays(30)));
            Assert.That(during[1].GetProperty("signs_from").GetDateTimeOffset(), Is.EqualTo(_box.Clock.GetUtcNow().AddDays(30)));
            Assert.That(_box.Run("certificates", "status").Output, Does.Contain("signs until Wed 23 Dec 2026"));
            Assert.That(_box.Run("certificates", "export").Output.Split("BEGIN CERTIFICATE"), Has.Length.EqualTo(3), "both");
            Assert.That(_box.Run("certificates", "rotate").ExitCode, Is.EqualTo(2), "one at a time");
        }

        _box.Clock.Advance(TimeSpan.FromDays(31));
        Assert.That(Status().Select(a => a.GetProperty("authority").GetString()), Is.EqualTo(new[] { "signs", "previous" }));
        Assert.That(Status()[0].GetProperty("fingerprint").GetString(), Is.EqualTo(during[1].GetProperty("fingerprint").GetString()));
        Assert.That(_box.Run("certificates", "rotate").Error, Does.Contain("--drop-old"));
        Assert.That(_box.Run("certificates", "rotate", "--drop-old", "--yes", "--reason", "off all devices").ExitCode, Is.Zero);
        Assert.That(Status(), Has.Count.EqualTo(1));
        Assert.That(_box.State.AuditEntries().Select(a => (a.Actor, a.Action, a.Reason)), Is.EqualTo(new[] { ("tech", "certificates.dropped", "off all devices"), ("tech", "certificates.rotate", "a backup was lost") }));
    }

    [TestCase("--finish", "no authority follows")]
    [TestCase("--cancel", "no authority follows")]
    [TestCase("--drop-old", "no former authority")]
    [TestCase("--overlap=1h", "between 1 day and 400 days")]
    [TestCase("--overlap=401d", "between 1 day and 400 days")]
    public void Rotate_WhatCannotBe_IsSaid(string option, string says)
    {
        var run = _box.Run("certificates", "rotate", option);
        Assert.That(run.ExitCode, Is.EqualTo(2));
        Assert.That(run.Error, Does.Contain(says));
        Assert.That(Status(), Has.Count.EqualTo(1));
    }

    [Test]
    public void Rotate_SomebodyWhoSaysNo_ChangesNothing()
    {
        Assert.That(_box.RunWith("n\n", "certificates", "rotate").ExitCode, Is.Not.Zero);
        Assert.That(Status(), Has.Count.EqualTo(1));
    }

    [TestCase("rsa:2048")]
    [TestCase("ec")]
    public void Profile_Signed_IsVerifiedByOpenSsl(string key)
    {
        using var folder = new TempFolder();
        OpenSsl(["req", "-x509", "-newkey", key, .. key == "ec" ? (string[])["-pkeyopt", "ec_paramgen_curve:P-256"] : [], "-nodes", "-keyout", folder["k"], "-out", folder["c"], "-subj", "/CN=A school", "-days", "2"]);
        var signed = _box.Run("certificates", "profile", "--sign-certificate", folder["c"], "--sign-key", folder["k"], "--out", folder["signed.mobileconfig"]);
        Assert.That(signed.ExitCode, Is.Zero, signed.Error);
        OpenSsl(["cms", "-verify", "-inform", "DER", "-in", folder["signed.mobileconfig"], "-CAfile", folder["c"], "-purpose", "any", "-out", folder["inner"]]);
        var plain = _box.Run("certificates", "profile", "--out", folder["plain.mobileconfig"]);
        Assert.That(plain.Error, Does.Contain("not signed"));
        Assert.That(File.ReadAllBytes(folder["inner"]), Is.EqualTo(File.ReadAllBytes(folder["plain.mobileconfig"])));
    }

    [Test]
    public void Profile_WithAKeyOfAnother_IsRefused()
    {
        using var folder = new TempFolder();
        foreach (var name in new[] { "a", "b" }) OpenSsl(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", folder[$"{name}.key"], "-out", folder[$"{name}.crt"], "-subj", "/CN=A", "-days", "2"]);
        var run = _box.Run("certificates", "profile", "--sign-certificate", folder["a.crt"], "--sign-key", folder["b.key"], "--out", folder["out"]);
        Assert.That((run.ExitCode, File.Exists(folder["out"])), Is.EqualTo((2, false)));
        Assert.That(_box.Run("certificates", "profile", "--sign-key", folder["a.key"]).ExitCode, Is.EqualTo(2), "the two go together");
    }

    [Test]
    public void Export_Der_IsWhatOpenSslReads()
    {
        using var folder = new TempFolder();
        Assert.That(_box.Run("certificates", "export", "--format", "der", "--out", folder["ca.cer"]).ExitCode, Is.Zero);
        Assert.That(OpenSsl(["x509", "-inform", "DER", "-in", folder["ca.cer"], "-noout", "-fingerprint", "-sha256"]), Does.Contain(Status()[0].GetProperty("fingerprint").GetString()!));
        Assert.That(_box.Run("certificates", "export", "--next").ExitCode, Is.EqualTo(2));
    }

    private List<JsonElement> Status() => [.. _box.Run("certificates", "status", "--json").Lines.Select(l => JsonElement.Parse(l))];

    private static string OpenSsl(string[] arguments)
    {
        if (!File.Exists("/usr/bin/openssl")) Assert.Ignore("Needs openssl: install Debian's package `openssl`.");
        using var process = Process.Start(new ProcessStartInfo("/usr/bin/openssl", arguments) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true })!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.That(process.ExitCode, Is.Zero, error);
        return output.Result;
    }
}
