using CsCheck;

namespace FilterGate.Matching.Tests.Compiled;

/// <summary>Lists and requests for the tests of the compiled form: every kind of entry, few words, so that rules and requests meet often.</summary>
internal static class Sample
{
    public static readonly Category[] Categories =
        [.. Enumerable.Range(0, 8).Select(i => new Category(i, $"category-{i}", $"Category {i}", CategoryDefault.Block, CategoryDefault.Block, CategoryDefault.Block, Theme: null, []))];

    public static readonly Taxonomy Taxonomy = new(Categories);

    private static readonly Gen<string> Name = Gen.OneOf("a", "b", "www", "com").Array[1, 4].Select(labels => string.Join('.', labels));
    private static readonly Gen<string> Address = Gen.OneOf("1.2.3.4", "1.2.3.5", "1.2.250.1", "9.9.9.9", "[2001:db8::1]", "[2001:db8::2]", "[2001:db8:8000::1]", "[::]");
    private static readonly Gen<string> Host = Gen.Frequency((5, Name), (1, Address));
    private static readonly Gen<string> Tail = Gen.Select(Gen.OneOf("", "/", "?", "&", "=", "x", "X"), Gen.OneOf("a", "b", "ab", "")).Select((d, s) => d + s).Array[0, 4].Select(string.Concat);
    private static readonly Gen<string> PlaceText = Gen.Select(Gen.OneOf("", "", "=", "*."), Gen.OneOf(Host, Gen.Select(Host, Tail).Select((h, t) => $"{h}/{t}"))).Select((scope, rest) => scope + rest);
    private static readonly Gen<string> NetworkText = Gen.OneOf(
        "0.0.0.0/0", "1.0.0.0/8", "1.2.0.0/16", "1.2.3.0/24", "1.2.3.4/31", "1.2.3.4/32", "1.2.250.0/23", "255.255.255.255/32", "::/0", "2001:db8::/32", "2001:db8:8000::/33", "2001:db8::/127", "2001:db8::1/128");
    private static readonly Gen<(EntryKind, string)> Pattern = Gen.Select(
        Gen.OneOf(EntryKind.HostPattern, EntryKind.PathPattern, EntryKind.QueryPattern, EntryKind.UrlPattern), Gen.OneOf("^a", "b$", "(ab|ba)", "[ab]{2}", "/x", "=", "com/"));

    private static readonly Gen<(EntryKind Kind, string Text)> Kinds = Gen.Frequency(
        (7, PlaceText.Select(text => (EntryKind.Place, text))),
        (2, NetworkText.Select(text => (EntryKind.Network, text))),
        (1, Pattern));

    /// <summary>One entry; its line is given where lists are put together.</summary>
    public static readonly Gen<Given> Block = Gen.Select(Gen.Int[0, 3], Kinds).Select((list, entry) => Of(list, new ListEntry(entry.Kind, entry.Text, 0)));

    public static readonly Gen<Given> BlockOrException = Gen.Select(Block, Gen.Int[0, 3]).Select((given, kind) => kind > 0 ? given : given with { Entry = given.Entry with { IsException = true } });

    public static readonly Gen<CanonicalUrl> Request = Gen.Select(Host, Tail).Select((host, tail) => Url($"{host}/{tail}"));

    /// <summary>A list with something of everything, and requests that touch all of it.</summary>
    public static readonly Given[] Everything =
    [
        .. Numbered(
        [
            Place(0, "example.test"), Place(1, "=exact.test"), Place(2, "*.below.test"), Place(3, "deep.er.and.deeper.example.test"), Place(0, "example.test/path"), Place(1, "example.test/path/q?x=1"),
            Place(2, "WWW.Example.test/Path"), Place(3, "org"), Place(0, "org/only"), Place(1, "1.2.3.4"), Place(2, "[2001:db8::1]/x"), Place(3, "a." + new string('b', 63) + ".test"),
            Place(1, "example.test/" + new string('p', 400)), Place(2, "more.example.test"), Place(3, "example.test"),
            Of(0, new(EntryKind.Network, "10.0.0.0/8", 0)), Of(1, new(EntryKind.Network, "10.1.0.0/16", 0)), Of(2, new(EntryKind.Network, "2001:db8::/32", 0)),
            Of(3, new(EntryKind.HostPattern, "casino[0-9]+", 0)), Of(0, new(EntryKind.UrlPattern, "/ads/", 0)),
            Place(0, "fine.example.test") with { Entry = new(EntryKind.Place, "fine.example.test", 0) { IsException = true } },
            Of(0, new(EntryKind.Network, "10.2.0.0/16", 0) { IsException = true }),
            Of(3, new(EntryKind.HostPattern, "^casino1\\.", 0) { IsException = true }),
        ]),
    ];

    public static readonly CanonicalUrl[] Requests =
    [
        .. new[]
        {
            "example.test", "www.example.test/path/q?x=1&y", "exact.test", "a.exact.test", "below.test", "a.b.below.test", "deep.er.and.deeper.example.test/x", "fine.example.test/path", "a.fine.example.test",
            "any.org/only/this", "org", "1.2.3.4/x", "1.2.3.5", "10.0.0.1", "10.1.2.3/ads/", "10.2.0.9", "[2001:db8::1]/x/y", "[2001:db9::1]", "a." + new string('b', 63) + ".test", "casino7.test", "casino1.test/ads/", "unknown.test/path?x=1",
            "example.test/" + new string('p', 400) + "/more", "x.more.example.test/path/" + new string('q', 5000) + "?" + new string('r', 5000),
        }.Select(Url),
    ];

    public static Given Of(int list, ListEntry entry) => new($"list-{list}", Categories[list * 2], entry);

    public static Given Place(int list, string text) => Of(list, new(EntryKind.Place, text, 0));

    /// <summary>The same entries, each with a line.</summary>
    public static Given[] Numbered(IEnumerable<Given> entries) => [.. entries.Select((e, i) => e with { Entry = e.Entry with { Line = i + 1 } })];

    public static ListMatcher.Builder Builder(IEnumerable<Given> entries, ulong seed)
    {
        var builder = new ListMatcher.Builder(seed);
        foreach (var (list, category, entry) in entries) builder.TryAdd(builder.AddSource(new(list, category, "v1")), entry, out _);
        return builder;
    }

    public static ListMatcher Open((byte[] List, byte[] Provenance) compiled) => ListMatcher.Open(compiled.List, compiled.Provenance, Taxonomy);

    /// <summary>What differs between two answers to one request, or null.</summary>
    public static string? Difference(ListMatcher expected, ListMatcher actual, CanonicalUrl url)
    {
        foreach (var seen in Enum.GetValues<Seen>())
        {
            if (expected.Classify(url, seen) != actual.Classify(url, seen)) return $"{url} ({seen}): other categories";
            if (expected.Matches(url, seen) != actual.Matches(url, seen)) return $"{url} ({seen}): matches, and does not";
            if (!expected.Explain(url, seen).SequenceEqual(actual.Explain(url, seen))) return $"{url} ({seen}): explained otherwise";
            if (expected.TryFindMostSpecific(url, seen, out var a) != actual.TryFindMostSpecific(url, seen, out var b) || a != b) return $"{url} ({seen}): another most specific entry";
        }
        return null;
    }

    /// <summary>What differs between a matcher and <see cref="PlainReference"/>, or null.</summary>
    public static string? Difference(IReadOnlyCollection<Given> entries, ListMatcher actual, CanonicalUrl url)
    {
        foreach (var seen in Enum.GetValues<Seen>())
        {
            var expected = PlainReference.Matching(entries, url, seen);
            var categories = CategorySet.Empty;
            foreach (var entry in expected) categories = categories.With(entry.Category.Index);
            if (actual.Classify(url, seen) != categories) return $"{url} ({seen}): classified otherwise; the reference has {string.Join(", ", expected)}";
            var explained = actual.Explain(url, seen).Select(m => (m.List, m.Line)).Order();
            if (!explained.SequenceEqual(expected.Select(e => (e.List, e.Entry.Line)).Order())) return $"{url} ({seen}): explained otherwise; the reference has {string.Join(", ", expected)}";
        }
        return null;
    }

    public static CanonicalUrl Url(string text) => CanonicalUrl.TryParse(text, out var url, out var error) ? url : throw new ArgumentException(error, nameof(text));
}
