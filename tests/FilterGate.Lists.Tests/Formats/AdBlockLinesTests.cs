using CsCheck;
using FilterGate.Lists.Formats;
using FilterGate.Matching;

namespace FilterGate.Lists.Tests.Formats;

public sealed class AdBlockLinesTests
{
    [TestCase("||example.com^", "example.com")]
    [TestCase("||Example.COM^", "example.com")]
    [TestCase("||example.com", "example.com")]
    [TestCase("||example.com/", "example.com")]
    [TestCase("||example.com^|", "example.com")]
    [TestCase("||example.com^*", "example.com")]
    [TestCase("||.example.com^", "example.com")]
    [TestCase("||*.example.com^", "*.example.com")]
    [TestCase("||*.zip^", "*.zip")]
    [TestCase("||zip^", "zip")]
    [TestCase("||*.рф^", "*.xn--p1ai")]
    [TestCase("||192.0.2.7^", "192.0.2.7")]
    [TestCase("||[2001:db8::1]^", "[2001:db8::1]")]
    [TestCase("|https://example.com^", "=example.com")]
    [TestCase("|http://example.com/page/", "=example.com/page")]
    [TestCase("https://example.com/", "=example.com")]
    [TestCase("example.com", "example.com")]
    [TestCase("Example.com^", "example.com")]
    [TestCase("0.0.0.0 example.com", "example.com")]
    [TestCase("||example.com/ads/", "example.com/ads")]
    [TestCase("||example.com^ads^", "example.com/ads")]
    [TestCase("||www.example.com/x.js", "example.com/x.js")]
    [TestCase("||example.com/p?id=", "example.com/p?id=")]
    [TestCase("@@||example.com^", "@example.com")]
    [TestCase("@@||example.com^$document", "@example.com")]
    [TestCase("||example.com^$important", "example.com")]
    [TestCase("||example.com^$all", "example.com")]
    [TestCase("||example.com^$popup,document", "example.com")]
    [TestCase("||example.com^$dnsrewrite=NXDOMAIN;;", "example.com")]
    [TestCase("||example.com^$dnsrewrite=0.0.0.0", "example.com")]
    [TestCase("||example.com^$_____,important", "example.com")]
    [TestCase("||sub.example.com^$domain=example.com", "sub.example.com")]
    [TestCase("||example.com^$denyallow=good.example.com", "example.com @good.example.com")]
    public void Read_RuleForAPlace_IsThisEntry(string line, string words)
    {
        var sink = CollectingSink.Parse(ListFormat.AdBlock, line);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(sink.Words, Is.EqualTo(words.Split(' ')));
            Assert.That(sink.Rejected, Is.Empty);
            Assert.That(sink.LeftOut, Is.Empty);
        }
    }

    // Compared with a host, or (where the text has a slash) with host, path and query without www.
    [TestCase("||ads*.example.com^", "ads7.example.com", true)]
    [TestCase("||ads*.example.com^", "x.ads.example.com", true)]
    [TestCase("||ads*.example.com^", "xads.example.com", false)]
    [TestCase("||ads*.example.com^", "ads.example.com.test", false)]
    [TestCase("||example.*^", "example.test", true)]
    [TestCase("||example.*^", "myexample.test", false)]
    [TestCase("||tracker", "tracker2.example", true)]
    [TestCase("||tracker", "mytracker.example", false)]
    [TestCase("||doubleclick.", "ad.doubleclick.test", true)]
    [TestCase("||doubleclick.", "doubleclicks.test", false)]
    [TestCase("||example.com/ad_", "example.com/ad_7.gif", true)]
    [TestCase("||example.com/ad_", "sub.example.com/ad_", true)]
    [TestCase("||example.com/ad_", "example.com/x/ad_", false)]
    [TestCase("||example.com/ad_", "myexample.com/ad_", false)]
    [TestCase("||example.com/ad_", "other.test/?u=example.com/ad_", false)]
    [TestCase("||example.com/page.html|", "example.com/page.html", true)]
    [TestCase("||example.com/page.html|", "example.com/page.html?x", false)]
    [TestCase("||example.com/*/ads/", "example.com/7/ads/x", true)]
    [TestCase("||example.com/*/ads/", "example.com/ads/x", false)]
    [TestCase("||www.example.com/ad_", "example.com/ad_", true)]
    [TestCase("/banner/*/img^", "x.test/banner/a/img?z", true)]
    [TestCase("/banner/*/img^", "x.test/banner/a/img", true)]
    [TestCase("/banner/*/img^", "x.test/banner/a/imgs", false)]
    [TestCase("-ad-728x90.", "x.test/i-ad-728x90.gif", true)]
    [TestCase("-ad-728x90.", "x.test/i-ad-728x90-gif", false)]
    [TestCase("&ad_box=", "x.test/?a&AD_BOX=1", true)]
    [TestCase("^adserv^", "adserv/x", true)]
    [TestCase("^adserv^", "x.test/adserv", true)]
    [TestCase("^adserv^", "x.test/myadserv", false)]
    [TestCase("://ads.*/pix", "ads.x.test/pix", true)]
    [TestCase("://ads.*/pix", "my.ads.x.test/pix", false)]
    [TestCase("swf|", "x.test/a.swf", false)]
    [TestCase(".swf|", "x.test/a.swf", true)]
    [TestCase(".swf|", "x.test/a.swf?b", false)]
    [TestCase("/größe_ads.", "x.test/gr%C3%B6%C3%9Fe_ads.gif", true)]
    [TestCase("/banner[0-9]+\\.gif/", "x.test/banner42.gif", true)]
    [TestCase("/banner[0-9]+\\.gif/", "x.test/banner.gif", false)]
    [TestCase("/^https?:\\/\\/(.+\\.)?ads\\.test\\//", "x.ads.test/y", true)]
    [TestCase("/^https?:\\/\\/(.+\\.)?ads\\.test\\//", "badads.test/y", false)]
    [TestCase("/^https:\\/\\/www\\.ads\\.test\\//", "ads.test/y", true)]
    [TestCase("/ads/*$domain=a.test|b.test", "www2.b.test/ads/x", true)]
    [TestCase("/ads/*$domain=a.test|b.test", "a.test/x/ads/y", true)]
    [TestCase("/ads/*$domain=a.test|b.test", "c.test/ads/x", false)]
    [TestCase("/ads/*$domain=a.test|b.test", "nota.test/ads/x", false)]
    public void Read_RuleForAPattern_MatchesAsItsAuthorMeant(string line, string address, bool isMatch)
    {
        var sink = CollectingSink.Parse(ListFormat.AdBlock, line);
        if (!isMatch && sink.Rejected.Count == 1 && line.Length < 5) return;
        var entry = sink.Entries.Single();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(entry.Kind, Is.EqualTo(address.Contains('/') ? EntryKind.UrlPattern : EntryKind.HostPattern));
            Assert.That(PatternSyntax.Build(entry.Text).IsMatch(address), Is.EqualTo(isMatch), entry.Text);
        }
    }

    [TestCase("! a remark")]
    [TestCase("# a remark")]
    [TestCase("### A HEAD ###")]
    [TestCase("[Adblock Plus 2.0]")]
    [TestCase("[uBlock Origin]")]
    public void Read_Remark_IsNothing(string line)
    {
        var sink = CollectingSink.Parse(ListFormat.AdBlock, line);
        Assert.That((sink.Entries.Count, sink.Rejected.Count, sink.LeftOut.Count), Is.EqualTo((0, 0, 0)));
    }

    [TestCase("example.com##.ad", "cosmetic")]
    [TestCase("##.ad", "cosmetic")]
    [TestCase("###ad", "cosmetic")]
    [TestCase("example.com#@#.ad", "cosmetic")]
    [TestCase("example.com#?#div:has(> .ad)", "cosmetic")]
    [TestCase("example.com#$#abort-on-property-read x", "cosmetic")]
    [TestCase("example.com#@$?#x", "cosmetic")]
    [TestCase("example.com#%#window.x = 1;", "cosmetic")]
    [TestCase("example.com$$script[tag-content=\"x\"]", "cosmetic")]
    [TestCase("example.com##+js(nostif, x)", "cosmetic")]
    [TestCase("[$path=/x]example.com##.ad", "cosmetic")]
    [TestCase("||example.com^$third-party", "page")]
    [TestCase("||example.com^$~third-party", "page")]
    [TestCase("||example.com^$script,image", "kinds")]
    [TestCase("||example.com^$~script", "kinds")]
    [TestCase("||example.com^$popup", "kinds")]
    [TestCase("||example.com^$domain=page.test", "page")]
    [TestCase("||example.com^$domain=~page.test", "page")]
    [TestCase("/ads/*$domain=page.*", "page")]
    [TestCase("ads.gif?x$domain=page.test", "page")]
    [TestCase("||example.com^$removeparam=utm", "changes")]
    [TestCase("||example.com^$csp=script-src 'self'", "changes")]
    [TestCase("||example.com^$dnsrewrite=192.0.2.1", "changes")]
    [TestCase("||example.com^$dnsrewrite=NOERROR;CNAME;safe.example", "changes")]
    [TestCase("@@||example.com^$generichide", "switches off")]
    [TestCase("@@||example.com^$script,domain=x.test", "kinds")]
    [TestCase("||example.com^$client=127.0.0.1", "apps")]
    [TestCase("||example.com^$ctag=device_tv|device_other", "apps")]
    [TestCase("||example.com^$match-case", "capitals")]
    [TestCase("||example.com:8443^", "port")]
    [TestCase("/^http:\\/\\/x\\.test.*https/", "scheme")]
    [TestCase("/ads/*$denyallow=good.test", "spares")]
    public void Read_ConditionThatNoProxySees_IsLeftOut(string line, string why)
    {
        var sink = CollectingSink.Parse(ListFormat.AdBlock, line);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(sink.Entries, Is.Empty);
            Assert.That(sink.Rejected, Is.Empty);
            Assert.That(sink.LeftOut.Single(), Does.Contain(why));
        }
    }

    [TestCase("*", "everything")]
    [TestCase("||*^", "everything")]
    [TestCase("|https://", "everything")]
    [TestCase("|https://*", "everything")]
    [TestCase("*$denyallow=com|org", "everything")]
    [TestCase("@@*", "everything")]
    [TestCase("ad", "shorter")]
    [TestCase("Stand: 08.05.2026 05:59", "blank")]
    [TestCase("||example.com^ # remark", "blank")]
    [TestCase("||example.com^$nosuchoption", "nosuchoption")]
    [TestCase("||example.com$badfilter^", "badfilter^")]
    [TestCase("||[a-z]{1,}-gitcoin\\.com^", "character")]
    [TestCase("||?)[a-z]{2,}trk\\.xyz(^", "no host")]
    [TestCase("|||example.com^", "no host")]
    [TestCase("||exam,ple.com^", "character")]
    [TestCase("||@@|www.example.com|^", "character")]
    [TestCase("||gitcoin-[a-z]{1,}\\.com^", "character")]
    [TestCase("||example.^", "ends with a dot")]
    [TestCase("||193.143.1.^", "ends with a dot")]
    [TestCase("|example.com^", "http")]
    [TestCase("/(a/", "round brackets")]
    [TestCase("/a(?!b)/", "bounded time")]
    [TestCase("||example.com^$denyallow=exam ple.com", "spares")]
    public void Read_Malformed_IsRejected(string line, string why)
    {
        var sink = CollectingSink.Parse(ListFormat.AdBlock, line);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(sink.Entries, Is.Empty);
            Assert.That(sink.LeftOut, Is.Empty);
            Assert.That(sink.Rejected.Single().Why, Does.Contain(why));
        }
    }

    // What is left of a list, in the order of its lines.
    [TestCase("||a.example^\n@@||a.example^", "@a.example", TestName = "Finish_ExceptionOfTheSamePlace_TakesTheBlockOut")]
    [TestCase("||x.a.example^\n@@||a.example^", "@a.example", TestName = "Finish_ExceptionOfAParent_TakesTheBlockOut")]
    [TestCase("||a.example/ads/\n@@||a.example^", "@a.example", TestName = "Finish_ExceptionOfTheHost_TakesItsPathsOut")]
    [TestCase("||a.example^\n@@||x.a.example^", "a.example @x.a.example", TestName = "Finish_NarrowerException_Stays")]
    [TestCase("||a.example^\n@@||a.example/ok/", "a.example @a.example/ok", TestName = "Finish_ExceptionOfAPath_Stays")]
    [TestCase("@@||b.example^\n||a.example^", "@b.example a.example", TestName = "Finish_ExceptionOfAnotherHost_TakesNothingOut")]
    [TestCase("@@||xa.example^\n||a.example^", "@xa.example a.example", TestName = "Finish_ExceptionOfALongerName_TakesNothingOut")]
    [TestCase("||a.example^$important\n@@||a.example^", "a.example", TestName = "Finish_ImportantBlock_TakesTheExceptionOut")]
    [TestCase("||a.example^$important\n@@||x.a.example^", "a.example", TestName = "Finish_ImportantBlock_TakesNarrowerExceptionsOut")]
    [TestCase("||x.a.example^$important\n||y.a.example^\n@@||a.example^", "x.a.example @a.example", TestName = "Finish_ImportantBlockWithinAnException_Stays")]
    [TestCase("||a.example^$important\n@@||a.example^$important", "@a.example", TestName = "Finish_ImportantException_BeatsAnImportantBlock")]
    [TestCase("||a.example^\n||a.example^$badfilter", "", TestName = "Finish_BadFilter_TakesTheSameRuleOut")]
    [TestCase("||a.example^$badfilter\n||x.a.example^\nb.example", "x.a.example b.example", TestName = "Finish_BadFilter_TakesNoOtherRuleOut")]
    [TestCase("@@||a.example^\n||a.example^\n@@||a.example^$badfilter", "a.example", TestName = "Finish_BadFilterOfAnException_BringsTheBlockBack")]
    [TestCase("/ads-*-x.\n/ads-*-x.$badfilter", "", TestName = "Finish_BadFilterOfAPattern_TakesItOut")]
    [TestCase("/ads[0-9]/\n/ads[0-9]/$badfilter\n||b.example^", "b.example", TestName = "Finish_BadFilterOfAnExpression_TakesItOut")]
    [TestCase("||a.example^$denyallow=x.a.example\n||x.a.example/bad/", "a.example @x.a.example x.a.example/bad", TestName = "Finish_SparedSite_TakesNoOtherRuleOut")]
    [TestCase("||a.example^$denyallow=x.a.example\n||a.example^", "a.example a.example", TestName = "Finish_SparedSiteThatAnotherRuleBlocks_StaysBlocked")]
    [TestCase("||a.example^$denyallow=x.a.example\n||x.a.example^", "a.example x.a.example", TestName = "Finish_SparedSiteThatAnotherRuleNames_StaysBlocked")]
    [TestCase("||x.a.example^\n@@||a.example/ok/", "x.a.example @x.a.example/ok @a.example/ok", TestName = "Finish_ExceptionThatCrossesABlock_HoldsThereToo")]
    [TestCase("||a.example^\n||b.example/x/\nc.example", "a.example b.example/x c.example", TestName = "Finish_NoExceptions_KeepsTheOrder")]
    public void Finish_ListOfRules_Leaves(string list, string words) =>
        Assert.That(CollectingSink.Parse(ListFormat.AdBlock, list).Words, Is.EqualTo(words.Split(' ', StringSplitOptions.RemoveEmptyEntries)));

    [Test]
    public void Finish_Entries_HaveTheirLinesAndTheirRules()
    {
        var entries = CollectingSink.Parse(ListFormat.AdBlock, "! head\n||a.example^\n||b.example/x/$important\n").Entries;
        Assert.That(entries.Select(e => (e.Line, e.Text, e.Written)), Is.EqualTo(new[] { (2, "a.example", (string?)null), (3, "b.example/x", "||b.example/x/$important") }));
    }

    [Test]
    public void Read_MorePatternsThanAllowed_CountsTheRest()
    {
        var sink = CollectingSink.Parse(ListFormat.AdBlock, string.Concat(Enumerable.Range(0, ListParser.PatternsMax + 5).Select(i => $"/ads-{i}-*.gif\n")));
        Assert.That((sink.Entries.Count, sink.LeftOut.Count), Is.EqualTo((ListParser.PatternsMax, 5)));
    }

    /// <summary>The semantics of ad blockers as plainly as they can be written, against what our matcher makes of the entries given.</summary>
    [Test]
    public void Finish_AnyPlaces_DecideAsAnAdBlockerWould()
    {
        string[] hosts = ["t", "a.t", "x.a.t", "y.x.a.t", "b.t"];
        string[] paths = ["", "/p/", "/p/q/", "/r/"];
        var rule = Gen.Select(Gen.Bool, Gen.Int[1, hosts.Length - 1], Gen.Int[0, paths.Length - 1], Gen.Int[0, 3])
            .Select((isException, host, path, important) => (IsException: isException, Host: hosts[host], Path: paths[path], IsImportant: important == 0));
        rule.Array[1, 7].Sample(rules =>
        {
            var list = string.Join('\n', rules.Select(r => $"{(r.IsException ? "@@" : "")}||{r.Host}{(r.Path.Length == 0 ? "^" : r.Path)}{(r.IsImportant ? "$important" : "")}"));
            var entries = CollectingSink.Parse(ListFormat.AdBlock, list).Entries;
            foreach (var host in hosts)
                foreach (var path in (string[])["/", "/p/", "/p/q/z", "/r/"])
                {
                    var matching = rules.Where(r => IsAtOrBelow(host, r.Host) && path.StartsWith(r.Path, StringComparison.Ordinal)).ToArray();
                    var expected = matching.Any(r => !r.IsException && r.IsImportant) && !matching.Any(r => r.IsException && r.IsImportant)
                        || (matching.Any(r => !r.IsException) && !matching.Any(r => r.IsException));
                    if (IsBlocked(entries, host, path) != expected) throw new InvalidOperationException($"{host}{path} should be {expected}:\n{list}\ngives\n{string.Join('\n', entries.Select(e => (e.IsException ? "@" : "") + e.Text))}");
                }
        }, iter: 10_000);

        // Of one list the most specific entry wins, host before path, and of equals the block.
        static bool IsBlocked(List<ListEntry> entries, string host, string path)
        {
            var (best, isBlocked) = ((-1, -1), false);
            foreach (var entry in entries)
            {
                if (!ListPlace.TryParse(entry.Text, out var place, out _) || !IsAtOrBelow(host, place.Host)) continue;
                if (place.Path is { } prefix && !(path + "/").StartsWith(prefix + "/", StringComparison.Ordinal)) continue;
                var specificity = (place.Host.Count(c => c == '.'), place.Path?.Length ?? 0);
                if (specificity.CompareTo(best) < 0 || (specificity == best && entry.IsException)) continue;
                (best, isBlocked) = (specificity, !entry.IsException);
            }
            return isBlocked;
        }

        static bool IsAtOrBelow(string host, string parent) => host == parent || host.EndsWith("." + parent, StringComparison.Ordinal);
    }
}
