using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using FilterGate.Proxy.Tests.Fixtures;

namespace FilterGate.Proxy.Tests;

/// <summary>The meters after known traffic.</summary>
internal sealed class GatewayMetersTests
{
    [Test]
    public async Task Decisions_AreCountedByVerdictAndTier_WithoutAHost()
    {
        var seen = new ConcurrentQueue<string>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, self) =>
            {
                if (instrument.Meter.Name == GatewayMeters.MeterName && instrument.Name == "filtergate.decisions") self.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<long>((_, count, tags, _) => seen.Enqueue($"{count} {string.Join(' ', tags.ToArray().Select(t => $"{t.Key}={t.Value}"))}"));
        listener.Start();

        await using var origin = new FakeOrigin("hello");
        await using var gateway = await TestGateway.StartAsync();
        await gateway.AskAsync("GET http://forum.test/ HTTP/1.1\r\nHost: forum.test\r\n\r\n");
        await gateway.AskAsync($"GET http://forum.test:{origin.Port}/ HTTP/1.1\r\nHost: forum.test:{origin.Port}\r\n\r\n", "staff");
        Assert.That(seen, Is.EqualTo(new[] { "1 verdict=block tier=pupil", "1 verdict=allow tier=staff" }));
    }
}
