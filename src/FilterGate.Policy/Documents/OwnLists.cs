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

    /// <summary>Sites that are allowed only within pages of others.</summary>
    public static OwnList Embedded { get; } = Make("embedded");

    /// <summary>The pages in which one is.</summary>
    public static OwnList Embedding { get; } = Make("on");

    /// <summary>Hosts that are never intercepted.</summary>
    public static OwnList NeverIntercept { get; } = Make("never_intercept");

    /// <summary>Hosts whose allowed requests are never recorded.</summary>
    public static OwnList NeverRecord { get; } = Make("never_record");

    /// <summary>Lays out entries that <see cref="PolicyDocument.Parse"/> has accepted.</summary>
    public static ListMatcher Build(OwnList list, ImmutableArray<OwnEntry> entries) => Build(list, entries, [], _ => false);

    /// <summary>Lays out what a tier allows: the school's own entries and those of its bundles, as one list, so that the most specific of all of them is found.</summary>
    /// <exception cref="ArgumentException">A bundle holds an entry that is none.</exception>
    public static ListMatcher BuildAllowed(ImmutableArray<OwnEntry> own, ImmutableArray<Bundle> bundles) => Build(Allow, own, bundles, _ => true);

    /// <summary>Lays out the hosts of a tier's bundles that are never intercepted.</summary>
    /// <exception cref="ArgumentException">A bundle holds an entry that is none.</exception>
    public static ListMatcher BuildNeverIntercepted(ImmutableArray<Bundle> bundles) => Build(NeverIntercept, [], bundles, e => e.IsNeverIntercepted);

    private static ListMatcher Build(OwnList list, ImmutableArray<OwnEntry> own, ImmutableArray<Bundle> bundles, Func<BundleEntry, bool> isWanted)
    {
        var entries = own.Select(e => (list.Name, e.Text, e.Line)).Concat(bundles.SelectMany(b => b.Entries.Where(isWanted), (b, e) => (Name: b.List, e.Text, e.Line)));
        var builder = new ListMatcher.Builder();
        var isEmpty = true;
        foreach (var (name, text, line) in entries)
        {
            if (!builder.TryAdd(name, list.Category, text, line, out var error)) throw new ArgumentException($"{name}, line {line}: {error}", nameof(own));
            isEmpty = false;
        }
        return isEmpty ? ListMatcher.Empty : builder.Build();
    }

    /// <summary>A matcher wants a category with each entry; only which entry matched is asked of these.</summary>
    private static OwnList Make(string name) => new(name, new Category(0, name, name, CategoryDefault.Block, CategoryDefault.Block, CategoryDefault.Block, null, []));

    /// <summary>A list of the document.</summary>
    /// <param name="Name">Its key in the document, which explanations show.</param>
    /// <param name="Category">What stands for it in a matcher.</param>
    internal sealed record OwnList(string Name, Category Category);
}
