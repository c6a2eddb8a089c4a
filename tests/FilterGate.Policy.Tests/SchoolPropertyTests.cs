using System.Net;
using System.Text;
using CsCheck;
using FilterGate.Matching;
using FilterGate.Policy.Documents;
using FilterGate.Policy.People;

namespace FilterGate.Policy.Tests;

/// <summary>What must hold of every school: any groups, rules, times, sessions, overrides, blocks, withdrawals and approved uses, tried on hundreds made up (more with <c>CsCheck_Iter</c>).</summary>
public sealed class SchoolPropertyTests
{
    private static readonly string[] Hosts = ["a.example", "www.a.example", "b.example", "deep.b.example"];
    private static readonly string[] Entries = ["a.example", "=a.example", "*.a.example", "www.a.example", "b.example", "*.b.example", "=deep.b.example"];
    private static readonly string[] Free = ["gambling", "social-networks", "games", "short-links", "news", "education"];
    private static readonly string[] Groups = ["ks2", "year-4", "4b", "staffroom"];
    private static readonly string[] Audiences = ["everyone", "tier:pupil", "tier:staff", "group:year-4", "group:4b", "person:p123", "device:ipad-14", "client:10.20.1.7"];

    private static readonly Gen<MadeUpRule> MadeUpRules =
        from who in Among(["", .. Groups, "pupil", "staff"])
        from place in Among("", "ict")
        from when in Among("", "lesson", "lunch", "holiday", "out-of-hours")
        from what in Among([.. Free, "uncategorised", "all"])
        from action in Among("allow", "log", "warn", "block", "approved-only")
        select new MadeUpRule(who, place, when, what, action);

    private static readonly Gen<School> Schools =
        from words in Among("", "block", "allow", "warn", "log").Array[Free.Length]
        from uncategorised in Among("allow", "log", "warn", "block")
        from ownBlock in Among(Entries).Array[0, 3]
        from ownAllow in Among(Entries).Array[0, 3]
        from groupAllows in Among(Entries).Array[0, 2]
        from approvedOnly in Among("", "ks2", "4b")
        from rules in MadeUpRules.Array[0, 4]
        from overrides in Gen.Select(Among(Audiences), Among(Hosts)).Array[0, 3]
        from sessions in Gen.Select(Gen.Int[0, 2], Among(Hosts)).Array[0, 2]
        from blocks in Among(Hosts).Array[0, 1]
        from withdrawn in Gen.Bool
        from use in Among(["", .. Hosts])
        from host in Among(Hosts)
        from categories in Among([.. Free, "pornography", "vpn", "help-and-support"]).Array[0, 3]
        from hour in Gen.Int[0, 24 * 14]
        from asker in Among(Groups)
        from isThere in Gen.Bool
        select new School(words, uncategorised, ownBlock, ownAllow, groupAllows, approvedOnly, rules, overrides, sessions, blocks, withdrawn, use, host, categories, hour, asker, isThere);

    [Test]
    public void Decide_LockedHit_NothingEverOpensIt() =>
        Holds(school => school.Decide(locked: true) is { } decision ? decision is { Verdict: Verdict.Block, Reason: Reason.Locked, IsOverridable: false } : null);

    [Test]
    public void Decide_HelpSite_NothingEverClosesIt() =>
        Holds(school => (school with { Withdrawn = true, Blocks = [school.Host] }).Decide(help: true) is { } decision ? decision is { Verdict: Verdict.Allow, Reason: Reason.ProtectedHelp } : null);

    [Test]
    public void Decide_CategoryThatNothingBypasses_NothingEverOpensIt() =>
        Holds(school => (school with { Categories = [.. school.Categories, "vpn"] }).Decide()?.Verdict is { } verdict ? verdict == Verdict.Block : null);

    [Test]
    public void Decide_EmergencyBlock_IsStrongerThanAnyPermission() =>
        Holds(school => (school with { Blocks = [school.Host] }).Decide()?.Verdict is { } verdict ? verdict == Verdict.Block : null);

    [Test]
    public void Decide_OneMoreThingThatCloses_OpensNothing() =>
        Holds(Gen.Select(Schools, Gen.Int[0, 6], Among(Entries), Gen.Int[0, Free.Length - 1]), more =>
        {
            var (school, what, entry, category) = more;
            string[] words = [.. school.Words];
            words[category] = "block";
            var closed = what switch
            {
                0 => school with { OwnBlock = [.. school.OwnBlock, entry] },
                1 => school with { Words = words },
                2 => school with { Blocks = [school.Host] },
                3 => school with { Withdrawn = true },
                4 => school with { Sessions = [.. school.Sessions, ((int)SessionKind.Close, school.Host)] },
                5 => school with { Rules = [new MadeUpRule("", "", "", Free[category], "block"), .. school.Rules] },
                _ => school with { Rules = [.. school.Rules, new MadeUpRule("", "", "", "", "approved-only")] },
            };
            // A word of a group may be what was closed in the tier already, and a document may contradict itself: then there is nothing to compare.
            return school.Decide() is { } before && closed.Decide() is { } after ? after.Verdict >= before.Verdict : null;
        });

    [Test]
    public void Decide_OrderOfListsAndPermissions_ChangesNothing() =>
        Holds(school => Same(
            school,
            school with { OwnBlock = [.. school.OwnBlock.Reverse()], OwnAllow = [.. school.OwnAllow.Reverse()], Overrides = [.. school.Overrides.Reverse()], Sessions = [.. school.Sessions.Reverse()], Categories = [.. school.Categories.Reverse()] }));

    [Test]
    public void Decide_OverrideForSomebodyElse_ChangesNothing() =>
        Holds(school => Same(school with { Overrides = [("person:p999", school.Host), ("group:staffroom-2", school.Host), ("tier:guest", school.Host)] }, school with { Overrides = [] }));

    private static void Holds(Func<School, bool?> holds) => Holds(Schools, holds);

    /// <summary>Tries it on made-up schools. Null is a document that contradicts itself, which is refused: those show nothing, and most must not be such.</summary>
    private static void Holds<T>(Gen<T> made, Func<T, bool?> holds)
    {
        var (tried, valid) = (0, 0);
        made.Sample(one =>
        {
            var answer = holds(one);
            Interlocked.Increment(ref tried);
            if (answer is not null) Interlocked.Increment(ref valid);
            return answer ?? true;
        });
        TestContext.Out.WriteLine($"{valid} of {tried} made-up schools had a document that is in order");
        Assert.That(valid, Is.GreaterThan(tried / 2));
    }

    /// <summary>Whether both decide the same; null where either has no document that is in order. One of two that say the same in another order is refused only where the other is.</summary>
    private static bool? Same(School one, School other) => (one.Decide(), other.Decide()) switch
    {
        ({ } a, { } b) => (a.Verdict, a.Reason) == (b.Verdict, b.Reason),
        (null, null) => null,
        _ => false,
    };

    private static Gen<string> Among(params string[] values) => Gen.Int[0, values.Length - 1].Select(i => values[i]);

    private sealed record MadeUpRule(string Who, string Where, string When, string What, string Do)
    {
        public override string ToString() =>
            "{ " + string.Join(", ", new[] { List("who", Who), List("where", Where), List("when", When), Do == "approved-only" ? "" : List("what", What), $"do: {Do}" }.Where(s => s.Length > 0)) + " }";

        private static string List(string key, string value) => value.Length == 0 ? "" : $"{key}: [{value}]";
    }

    private sealed record School(
        string[] Words, string Uncategorised, string[] OwnBlock, string[] OwnAllow, string[] GroupAllows, string ApprovedOnly, MadeUpRule[] Rules, (string Audience, string Host)[] Overrides,
        (int Kind, string Host)[] Sessions, string[] Blocks, bool Withdrawn, string Use, string Host, string[] Categories, int Hour, string Group, bool IsThere)
    {
        /// <summary>The decision; null when the document contradicts itself.</summary>
        public Decision? Decide(bool locked = false, bool help = false)
        {
            if (PolicyDocument.Parse(Yaml(), Given.Taxonomy, out _) is not { } document) return null;
            // Two weeks from a Thursday in term to one in the holiday, over the end of summer time.
            var time = new DateTimeOffset(2026, 10, 22, 0, 0, 0, TimeSpan.Zero).AddHours(Hour);
            var (start, end) = (time.AddHours(-1), time.AddHours(1));
            var policy = PolicySnapshot.Compile(document, Given.Lists, new InForce
            {
                Overrides = new OverrideTable(Overrides.Select((o, i) => new Override(i + 1, Audience.TryParse(o.Audience, out var audience) ? audience : throw new InvalidOperationException(o.Audience), Site.ForHost(o.Host), start, end))),
                Sessions = new SessionTable(Sessions.Select((s, i) => new ClassSession(i + 1, "4b", (SessionKind)s.Kind, [Site.ForHost(s.Host)], start, end))),
                EmergencyBlocks = new EmergencyBlockTable(Blocks.Select((host, i) => new EmergencyBlock(i + 1, Site.ForHost(host), start, null))),
                Withdrawals = new WithdrawalTable(Withdrawn ? [new Withdrawal(1, "p123", null, start, null, "made up")] : [], Roster.Empty),
            });
            var group = policy.FindGroup(Group)!;
            var client = new Client(IPAddress.Parse("10.20.1.7"), group.Tier, "ipad-14", IsKnown: true) { Person = "p123", Group = group, Place = IsThere ? policy.Places[0] : null };
            return policy.Decide(new Question(client, CanonicalUrl.ForHost("http", Host, 80), Seen.Url, new Classification(Given.Categories(Categories), locked ? Given.LockedHit : null, help), time));
        }

        private string Yaml()
        {
            var yaml = new StringBuilder("school: S\nnetworks: [10.0.0.0/8]\ntiers:\n");
            foreach (var tier in (string[])["pupil", "staff"])
            {
                yaml.Append($"  {tier}:\n    uncategorised: {Uncategorised}\n");
                foreach (var key in (string[])["block", "allow", "warn", "log"]) yaml.Append($"    {key}: [{string.Join(", ", Free.Where((_, i) => Words[i] == key))}]\n");
                yaml.Append($"    own_block: [{Quoted(OwnBlock)}]\n    own_allow: [{Quoted(OwnAllow)}]\n");
            }
            yaml.Append($"groups:\n  ks2: {{ kind: phase, tier: pupil{Only("ks2")} }}\n  year-4: {{ kind: year, within: ks2, own_allow: [{Quoted(GroupAllows)}] }}\n  4b: {{ kind: class, within: year-4{Only("4b")} }}\n  staffroom: {{ kind: staff, tier: staff }}\n");
            yaml.Append("places: { ict: { range: 10.20.1.0/24 } }\ntimetable:\n  week: { mon-fri: { lesson: 09:00-12:00, lunch: 12:00-13:00 } }\n  terms: [ { name: autumn, from: 2026-09-01, to: 2026-10-23 } ]\n");
            if (Rules.Length > 0) yaml.Append($"rules: [ {string.Join(", ", Rules.Select(r => r.ToString()))} ]\n");
            if (Use.Length > 0) yaml.Append($"approved_uses: [ {{ name: u, sites: [{Use}], who: [4b, 'person:t-hill'], until: 2026-10-28 }} ]\n");
            return yaml.ToString();
        }

        private string Only(string group) => ApprovedOnly == group ? ", approved_only: true" : "";

        private static string Quoted(string[] entries) => string.Join(", ", entries.Select(e => $"'{e}'"));

        public override string ToString() =>
            $"{Yaml()}  {Host} in [{string.Join(", ", Categories)}] for {Group} at hour {Hour}, overrides [{string.Join(", ", Overrides)}], sessions [{string.Join(", ", Sessions)}], blocks [{string.Join(", ", Blocks)}], withdrawn {Withdrawn}";
    }
}
