using System.Text.Json;
using FilterGate.EndToEnd.Tests.Fixtures;
using FilterGate.State;
using FilterGate.Testing;

namespace FilterGate.EndToEnd.Tests;

/// <summary>Devices that have asked a real DHCP server for their address, as <c>devices seen</c> knows them by its lease file alone.</summary>
[Category("EndToEnd")]
[Category("Box")]
public sealed class DhcpLeasesTests
{
    private static readonly byte[] Pad = [0xa4, 0x83, 0xe7, 0, 0, 1], Laptop = [0xa4, 0x83, 0xe7, 0, 0, 2];

    private TempFolder _folder = null!;
    private NetworkNamespace _device = null!, _box = null!;

    [SetUp]
    public async Task ConnectAsync()
    {
        Programs.RequireRoot("network namespaces");
        _folder = new TempFolder();
        Directory.CreateDirectory(_folder["data"]);
        using (StateStore.Open(Path.Combine(_folder["data"], "state.db"), TimeProvider.System)) await File.WriteAllTextAsync(_folder["policy.yaml"], "school: Sample Primary\nnetworks: [10.77.9.0/24]\nunknown_clients: pupil\ntiers: { pupil: {} }\n");
        (_device, _box) = (await NetworkNamespace.MakeAsync("pad", []), await NetworkNamespace.MakeAsync("box", []));
        await NetworkNamespace.JoinAsync(_device, "wlan0", "10.77.9.2/24", _box, "lan0", "10.77.9.1/24");
        await _device.IpAsync("route", "add", "default", "dev", "wlan0");
    }

    [TearDown]
    public async Task DisconnectAsync()
    {
        foreach (var place in new[] { _device, _box })
            if (place is not null) await place.DisposeAsync();
        _folder?.Dispose();
    }

    /// <summary>Kea cleans its files up every second here: what nobody has renewed since the last time stands in another file, and it must not be missed for a moment.</summary>
    [Test]
    [Category("Slow")]
    public async Task Kea_OverItsCleanUps_EachDeviceStaysKnown_UntilItGivesItsAddressBack()
    {
        Programs.Require("kea-dhcp4", "kea-dhcp4-server");
        var leases = _folder["kea-leases4.csv"];
        await File.WriteAllTextAsync(_folder["kea.conf"], $$"""
            { "Dhcp4": {
                "interfaces-config": { "interfaces": [ "lan0" ], "service-sockets-max-retries": 100, "service-sockets-retry-wait-time": 100 },
                "lease-database": { "type": "memfile", "persist": true, "name": "{{leases}}", "lfc-interval": 1 },
                "valid-lifetime": 3600,
                "subnet4": [ { "subnet": "10.77.9.0/24", "pools": [ { "pool": "10.77.9.100 - 10.77.9.200" } ] } ]
            } }
            """);
        using var kea = new ServerProcess(_box.Place, ["kea-dhcp4", "-c", _folder["kea.conf"]], new Dictionary<string, string> { ["KEA_PIDFILE_DIR"] = _folder.Path, ["KEA_LOCKFILE_DIR"] = "none" });
        var (pad, laptop) = (new DhcpClient(_device, Pad), new DhcpClient(_device, Laptop));
        var (padsLease, laptopsLease) = (await pad.AskAsync("ipad-14"), await laptop.AskAsync("laptop"));
        Assert.That(padsLease.Address, Is.Not.EqualTo(laptopsLease.Address));
        await Programs.UntilAsync(() => Task.FromResult(File.Exists(leases + ".2") && File.ReadAllText(leases + ".2").Contains("laptop", StringComparison.Ordinal) && !File.ReadAllText(leases).Contains("laptop", StringComparison.Ordinal)), "Kea cleans up");

        for (var i = 0; i < 5; i++) Assert.That(await SeenAsync("kea_leases", leases), Is.EqualTo(new[] { $"{padsLease.Address} a4:83:e7:00:00:01", $"{laptopsLease.Address} a4:83:e7:00:00:02" }), $"look {i}");
        await pad.ReleaseAsync(padsLease);
        await Programs.UntilAsync(async () => (await SeenAsync("kea_leases", leases)).SequenceEqual([$"{laptopsLease.Address} a4:83:e7:00:00:02"]), "the pad's lease is gone");
    }

    [Test]
    public async Task Dnsmasq_ADeviceIsKnown_UntilItGivesItsAddressBack()
    {
        Programs.Require("dnsmasq", "dnsmasq-base");
        var leases = _folder["dnsmasq.leases"];
        using var dnsmasq = new ServerProcess(_box.Place, ["dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null", "--port=0", "--user=root", "--dhcp-range=10.77.9.100,10.77.9.200", "--dhcp-authoritative", "--no-ping", $"--dhcp-leasefile={leases}", $"--pid-file={_folder["pid"]}"]);
        var pad = new DhcpClient(_device, Pad);
        var lease = await pad.AskAsync("ipad-14");
        Assert.That(await SeenAsync("dnsmasq_leases", leases), Is.EqualTo(new[] { $"{lease.Address} a4:83:e7:00:00:01" }));
        await pad.ReleaseAsync(lease);
        await Programs.UntilAsync(async () => (await SeenAsync("dnsmasq_leases", leases)).Length == 0, "the pad's lease is gone");
    }

    private async Task<string[]> SeenAsync(string key, string leases)
    {
        await File.WriteAllTextAsync(_folder["settings.yaml"], $"policy: policy.yaml\ndevices: {{ neighbours: off, {key}: [{leases}] }}\n");
        var seen = await GatewayProcess.CommandAsync("devices", "seen", "--json", "--config", _folder["settings.yaml"], "--data", _folder["data"]);
        Assert.That((seen.ExitCode, seen.Error), Is.EqualTo((0, "")), seen.Output);
        return [.. seen.Lines.Select(line => JsonElement.Parse(line)).Select(d => $"{d.GetProperty("address").GetString()} {d.GetProperty("mac").GetString()}").Order(StringComparer.Ordinal)];
    }
}
