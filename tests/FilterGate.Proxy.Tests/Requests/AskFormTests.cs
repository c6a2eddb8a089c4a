using System.Net;
using FilterGate.Policy.TwoKeys;
using FilterGate.Proxy.BlockPages;
using FilterGate.Proxy.Tests.Fixtures;

namespace FilterGate.Proxy.Tests.Requests;

/// <summary>The forms with which people ask for a site or report one, as raw requests.</summary>
public sealed class AskFormTests
{
    private static readonly string School = TestGateway.School.Replace("staff: { tls: intercept,", "staff: { own_block: [closed.test], tls: intercept,", StringComparison.Ordinal);

    private const string Keys = "approvals:\n  head: { holder: a, deputies: [b] }\n  technician: { holder: c, deputies: [d] }\n  teachers: [e, f]\n";

    private const string Groups = "groups:\n  4b: { kind: class, title: Class 4B, tier: pupil }\n  office: { kind: office, tier: staff }\n";

    [Test]
    public async Task BlockPage_Staff_OffersBothRoutesAndTheClasses()
    {
        await using var gateway = await TestGateway.StartAsync(School + "\n" + Groups + Keys);
        var staff = await BlockedAsync(gateway, "staff");
        Assert.That(staff, Does.Contain("value=\"lesson\" checked").And.Contain("value=\"for-good\"").And.Contain("<option value=\"4b\">Class 4B</option>").And.Not.Contain("value=\"office\""));
        var pupil = await BlockedAsync(gateway, "pupil");
        Assert.That(pupil, Does.Contain("name=\"note\"").And.Not.Contain("for-good").And.Not.Contain("Class 4B"));
        Assert.That(staff, Does.Not.Contain("<script"));
    }

    [Test]
    public async Task Pages_PolicyWithoutApprovals_OfferNothingThatNobodyCanGive()
    {
        await using var gateway = await TestGateway.StartAsync(School + "\n" + Groups);
        var own = await gateway.AskAsync("GET http://filtergate.internal/request HTTP/1.1\r\nHost: filtergate.internal\r\n\r\n", "staff");
        foreach (var page in new[] { await BlockedAsync(gateway, "staff"), own.Body })
            Assert.That(page, Does.Contain("value=\"lesson\" checked").And.Contain("<option value=\"4b\">Class 4B</option>").And.Not.Contain("for-good"));
    }

    [Test]
    public async Task BlockPage_DetailsHidden_ShowsOnlyTheReference()
    {
        await using var gateway = await TestGateway.StartAsync(School + "\n" + Keys + "  block_page: { details: hide }\n");
        var page = await BlockedAsync(gateway, "pupil");
        Assert.That(page, Does.Not.Contain("127.0.0.1").And.Not.Contain("category-block").And.Not.Contain("class=\"more\""));
        Assert.That(page, Does.Contain("class=\"code\""));
    }

    // The address, and the group that its pages name; one that nothing names has none.
    [TestCase("192.0.2.20", "Class 4B")]
    [TestCase("192.0.2.140", "office")]
    [TestCase("192.0.2.90", null)]
    public async Task BlockPage_ClientOfAGroup_NamesIt(string from, string? group)
    {
        await using var gateway = await TestGateway.StartAsync(School.Replace("{ range: 192.0.2.128/25, tier: staff }", "{ range: 192.0.2.128/25, group: office }\n  - { address: 192.0.2.20, group: 4b }", StringComparison.Ordinal) + "\n" + Groups);
        var host = group == "office" ? "closed.test" : "forum.test";
        var answer = await gateway.AskAsync($"GET http://{host}/ HTTP/1.1\r\nHost: {host}\r\nAccept: text/html\r\nSec-Fetch-Dest: document\r\n\r\n", tier: null, from);
        Assert.That(answer.Status, Is.EqualTo(403), answer.Body);
        Assert.That(answer.Body, group is null ? Does.Not.Contain("<dt>Group</dt>") : Does.Contain($"<dt>Group</dt><dd><bdi>{group}</bdi></dd>"));
    }

    [Test]
    public async Task StaffForm_ClassAndTime_AreRead()
    {
        await using var gateway = await TestGateway.StartAsync(School + "\n" + Groups);
        var answer = await PostAsync(gateway, $"http://forum.test{BlockPage.RequestPath}", "forum.test", "reference=K7Q4-M2XD&note=rivers&route=lesson&group=4b&until=23%3A59", "staff");
        Assert.That(answer.Status, Is.EqualTo(200), answer.Body);
        var form = gateway.Forms.Single();
        Assert.That((form.Reference, form.Route, form.Group, form.Note), Is.EqualTo(("K7Q4-M2XD", (RequestRoute?)RequestRoute.Lesson, "4b", "rivers")));
        Assert.That(form.Until!.Value.ToLocalTime().TimeOfDay, Is.EqualTo(new TimeSpan(23, 59, 0)));
    }

    [TestCase("pupil", false)]
    [TestCase("staff", true)]
    public async Task OwnPage_ShowsTheForm(string tier, bool offersRoutes)
    {
        await using var gateway = await TestGateway.StartAsync(School + "\n" + Keys);
        var page = await gateway.AskAsync("GET http://filtergate.internal/request HTTP/1.1\r\nHost: filtergate.internal\r\n\r\n", tier);
        Assert.That(page.Status, Is.EqualTo(200));
        Assert.That(page.Body, Does.Contain("Report or request a site").And.Contain("name=\"address\"").And.Contain("value=\"report\"").And.Not.Contain("<script"));
        Assert.That(page.Body.Contains("for-good", StringComparison.Ordinal), Is.EqualTo(offersRoutes));
    }

    [TestCase("", 200, TestName = "OwnForm_NoHeaders_IsTaken")]
    [TestCase("Sec-Fetch-Site: same-origin\r\n", 200, TestName = "OwnForm_SameOrigin_IsTaken")]
    [TestCase("Origin: http://filtergate.internal\r\n", 200, TestName = "OwnForm_OwnOrigin_IsTaken")]
    [TestCase("Sec-Fetch-Site: cross-site\r\n", 403, TestName = "OwnForm_FromAnotherSite_IsRefused")]
    [TestCase("Origin: http://evil.example\r\n", 403, TestName = "OwnForm_FromAnotherOrigin_IsRefused")]
    [TestCase("Origin: null\r\n", 403, TestName = "OwnForm_FromNowhere_IsRefused")]
    public async Task OwnForm(string headers, int status)
    {
        await using var gateway = await TestGateway.StartAsync();
        var answer = await PostAsync(gateway, "http://filtergate.internal/request", "filtergate.internal", "address=games.example&note=please&route=report", "pupil", headers);
        Assert.That(answer.Status, Is.EqualTo(status), answer.Body);
        Assert.That(gateway.Forms, Has.Count.EqualTo(status == 200 ? 1 : 0));
        if (status == 200) Assert.That((gateway.Forms.Single().Address, gateway.Forms.Single().Route), Is.EqualTo(("games.example", (RequestRoute?)RequestRoute.Report)));
    }

    [TestCase("DELETE", 405)]
    [TestCase("PUT", 405)]
    public async Task OwnForm_OtherMethods_AreRefused(string method, int status)
    {
        await using var gateway = await TestGateway.StartAsync();
        Assert.That((await gateway.AskAsync($"{method} http://filtergate.internal/request HTTP/1.1\r\nHost: filtergate.internal\r\nContent-Length: 0\r\n\r\n")).Status, Is.EqualTo(status));
    }

    [Test]
    public async Task RequestPath_OnAnotherHost_IsThatHostsOwn()
    {
        await using var gateway = await TestGateway.StartAsync();
        var answer = await gateway.AskAsync("GET http://forum.test/request HTTP/1.1\r\nHost: forum.test\r\nAccept: text/html\r\n\r\n");
        Assert.That(answer.Body, Does.Not.Contain("Report or request a site"));
    }

    private static async Task<string> BlockedAsync(TestGateway gateway, string tier)
    {
        var host = tier == "staff" ? "closed.test" : "forum.test";
        var answer = await gateway.AskAsync($"GET http://{host}/ HTTP/1.1\r\nHost: {host}\r\nAccept: text/html\r\nSec-Fetch-Dest: document\r\n\r\n", tier);
        Assert.That(answer.Status, Is.EqualTo(403), answer.Body);
        return WebUtility.HtmlDecode(answer.Body);
    }

    private static Task<RawAnswer> PostAsync(TestGateway gateway, string url, string host, string fields, string tier, string headers = "") => gateway.AskAsync(
        $"POST {url} HTTP/1.1\r\nHost: {host}\r\n{headers}Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {fields.Length}\r\n\r\n{fields}", tier);
}
