using System.Collections.Immutable;
using System.Globalization;
using FilterGate.Matching;

namespace FilterGate.Policy.Documents;

/// <summary>What a tier does with single lists.</summary>
internal sealed partial class PolicyReader
{
    private const int ListNameLengthMax = 200;

    private static readonly string[] ListActionKeys = ["do", "why"];

    private static readonly (string Word, Verdict Value)[] ListWords = [("allow", Verdict.Allow), ("log", Verdict.LogOnly), ("warn", Verdict.Warn), ("quota", Verdict.Quota), ("block", Verdict.Block)];

    /// <summary>Reads <c>lists: { flash-games: block, ut1/press: { do: log, why: … } }</c>. Whether there is such a list the lists in force say, not the document.</summary>
    private ImmutableDictionary<string, Verdict> ReadLists(DocumentNode? node)
    {
        var lists = ImmutableDictionary.CreateBuilder<string, Verdict>(StringComparer.Ordinal);
        foreach (var (name, value) in Entries(node, "lists", "{ flash-games: block }"))
        {
            if (name.Text.Length > ListNameLengthMax || name.Text.Length == 0 || name.Text.StartsWith('/') || name.Text.EndsWith('/') || name.Text.Any(char.IsControl))
            {
                Wrong(name, $"'{name.Text}' is no name of a list; write a folder such as games, or one list such as games/domains");
                continue;
            }
            var word = value;
            if (value is DocumentMap map)
            {
                var keys = Known(map, ListActionKeys, [], "an action for a list");
                if (!keys.TryGetValue("do", out word))
                {
                    Wrong(value, "what is done is missing; write { do: block, why: … }");
                    continue;
                }
                if (keys.TryGetValue("why", out var why) && ReadWords(why, "the reason", WhyLengthMax) is { } reason && ReadChoice(word, "lists", ListWords) is { } said) _rationale[ListActions.RuleText(name.Text, said)] = reason;
            }
            if (ReadChoice(word, "lists", ListWords) is not { } action) continue;
            if (IsLocked(name.Text))
            {
                Problems.Add(new PolicyProblem(name.Line, name.Column, Locked(name.Text)) { IsRefused = true });
                continue;
            }
            // A folder is named for its category, where the taxonomy knows it: what no category may be, none of its lists may.
            if (action != Verdict.Block && CategoryOfList(name.Text) is { } category && WhyNot(category, ListWords.Single(w => w.Value == action).Word) is { } refused)
                Problems.Add(new PolicyProblem(name.Line, name.Column, refused) { IsRefused = category.Pupil == CategoryDefault.Locked });
            else if (CategoryOfList(name.Text) is { Slug: CategoryRules.HelpAndSupport } help && action != Verdict.Allow)
                Wrong(name, WhyNot(help, "block") ?? "help sites stay open");
            else if (lists.Count == ListPick.NamesMax)
                Wrong(name, string.Create(CultureInfo.InvariantCulture, $"more than {ListPick.NamesMax} lists are named; give some of them a category of their own"));
            else
                lists[name.Text] = action;
        }
        return lists.ToImmutable();
    }

    /// <summary>True for a locked list by the name that events and <c>check</c> give it: <c>locked/iwf-csam</c>.</summary>
    private static bool IsLocked(string name) => name.Split('/')[0].Equals("locked", StringComparison.OrdinalIgnoreCase);

    /// <summary>The category of a list by the name of its folder: <c>games</c>, <c>games/domains</c>, <c>ut1/games/domains</c>.</summary>
    private Category? CategoryOfList(string name)
    {
        foreach (var part in name.Split('/'))
            if (taxonomy.ForFolder(part) is { } category) return category;
        return null;
    }
}
