using FilterGate.Events;
using FilterGate.Lists;
using FilterGate.Policy;
using FilterGate.Safeguarding.Today;
using FilterGate.Testing;

namespace FilterGate.Safeguarding.Tests.Today;

/// <summary>The searches of <c>childrens-words.tsv</c>.</summary>
internal static class ChildrensWords
{
    /// <summary>What should be found, and what about it is.</summary>
    internal static IEnumerable<(string Subject, string Words)> Concerning => Lines("childrens-words.tsv").Where(line => line.Subject is not null).Select(line => (line.Subject!, line.Words));

    /// <summary>What must not be.</summary>
    internal static IEnumerable<string> Harmless => Lines("childrens-words.tsv").Where(line => line.Subject is null).Select(line => line.Words);

    /// <summary>The lines of a file; the subject is null for what is harmless.</summary>
    internal static IEnumerable<(string? Subject, string Words)> Lines(string file) => File.ReadLines(Path.Combine(Repository.Root, "tests", "FilterGate.Safeguarding.Tests", "Today", file))
        .Where(line => line.Length > 0 && line[0] != '#').Select(line => line.Split('\t')).Select(parts => (parts[0] == "-" ? null : parts[0], parts[1]));
}

/// <summary>What a child types has neither the grown-ups' words nor their spelling. Each line is a search on its own, allowed as searches are, and is an item of <em>Today</em> or is none.</summary>
internal sealed class ChildrensWordsTests
{
    private static readonly DateTimeOffset Nine = new(2026, 11, 23, 9, 0, 0, TimeSpan.Zero);

    private static IEnumerable<TestCaseData> Seen() => ChildrensWords.Lines("childrens-words.tsv").Select(line => new TestCaseData(line.Words, line.Subject).SetName($"Search_{line.Subject ?? "nothing"}: {line.Words}"));

    [TestCaseSource(nameof(Seen))]
    public void Search(string words, string? subject) => Assert.That(Subjects(words), subject is null ? Is.Empty : Has.Member(subject));

    /// <summary>A figure and not a promise: a list of phrases finds what somebody thought of. The bounds keep it from falling.</summary>
    [Test]
    public void Search_WordsThatNobodyThoughtOf_AreFoundByHalf_AndWhatIsHarmlessIsLeftAlone()
    {
        var lines = ChildrensWords.Lines("childrens-words-unseen.tsv").Select(line => (line.Subject, line.Words, Found: Subjects(line.Words))).ToList();
        var missed = lines.Where(line => line.Subject is not null && line.Found.Length == 0).Select(line => line.Words).ToList();
        var wrong = lines.Where(line => line.Subject is null && line.Found.Length > 0).Select(line => $"{line.Words}: {line.Found[0]}").ToList();
        var (concerning, harmless) = (lines.Count(line => line.Subject is not null), lines.Count(line => line.Subject is null));
        TestContext.Out.WriteLine($"{concerning - missed.Count} of {concerning} found, {wrong.Count} of {harmless} harmless ones found too\nmissed:\n  {string.Join("\n  ", missed)}\nfound and harmless:\n  {string.Join("\n  ", wrong)}");
        Assert.That(missed, Has.Count.LessThanOrEqualTo(concerning / 2));
        Assert.That(wrong, Has.Count.LessThanOrEqualTo(harmless / 20));
    }

    /// <summary>The index is asked for words that every search with a concern has, in the spelling in which it was typed: or <em>Today</em> would never come to see it.</summary>
    [TestCaseSource(nameof(Seen))]
    public void Index_IsAskedForIt(string words, string? subject)
    {
        if (subject is null) Assert.Pass();
        string[] split = [.. words.ToLowerInvariant().Split([.. " '\u2019-"], StringSplitOptions.RemoveEmptyEntries)];
        Assert.That(SearchConcerns.Words.Where(asked => asked.Split(' ').All(place => place.Split('|').Any(split.Contains))), Is.Not.Empty);
    }

    private static string[] Subjects(string words) =>
        [.. TodayItems.Of([new FilterEvent { Time = Nine, Kind = EventKind.Search, Decision = Verdict.Allow, Reason = Reason.CategoryAllow, Category = "search-safe", Person = "p1", ActKind = ActKind.Search, Intent = Intent.Searched, SearchWords = words }], ListLoader.ShippedTaxonomy).Items.Select(item => item.Subject)];
}
