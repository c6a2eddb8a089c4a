using System.Globalization;
using System.Text.Json;
using FilterGate.Testing;

namespace FilterGate.Tests.Deploy;

/// <summary>The table of <c>docs/sizing.md</c> is the sum that it says it is, over the results that lie in <c>bench/results</c>.</summary>
public sealed class SizingTests
{
    private const int RequestsADeviceAndSecond = 2, BytesAnAnswer = 40 * 1024, RequestsADay = 3000, ConnectionsADevice = 20, BytesAConnection = 10_000;
    private const int DaysAllowed = 65, DaysAttention = 210;
    private const double Attention = 0.05;

    private static JsonElement Result(string file) => JsonDocument.Parse(File.ReadAllText(Path.Combine(Repository.Root, "bench", "results", file))).RootElement;

    [Test]
    public void Table_IsTheSum()
    {
        var gateway = Result("2026-11-23.json").GetProperty("targets").EnumerateArray().Single(t => t.GetProperty("name").GetString() == "gateway");
        var written = Result("2026-11-28-events-writing.json").GetProperty("write").EnumerateArray().ToList();
        var (slow, fast) = (written.Single(w => w.GetProperty("rate").GetInt32() == 2000), written.Where(w => w.GetProperty("rate").GetInt32() == 10_000).MaxBy(w => w.GetProperty("memory_mib").GetInt32()));
        var bytesAnEvent = Result("2026-11-28-events-20m.json").GetProperty("store").GetProperty("bytes_an_event").GetInt32();
        var processor = (gateway.GetProperty("cpu_per_request").GetDouble() + slow.GetProperty("microseconds_an_event").GetDouble()) / 1e6;
        var memory = (gateway.GetProperty("resident_mebibytes").GetDouble() + fast.GetProperty("memory_mib").GetInt32()) * (1 << 20) + 2 * Result("2026-11-23-matcher.json").GetProperty("load").GetProperty("megabytes").GetDouble() * 1e6;

        var rows = File.ReadAllLines(Path.Combine(Repository.Root, "docs", "sizing.md")).Where(line => line.StartsWith("| ", StringComparison.Ordinal) && char.IsAsciiDigit(line[2])).ToList();
        Assert.That(rows, Has.Count.EqualTo(4));
        Assert.That(rows, Is.EqualTo(((int[])[100, 300, 600, 1500]).Select(pupils =>
        {
            var requests = pupils * RequestsADeviceAndSecond;
            var attention = (double)pupils * RequestsADay * Attention * bytesAnEvent * DaysAttention;
            var allowed = (double)pupils * RequestsADay * (1 - Attention) * bytesAnEvent * DaysAllowed;
            return string.Create(CultureInfo.InvariantCulture,
                $"| {pupils:#,0} | {requests:#,0} | {requests * BytesAnAnswer * 8 / 1e6:0} | {requests * processor:0.00} | {(memory + (double)pupils * ConnectionsADevice * BytesAConnection) / 1e9:0.0} GB | {(attention + allowed) / 1e9:0} GB | {attention / 1e9:0} GB |");
        })));
    }
}
