using System.Net;
using FilterGate.Events;
using FilterGate.Events.Acts;
using FilterGate.Matching;
using FilterGate.Policy.Search;
using FilterGate.Proxy.Acts;
using FilterGate.Proxy.Tests.Fixtures;
using FilterGate.Testing;

namespace FilterGate.Proxy.Tests.Acts;

/// <summary>What recording costs a request of which nothing is kept: most of a school's.</summary>
internal sealed class RecorderCostTests
{
    [Test]
    public async Task Note_AllowedRequestOfATierThatRecordsBlocks_DoesNotAllocate()
    {
        using var temp = new TempFolder();
        await using var events = EventStore.Open(temp["events"], TimeProvider.System);
        await using var held = new HeldSearches(events, TimeProvider.System);
        var recorder = new EventRecorder(events, new UseCounter(TimeProvider.System), new ActFolder(), SearchTerms.Shipped, held, TimeProvider.System);
        var policy = TestGateway.Compile(TestGateway.School);
        var client = policy.Identify(IPAddress.Parse("192.0.2.7"))!;
        Assert.That(CanonicalUrl.TryParse("https://allowed.test/search?q=rivers", out var url, out _));
        var judgement = new Judgement(policy.Decide(client, url!, Seen.Url, DateTimeOffset.UtcNow), url!, Seen.Url, policy);
        Assert.That(judgement.Decision.IsForwarded, Is.True);
        var page = new RequestSigns("ipad-14", "www.google.co.uk", "/search?q=rivers", DateTimeOffset.UtcNow) { FetchDest = "document", FetchMode = "navigate", FetchSite = "none" };
        RequestSigns[] all =
        [
            page, page with { Host = "allowed.test", Target = "/" }, page with { FetchDest = "image", FetchMode = "no-cors" }, page with { FetchDest = "empty", FetchMode = "cors" },
            page with { FetchDest = "iframe", Referer = "https://allowed.test/" }, page with { FetchDest = null, FetchMode = null, FetchSite = null, UserAgent = "ExampleApp/1" }, page with { IsTunnel = true },
        ];
        foreach (var signs in all) recorder.Note(in judgement, client, in signs);

        foreach (var signs in all)
        {
            var bytes = Allocations.Of(() =>
            {
                for (var i = 0; i < 100; i++)
                    if (recorder.Note(in judgement, client, signs with { Time = signs.Time.AddMinutes(10 * i) }) is not null) throw new AssertionException("something is kept");
            });
            Assert.That(bytes, Is.Zero, $"{signs.FetchDest} {signs.Host}");
        }
    }
}
