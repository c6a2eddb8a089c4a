namespace FilterGate.Matching.Tests;

/// <summary>Patterns are joined into one for each target; .NET's engine without backtracking bounds how large one may be (10,000 nodes).</summary>
public sealed class JoinedPatternsTests
{
    private static readonly Category Games = new(0, "games", "Games", CategoryDefault.Block, CategoryDefault.Block, CategoryDefault.Block, Theme: null, []);

    [TestCase(2)]
    [TestCase(7)]
    public void Build_PatternsThatAreTooLargeTogether_AreAllInForce(int count)
    {
        var builder = new ListMatcher.Builder();
        var source = builder.AddSource(new("games/expressions", Games, ""));
        for (var i = 0; i < count; i++) Assert.That(builder.TryAdd(source, new ListEntry(EntryKind.HostPattern, $"game{i}(x{{6000}})?\\.", i + 1), out var why), Is.True, why);
        var matcher = builder.Build();
        for (var i = 0; i < count; i++)
        {
            Assert.That(CanonicalUrl.TryParse($"http://game{i}.example/", out var url, out _));
            Assert.That(matcher.Matches(url!, Seen.Url), Is.True, url!.Host);
            Assert.That(matcher.Explain(url, Seen.Url).Select(m => m.Line), Is.EqualTo(new[] { i + 1 }));
        }
        Assert.That(CanonicalUrl.TryParse("http://chess.example/", out var other, out _));
        Assert.That(matcher.Matches(other!, Seen.Url), Is.False);
    }
}
