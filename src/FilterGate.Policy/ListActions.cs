using System.Collections.Immutable;
using FilterGate.Matching;
using FilterGate.Policy.Documents;

namespace FilterGate.Policy;

/// <summary>What a tier does with lists that it names, instead of what it does with their categories. Immutable; safe from any thread.</summary>
internal sealed class ListActions
{
    private readonly ListPick _pick;
    private readonly ImmutableArray<(Verdict Word, string Rule)> _actions;

    private ListActions(ListPick pick, ImmutableArray<(Verdict, string)> actions) => (_pick, _actions) = (pick, actions);

    /// <summary>The categories of the lists: only a site in one of these is looked at more closely.</summary>
    public CategorySet Categories => _pick.Categories;

    /// <summary>Null where the document names none.</summary>
    /// <param name="named">Names and what is done.</param>
    /// <param name="lists">The lists in force.</param>
    /// <param name="quota">Categories with minutes a day in this tier: minutes for a list of another block, for nobody has given any.</param>
    public static ListActions? Compile(ImmutableDictionary<string, Verdict> named, ListSet lists, CategorySet quota)
    {
        if (named.IsEmpty) return null;
        var names = named.Keys.Order(StringComparer.Ordinal).ToArray();
        // Help sites are nobody's to close, and what nothing bypasses is decided before.
        var pick = lists.Categories.Pick(names, category => category.Slug != CategoryRules.HelpAndSupport);
        return new(pick,
        [
            .. names.Select((name, i) => (named[name] == Verdict.Quota && !pick.CategoriesOf[i].Except(quota).IsEmpty ? Verdict.Block : named[name], RuleText(name, named[name]))),
        ]);
    }

    /// <summary>What a rule of the document says of a list, as explanations show it.</summary>
    public static string RuleText(string name, Verdict word) => $"list {name}: {(word == Verdict.LogOnly ? "log" : word.Code())}";

    /// <summary>Names of the document that no list in force has.</summary>
    public static IEnumerable<string> Unknown(ImmutableDictionary<string, Verdict> named, ListSet lists)
    {
        var names = named.Keys.Order(StringComparer.Ordinal).ToArray();
        var pick = lists.Categories.Pick(names, static _ => true);
        return names.Where((_, i) => pick.CategoriesOf[i].IsEmpty);
    }

    /// <summary>Sorts the categories of a site by what is done with the lists that put it there. Those of lists that nobody names, and those that something else has decided about, stay as they are.</summary>
    /// <param name="lists">The lists in force.</param>
    /// <param name="question">The request.</param>
    /// <param name="left">Categories that nothing has decided about; those that remain are of lists without an action.</param>
    /// <param name="to">Takes the rest.</param>
    public void Sort(ListSet lists, in Question question, ref CategorySet left, ref CategoriesByWord to)
    {
        Span<CategorySet> sets = stackalloc CategorySet[_actions.Length + 1];
        lists.Categories.ClassifyApart(question.Url, question.Seen, _pick, sets);
        for (var i = 0; i < _actions.Length; i++) to.Add(_actions[i].Word, sets[i + 1] & left);
        left &= sets[0];
    }

    /// <summary>The action that said this of a category of the request; null where none did.</summary>
    public string? RuleFor(ListSet lists, in Question question, Category category, Verdict word)
    {
        if (!question.Classification.Categories.Overlaps(Categories)) return null;
        Span<CategorySet> sets = stackalloc CategorySet[_actions.Length + 1];
        lists.Categories.ClassifyApart(question.Url, question.Seen, _pick, sets);
        // A category that another list puts it in as well goes by the tier where that says the same.
        for (var i = 0; i < _actions.Length; i++)
            if (_actions[i].Word == word && sets[i + 1].Contains(category.Index)) return _actions[i].Rule;
        return null;
    }
}

/// <summary>Categories of one request, by what is done with them.</summary>
internal struct CategoriesByWord
{
    public CategorySet Blocked, Quota, Warned, Logged;

    /// <summary>Adds categories; allowed ones are in none.</summary>
    public void Add(Verdict word, in CategorySet categories)
    {
        switch (word)
        {
            case Verdict.Block: Blocked |= categories; break;
            case Verdict.Quota: Quota |= categories; break;
            case Verdict.Warn: Warned |= categories; break;
            case Verdict.LogOnly: Logged |= categories; break;
            default: break;
        }
    }
}
