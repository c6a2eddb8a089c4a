using System.Collections.Immutable;
using FilterGate.Matching;

namespace FilterGate.Policy.Documents;

/// <summary>The lists that a policy document holds itself, matched as any other list.</summary>
internal static class OwnLists
{
    /// <summary>The school's own block list of a tier.</summary>
    public static OwnList Block { get; } = Make("own_block");

    /// <summary>The school's own allow list of a tier.</summary>
    public static OwnList Allow { get; } = Make("own_allow");

    /// <summary>Hosts that are never intercepted.</summary>
    public static OwnList NeverIntercept { get; } = Make("never_intercept");

    /// <summary>Lays out entries that <see cref="PolicyDocument.Parse"/> has accepted.</summary>
    public static ListMatcher Build(OwnList list, ImmutableArray<OwnEntry> entries)
    {
        if (entries.IsEmpty) return ListMatcher.Empty;
        var builder = new ListMatcher.Builder();
        foreach (var entry in entries)
            if (!builder.TryAdd(list.Name, list.Category, entry.Text, entry.Line, out var error)) throw new ArgumentException($"{list.Name}, line {entry.Line}: {error}", nameof(entries));
        return builder.Build();
    }

    /// <summary>A matcher wants a category with each entry; only which entry matched is asked of these.</summary>
    private static OwnList Make(string name) => new(name, new Category(0, name, name, CategoryDefault.Block, CategoryDefault.Block, CategoryDefault.Block, null, []));

    /// <summary>A list of the document.</summary>
    /// <param name="Name">Its key in the document, which explanations show.</param>
    /// <param name="Category">What stands for it in a matcher.</param>
    internal sealed record OwnList(string Name, Category Category);
}
