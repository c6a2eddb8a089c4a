using FilterGate.Events;
using FilterGate.Policy;
using FilterGate.Proxy.Tests.Fixtures;

namespace FilterGate.Proxy.Tests.Requests;

/// <summary>What a tier records of requests that are allowed.</summary>
internal sealed class RecordTests
{
    private static readonly string[] Hosts = ["allowed.test", "help.test", "noise.test", "forum.test", "forum.test/allowed-part/x"];

    [TestCase("", new[] { "forum.test block" }, TestName = "Record_Default_IsRefusalsAlone")]
    [TestCase("record: blocks", new[] { "forum.test block" }, TestName = "Record_Blocks_IsRefusalsAlone")]
    [TestCase("record: everything", new[] { "allowed.test allow", "forum.test allow", "forum.test block" }, TestName = "Record_Everything_IsAllButHelpAndNoise")]
    public async Task Record(string key, string[] expected)
    {
        await using var origin = new FakeOrigin("hello");
        await using var gateway = await TestGateway.StartAsync(TestGateway.School.Replace("pupil: { ", $"pupil: {{ {key}{(key.Length > 0 ? ", " : "")}own_allow: [noise.test, forum.test/allowed-part], ", StringComparison.Ordinal).Replace(", own_allow: [forum.test/allowed-part] }", " }", StringComparison.Ordinal));
        foreach (var host in Hosts)
        {
            var (name, path) = host.Split('/', 2) is [var first, var rest] ? (first, rest) : (host, "");
            await gateway.AskAsync($"GET http://{name}:{origin.Port}/{path} HTTP/1.1\r\nHost: {name}:{origin.Port}\r\nAccept: text/html\r\n\r\n");
            // Staff have no such key, and nothing of theirs is recorded.
            await gateway.AskAsync($"GET http://allowed.test:{origin.Port}/ HTTP/1.1\r\nHost: allowed.test:{origin.Port}\r\nAccept: text/html\r\n\r\n", "staff");
        }
        // A refusal is on disk before its page is shown, and after it a commit holds all that was queued before.
        await gateway.AskAsync($"GET http://adult.test:{origin.Port}/ HTTP/1.1\r\nHost: adult.test:{origin.Port}\r\nAccept: text/html\r\n\r\n");
        var events = await gateway.EventsAsync(expected.Length + 1);
        Assert.That(events.Where(e => e.Host != "adult.test").Select(e => $"{e.Host} {e.Decision!.Value.Code()}"), Is.EquivalentTo(expected));
        Assert.That(events.Where(e => e.Decision == Verdict.Allow).Select(e => e.Kind), Is.All.EqualTo(EventKind.Allow));
    }
}
