using FilterGate.Lists.Formats;

namespace FilterGate.Lists.Tests.Formats;

public sealed class PatternLinesTests
{
    [TestCase("(/banner/|adverts/)", "(/banner/|adverts/)")]
    [TestCase("# a remark", null)]
    [TestCase("a#b", "a#b")]
    [TestCase("[[:digit:]]+x", "[0-9]+x")]
    [TestCase("[^[:alnum:]_]", "[^a-zA-Z0-9_]")]
    [TestCase("[]a]", @"[\]a]")]
    [TestCase("[a-z-[b]]", @"[a-z-\[b]]")]
    [TestCase(@"\[[:alpha:]", @"\[[:alpha:]")]
    [TestCase(@"[\]x[:space:]]", @"[\]x\s]")]
    public void Read_Expression_IsThisPattern(string line, string? pattern)
    {
        var sink = CollectingSink.Parse(ListFormat.SquidGuardExpressions, line);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(sink.Words, Is.EqualTo(pattern is null ? [] : new[] { "u:" + pattern }));
            Assert.That(sink.Rejected, Is.Empty);
        }
    }

    [TestCase("(a", "round brackets")]
    [TestCase("a)", "round brackets")]
    [TestCase("[a", "square bracket")]
    [TestCase("*a", "nothing before it")]
    [TestCase("a**", "follow each other")]
    [TestCase("[z-a]", "backwards")]
    [TestCase("(a)\\1", "bounded time")]
    [TestCase("(?=a)b", "bounded time")]
    [TestCase("(?!a)b", "bounded time")]
    [TestCase("a{1,100000}", "bounded time")]
    [TestCase("((a{1,1000}){1,1000}){1,1000}", "bounded time")]
    public void Read_NoUsableExpression_IsRejectedWithTheReason(string line, string why) =>
        Assert.That(CollectingSink.Parse(ListFormat.SquidGuardExpressions, line).Rejected.Single().Why, Does.Contain(why));

    [Test]
    public void Read_ExpressionsNestedDeep_AreRejected() =>
        Assert.That(CollectingSink.Parse(ListFormat.SquidGuardExpressions, new string('(', 500) + "a" + new string(')', 500)).Rejected, Has.Count.EqualTo(1));

    [TestCase("[[:punct:]]", "!", true)]
    [TestCase("[[:punct:]]", "~", true)]
    [TestCase("[[:punct:]]", "[", true)]
    [TestCase("[[:punct:]]", "a", false)]
    [TestCase("[a-z-[b]]", "b]", true)]
    [TestCase("[]a]", "]", true)]
    [TestCase("BANNER", "/banner/", true)]
    public void Translated_Expression_MatchesAsWhoWroteItMeant(string expression, string text, bool isMatch)
    {
        Assert.That(PatternSyntax.TryTranslate(expression, out var pattern, out _), Is.True);
        Assert.That(PatternSyntax.Build(pattern!).IsMatch(text), Is.EqualTo(isMatch));
    }
}
