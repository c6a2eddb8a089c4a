using System.Collections.Concurrent;
using System.Net;
using FilterGate.EndToEnd.Tests.Fixtures;

namespace FilterGate.EndToEnd.Tests;

/// <summary>The gateway is killed while many pupils are being blocked: what a page showed is kept, and no file is damaged.</summary>
[TestFixture]
[Category("EndToEnd")]
[Category("Slow")]
public sealed class PowerCutTests
{
    private const int Clients = 32;
    private const int PagesBeforeTheCut = 400;

    [Test]
    public async Task KilledUnderLoad_EveryReferenceThatAPageShowedIsStored()
    {
        Programs.Require("sqlite3", "sqlite3");
        await using var school = await School.OpenAsync();
        for (var round = 1; round <= 2; round++)
        {
            var shown = await BlockUntilKilledAsync(school);
            Assert.That(shown, Has.Count.GreaterThanOrEqualTo(PagesBeforeTheCut));
            await AssertFilesAreWholeAsync(school.Data);

            var stored = (await school.EventsAsync("--limit", "1000000")).Select(e => e.GetProperty("reference").GetString()).ToHashSet();
            Assert.That(shown.Where(reference => !stored.Contains(reference)), Is.Empty, $"round {round}: of {shown.Count} pages, those whose event is lost");

            await school.StartGatewayAsync();
            Assert.That((await school.GetAsync("pupil", $"http://{School.Auction}/afterwards")).Status, Is.EqualTo(403));
        }
    }

    /// <summary>References of pages that arrived whole before the gateway was killed.</summary>
    private static async Task<IReadOnlyCollection<string>> BlockUntilKilledAsync(School school)
    {
        var shown = new ConcurrentQueue<string>();
        var isEnough = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var handler = new SocketsHttpHandler { Proxy = new WebProxy(school.Gateway.Address("pupil")), UseProxy = true, MaxConnectionsPerServer = Clients };
        using var http = new HttpClient(handler) { Timeout = Programs.WaitMax };
        http.DefaultRequestHeaders.Accept.ParseAdd("text/html");
        var clients = Enumerable.Range(0, Clients).Select(client => Task.Run(() => AskAsync(client))).ToArray();
        await Task.WhenAny(isEnough.Task, Task.Delay(Programs.WaitMax));
        await school.Gateway.KillAsync();
        await Task.WhenAll(clients);
        return shown;

        async Task AskAsync(int client)
        {
            try
            {
                for (var page = 0; ; page++)
                {
                    using var answer = await http.GetAsync(new Uri($"http://{School.Auction}/client-{client}/page-{page}"));
                    foreach (var reference in References.In(await answer.Content.ReadAsStringAsync())) shown.Enqueue(reference);
                    if (shown.Count >= PagesBeforeTheCut) isEnough.TrySetResult();
                }
            }
            catch (HttpRequestException)
            {
                // The power is cut: this client is done.
            }
        }
    }

    private static async Task AssertFilesAreWholeAsync(string data)
    {
        var files = Directory.GetFiles(data, "*.db", SearchOption.AllDirectories);
        Assert.That(files, Has.Length.GreaterThanOrEqualTo(2), "state.db and this month's events");
        foreach (var file in files)
            Assert.That((await Programs.MustAsync("sqlite3", file, "PRAGMA integrity_check")).Trim(), Is.EqualTo("ok"), Path.GetFileName(file));
    }
}
