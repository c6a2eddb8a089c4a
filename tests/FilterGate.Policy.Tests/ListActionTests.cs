using FilterGate.Matching;
using FilterGate.Policy.Documents;
using FilterGate.Testing;

namespace FilterGate.Policy.Tests;

/// <summary>What is done with a list by its name, instead of what is done with its category.</summary>
public sealed class ListActionTests
{
    private const string Head = "school: T\nunknown_clients: pupil\ntiers:\n";

    /// <summary>Two lists of games, of which one site is in both; news; help; and one that nothing bypasses.</summary>
    private static readonly ListSet Lists = new()
    {
        Taxonomy = Given.Taxonomy, Version = "test", Categories = Matcher(
            ("ut1/games/domains", "games", ["games.example", "both.example"]), ("ut1/games/urls", "games", ["mixed.example/play"]), ("own-games/domains", "games", ["chess.example", "both.example"]), ("press/domains", "news", ["news.example"]),
            ("gambling/domains", "gambling", ["bets.example", "chess.example/bets"]), ("vpn/domains", "vpn", ["vpn.example"]), ("help/domains", "help-and-support", ["help.example"])),
    };

    // Beside the list's own action: the tier's word for the category, and what else the site is in.
    [TestCase("block: [games], lists: { own-games: allow }", "chess.example", Verdict.Allow, Reason.CategoryAllow, "list own-games: allow")]
    [TestCase("block: [games], lists: { own-games: allow }", "games.example", Verdict.Block, Reason.CategoryBlock, null)]
    [TestCase("block: [games], lists: { own-games: allow }", "both.example", Verdict.Block, Reason.CategoryBlock, null, TestName = "Decide_AnotherListHasItToo_GoesByTheTier")]
    [TestCase("block: [games], lists: { own-games: allow }", "chess.example/bets", Verdict.Block, Reason.CategoryBlock, null, TestName = "Decide_AnotherCategoryIsBlocked_Blocks")]
    [TestCase("block: [games], lists: { own-games/domains: log }", "chess.example", Verdict.LogOnly, Reason.CategoryLog, "list own-games/domains: log")]
    [TestCase("block: [games], lists: { own-games/urls: log }", "chess.example", Verdict.Block, Reason.CategoryBlock, null)]
    [TestCase("block: [games], lists: { own: allow }", "chess.example", Verdict.Block, Reason.CategoryBlock, null, TestName = "Decide_BeginningOfAName_IsNoName")]
    [TestCase("allow: [news, games], lists: { press: block }", "news.example", Verdict.Block, Reason.CategoryBlock, "list press: block")]
    [TestCase("allow: [news, games], lists: { press: block }", "games.example", Verdict.Allow, Reason.CategoryAllow, null)]
    [TestCase("allow: [news, games], lists: { press: warn }", "news.example", Verdict.Warn, Reason.CategoryWarn, "list press: warn")]
    [TestCase("allow: [games], lists: { ut1: warn }", "mixed.example/play/1", Verdict.Warn, Reason.CategoryWarn, "list ut1: warn")]
    [TestCase("allow: [games], lists: { ut1: warn, ut1/games/urls: block }", "mixed.example/play/1", Verdict.Block, Reason.CategoryBlock, "list ut1/games/urls: block", TestName = "Decide_LongerName_Wins")]
    [TestCase("quota: { games: 60m/10m }, lists: { own-games: allow }", "chess.example", Verdict.Allow, Reason.CategoryAllow, "list own-games: allow")]
    [TestCase("allow: [games], lists: { own-games: quota }", "chess.example", Verdict.Block, Reason.CategoryBlock, "list own-games: quota", TestName = "Decide_QuotaThatNobodyGave_Blocks")]
    [TestCase("quota: { games: 60m/10m }, lists: { own-games: quota }", "chess.example", Verdict.Quota, Reason.CategoryQuota, "list own-games: quota")]
    [TestCase("lists: { own-games: allow }, approved_only: true", "chess.example", Verdict.Block, Reason.ApprovedOnly, null, TestName = "Decide_ApprovedOnly_IsNotOpenedByAList")]
    [TestCase("lists: { own-games: allow }, own_block: [chess.example]", "chess.example", Verdict.Block, Reason.OwnBlock, "chess.example", TestName = "Decide_OwnList_ComesFirst")]
    [TestCase("uncategorised: allow, lists: { own-games: block }", "unknown.example", Verdict.Allow, Reason.Uncategorised, null)]
    [TestCase("lists: { no-such-list: allow }", "games.example", Verdict.Block, Reason.CategoryBlock, null)]
    public void Decide_ListByName(string settings, string address, Verdict verdict, Reason reason, string? rule)
    {
        var policy = Given.Policy($"{Head}  pupil: {{ {settings} }}\n", Lists);
        var decision = Decide(policy, address);
        Assert.That((decision.Verdict, decision.Reason, decision.Rule), Is.EqualTo((verdict, reason, rule)));
    }

    [Test]
    public void Explain_ListByName_NamesItAndItsReason()
    {
        var policy = Given.Policy(Head + "  pupil: { allow: [news], lists: { press: { do: block, why: the sports pages } } }\n", Lists);
        Assert.That(Url("news.example", out var url), Is.True);
        var trace = policy.Explain(new Question(Given.ClientOf(policy, "pupil"), url!, Seen.Url, policy.Lists.Classify(url!, Seen.Url), Given.Noon));
        Assert.That(trace.Explanation, Is.EqualTo("Blocked for pupil: it is in the category news, which this tier blocks (list press: block). The school's reason: the sports pages."));
    }

    [Test]
    public void Decide_RuleOfTheTimetable_ComesBeforeTheList()
    {
        var policy = Given.Policy(Head + "  pupil: { block: [games], lists: { own-games: allow } }\nrules:\n  - { who: [pupil], what: [games], do: warn }\n", Lists);
        Assert.That(Decide(policy, "chess.example").Verdict, Is.EqualTo(Verdict.Warn));
    }

    [Test]
    public void Decide_Group_LaysItsListsOverItsTiers()
    {
        var policy = Given.Policy(Head + "  pupil: { block: [games], lists: { own-games: allow, press: block } }\ngroups:\n  4b: { kind: class, tier: pupil, lists: { press: log } }\n", Lists);
        var client = Given.ClientOf(policy, "pupil") with { Tier = policy.FindGroup("4b")!.Tier, Group = policy.FindGroup("4b") };
        Assert.That(new[] { "chess.example", "news.example" }.Select(host => policy.Decide(client, CanonicalUrl.ForHost("http", host, 80), Seen.Url, Given.Noon).Verdict), Is.EqualTo(new[] { Verdict.Allow, Verdict.LogOnly }));
        Assert.That(Decide(policy, "news.example").Verdict, Is.EqualTo(Verdict.Block));
    }

    [TestCase("lists: { vpn: allow }", "nothing bypasses 'vpn'")]
    [TestCase("lists: { ut1/pornography/domains: log }", "nothing bypasses 'pornography'")]
    [TestCase("lists: { csam-iwf: allow }", "is a locked list")]
    [TestCase("lists: { locked/iwf-csam: allow }", "'locked/iwf-csam' is a locked list")]
    [TestCase("lists: { locked/ctiru: block }", "is a locked list")]
    [TestCase("lists: { LOCKED: log }", "is a locked list")]
    [TestCase("lists: { help-and-support: block }", "where a child looks for help")]
    [TestCase("lists: { games: perhaps }", "'perhaps' is no value of lists")]
    [TestCase("lists: { games: { why: fun } }", "what is done is missing")]
    [TestCase("lists: [games]", "lists is a mapping")]
    [TestCase("lists: { /games: block }", "is no name of a list")]
    public void Parse_WrongList_SaysWhere(string settings, string message)
    {
        Assert.That(PolicyDocument.Parse($"{Head}  pupil: {{ {settings} }}\n", Given.Taxonomy, out var problems), Is.Null);
        Assert.That(problems.Single(p => !p.IsWarning), Has.Property("Message").Contains(message).And.Property("Line").EqualTo(4));
    }

    [TestCase("csam-iwf")]
    [TestCase("locked/iwf-csam")]
    public void Parse_LockedList_IsRefusedAndNotJustWrong(string list)
    {
        Assert.That(PolicyDocument.Parse($"{Head}  pupil: {{ lists: {{ {list}: allow }} }}\n", Given.Taxonomy, out var problems), Is.Null);
        Assert.That(problems.Where(p => !p.IsWarning).Select(p => p.IsRefused), Is.EqualTo(new[] { true }), "so that it is on record, and ends with code 4");
    }

    // Whatever a document says of such a list by a name that nobody can tell from, the order of decisions holds.
    [Test]
    public void Decide_ListOfWhatNothingBypassesOrOfHelp_IsAsEver()
    {
        var policy = Given.Policy(Head + "  pupil: { lists: { help: block } }\n", Lists);
        Assert.That(Decide(policy, "help.example").Verdict, Is.EqualTo(Verdict.Allow));
        var odd = new ListSet { Taxonomy = Given.Taxonomy, Version = "test", Categories = Matcher(("our-own/domains", "vpn", ["vpn.example"])) };
        Assert.That(Decide(Given.Policy(Head + "  pupil: { lists: { our-own: allow } }\n", odd), "vpn.example").Reason, Is.EqualTo(Reason.NoBypass));
    }

    [Test]
    public void UnknownLists_NamesThatNoListHas_AreTold() =>
        Assert.That(Given.Policy(Head + "  pupil: { lists: { ut1: log, flash: block, press/urls: block } }\n", Lists).UnknownLists, Is.EqualTo(new[] { "flash", "press/urls" }));

    [TestCase("chess.example")]
    [TestCase("mixed.example/play/1")]
    [TestCase("both.example")]
    [TestCase("unknown.example")]
    public void Decide_ListByName_DoesNotAllocate(string address)
    {
        var policy = Given.Policy(Head + "  pupil: { block: [games], lists: { own-games: log, ut1/games/urls: warn, press: block } }\n", Lists);
        Assert.That(Url(address, out var url), Is.True);
        var client = Given.ClientOf(policy, "pupil");
        policy.Decide(client, url!, Seen.Url, Given.Noon);
        var allocated = Allocations.Of(() =>
        {
            for (var i = 0; i < 100; i++) policy.Decide(client, url!, Seen.Url, Given.Noon);
        });
        Assert.That(allocated, Is.Zero);
    }

    private static Decision Decide(PolicySnapshot policy, string address)
    {
        Assert.That(Url(address, out var url), Is.True);
        return policy.Decide(Given.ClientOf(policy, "pupil"), url!, Seen.Url, Given.Noon);
    }

    private static bool Url(string address, out CanonicalUrl? url) => CanonicalUrl.TryParse(address, out url, out _);

    private static ListMatcher Matcher(params (string List, string Category, string[] Entries)[] lists)
    {
        var builder = new ListMatcher.Builder();
        foreach (var (list, category, entries) in lists)
            for (var i = 0; i < entries.Length; i++) Assert.That(builder.TryAdd(list, Given.Taxonomy.Find(category)!, entries[i], i + 1, out var error), error);
        return builder.Build();
    }
}
