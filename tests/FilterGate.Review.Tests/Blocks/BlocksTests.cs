using System.Net;
using FilterGate.Policy;
using FilterGate.Policy.People;
using FilterGate.Policy.TwoKeys;
using FilterGate.Review.Tests.Decisions;
using FilterGate.State;
using Microsoft.Extensions.Time.Testing;

namespace FilterGate.Review.Tests.Blocks;

/// <summary>Closing a site for everybody on the page: who may, what happens, what is refused, and that nothing that somebody wrote is lost.</summary>
public sealed class BlocksTests
{
    private const string Reference = "K7Q4-M2XD";

    private static readonly Roster People = new([new Person("dsl", "L. Ead", Group: null, PersonRole.Staff), new Person("t-hill", "T. Hill", "teachers", PersonRole.Staff)], []);

    private FakeTimeProvider _clock = null!;
    private RunningSite _site = null!;

    [SetUp]
    public async Task SetUpAsync()
    {
        _clock = new FakeTimeProvider(RunningSite.Now);
        _site = await RunningSite.StartAsync(RunningSite.Log(RunningSite.Finds()), () => SamplePolicy.With(People), clock: _clock);
    }

    [TearDown]
    public async Task TearDownAsync() => await _site.DisposeAsync();

    private Task<Visitor> SignInAsync(string person) => Visitor.SignedInAsync(_site, person, _clock);

    private static async Task<string> ReadAsync(HttpResponseMessage answer) => WebUtility.HtmlDecode(await answer.Content.ReadAsStringAsync());

    [Test]
    public async Task Close_ByTheLead_IsInForceEndsWhatWasOpenAndHasTheTextToReport()
    {
        var open = _site.State.OpenSites([new OverrideDraft(Audience.ForGroup("4b"), FilterGate.Policy.Site.ForHost("unsafe.example"), RunningSite.Now.AddHours(-1), RunningSite.Now.AddHours(1))], "maths", "technician")!.Single();
        using var lead = await SignInAsync("dsl");
        using var answer = await lead.SendAsync("/blocks", "/blocks", ("address", "unsafe.example"), ("nature", "violence"), ("reason", "seen in year 5"));

        var block = _site.State.EmergencyBlocks().Single();
        Assert.That((block.Site.ToString(), block.Nature, block.Reason, block.Actor), Is.EqualTo(("unsafe.example", "violence", "seen in year 5", "dsl")));
        Assert.That(answer.Headers.Location?.ToString(), Is.EqualTo($"/blocks/{block.Id}?done=closed"));
        Assert.That(_site.State.FindOverride(open.Id)!.RevokedAt, Is.Not.Null);
        var page = WebUtility.HtmlDecode(await lead.ReadAsync($"/blocks/{block.Id}?done=closed"));
        Assert.That(page, Does.Contain("It is closed for everybody").And.Contain("REPORT OF AN UNSUITABLE SITE").And.Contain("Nature:  violence").And.Contain("by L. Ead: seen in year 5"));
        Assert.That(page, Does.Not.Contain("Lift the block"), "closing is for many, opening for two");
        Assert.That(WebUtility.HtmlDecode(await lead.ReadAsync("/blocks")), Does.Contain("unsafe.example").And.Contain("seen in year 5"));
    }

    [TestCase("unsafe.example", "", "Why?")]
    [TestCase("", "seen", "address")]
    [TestCase("childline.org.uk", "seen", "a site where a child finds help")]
    [TestCase("co.uk", "seen", "every site of a country")]
    [TestCase("locked.example", "seen", "closed for everybody already")]
    public async Task Close_Refused_SaysWhyAndKeepsWhatWasWritten(string address, string reason, string says)
    {
        using var head = await SignInAsync("head");
        using var answer = await head.SendAsync("/blocks", "/blocks", ("address", address), ("nature", "much & more"), ("reason", reason));
        var page = await ReadAsync(answer);
        Assert.That((int)answer.StatusCode, Is.EqualTo(422));
        Assert.That(page, Does.Contain(says).IgnoreCase.And.Contain("value=\"much & more\"").And.Contain($"value=\"{address}\""));
        Assert.That(_site.State.EmergencyBlocks(), Is.Empty);
    }

    [Test]
    public async Task Close_TwoBlocksOfOneSite_IsSaid()
    {
        using var head = await SignInAsync("head");
        using var first = await head.SendAsync("/blocks", "/blocks", ("address", "unsafe.example"), ("reason", "seen"));
        using var second = await head.SendAsync("/blocks", "/blocks", ("address", "https://unsafe.example/"), ("reason", "seen"));
        Assert.That(await ReadAsync(second), Does.Contain("is blocked already"));
    }

    [Test]
    public async Task Lift_ByTheHead_OpensItAgainAndStaysListed()
    {
        var (block, _) = _site.State.Block(FilterGate.Policy.Site.ForHost("unsafe.example"), "seen", null, "technician");
        using var head = await SignInAsync("head");
        using var none = await head.SendAsync($"/blocks/{block.Id}", $"/blocks/{block.Id}", ("reason", " "));
        Assert.That(await ReadAsync(none), Does.Contain("Why?"));
        using var answer = await head.SendAsync($"/blocks/{block.Id}", $"/blocks/{block.Id}", ("reason", "taken down"));
        Assert.That(answer.Headers.Location?.ToString(), Is.EqualTo($"/blocks/{block.Id}?done=lifted"));
        Assert.That(_site.State.EmergencyBlocks(), Is.Empty);
        Assert.That(await head.ReadAsync("/blocks"), Does.Contain("Nothing is closed").And.Not.Contain("unsafe.example"));
        Assert.That(await head.ReadAsync("/blocks?show=all"), Does.Contain("unsafe.example").And.Contain("lifted"));
    }

    [Test]
    public async Task Report_OfATeacher_IsAnsweredFromItsOwnPage()
    {
        DecideTests.Request(_site, Reference, "t-hill", "unsafe.example", route: RequestRoute.Report);
        using var lead = await SignInAsync("dsl");
        Assert.That(WebUtility.HtmlDecode(await lead.ReadAsync($"/requests/{Reference}")), Does.Contain($"href=\"/blocks?site=unsafe.example&answers={Reference}\""));
        using var answer = await lead.SendAsync($"/blocks?site=unsafe.example&answers={Reference}", "/blocks", ("address", "unsafe.example"), ("reason", "seen in year 5"), ("answers", Reference));
        Assert.That((int)answer.StatusCode, Is.EqualTo(302));
        Assert.That(_site.State.FindRequest(Reference)!.Status, Is.EqualTo(RequestStatus.Approved));
        using var teacher = await SignInAsync("t-hill");
        Assert.That(WebUtility.HtmlDecode(await teacher.ReadAsync($"/requests/{Reference}")), Does.Contain("Dealt with"));
    }

    [TestCase("/blocks/99", 404, "There is no such block")]
    [TestCase("/blocks/99999999999999999999", 404, "There is no such page")]
    [TestCase("/blocks?show=none", 200, "“none” is not a choice")]
    public async Task Page_OfNothing_SaysSo(string path, int status, string says)
    {
        using var head = await SignInAsync("head");
        using var answer = await head.GetAsync(path);
        Assert.That((int)answer.StatusCode, Is.EqualTo(status));
        Assert.That(await ReadAsync(answer), Does.Contain(says));
    }
}
