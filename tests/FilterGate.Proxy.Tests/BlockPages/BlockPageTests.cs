using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using FilterGate.Matching;
using FilterGate.Policy;
using FilterGate.Policy.Passes;
using FilterGate.Proxy.BlockPages;
using FilterGate.Proxy.Requests;

namespace FilterGate.Proxy.Tests.BlockPages;

[TestFixture]
public sealed partial class BlockPageTests
{
    private const int PageBytesMax = 20 * 1024;

    [Test]
    public void Render_EveryReasonAndTier_SaysItInWholePage(
        [Values] Reason reason, [Values("pupil", "pupil-ks1", "staff", "guest", "sixth-form")] string tier, [Values(Verdict.Block, Verdict.Warn, Verdict.Quota)] Verdict verdict)
    {
        var page = BlockPage.Render(Pages.Blocked(reason, tier, verdict));

        Assert.Multiple(() =>
        {
            Assert.That(page, Does.StartWith("<!doctype html>\n<html lang=\"en-GB\">"));
            Assert.That(page.TrimEnd(), Does.EndWith("</html>"));
            Assert.That(page, Does.Contain("<h1>"));
            Assert.That(page, Does.Contain("Sample Primary"));
            Assert.That(page, Does.Contain(">K7Q4-M2XD<"));
            Assert.That(page, Does.Contain("10.20.1.7"));
            Assert.That(page, Does.Contain("ipad-14"));
            Assert.That(page, Does.Contain("Sunday 22 November 2026, 14:05:09"));
            Assert.That(page, Does.Not.Contain("<script").IgnoreCase);
            Assert.That(Encoding.UTF8.GetByteCount(page), Is.LessThanOrEqualTo(PageBytesMax));
        });
    }

    [Test]
    public void Render_OverridableReason_HasTheForm([Values("pupil", "staff", "guest")] string tier)
    {
        var page = BlockPage.Render(Pages.Blocked(Reason.CategoryBlock, tier));

        Assert.Multiple(() =>
        {
            Assert.That(page, Does.Contain("""<form method="post" action="/.well-known/filtergate/request" """));
            Assert.That(page, Does.Contain("""<input type="hidden" name="reference" value="K7Q4-M2XD">"""));
            Assert.That(page, Does.Contain("""name="note" maxlength="500" """));
            Assert.That(page, Does.Contain("""<label for="note">Why do you need it?</label>"""));
        });
    }

    [TestCase(Reason.NoBypass)]
    [TestCase(Reason.EmergencyBlock)]
    [TestCase(Reason.AccessWithdrawn)]
    [TestCase(Reason.PrivateDestination)]
    [TestCase(Reason.TlsPolicy)]
    public void Render_ReasonThatNobodyMayOverride_HasNoForm(Reason reason) =>
        Assert.That(BlockPage.Render(Pages.Blocked(reason)), Does.Not.Contain("<form").And.Not.Contain("Ask for this site"));

    [Test]
    public void Render_Warn_HasTheForm() =>
        Assert.That(BlockPage.Render(Pages.Blocked(Reason.CategoryWarn, "guest", Verdict.Warn)), Does.Contain("<form"));

    [Test]
    public void Render_WarnThatCanBeGonePast_HasItsOwnFormInstead([Values("pupil", "staff", "guest")] string tier, [Values(Reason.CategoryWarn, Reason.Uncategorised, Reason.NewlySeen)] Reason reason)
    {
        var page = BlockPage.Render(Pages.Warned(tier, reason));
        Assert.Multiple(() =>
        {
            Assert.That(page, Does.Contain("<button>Continue</button>").And.Contain($"action=\"{BlockPage.ContinuePath}\"").And.Contain("Go back"));
            Assert.That(page, Does.Not.Contain(BlockPage.RequestPath));
            Assert.That(page, Does.Contain("For 15 minutes you will not be asked again"));
        });
    }

    [TestCase("\"><script>alert(1)</script>")]
    [TestCase("/a?b=1&lt=2&quot;")]
    public void Render_HostileTarget_IsEncoded(string target)
    {
        var page = BlockPage.Render(Pages.Warned(target: target));
        Assert.That(page, Does.Not.Contain("<script").And.Not.Contain($"value=\"{target}\""));
    }

    [TestCase(0, "You have 60 of 60 minutes", "Start 10 minutes")]
    [TestCase(40, "You have 20 of 60 minutes", "Start 10 minutes")]
    [TestCase(55, "You have 5 of 60 minutes", "Start 5 minutes")]
    [TestCase(59, "You have 1 of 60 minutes", "Start 1 minute<")]
    [TestCase(60, "You have used all 60 minutes", null)]
    [TestCase(75, "You have used all 60 minutes", null)]
    public void Render_Quota_SaysWhatIsLeftAndOffersTheNextSlice(int used, string words, string? button)
    {
        foreach (var tier in new[] { "pupil", "staff", "guest" })
        {
            var page = BlockPage.Render(Pages.Limited(used, tier));
            Assert.That(page, Does.Contain(words).And.Contain("for “Games”"));
            if (button is null) Assert.That(page, Does.Contain(BlockPage.RequestPath).And.Not.Contain(BlockPage.ContinuePath), "more than the day's minutes is for somebody to open");
            else Assert.That(page, Does.Contain("<button>" + button).And.Contain(BlockPage.ContinuePath).And.Not.Contain(BlockPage.RequestPath));
        }
    }

    [Test]
    public void Render_Pupil_KeepsCategoryNameOutOfSight()
    {
        var page = BlockPage.Render(Pages.Blocked(Reason.NoBypass) with { Decision = new(Verdict.Block, Reason.NoBypass) { Category = Pages.Category("pornography", "Pornography", "adult") } });

        var shown = page[..page.IndexOf("<details class=\"more\"", StringComparison.Ordinal)];
        Assert.Multiple(() =>
        {
            Assert.That(shown, Does.Not.Contain("Pornography"));
            Assert.That(page, Does.Contain("<dd><bdi>Pornography</bdi></dd>"), "the technician still finds it");
            Assert.That(page, Does.Contain("Your teacher will help"));
        });
    }

    [TestCase("self-harm", "pupil", "0800 1111")]
    [TestCase("suicide", "staff", "116 123")]
    [TestCase("radicalisation", "staff", "0800 011 3764")]
    public void Render_CategoryThatHurts_NamesSomebodyToTalkTo(string theme, string tier, string phone) =>
        Assert.That(BlockPage.Render(Pages.Blocked(Reason.CategoryBlock, tier) with { Decision = new(Verdict.Block, Reason.CategoryBlock) { Category = Pages.Category("x", "X", theme) } }), Does.Contain(phone));

    [Test]
    public void Render_OrdinaryCategory_HasNoHelplines() =>
        Assert.That(BlockPage.Render(Pages.Blocked(Reason.CategoryBlock)), Does.Not.Contain("0800"));

    // What a hostile site or device could bring: none of it may become markup.
    [TestCase("<script>alert(1)</script>")]
    [TestCase("\"><img src=x onerror=alert(1)>")]
    [TestCase("'-->]]></style></svg><svg/onload=alert(1)>")]
    [TestCase("</textarea></title>&lt;b&gt;")]
    [TestCase("\0\u0001\u202Eexample\u2028\uD800")]
    public void Render_HostileText_IsEncodedEverywhere(string hostile)
    {
        var model = Pages.Blocked(Reason.CategoryBlock);
        var plain = TagCount(BlockPage.Render(model));
        var page = BlockPage.Render(model with
        {
            School = hostile,
            Tier = hostile,
            Host = hostile,
            Url = $"http://games.example/{hostile}",
            ClientAddress = hostile,
            Device = hostile,
            Reference = hostile,
            Decision = new(Verdict.Block, Reason.CategoryBlock) { Category = Pages.Category("x", hostile, null) },
        });

        Assert.Multiple(() =>
        {
            Assert.That(TagCount(page), Is.EqualTo(plain), "the same elements as a harmless page");
            Assert.That(page, Does.Not.Contain(hostile));
            Assert.That(TagCount(BlockPage.RenderFailure(hostile, ForwardFailure.NameNotFound, hostile)), Is.EqualTo(TagCount(BlockPage.RenderFailure("a", ForwardFailure.NameNotFound, "b"))));
            Assert.That(TagCount(BlockPage.RenderRequestAnswer(hostile, true, hostile, hostile)), Is.EqualTo(TagCount(BlockPage.RenderRequestAnswer("a", true, "b", "c"))));
            Assert.That(TagCount(BlockPage.RenderStatus(hostile, hostile, hostile, hostile)), Is.EqualTo(TagCount(BlockPage.RenderStatus("a", "b", "c", "d"))));
        });
    }

    [Test]
    public void Render_VeryLongUrl_IsShortenedWithinThePagesWeight()
    {
        var page = BlockPage.Render(Pages.Blocked(Reason.CategoryBlock) with { Url = "http://games.example/" + new string('&', 8000), Host = new string('é', 4000), School = new string('"', 4000) });

        Assert.Multiple(() =>
        {
            Assert.That(Encoding.UTF8.GetByteCount(page), Is.LessThanOrEqualTo(PageBytesMax));
            Assert.That(page, Does.Contain("…"));
        });
    }

    [Test]
    public void Render_CutInsideSurrogatePair_KeepsWholeCharacters([Range(115, 122)] int before) =>
        Assert.That(BlockPage.Render(Pages.Blocked(Reason.CategoryBlock) with { Device = new string('a', before) + "🐦🐦🐦" }), Does.Not.Contain("\uFFFD"));

    [Test]
    public void Render_NoDeviceAndNoCategory_LeavesThemOut()
    {
        var page = BlockPage.Render(Pages.Blocked(Reason.ApprovedOnly) with { Device = null, Decision = new(Verdict.Block, Reason.ApprovedOnly) });
        Assert.That(page, Does.Not.Contain("<dt>Device</dt>").And.Not.Contain("<dt>Category</dt>").And.Contain("<dt>Network address</dt>"));
    }

    [TestCase("csam-iwf", "may contain indecent images of children as identified by the Internet Watch Foundation", "0808 1000 900")]
    [TestCase("csam-npi", "Internet Watch Foundation", "0808 1000 900")]
    [TestCase("csam-c3p", "Canadian Centre for Child Protection", "0808 1000 900")]
    [TestCase("terrorism-ctiru", "unlawful terrorist content", "0800 011 3764")]
    [TestCase("intimate-image-abuse", "intimate images", "0345 6000 459")]
    [TestCase("piracy-pipcu", "police have identified", "K7Q4-M2XD")]
    [TestCase("a-list-of-tomorrow", "list of illegal content", "0800 1111")]
    public void Render_Locked_SaysWhoseListAndWhoHelps(string slug, string wording, string help)
    {
        foreach (var tier in new[] { "pupil", "staff", "guest" })
        {
            var page = BlockPage.Render(Pages.Locked(slug, tier));
            Assert.That(page, Does.Contain("403").And.Contain("Access denied").And.Contain(wording).And.Contain(help), tier);
            Assert.That(Encoding.UTF8.GetByteCount(page), Is.LessThanOrEqualTo(PageBytesMax));
        }
    }

    [TestCase("csam-iwf", "pupil", "tell your teacher", true)]
    [TestCase("csam-iwf", "staff", "designated safeguarding lead", true)]
    [TestCase("piracy-pipcu", "pupil", "Stop here", false)]
    [TestCase("piracy-pipcu", "staff", "designated safeguarding lead", false)]
    public void Render_Locked_SaysWhomToTellWhereSomebodyIsAtRisk(string slug, string tier, string wording, bool said) =>
        Assert.That(BlockPage.Render(Pages.Locked(slug, tier)).Contains(wording, StringComparison.Ordinal), Is.EqualTo(said));

    [Test]
    public void Render_Locked_HasNoFormNoAddressAndNothingOfTheList([Values("pupil", "staff", "guest")] string tier)
    {
        // A caller that forgets to leave host and URL out must not make the page disclose them.
        var page = BlockPage.Render(Pages.Locked("csam-iwf", tier) with { Host = "locked-host.example", Url = "http://locked-host.example/secret-path" });

        Assert.That(page, Does.Not.Contain("<form").And.Not.Contain("locked-host").And.Not.Contain("secret-path").And.Not.Contain("iwf-style-sample").And.Not.Contain("0a1b2c3d4e5f"));
    }

    [Test]
    public void ContentSecurityPolicy_OfEveryPage_AdmitsItsOneStylesheet()
    {
        foreach (var page in Pages.All())
        {
            var style = StyleElement().Match(page);
            var hash = Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(style.Groups[1].Value)));
            Assert.Multiple(() =>
            {
                Assert.That(StyleElement().Matches(page), Has.Count.EqualTo(1));
                Assert.That(BlockPage.ContentSecurityPolicy, Does.Contain($"style-src 'sha256-{hash}'"));
                Assert.That(page, Does.Not.Contain(" style="), "an inline style attribute is refused by the policy");
            });
        }
    }

    [Test]
    public void ContentSecurityPolicy_Directives_AreStrict() =>
        Assert.That(BlockPage.ContentSecurityPolicy, Does.StartWith("default-src 'none'; style-src 'sha256-")
            .And.Contain("form-action 'self'").And.Contain("base-uri 'none'").And.Contain("frame-ancestors 'none'").And.Not.Contain("unsafe"));

    [Test]
    public void RenderFailure_EveryFailure_SaysWhoseFaultAndWhatToDo([Values] ForwardFailure failure)
    {
        var page = BlockPage.RenderFailure("Sample Primary", failure, "games.example");
        Assert.That(page, Does.Contain("Whose fault?").And.Contain("What to do").And.Contain("games.example").And.Contain("did not block it").And.Contain($"{BlockPage.StatusOf(failure)} · {failure}"));
    }

    [TestCase(ForwardFailure.NameNotFound, 502)]
    [TestCase(ForwardFailure.NameServerFailed, 504)]
    [TestCase(ForwardFailure.ConnectionRefused, 502)]
    [TestCase(ForwardFailure.ConnectTimedOut, 504)]
    [TestCase(ForwardFailure.NetworkUnreachable, 502)]
    [TestCase(ForwardFailure.CertificateExpired, 502)]
    [TestCase(ForwardFailure.CertificateNameMismatch, 502)]
    [TestCase(ForwardFailure.CertificateUntrusted, 502)]
    [TestCase(ForwardFailure.TlsFailed, 502)]
    [TestCase(ForwardFailure.BrokenAnswer, 502)]
    [TestCase(ForwardFailure.AnswerTimedOut, 504)]
    [TestCase(ForwardFailure.ClientGone, 502)]
    public void StatusOf_Failure_IsGatewayErrorOrTimeout(ForwardFailure failure, int status) => Assert.That(BlockPage.StatusOf(failure), Is.EqualTo(status));

    [Test]
    public void RenderRequestAnswer_AcceptedAndRefused_Differ()
    {
        var accepted = BlockPage.RenderRequestAnswer("Sample Primary", true, "Your school has been asked.", "K7Q4-M2XD");
        var refused = BlockPage.RenderRequestAnswer("Sample Primary", false, "That code is not known.", null);
        Assert.Multiple(() =>
        {
            Assert.That(accepted, Does.Contain("Your request is in").And.Contain("Your school has been asked.").And.Contain("K7Q4-M2XD"));
            Assert.That(refused, Does.Contain("Your request was not sent").And.Contain("That code is not known.").And.Not.Contain("class=\"code\""));
        });
    }

    [Test]
    public void RenderStatus_WithAndWithoutCertificate_SaysWhoIAm()
    {
        Assert.Multiple(() =>
        {
            Assert.That(BlockPage.RenderStatus("Sample Primary", "pupil", "10.20.1.7", "ipad-14"), Does.Contain("pupil").And.Contain("10.20.1.7").And.Contain("ipad-14").And.Contain("""<a href="/request">""").And.Not.Contain("Get the certificate"));
            Assert.That(BlockPage.RenderStatus("Sample Primary", "pupil", "10.20.1.7", null, "/ca.pem"), Does.Contain("not known by name").And.Contain("""<a href="/ca.pem">"""));
        });
    }

    private static int TagCount(string page) => Tag().Count(page);

    [GeneratedRegex("<[a-zA-Z/!]", RegexOptions.None, 1000)]
    private static partial Regex Tag();

    [GeneratedRegex("<style>(.*?)</style>", RegexOptions.Singleline, 1000)]
    private static partial Regex StyleElement();
}

/// <summary>Example pages on reserved names.</summary>
internal static class Pages
{
    public static Category Category(string slug, string name, string? theme) =>
        new(0, slug, name, CategoryDefault.Block, CategoryDefault.Block, CategoryDefault.Block, theme, []);

    public static BlockPageModel Blocked(Reason reason, string tier = "pupil", Verdict verdict = Verdict.Block) => new()
    {
        School = "Sample Primary",
        Decision = new(verdict, reason) { Category = Category("games", "Games", null) },
        Tier = tier,
        Host = "games.example",
        Url = "http://games.example/play/blocks?level=3",
        ClientAddress = "10.20.1.7",
        Device = "ipad-14",
        Time = new DateTimeOffset(2026, 11, 22, 14, 5, 9, TimeSpan.Zero),
        Reference = "K7Q4-M2XD",
    };

    public static BlockPageModel Locked(string slug, string tier = "pupil")
    {
        var category = Category(slug, "Locked", "child-abuse");
        return Blocked(Reason.Locked, tier) with
        {
            Host = null,
            Url = null,
            Decision = new(Verdict.Block, Reason.Locked) { Category = category, Locked = new LockedHit("locked/iwf-style-sample", "0a1b2c3d4e5f", category) },
        };
    }

    public static BlockPageModel Warned(string tier = "pupil", Reason reason = Reason.CategoryWarn, string target = "/play/blocks?level=3") =>
        Blocked(reason, tier, Verdict.Warn) with { Offer = new PassOffer(target, 15, Quota: null) };

    public static BlockPageModel Limited(int used, string tier = "pupil") =>
        Blocked(Reason.CategoryQuota, tier, Verdict.Quota) with { Offer = new PassOffer("/play", 15, new QuotaState(new QuotaRule(60, 10), used)) };

    /// <summary>One page of each kind.</summary>
    public static IEnumerable<string> All() =>
    [
        BlockPage.Render(Blocked(Reason.CategoryBlock)),
        BlockPage.Render(Blocked(Reason.NoBypass, "staff")),
        BlockPage.Render(Locked("csam-iwf")),
        BlockPage.Render(Warned()),
        BlockPage.Render(Limited(used: 20)),
        BlockPage.RenderFailure("Sample Primary", ForwardFailure.CertificateExpired, "games.example"),
        BlockPage.RenderRequestAnswer("Sample Primary", true, "Your school has been asked.", "K7Q4-M2XD"),
        BlockPage.RenderStatus("Sample Primary", "pupil", "10.20.1.7", null),
    ];
}
