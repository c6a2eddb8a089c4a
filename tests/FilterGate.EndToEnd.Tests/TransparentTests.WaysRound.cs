using System.Text.Json;
using FilterGate.EndToEnd.Tests.Fixtures;

namespace FilterGate.EndToEnd.Tests;

/// <summary>Real programs of Debian that get round a filter, on a pupil's device that knows of no proxy: each fails, and says so in an event of its own kind.</summary>
public sealed partial class TransparentTests
{
    [TestCase("--verb", TestName = "OpenVpn_OfAPupil")]
    [TestCase("--tls-auth", TestName = "OpenVpn_WithTlsAuth_OfAPupil")]
    [TestCase("--tls-crypt", TestName = "OpenVpn_WithTlsCrypt_OfAPupil")]
    public async Task OpenVpn(string option)
    {
        Programs.Require("openvpn", "openvpn");
        var (key, credentials) = (_folder["ta.key"], _folder["credentials"]);
        await Programs.MustAsync("openvpn", "--genkey", "secret", key);
        await File.WriteAllTextAsync(credentials, "pupil\nsecret\n");
        string[] command =
        [
            "openvpn", "--client", "--dev", "null", "--proto", "tcp-client", "--remote", $"{BoxNetwork.Internet4}", "443", "--nobind", "--ca", _origin.Certificates.AuthorityPath, "--auth-user-pass", credentials,
            .. option == "--verb" ? (string[])["--verb", "1"] : [option, key],
        ];
        await IsEndedAsync(command, "vpn", "OpenVPN: its first packet, which asks for a session");
    }

    [Test]
    public Task Ssh_OfAPupil() => IsEndedAsync(["ssh", "-p", "443", "-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=no", $"{BoxNetwork.Internet4}"], "tunnel", "SSH: its greeting, SSH-", "ssh", "openssh-client");

    [TestCase("--socks5-hostname", "SOCKS: its first message, version 5")]
    [TestCase("--socks4a", "SOCKS: its first message, version 4")]
    public Task Socks_OfAPupil(string option, string rule) => IsEndedAsync(["curl", "-s", "-m", "5", option, $"{BoxNetwork.Internet4}:443", $"https://{School.Auction}/"], "proxy", rule);

    /// <summary>To a bridge that no list has. Another version of Tor may have another ClientHello: then <c>blocklists/tls-programs.tsv</c> wants a line.</summary>
    [Test]
    public Task Tor_OfAPupil() => IsEndedAsync(
        ["tor", "--SocksPort", "0", "--DataDirectory", _folder["tor"], "--UseBridges", "1", "--Bridge", $"{BoxNetwork.Internet4}:443"], "tor", "Tor: its ClientHello, JA4 t13d181100_796efca44d18_d41ae481755e, with a server name made up as Tor makes one", "tor", "tor");

    [Test]
    public Task OpenConnect_OfAPupil() => IsEndedAsync(["openconnect", "--no-dtls", "--cafile", Authority, $"https://{School.Open}/"], "vpn", "OpenConnect: its ClientHello, JA4 t13d351200_bfa337485184_5671b5df5029", "openconnect", "openconnect");

    /// <summary>Its ClientHello is OpenSSL's, as that of many programs; what it says within TLS is its own.</summary>
    [Test]
    public Task Sstp_OfAPupil() => IsEndedAsync(["sstpc", "--cert-warn", "--nolaunchpppd", School.Open, "noauth"], "vpn", "SSTP: its method, SSTP_DUPLEX_POST", "sstpc", "sstp-client");

    /// <summary>Starts the program on the pupil's device, waits for its event, and ends it.</summary>
    private async Task IsEndedAsync(string[] command, string means, string rule, string? program = null, string? package = null)
    {
        if (mode == "tproxy") Assert.Ignore("What tells a program is the same in both modes.");
        if (program is not null) Programs.Require(program, package!);
        // By count: some tests want the same event after each other.
        var before = (await AttemptsAsync(rule)).Count;
        using (new ServerProcess(_network.Pad.Place, command))
        {
            for (var waited = 0; (await AttemptsAsync(rule)).Count == before; waited++)
            {
                Assert.That(waited, Is.LessThan(40), $"{command[0]} came to no event");
                await Task.Delay(250);
            }
        }

        var attempt = (await AttemptsAsync(rule))[^1];
        Assert.That((Text("kind"), Text("decision"), Text("reason"), Text("means")), Is.EqualTo(("circumvention", "block", "way-round", means)));
        Assert.That(_origin.Requests, Has.None.Contains("SSTP").And.None.Contains("connect"), "nothing of it came to a server");

        string? Text(string key) => attempt.GetProperty(key).GetString();
    }

    private async Task<IReadOnlyList<JsonElement>> AttemptsAsync(string rule) => [.. (await EventsAsync()).Where(e => e.GetProperty("rule").GetString() == rule)];
}
