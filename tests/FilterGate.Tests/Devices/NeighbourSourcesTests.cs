using FilterGate.Devices;
using FilterGate.Network;
using FilterGate.Policy.People;
using FilterGate.Testing;
using Microsoft.Extensions.Time.Testing;

namespace FilterGate.Tests.Devices;

/// <summary>Where hardware addresses come from, and sources that fail.</summary>
public sealed class NeighbourSourcesTests
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);

    private static string[] Say(IEnumerable<Neighbour> neighbours) => [.. neighbours.Select(n => $"{n.Address} {MacAddress.Spell(n.Mac)}")];

    [Test]
    public async Task Read_SourceThatFails_IsNamedAndSaysWhatItSaidLast()
    {
        using var folder = new TempFolder();
        var leases = folder["dnsmasq.leases"];
        await File.WriteAllTextAsync(leases, "0 a4:83:e7:00:00:01 10.20.1.7 * *\n");
        ProgramEnd? kernel = new(0, "10.20.1.8 dev lan0 lladdr a4:83:e7:00:00:02 REACHABLE\n", "");
        var sources = new NeighbourSources(new DeviceSettings { DnsmasqLeases = [leases] }, new NetworkBox { Run = (_, _, _) => Task.FromResult<ProgramEnd?>(kernel) }, new FakeTimeProvider(Noon));
        string[] both = ["10.20.1.7 a4:83:e7:00:00:01", "10.20.1.8 a4:83:e7:00:00:02"];

        var well = await sources.ReadAsync(CancellationToken.None);
        Assert.That((Say(well.Neighbours), well.Problems), Is.EqualTo((both, Array.Empty<string>())));

        File.Delete(leases);
        kernel = new(-1, "", "no answer within 20 s");
        var failing = await sources.ReadAsync(CancellationToken.None);
        Assert.That(Say(failing.Neighbours), Is.EqualTo(both));
        Assert.That(failing.Problems, Has.Count.EqualTo(2).And.Some.Contains("dnsmasq.leases").And.Some.Contains("no answer within 20 s"));

        kernel = null;
        Assert.That((await sources.ReadAsync(CancellationToken.None)).Problems, Has.Some.Contains("apt install iproute2"));

        await File.WriteAllTextAsync(leases, "");
        kernel = new(0, "", "");
        Assert.That((await sources.ReadAsync(CancellationToken.None)).Neighbours, Is.Empty, "what is read again counts, also when it is nothing");
    }
}
