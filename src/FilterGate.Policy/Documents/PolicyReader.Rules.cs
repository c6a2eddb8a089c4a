using System.Collections.Immutable;
using System.Globalization;
using FilterGate.Policy.Rules;
using FilterGate.Policy.Timetables;

namespace FilterGate.Policy.Documents;

/// <summary>A rule as the document has it.</summary>
/// <param name="Number">Its place among the rules, from 1.</param>
/// <param name="Who">Groups and tiers; empty for everybody.</param>
/// <param name="Where">Places; empty for everywhere.</param>
/// <param name="When">Periods; empty for always.</param>
/// <param name="What">Slugs of categories, each once.</param>
/// <param name="CoversUncategorised">True when sites in no list are meant too.</param>
/// <param name="Do">What becomes of it.</param>
/// <param name="Why">The school's reason, or null.</param>
/// <param name="Line">Its line in the document, from 1.</param>
public sealed record RuleDocument(
    int Number, ImmutableArray<string> Who, ImmutableArray<string> Where, ImmutableArray<string> When, ImmutableArray<string> What, bool CoversUncategorised, RuleAction Do, string? Why, int Line)
{
    /// <summary>What events and explanations name it.</summary>
    public string Text { get; } = string.Create(CultureInfo.InvariantCulture, $"rule {Number}");
}

/// <summary>An approved use as the document has it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Sites">What it opens.</param>
/// <param name="Who">For whom.</param>
/// <param name="Until">The last day, or null without end.</param>
/// <param name="Why">The school's reason, or null.</param>
/// <param name="Line">Its line in the document, from 1.</param>
public sealed record ApprovedUseDocument(string Name, ImmutableArray<Site> Sites, ImmutableArray<Audience> Who, DateOnly? Until, string? Why, int Line);

/// <summary>What holds for whom, where and when: rules and approved uses.</summary>
internal sealed partial class PolicyReader
{
    /// <summary>A decision walks the rules of its group; a school that needs more than this has not found its tiers.</summary>
    private const int RulesMax = 200;

    private const int ApprovedUsesMax = 100;

    private static readonly string[] RuleKeys = ["who", "where", "when", "what", "do", "why"];
    private static readonly string[] ApprovedUseKeys = ["name", "sites", "who", "until", "why"];

    private static readonly (string Word, RuleAction Value)[] RuleActions =
        [("allow", RuleAction.Allow), ("log", RuleAction.Log), ("warn", RuleAction.Warn), ("quota", RuleAction.Quota), ("block", RuleAction.Block), ("approved-only", RuleAction.ApprovedOnly)];

    private ImmutableArray<RuleDocument> ReadRules(DocumentNode? node, string[] whoNames, WhoIsMeant whoIsMeant, string[] placeNames, Timetable timetable, string[] withMinutes)
    {
        var rules = ImmutableArray.CreateBuilder<RuleDocument>();
        foreach (var item in Items(node, "rules"))
        {
            if (rules.Count == RulesMax)
            {
                Wrong(item, string.Create(CultureInfo.InvariantCulture, $"there are more than {RulesMax} rules; what holds for a whole group belongs into its tier"));
                break;
            }
            if (item is not DocumentMap map)
            {
                Wrong(item, $"a rule is written as {{ who: [ks2], when: [lunch], what: [games], do: allow }}, not {item.Kind}");
                continue;
            }
            var keys = Known(map, RuleKeys, [], "a rule");
            if (!keys.TryGetValue("do", out var doNode)) Wrong(map, $"the rule does nothing; write do: ({string.Join(", ", RuleActions.Select(a => a.Word))})");
            var action = ReadChoice(doNode, "do", RuleActions);
            var (what, uncategorised) = ReadWhat(map, keys.GetValueOrDefault("what"), action);
            rules.Add(new RuleDocument(
                rules.Count + 1, Names(keys.GetValueOrDefault("who"), "who", whoNames, "group or tier"), Names(keys.GetValueOrDefault("where"), "where", placeNames, "place"),
                Names(keys.GetValueOrDefault("when"), "when", [.. timetable.Periods], "period"), what, uncategorised, action ?? RuleAction.Block,
                keys.TryGetValue("why", out var why) ? ReadWords(why, "the reason", WhyLengthMax) : null, map.Line));
            RefuseContradiction(map, rules[^1], rules, whoIsMeant);
            if (action == RuleAction.Quota && what.Except(withMinutes).ToList() is [var first, ..])
                Wrong(map, $"no tier gives minutes for {first}, so the rule would only close it; write quota: {{ {first}: 60m/10m }} in the tier");
        }
        return rules.ToImmutable();
    }

    private (ImmutableArray<string> What, bool CoversUncategorised) ReadWhat(DocumentMap rule, DocumentNode? node, RuleAction? action)
    {
        var slugs = ImmutableArray.CreateBuilder<string>();
        var uncategorised = false;
        if (action == RuleAction.ApprovedOnly)
        {
            if (node is not null) Wrong(node, "'approved-only' closes whatever nobody has approved; remove 'what'");
            return ([], false);
        }
        if (node is null) Wrong(rule, "the rule says nothing of what it is about; write what: [games], [uncategorised] or [all]");
        var key = action is { } known ? RuleActions.First(a => a.Value == known).Word : "allow";
        foreach (var item in Items(node, "what"))
        {
            if (Text(item, "the slug of a category") is not { } slug) continue;
            if (slug is CategoryRules.Uncategorised or "all")
            {
                uncategorised = true;
                if (action == RuleAction.Quota) Wrong(item, "minutes a day are for a category; sites in no list have none");
                // What no document may say of a category is passed over: "all" means all that a school decides about.
                if (slug == "all") slugs.AddRange(taxonomy.Categories.Where(c => c.Slug != CategoryRules.Uncategorised && WhyNot(c, key) is null).Select(c => c.Slug));
            }
            else if (taxonomy.Find(slug) is not { } category)
                Wrong(item, $"'{slug}' is no category{Suggestion(slug, taxonomy.Categories.Select(c => c.Slug))}");
            else if (WhyNot(category, key) is { } why)
                Problems.Add(new PolicyProblem(item.Line, item.Column, why) { IsRefused = category.Pupil == Matching.CategoryDefault.Locked });
            else slugs.Add(slug);
        }
        return ([.. slugs.Distinct(StringComparer.Ordinal)], uncategorised);
    }

    private void RefuseContradiction(DocumentMap node, RuleDocument rule, ImmutableArray<RuleDocument>.Builder rules, WhoIsMeant whoIsMeant)
    {
        foreach (var earlier in rules)
        {
            if (earlier.Number >= rule.Number) return;
            var isCovered = Covers(earlier.Where, rule.Where) && Covers(earlier.When, rule.When)
                && (rule.Do == RuleAction.ApprovedOnly ? earlier.Do == RuleAction.ApprovedOnly : rule.What.All(earlier.What.Contains) && (!rule.CoversUncategorised || earlier.CoversUncategorised))
                && whoIsMeant.Covers(earlier.Who, rule.Who);
            if (!isCovered || (rule.What.IsEmpty && !rule.CoversUncategorised && rule.Do != RuleAction.ApprovedOnly)) continue;
            var place = string.Create(CultureInfo.InvariantCulture, $"{earlier.Text} (line {earlier.Line})");
            var how = whoIsMeant.SayHow(earlier.Who, rule.Who);
            if (earlier.Do == rule.Do) Warn(node, $"{rule.Text} does nothing: {place} says the same already{how}");
            else Wrong(node, $"{rule.Text} never holds: {place} says something else for all of it{how} and comes first; put the narrower one first, or remove one");
            return;
        }
    }

    // Nothing said means everybody, everywhere, always.
    private static bool Covers(ImmutableArray<string> earlier, ImmutableArray<string> later) => earlier.IsEmpty || (!later.IsEmpty && later.All(earlier.Contains));

    private ImmutableArray<ApprovedUseDocument> ReadApprovedUses(DocumentNode? node, string[] whoNames, string[] tierNames)
    {
        var uses = ImmutableArray.CreateBuilder<ApprovedUseDocument>();
        var named = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var item in Items(node, "approved_uses"))
        {
            if (uses.Count == ApprovedUsesMax)
            {
                Wrong(item, string.Create(CultureInfo.InvariantCulture, $"there are more than {ApprovedUsesMax} approved uses"));
                break;
            }
            if (item is not DocumentMap map)
            {
                Wrong(item, $"an approved use is written as {{ name: school page, sites: [social.example], who: [office], until: 2027-07-20 }}, not {item.Kind}");
                continue;
            }
            var keys = Known(map, ApprovedUseKeys, [], "an approved use");
            foreach (var needed in (string[])["name", "sites", "who"])
                if (!keys.ContainsKey(needed)) Wrong(map, $"'{needed}' is missing; an approved use says what it is called, what it opens and for whom");
            var name = keys.TryGetValue("name", out var nameNode) ? ReadWords(nameNode, "a name", 100) ?? "" : "";
            if (name.Length > 0 && !named.Add(name)) Wrong(nameNode!, $"'{name}' is approved twice; put its sites together");
            if (!keys.ContainsKey("until")) Warn(map, $"the approved use '{name}' has no end: nobody is reminded to look at it again; write until: its last day, such as 2027-07-20");
            uses.Add(new ApprovedUseDocument(
                name, [.. Items(keys.GetValueOrDefault("sites"), "sites").Select(ReadSite).OfType<Site>()],
                [.. Items(keys.GetValueOrDefault("who"), "who").Select(w => ReadAudience(w, whoNames, tierNames)).OfType<Audience>()],
                keys.TryGetValue("until", out var until) ? ReadDay(until) : null, keys.TryGetValue("why", out var why) ? ReadWords(why, "the reason", WhyLengthMax) : null, map.Line));
        }
        return uses.ToImmutable();
    }

    private Site? ReadSite(DocumentNode node)
    {
        if (Text(node, "a site such as example.com, example.com/path or bundle:zoom") is not { } text) return null;
        if (!Site.TryParse(text, out var site, out var error)) Wrong(node, $"'{text}' is no site: {error}");
        else if (site.Bundle is { } bundle && bundles.Find(bundle) is null) Wrong(node, $"'{bundle}' is no bundle{Suggestion(bundle, bundles.All.Select(b => b.Name))}");
        else return site;
        return null;
    }

    /// <summary>A group or a tier by its name, or anybody in the spelling of <see cref="Audience"/>.</summary>
    private Audience? ReadAudience(DocumentNode node, string[] whoNames, string[] tierNames)
    {
        if (Text(node, "a group, a tier or person:ID") is not { } text) return null;
        var audience = Audience.TryParse(text, out var written) ? written : tierNames.Contains(text) ? Audience.ForTier(text) : Audience.ForGroup(text);
        if (audience.Kind is not (AudienceKind.Tier or AudienceKind.Group) || whoNames.Contains(audience.Name)) return audience;
        Wrong(node, $"'{audience.Name}' is no group or tier of this policy{Suggestion(audience.Name, whoNames)}; a person is written person:ID");
        return null;
    }

    private ImmutableArray<string> Names(DocumentNode? node, string key, string[] known, string what)
    {
        var names = ImmutableArray.CreateBuilder<string>();
        foreach (var item in Items(node, key))
            if (ReadName(item, known, what) is { } name) names.Add(name);
        // An empty list would mean everybody, which nobody writes as [].
        if (node is DocumentList { Items.IsEmpty: true }) Wrong(node, $"{key} names nothing; remove it for {(key == "when" ? "always" : key == "where" ? "everywhere" : "everybody")}");
        return names.ToImmutable();
    }
}
