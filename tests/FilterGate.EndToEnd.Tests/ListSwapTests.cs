using System.Diagnostics;
using System.Net;
using FilterGate.EndToEnd.Tests.Fixtures;
using FilterGate.Testing;

namespace FilterGate.EndToEnd.Tests;

/// <summary>Lists change under a running gateway: from a file that a technician brings, as a layer over the base, and the school's own entries; and no request fails for it.</summary>
[TestFixture]
[Category("EndToEnd")]
[Category("Slow")]
public sealed class ListSwapTests
{
    private const string Site = "sub." + School.Open;

    [Test]
    public async Task Update_WhilePupilsBrowse_TakesForceAndNoRequestFails()
    {
        await using var school = await School.OpenAsync();
        using var folder = new TempFolder();
        await File.WriteAllTextAsync(folder["settings.yaml"], """
            lists:
              sources: [own]
              own:
                - { id: own, name: Sites of our own, address: "https://lists.example/list.txt", format: plain, category: games }
            """);
        string[] neighbours = [.. Enumerable.Range(0, 500).Select(i => $"site{i}.games.example")];
        using var stop = new CancellationTokenSource();
        var browsing = BrowseAsync(school, stop.Token);

        await UpdateAsync([Site, .. neighbours]);
        await Programs.UntilAsync(async () => (await school.GetAsync("pupil", $"http://{Site}/")).Status == 403, "the new list blocks");
        // One line fewer: a layer over the base, and the site opens.
        await UpdateAsync(neighbours);
        await Programs.UntilAsync(async () => (await school.GetAsync("pupil", $"http://{Site}/")).Status == 200, "what the list no longer has opens");
        await UpdateAsync([.. neighbours, Site]);
        await Programs.UntilAsync(async () => (await school.GetAsync("pupil", $"http://{Site}/")).Status == 403, "and closes again");

        await stop.CancelAsync();
        var (asked, failed) = await browsing;
        var check = await school.CommandAsync("check", $"http://{Site}/", "--tier", "pupil", "--json");
        var block = (await school.EventsAsync("--host", Site)).Last(e => e.GetProperty("kind").GetString() == "block");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(failed, Is.Empty);
            Assert.That(asked, Is.GreaterThan(20));
            Assert.That(Directory.GetFiles(Path.Combine(school.Data, "lists", "compiled"), "added-*.fgl"), Is.Not.Empty, "a small change is a layer");
            Assert.That((block.GetProperty("list").GetString(), block.GetProperty("line").GetInt32()), Is.EqualTo(("own", 1)), "the base has it again: nothing but its own place in the file has changed");
            Assert.That(check.Output, Does.Contain($"\"version\":\"{block.GetProperty("list_version").GetString()}\""), "an event says which state of the list it was");
        }

        async Task UpdateAsync(string[] entries)
        {
            await File.WriteAllLinesAsync(folder["list.txt"], entries);
            var updated = await school.CommandAsync("lists", "update", "own", "--from", folder["list.txt"], "--config", folder["settings.yaml"]);
            Assert.That(updated.ExitCode, Is.Zero, updated.Error);
        }
    }

    [Test]
    public async Task OwnList_Edited_IsLiveWithinASecondBesideFullLists()
    {
        using var folder = new TempFolder();
        await File.WriteAllTextAsync(folder["settings.yaml"], "policy: policy.yaml\n");
        await File.WriteAllTextAsync(folder["policy.yaml"], Policy(""));
        string[] lists = SharedData.Find("ut1") is { } ut1 ? ["--lists", ut1] : [];
        if (lists.Length == 0) await TestContext.Progress.WriteLineAsync("UT1 is not there: tried beside the starter lists alone");
        await using var gateway = await GatewayProcess.StartAsync(
            Place.Here, environment: null, ["--config", folder["settings.yaml"], "--data", folder["data"], "--tier-listen", "pupil=127.0.0.1:0", "--review-listen", "127.0.0.1:0", .. lists]);
        using var client = ClientOf(gateway.Address("pupil"));
        var address = new Uri("http://own-entry.example/");
        Assert.That((await client.GetAsync(address)).StatusCode, Is.Not.EqualTo(HttpStatusCode.Forbidden));

        await File.WriteAllTextAsync(folder["policy.yaml"], Policy("own_block: [own-entry.example]"));
        var sinceEdit = Stopwatch.StartNew();
        await Programs.UntilAsync(async () => (await client.GetAsync(address)).StatusCode == HttpStatusCode.Forbidden, "the entry takes force");
        await TestContext.Progress.WriteLineAsync($"an own entry took force {sinceEdit.ElapsedMilliseconds} ms after the file was written");
        Assert.That(sinceEdit.Elapsed, Is.LessThan(TimeSpan.FromSeconds(2)), "well under a second, and what a busy machine adds");
    }

    private static string Policy(string own) => $$"""
        school: Sample Primary
        unknown_clients: pupil
        tiers:
          pupil: { tls: tunnel, uncategorised: allow, {{own}} }
        """;

    private static async Task<(int Asked, List<string> Failed)> BrowseAsync(School school, CancellationToken cancellationToken)
    {
        using var client = ClientOf(school.Gateway.Address("pupil"));
        var (asked, failed) = (0, new List<string>());
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                using var answer = await client.GetAsync(new Uri($"http://{School.Open}/1k"), CancellationToken.None);
                if (answer.StatusCode != HttpStatusCode.OK) failed.Add(answer.StatusCode.ToString());
            }
            catch (HttpRequestException problem)
            {
                failed.Add(problem.Message);
            }
            asked++;
            await Task.Delay(5, CancellationToken.None);
        }
        return (asked, failed);
    }

    private static HttpClient ClientOf(Uri proxy) => new(new SocketsHttpHandler { Proxy = new WebProxy(proxy), UseProxy = true }, disposeHandler: true);
}
