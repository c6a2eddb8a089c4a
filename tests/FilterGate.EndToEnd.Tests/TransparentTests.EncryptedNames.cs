using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using FilterGate.EndToEnd.Tests.Fixtures;
using FilterGate.Testing.Browser;
using Microsoft.Playwright;

namespace FilterGate.EndToEnd.Tests;

/// <summary>A real browser that encrypts the names of its sites (ECH), because it was given a key for them by a name server that is not the box's.</summary>
public sealed partial class TransparentTests
{
    private const string Outer = "cloudflare-ech.com";

    [Test]
    public async Task Chromium_ThatHidesTheNamesOfItsSites_ReachesNothingUnread_AndAsksByNameWhereItIsRead()
    {
        if (mode == "tproxy") Assert.Ignore("The browser sees no difference between the modes.");
        Programs.Require("dnsmasq", "dnsmasq-base");
        string[] hidden = [School.Open, School.Auction];
        var record = Record(Outer);
        using var names = new ServerProcess(_network.Internet.Place,
        [
            "dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null", "--no-resolv", "--no-hosts", $"--pid-file={_folder["names.pid"]}",
            .. hidden.SelectMany(name => new[] { $"--address=/{name}/{BoxNetwork.Internet4}", $"--local=/{name}/", $"--dns-rr={name},65,{record}" }),
        ]);
        await _network.Pad.UseResolverAsync(BoxNetwork.Internet4);
        try
        {
            // A guest, whose HTTPS is passed unread: nobody could say which site it is.
            await FromAsync("10.77.1.3");
            await using (var chromium = await ChromiumAsync())
            await using (var visit = await chromium.VisitAsync(Screen.Tablet()))
            {
                Assert.That(async () => await visit.Page.GotoAsync($"https://{School.Open}/"), Throws.InstanceOf<PlaywrightException>().With.Message.Contains("ERR_"));
            }

            Assert.That((await EventsAsync("10.77.1.3", Outer)).Select(e => (e.GetProperty("kind").GetString(), e.GetProperty("means").GetString())), Is.Not.Empty.And.All.EqualTo(("circumvention", "hidden-name")));

            // A pupil, whose HTTPS is read: the browser sees that its key is not taken, and asks by the name.
            await FromAsync("10.77.1.2");
            await using var watch = await WatchProcess.StartAsync("10.77.1.2", "--reason", "encrypted names", "--json", "--data", _folder["data"]);
            await using (var chromium = await ChromiumAsync())
            await using (var visit = await chromium.VisitAsync(Screen.Tablet()))
            {
                Assert.That((await visit.Page.GotoAsync($"https://{School.Open}/"))!.Status, Is.EqualTo(200));
                Assert.That(await visit.Page.TextContentAsync("h1"), Is.EqualTo(NginxOrigin.Welcome));
                Assert.That((await visit.Page.GotoAsync($"https://{School.Auction}/hidden"))!.Status, Is.EqualTo(403));
            }

            await watch.UntilAsync(seen => seen.GetProperty("host").GetString() == School.Auction && seen.GetProperty("path").GetString() == "/hidden", "the refused page");
            Assert.That(watch.Lines, Has.None.Contains(Outer), "nothing is wrong with a browser that asks again");
            Assert.That(await EventsAsync("10.77.1.2", Outer), Is.Empty, "nor is it a try");
        }
        finally
        {
            await FromAsync("10.77.1.2");
            await _network.Pad.UseResolverAsync(BoxNetwork.Nothing, [.. Names.SelectMany(name => new[] { (name, BoxNetwork.Internet4), (name, BoxNetwork.Internet6) }), (Down, BoxNetwork.Nothing)]);
        }
    }

    /// <summary>The address from which the pad's programs come.</summary>
    private Task FromAsync(string address) => _network.Pad.IpAsync("route", "replace", "default", "via", $"{BoxNetwork.Box4}", "dev", "wlan0", "src", address);

    /// <summary>An HTTPS record with a key for ECH, in hexadecimal (RFC 9460 §2.2, RFC 9849 §4): X25519, HKDF-SHA256, AES-128-GCM.</summary>
    private static string Record(string publicName)
    {
        byte[] contents = [7, 0, 0x20, .. Sized(RandomNumberGenerator.GetBytes(32)), 0, 4, 0, 1, 0, 1, 0, (byte)publicName.Length, .. Encoding.ASCII.GetBytes(publicName), 0, 0];
        byte[] list = [.. Sized([0xFE, 0x0D, .. Sized(contents)])];
        return Convert.ToHexString([0, 1, 0, 0, 5, .. Sized(list)]);

        static byte[] Sized(byte[] bytes)
        {
            var length = new byte[2];
            BinaryPrimitives.WriteUInt16BigEndian(length, checked((ushort)bytes.Length));
            return [.. length, .. bytes];
        }
    }
}
