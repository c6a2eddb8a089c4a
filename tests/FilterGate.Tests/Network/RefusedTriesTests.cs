using System.Net;
using System.Net.Sockets;
using FilterGate.Events;
using FilterGate.Network;
using FilterGate.Policy.WaysRound;
using FilterGate.Proxy.Connections;
using FilterGate.Running;
using FilterGate.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace FilterGate.Tests.Network;

/// <summary>What the rules refuse to ports that say what they are: read from the kernel, handed to the gateway, and there again when it is down.</summary>
public sealed class RefusedTriesTests
{
    private static readonly RefusedTry WireGuard = Try("10.20.1.7", ProtocolType.Udp, 51820, "198.51.100.7");
    private static readonly RefusedTry Shell = Try("2001:db8:20::7", ProtocolType.Tcp, 22, "2001:db8::9");

    private TempFolder _folder = null!;
    private FakeTimeProvider _clock = null!;
    private TriesSpool _spool = null!;
    private TriesWatch _watch = null!;

    [SetUp]
    public void Begin()
    {
        (_folder, _clock) = (new TempFolder(), new FakeTimeProvider(new DateTimeOffset(2026, 11, 30, 10, 0, 0, TimeSpan.Zero)));
        Directory.CreateDirectory(_folder["network"]);
        _spool = new TriesSpool(_folder.Path);
        _watch = new TriesWatch(_spool, _clock);
    }

    [TearDown]
    public void End() => _folder.Dispose();

    /// <summary>As nft 1.0.6 lists a table; newer ones add the time-out of each element.</summary>
    [TestCase("")]
    [TestCase(" timeout 1m")]
    public void Listing_WithTries_IsTakenApart(string more)
    {
        var rules = "table inet filtergate {\n\tset school4 {\n\t\ttype ipv4_addr\n\t\tflags interval\n\t\telements = { 10.20.0.0/16,\n\t\t\t     10.40.0.0/16 }\n\t}\n\n\tset tries4 {\n\t\tflags dynamic,timeout\nHERE4\t}\n\n\tset tries6 {\n\t\tflags dynamic,timeout\nHERE6\t}\n\n\tchain noted {\n\t\tip saddr @school4 add @tries4 { ip saddr . meta l4proto . th dport . ip daddr }\n\t}\n}\n";
        var listing = rules.Replace("HERE4", $"\t\telements = {{ 10.20.1.7 . udp . 51820 . 198.51.100.7{more},\n\t\t\t     10.20.1.9 . tcp . 1194 . 198.51.100.7{more} }}\n", StringComparison.Ordinal)
            .Replace("HERE6", $"\t\telements = {{ 2001:db8:20::7 . tcp . 22 . 2001:db8::9{more} }}\n", StringComparison.Ordinal);
        var read = KernelListing.Of(listing);
        Assert.That(read.Tries, Is.EqualTo([WireGuard, Try("10.20.1.9", ProtocolType.Tcp, 1194, "198.51.100.7"), Shell]));
        Assert.That(read.Rules, Is.EqualTo(rules.Replace("HERE4", "", StringComparison.Ordinal).Replace("HERE6", "", StringComparison.Ordinal)), "what the kernel remembers is no rule, and what is written is kept");
        Assert.That(KernelListing.Of(read.Rules).Rules, Is.EqualTo(read.Rules));
    }

    [TestCase("10.20.1.7 . sctp . 51820 . 198.51.100.7")]
    [TestCase("10.20.1.7 . udp . 70000 . 198.51.100.7")]
    [TestCase("10.20.1.7 . udp . 51820")]
    [TestCase("nobody . udp . 51820 . 198.51.100.7")]
    public void Listing_ElementOfAnotherForm_IsLeftOut(string element) => Assert.That(KernelListing.Of($"set tries4 {{\nelements = {{ {element} }}\n}}\n").Tries, Is.Empty);

    [Test]
    public void Ports_Categories_AreOfTheTaxonomy() =>
        Assert.That(PortSigns.All.Select(p => PortSigns.Find(p.Protocol, p.Port)!.Category).OfType<string>().Where(slug => Lists.ListLoader.ShippedTaxonomy.Find(slug) is null), Is.Empty);

    [Test]
    public void See_TryThatIsNew_IsHandedOver_Once()
    {
        _watch.See([WireGuard]);
        _watch.See([WireGuard]);
        _clock.Advance(TimeSpan.FromSeconds(1));
        _watch.See([WireGuard, Shell]);
        Assert.That(_spool.Waiting().Select(TriesSpool.Read).Select(b => (b!.Time - _clock.Start, b.Tries.Single())), Is.EqualTo([(TimeSpan.Zero, WireGuard), (TimeSpan.FromSeconds(1), Shell)]));
    }

    /// <summary>A program that tries server after server does so once a minute on record, and one that goes on is on record again.</summary>
    [Test]
    public void See_TriesThatGoOn_AreOneAMinute()
    {
        RefusedTry[] servers = [.. Enumerable.Range(1, 20).Select(n => WireGuard with { Destination = IPAddress.Parse($"198.51.100.{n}") })];
        for (var second = 0; second < 180; second++)
        {
            // The kernel forgets each after a minute, and has it anew a second later.
            _watch.See([.. servers.Where((_, n) => (second - n) % 61 != 60)]);
            _clock.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.That(_spool.Waiting().Sum(file => TriesSpool.Read(file)!.Tries.Count), Is.EqualTo(3));
    }

    [Test]
    public void See_WhenTooManyWait_SaysSo_AndGoesOnAfterwards()
    {
        Directory.CreateDirectory(_folder["network/tries"]);
        for (var i = 0; i < TriesSpool.WaitingMax; i++) File.WriteAllText(_folder[$"network/tries/{i:D20}.json"], "{}");
        _watch.See([WireGuard]);
        Assert.That(_watch.Problem, Does.Contain("is it running?"));
        foreach (var file in _spool.Waiting()) File.Delete(file);
        _watch.See([WireGuard, Shell]);
        Assert.That((_watch.Problem, TriesSpool.Read(_spool.Waiting().Single())!.Tries.Single()), Is.EqualTo(((string?)null, Shell)));
    }

    [Test]
    public void See_FolderCannotBeWritten_SaysSo()
    {
        File.WriteAllText(_folder["network/tries"], "in the way");
        _watch.See([WireGuard]);
        Assert.That(_watch.Problem, Does.StartWith("what the rules refuse cannot be handed to the gateway"));
    }

    [Test]
    public async Task Loop_TakesThemInOrder_AndTheirFilesAway()
    {
        _watch.See([WireGuard, Shell]);
        var taken = new List<(RefusedTry, DateTimeOffset)>();
        await using var loop = Loop((refused, time) => { lock (taken) taken.Add((refused, time)); });
        await UntilEmptyAsync();
        Assert.That(taken, Is.EqualTo([(WireGuard, _clock.Start), (Shell, _clock.Start)]));
    }

    /// <summary>A full disk: nothing is taken away before it is stored.</summary>
    [Test]
    public async Task Loop_StoreThatFails_TriesAgain()
    {
        _watch.See([WireGuard]);
        var (calls, fails) = (0, true);
        await using var loop = Loop((_, _) =>
        {
            Interlocked.Increment(ref calls);
            if (Volatile.Read(ref fails)) throw new EventStoreException("no space left");
        });
        await UntilAsync(() => Volatile.Read(ref calls) > 1);
        Assert.That(_spool.Waiting(), Has.Count.EqualTo(1));
        Volatile.Write(ref fails, false);
        await UntilEmptyAsync();
    }

    [TestCase("not JSON")]
    [TestCase("""{"time":"2026-11-30T10:00:00Z","tries":[{"client":"nobody","protocol":"udp","port":1,"destination":"198.51.100.7"}]}""")]
    [TestCase("""{"time":"2026-11-30T10:00:00Z","tries":[null]}""")]
    [TestCase("""{"time":"2026-11-30T10:00:00Z","tries":[{"protocol":"udp","port":1}]}""")]
    [TestCase("null")]
    [TestCase("{}")]
    public async Task Loop_FileThatIsBroken_IsThrownAway_AndTheNextIsTaken(string content)
    {
        Directory.CreateDirectory(_folder["network/tries"]);
        await File.WriteAllTextAsync(_folder["network/tries/00000000000000000001.json"], content);
        _watch.See([WireGuard]);
        var taken = 0;
        await using var loop = Loop((_, _) => Interlocked.Increment(ref taken));
        await UntilEmptyAsync();
        Assert.That(taken, Is.EqualTo(1));
    }

    private static RefusedTry Try(string client, ProtocolType protocol, int port, string destination) => new(IPAddress.Parse(client), protocol, port, IPAddress.Parse(destination));

    private TriesLoop Loop(Action<RefusedTry, DateTimeOffset> record) => new(_spool, (refused, time, _) => { record(refused, time); return Task.CompletedTask; }, _clock, NullLogger.Instance);

    private Task UntilEmptyAsync() => UntilAsync(() => _spool.Waiting().Count == 0);

    private async Task UntilAsync(Func<bool> isSo)
    {
        for (var waited = 0; !isSo(); waited++)
        {
            Assert.That(waited, Is.LessThan(1_000));
            _clock.Advance(TimeSpan.FromSeconds(1));
            await Task.Delay(10);
        }
    }
}
