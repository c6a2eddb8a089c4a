using CsCheck;

namespace FilterGate.Matching.Tests;

public sealed class ListMatcherTests
{
    private static readonly Category[] Categories =
        [.. Enumerable.Range(0, 8).Select(i => new Category(i, $"category-{i}", $"Category {i}", CategoryDefault.Block, CategoryDefault.Block, CategoryDefault.Block, Theme: null, []))];

    // Entry, URL, whether it matches. The published semantics as a table; each row that matches has a neighbour that must not.
    [TestCase("example.com", "http://example.com/", true)]
    [TestCase("example.com", "https://example.com:8443/any?thing", true)]
    [TestCase("example.com", "http://www.example.com/", true)]
    [TestCase("example.com", "http://a.b.example.com/", true)]
    [TestCase("example.com", "http://notexample.com/", false)]
    [TestCase("example.com", "http://example.com.evil.test/", false)]
    [TestCase("example.com", "http://example.org/", false)]
    [TestCase("example.com", "http://com/", false)]
    [TestCase("EXAMPLE.com.", "http://example.COM./", true)]
    [TestCase(".example.com", "http://a.example.com/", true)]
    [TestCase("https://example.com/", "http://sub.example.com/x", true)]
    [TestCase("https://example.com:8443", "http://example.com/", true)]
    [TestCase("www.example.com", "http://www.example.com/", true)]
    [TestCase("www.example.com", "http://example.com/", false)]
    [TestCase("com", "http://example.com/", true)]
    [TestCase("com", "http://example.org/", false)]
    [TestCase("=example.com", "http://example.com/", true)]
    [TestCase("=example.com", "http://www.example.com/", false)]
    [TestCase("=example.com", "http://a.example.com/", false)]
    [TestCase("*.example.com", "http://a.example.com/", true)]
    [TestCase("*.example.com", "http://a.b.example.com/", true)]
    [TestCase("*.example.com", "http://example.com/", false)]
    [TestCase("b\u00fccher.example", "http://xn--bcher-kva.example/", true)]
    [TestCase("xn--bcher-kva.example", "http://B\u00dcCHER.example/", true)]
    [TestCase("a_b.example", "http://a_b.example/", true)]
    [TestCase("example.com/path", "http://example.com/path", true)]
    [TestCase("example.com/path", "http://example.com/path/", true)]
    [TestCase("example.com/path", "http://example.com/path/deeper", true)]
    [TestCase("example.com/path", "http://example.com/path?q", true)]
    [TestCase("example.com/path", "http://example.com/path&q", true)]
    [TestCase("example.com/path", "http://example.com/path=q", true)]
    [TestCase("example.com/path", "http://example.com/PATH", true)]
    [TestCase("example.com/PATH", "http://example.com/path", true)]
    [TestCase("example.com/path", "http://example.com/pathx", false)]
    [TestCase("example.com/path", "http://example.com/path.html", false)]
    [TestCase("example.com/path", "http://example.com/path;q", false)]
    [TestCase("example.com/path", "http://example.com/pat", false)]
    [TestCase("example.com/path", "http://example.com/", false)]
    [TestCase("example.com/path", "http://example.com/other/path", false)]
    [TestCase("example.com/path", "http://example.com/?path", false)]
    [TestCase("example.com/path", "http://example.com/%70ath", true)]
    [TestCase("example.com/path", "http://example.com//x/..//path", true)]
    [TestCase("example.com/path", "http://a.example.com/path", true)]
    [TestCase("example.com/path", "http://www.example.com/path", true)]
    [TestCase("www.example.com/path", "http://example.com/path", true)]
    [TestCase("www.example.com/path", "http://a.example.com/path", true)]
    [TestCase("www.com/path", "http://com/path", false)]
    [TestCase("example.com/path/", "http://example.com/path", true)]
    [TestCase("example.com/path/", "http://example.com/path/x", true)]
    [TestCase("example.com/path/", "http://example.com/pathx", false)]
    [TestCase("=example.com/path", "http://example.com/path", true)]
    [TestCase("=example.com/path", "http://www.example.com/path", true)]
    [TestCase("=www.example.com/path", "http://example.com/path", true)]
    [TestCase("=example.com/path", "http://a.example.com/path", false)]
    [TestCase("=example.com/path", "http://www.a.example.com/path", false)]
    [TestCase("*.example.com/path", "http://a.example.com/path", true)]
    [TestCase("*.example.com/path", "http://example.com/path", false)]
    [TestCase("*.example.com/path", "http://www.example.com/path", false)]
    [TestCase("example.com/p?x=1", "http://example.com/p?x=1", true)]
    [TestCase("example.com/p?x=1", "http://example.com/p?x=1&y=2", true)]
    [TestCase("example.com/p?x=1", "http://example.com/p?X=1", true)]
    [TestCase("example.com/p?x=1", "http://example.com/p?x=12", false)]
    [TestCase("example.com/p?x=1", "http://example.com/p?y=2&x=1", false)]
    [TestCase("example.com/p?x=1", "http://example.com/p", false)]
    [TestCase("example.com/p?x=1", "http://example.com/p%3Fx=1", false)]
    [TestCase("example.com/?x=1", "http://example.com/?x=1", true)]
    [TestCase("example.com/?x=1", "http://example.com/?x=2", false)]
    [TestCase("example.com/watch?v=", "http://example.com/watch?v=abc", true)]
    [TestCase("example.com/watch?v=", "http://example.com/watch?v", false)]
    [TestCase("example.com/p?u=http://a/", "http://example.com/p?u=http://a/b", true)]
    [TestCase("example.com/p?u=http://a/", "http://example.com/p?u=http://ab", false)]
    [TestCase("example.com/p?", "http://example.com/p", true)]
    [TestCase("example.com/en#gallery", "http://example.com/en", true)]
    [TestCase("example.com/#gallery", "http://example.com/x", true)]
    [TestCase("1.2.3.4", "http://1.2.3.4/", true)]
    [TestCase("1.2.3.4", "http://0x1020304/", true)]
    [TestCase("1.2.3.4", "http://[::ffff:1.2.3.4]/", true)]
    [TestCase("1.2.3.4", "http://5.1.2.3.4/", false)]
    [TestCase("1.2.3.4", "http://1.2.3.40/", false)]
    [TestCase("4", "http://1.2.3.4/", false)]
    [TestCase("1.2.3.4/x", "http://1.2.3.4:8080/x/y", true)]
    [TestCase("1.2.3.4/x", "http://1.2.3.4/", false)]
    [TestCase("[2001:DB8::1]", "http://[2001:db8:0::1]/", true)]
    [TestCase("2001:db8::1", "http://[2001:db8::1]/", true)]
    [TestCase("[2001:db8::1]", "http://[2001:db8::2]/", false)]
    public void Classify_OneEntry_MatchesAsPublished(string entry, string url, bool expected)
    {
        var matcher = Build(("list", 3, entry));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(matcher.Classify(Url(url), Seen.Url), Is.EqualTo(expected ? CategorySet.Of(Categories[3]) : CategorySet.Empty));
            Assert.That(matcher.Explain(Url(url), Seen.Url), Has.Length.EqualTo(expected ? 1 : 0));
            Assert.That(matcher.TryFindMostSpecific(Url(url), Seen.Url, out var match), Is.EqualTo(expected));
            Assert.That(match.Entry, Is.EqualTo(expected ? entry : null));
            Assert.That(matcher.Matches(Url(url), Seen.Url), Is.EqualTo(expected));
        }
    }

    [TestCase("", "empty")]
    [TestCase("   ", "empty")]
    [TestCase("=", "empty")]
    [TestCase("*.", "empty")]
    [TestCase("...", "not a host")]
    [TestCase("ads*.example.com", "*")]
    [TestCase("*.*.example.com", "*")]
    [TestCase("=*.example.com", "*")]
    [TestCase("0.0.0.0 example.com", "character")]
    [TestCase("||example.com^", "character")]
    [TestCase("<html>", "character")]
    [TestCase("*.1.2.3.4", "no sub-domains")]
    [TestCase("someone@example.com", "e-mail")]
    [TestCase("ftp://example.com/", "only http")]
    [TestCase("/path", "no host")]
    [TestCase("example.com:99999/x", "port")]
    public void TryAdd_MalformedEntry_SaysWhyAndAddsNothing(string entry, string why)
    {
        var builder = new ListMatcher.Builder();
        Assert.That(builder.TryAdd("list", Categories[0], entry, 1, out var error), Is.False);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(error, Does.Contain(why));
            Assert.That(builder.Build().EntryCount, Is.Zero);
        }
    }

    [Test]
    public void TryAdd_LongestEntry_IsReadAndOneCharacterMoreIsNot()
    {
        var builder = new ListMatcher.Builder();
        var longest = "example.com/".PadRight(4096, 'x');
        using (Assert.EnterMultipleScope())
        {
            Assert.That(builder.TryAdd("list", Categories[0], longest, 1, out _), Is.True);
            Assert.That(builder.TryAdd("list", Categories[0], longest + "x", 2, out _), Is.False);
            Assert.That(builder.TryAdd("list", Categories[0], "example.com/".PadRight(4000, '\u00fc'), 3, out var error), Is.False);
            Assert.That(error, Does.Contain("escaped"));
            Assert.That(builder.Build().Matches(Url(longest), Seen.Url), Is.True);
        }
    }

    [Test]
    public void TryAdd_DeepestPath_MatchesAtItsEndAndOneDelimiterMoreIsRefused()
    {
        var deepest = "example.com" + string.Concat(Enumerable.Range(0, 32).Select(i => $"/{i}"));
        var matcher = Build(("list", 1, deepest));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(matcher.Matches(Url(deepest), Seen.Url), Is.True);
            Assert.That(matcher.Matches(Url(deepest + "/more/and?more=and/more"), Seen.Url), Is.True);
            Assert.That(matcher.Matches(Url(deepest + "x"), Seen.Url), Is.False);
            Assert.That(new ListMatcher.Builder().TryAdd("list", Categories[0], deepest + "/x", 1, out _), Is.False);
        }
    }

    // Enough names for a filter: what is there is never missed, and what is not there is not found for it.
    [Test]
    public void Classify_ManyNames_FindsEachAndNoNeighbour()
    {
        var builder = new ListMatcher.Builder();
        for (var i = 0; i < 60_000; i++) Assert.That(builder.TryAdd("list", Categories[i % 8], $"name{i}.{(i % 3 == 0 ? "host.example" : "example")}", i + 1, out _), Is.True);
        var matcher = builder.Build();
        var wrong = Enumerable.Range(0, 60_000).Where(i =>
        {
            var host = $"name{i}.{(i % 3 == 0 ? "host.example" : "example")}";
            return matcher.Classify(Url($"www.{host}"), Seen.Host) != CategorySet.Of(Categories[i % 8]) || matcher.Matches(Url($"x{host}"), Seen.Host) || matcher.Matches(Url($"{host}x"), Seen.Host);
        });
        Assert.That(wrong, Is.Empty);
    }

    // Collided in all 64 bits of an early hash: only the comparison of text keeps them apart.
    [Test]
    public void Classify_NamesThatOnceCollided_StayApart()
    {
        var matcher = Build(("a", 1, "unblock-2022euas.tk"), ("b", 2, "unblock2022euas.tk"));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(matcher.Classify(Url("unblock-2022euas.tk"), Seen.Url), Is.EqualTo(CategorySet.Of(Categories[1])));
            Assert.That(matcher.Classify(Url("unblock2022euas.tk"), Seen.Url), Is.EqualTo(CategorySet.Of(Categories[2])));
        }
    }

    [Test]
    public void Classify_SeveralLists_IsTheirUnion()
    {
        var matcher = Build(("a", 1, "example.com"), ("b", 2, "sub.example.com"), ("c", 3, "example.com/p"), ("d", 4, "example.com/p/q"), ("e", 5, "*.example.com"), ("f", 6, "=example.com"));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Indices(matcher.Classify(Url("example.com"), Seen.Url)), Is.EqualTo(new[] { 1, 6 }));
            Assert.That(Indices(matcher.Classify(Url("example.com/p/q/r"), Seen.Url)), Is.EqualTo(new[] { 1, 3, 4, 6 }));
            Assert.That(Indices(matcher.Classify(Url("x.sub.example.com/p"), Seen.Url)), Is.EqualTo(new[] { 1, 2, 3, 5 }));
            Assert.That(Indices(matcher.Classify(Url("other.example.com"), Seen.Url)), Is.EqualTo(new[] { 1, 5 }));
        }
    }

    [Test]
    public void Classify_HostAlone_IgnoresPathRules()
    {
        var matcher = Build(("a", 1, "example.com"), ("b", 2, "example.com/p"));
        Assert.That(Indices(matcher.Classify(Url("example.com/p"), Seen.Host)), Is.EqualTo(new[] { 1 }));
        Assert.That(matcher.Explain(Url("example.com/p"), Seen.Host).Select(m => m.List), Is.EqualTo(new[] { "a" }));
    }

    [Test]
    public void Explain_SeveralEntries_NamesEachMostSpecificFirst()
    {
        var matcher = Build(("a", 1, "example.com"), ("b", 2, "www.example.com"), ("c", 3, "example.com/p"), ("d", 4, "EXAMPLE.com/p/q/"), ("b", 5, "example.com/p"), ("z", 0, "example.org"));
        var matches = matcher.Explain(Url("http://www.example.com/p/q/r"), Seen.Url);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(matches.Select(m => m.Entry), Is.EqualTo(new[] { "www.example.com", "EXAMPLE.com/p/q/", "example.com/p", "example.com/p", "example.com" }));
            Assert.That(matches.Select(m => m.List), Is.EqualTo(new[] { "b", "d", "b", "c", "a" }));
            Assert.That(matches.Select(m => m.Line), Is.EqualTo(new[] { 2, 4, 5, 3, 1 }));
            Assert.That(matches.Select(m => m.Category.Index), Is.EqualTo(new[] { 2, 4, 5, 3, 1 }));
            Assert.That(matches.Select(m => m.Specificity), Is.Ordered.Descending);
            Assert.That(matcher.TryFindMostSpecific(Url("http://www.example.com/p/q/r"), Seen.Url, out var best), Is.True);
            Assert.That(best, Is.EqualTo(matches[0]));
        }
    }

    [Test]
    public void Empty_AnyUrl_FindsNothing()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(ListMatcher.Empty.EntryCount, Is.Zero);
            Assert.That(ListMatcher.Empty.Classify(Url("example.com/x"), Seen.Url).IsEmpty, Is.True);
            Assert.That(ListMatcher.Empty.Explain(Url("1.2.3.4"), Seen.Url), Is.Empty);
        }
    }

    [TestCase("http://www.example.com/p/q?r=s")]
    [TestCase("http://unknown.test/")]
    [TestCase("http://1.2.3.4/x")]
    public void Classify_AnyUrl_DoesNotAllocate(string text)
    {
        var matcher = Build(("a", 1, "example.com"), ("b", 2, "example.com/p/q?r=s"), ("c", 3, "1.2.3.4/x"));
        var url = Url(text);
        // A collection that another test causes makes the runtime put aside what is left of this thread's block, and counts it: the least of a few runs is what the look-ups took.
        Assert.That(Enumerable.Range(0, 5).Min(_ => Allocated()), Is.Zero);

        long Allocated() => Testing.Allocations.Of(() =>
        {
            for (var i = 0; i < 1000; i++)
            {
                matcher.Classify(url, Seen.Url);
                matcher.TryFindMostSpecific(url, Seen.Url, out var _);
            }
        });
    }

    [Test]
    public void Build_WhileCollectingGoesOn_LeavesTheFirstMatcherAsItWas()
    {
        var builder = new ListMatcher.Builder();
        Assert.That(builder.TryAdd("a", Categories[1], "example.com", 1, out _), Is.True);
        var first = builder.Build();
        for (var i = 0; i < 1000; i++) Assert.That(builder.TryAdd("b", Categories[2], $"n{i}.example.com/p", i, out _), Is.True);
        var second = builder.Build();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(first.EntryCount, Is.EqualTo(1));
            Assert.That(Indices(first.Classify(Url("n7.example.com/p"), Seen.Url)), Is.EqualTo(new[] { 1 }));
            Assert.That(second.EntryCount, Is.EqualTo(1001));
            Assert.That(Indices(second.Classify(Url("n7.example.com/p"), Seen.Url)), Is.EqualTo(new[] { 1, 2 }));
        }
    }

    // Few labels and segments, so that rules and requests meet often, in every scope and depth.
    private static readonly Gen<string> Host = Gen.OneOf("a", "b", "www", "com").Array[1, 4].Select(labels => string.Join('.', labels));
    private static readonly Gen<string> Tail = Gen.Select(Gen.OneOf("", "/", "?", "&", "=", "x", "X"), Gen.OneOf("a", "b", "ab", "")).Select((d, s) => d + s).Array[0, 4].Select(string.Concat);
    private static readonly Gen<string> Request = Gen.Select(Host, Tail).Select((host, tail) => $"{host}/{tail}");
    private static readonly Gen<string> Entry = Gen.Select(Gen.OneOf("", "", "=", "*."), Gen.OneOf(Host, Request)).Select((scope, rest) => scope + rest);

    [Test]
    public void Classify_AnyRules_AgreesWithReadingThemOneByOne() =>
        Gen.Select(Gen.Select(Gen.Int[0, 7], Entry).Array[0, 12], Request.Array[1, 8], Gen.ULong).Sample((rules, requests, seed) =>
        {
            var builder = new ListMatcher.Builder(seed);
            var line = 0;
            foreach (var (category, entry) in rules) builder.TryAdd($"list-{category}", Categories[category], entry, ++line, out _);
            var matcher = builder.Build();
            foreach (var request in requests)
            {
                var url = Url(request);
                foreach (var seen in Enum.GetValues<Seen>())
                {
                    var expected = CategorySet.Empty;
                    foreach (var (category, entry) in rules)
                        if (PlainReference.IsInPlace(entry, url, seen)) expected = expected.With(category);
                    var explained = CategorySet.Empty;
                    foreach (var match in matcher.Explain(url, seen)) explained = explained.With(match.Category.Index);
                    if (matcher.Classify(url, seen) != expected || explained != expected) return false;
                }
            }
            return true;
        }, iter: 20_000);

    [Test]
    public void Explain_ListsInAnyOrder_SaysTheSame() =>
        Gen.Select(Gen.Select(Gen.Int[0, 7], Entry).Array[2, 10], Request).Sample((rules, request) =>
        {
            var numbered = rules.Select((r, i) => ($"list-{r.Item1}", r.Item1, r.Item2, i + 1)).ToArray();
            var forward = BuildAt(numbered);
            var backward = BuildAt([.. numbered.Reverse()]);
            var url = Url(request);
            return forward.Explain(url, Seen.Url).SequenceEqual(backward.Explain(url, Seen.Url))
                && forward.Classify(url, Seen.Url) == backward.Classify(url, Seen.Url)
                && forward.TryFindMostSpecific(url, Seen.Url, out var a) == backward.TryFindMostSpecific(url, Seen.Url, out var b) && a == b;
        }, iter: 5_000);

    private static ListMatcher Build(params (string List, int Category, string Entry)[] entries) => BuildAt([.. entries.Select((e, i) => (e.List, e.Category, e.Entry, i + 1))]);

    private static ListMatcher BuildAt(params (string List, int Category, string Entry, int Line)[] entries)
    {
        var builder = new ListMatcher.Builder();
        foreach (var (list, category, entry, line) in entries) builder.TryAdd(list, Categories[category], entry, line, out _);
        return builder.Build();
    }

    private static CanonicalUrl Url(string text) => CanonicalUrl.TryParse(text, out var url, out var error) ? url : throw new ArgumentException(error, nameof(text));

    private static List<int> Indices(CategorySet set)
    {
        var indices = new List<int>();
        foreach (var index in set) indices.Add(index);
        return indices;
    }
}
