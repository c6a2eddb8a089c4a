using System.Text;
using CsCheck;

namespace FilterGate.Policy.Tests;

/// <summary>What must hold of every document, every override and every request, tried on thousands made up.</summary>
public sealed class PolicyPropertyTests
{
    private static readonly string[] Hosts = ["a.example", "www.a.example", "b.example", "deep.b.example", "deep.deep.b.example", "c.example"];
    private static readonly string[] Entries = ["a.example", "=a.example", "*.a.example", "www.a.example", "b.example", "*.b.example", "deep.b.example", "=deep.b.example", "c.example"];

    /// <summary>Categories that a school may give any word.</summary>
    private static readonly string[] Free = ["gambling", "social-networks", "forums", "games", "short-links", "news", "education"];

    private static readonly Gen<Situation> Situations =
        from words in Among("", "block", "allow", "warn", "log").Array[Free.Length]
        from uncategorised in Among("allow", "log", "warn", "block")
        from ownBlock in Among(Entries).Array[0, 3]
        from ownAllow in Among(Entries).Array[0, 3]
        from overridden in Among(Hosts).Array[0, 2]
        from host in Among(Hosts)
        from categories in Among([.. Given.Taxonomy.Categories.Select(c => c.Slug).Where(s => s != "uncategorised")]).Array[0, 4]
        from tier in Among("pupil", "staff", "guest")
        select new Situation(tier, words, uncategorised, ownBlock, ownAllow, overridden, host, categories);

    [Test]
    public void Decide_LockedHit_IsNeverAllowed() =>
        Situations.Sample(situation => situation.Decide(locked: true) is { Verdict: Verdict.Block, Reason: Reason.Locked, IsOverridable: false });

    [Test]
    public void Decide_LockedHitOnAHelpSite_IsNeverAllowed() =>
        Situations.Sample(situation => situation.Decide(locked: true, help: true).Verdict == Verdict.Block);

    [Test]
    public void Decide_HelpSite_IsAlwaysAllowed() =>
        Situations.Sample(situation => situation.Decide(help: true) is { Verdict: Verdict.Allow, Reason: Reason.ProtectedHelp });

    [Test]
    public void Decide_CategoryThatNothingBypasses_IsNeverAllowed() =>
        Situations.Sample(situation => (situation with { Categories = [.. situation.Categories, "vpn"] }).Decide().Verdict == Verdict.Block);

    [Test]
    public void Decide_OneMoreBlockEntry_OpensNothing() =>
        Gen.Select(Situations, Among(Entries)).Sample((situation, entry) =>
            (situation with { OwnBlock = [.. situation.OwnBlock, entry] }).Decide().Verdict >= situation.Decide().Verdict);

    [Test]
    public void Decide_OneMoreBlockedCategory_OpensNothing() =>
        Gen.Select(Situations, Gen.Int[0, Free.Length - 1]).Sample((situation, index) =>
        {
            string[] words = [.. situation.Words];
            words[index] = "block";
            return (situation with { Words = words }).Decide().Verdict >= situation.Decide().Verdict;
        });

    [Test]
    public void Decide_OneMoreCategoryOfTheSite_OpensNothingInAListedSite() =>
        Gen.Select(Situations, Among(Free)).Sample((situation, category) =>
            situation.Categories.Length == 0 || (situation with { Categories = [.. situation.Categories, category] }).Decide().Verdict >= situation.Decide().Verdict);

    [Test]
    public void Decide_OneMoreAllowEntry_ClosesNothing() =>
        Gen.Select(Situations, Among(Entries)).Sample((situation, entry) =>
            (situation with { OwnAllow = [.. situation.OwnAllow, entry] }).Decide().Verdict <= situation.Decide().Verdict);

    [Test]
    public void Decide_OverrideOfAnotherTier_ChangesNothing() =>
        Situations.Sample(situation => situation.Decide(overrideTier: "other") == (situation with { Overridden = [] }).Decide());

    private static Gen<string> Among(params string[] values) => Gen.Int[0, values.Length - 1].Select(i => values[i]);

    private sealed record Situation(
        string Tier, string[] Words, string Uncategorised, string[] OwnBlock, string[] OwnAllow, string[] Overridden, string Host, string[] Categories)
    {
        public Decision Decide(bool locked = false, bool help = false, string? overrideTier = null)
        {
            var policy = Given.Policy(Yaml(), overrides: Overridden.Select((host, i) => new Override(i + 1, overrideTier ?? Tier, host, Given.Noon.AddHours(-1), Given.Noon.AddHours(1))));
            return policy.Decide(Given.Question(policy, Tier, Given.Categories(Categories), Host, locked ? Given.LockedHit : null, help));
        }

        private string Yaml()
        {
            var yaml = new StringBuilder($"school: S\nnetworks: [10.0.0.0/8]\ntiers:\n  {Tier}:\n    uncategorised: {Uncategorised}\n");
            foreach (var key in (string[])["block", "allow", "warn", "log"])
                yaml.Append($"    {key}: [{string.Join(", ", Free.Where((_, i) => Words[i] == key))}]\n");
            yaml.Append($"    own_block: [{Quoted(OwnBlock)}]\n    own_allow: [{Quoted(OwnAllow)}]\n");
            return yaml.ToString();
        }

        private static string Quoted(string[] entries) => string.Join(", ", entries.Select(e => $"'{e}'"));

        public override string ToString() => $"{Yaml()}  {Host} in [{string.Join(", ", Categories)}], overridden [{string.Join(", ", Overridden)}]";
    }
}
