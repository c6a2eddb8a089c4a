using System.Globalization;
using System.Text.RegularExpressions;
using FilterGate.Tests.Architecture;

namespace FilterGate.Tests.Seeds;

/// <summary>The table beside a founding policy stays true: every point of the digest has a row, and what a row says shows it is there.</summary>
public sealed partial class SeedReadmeTests
{
    private static readonly Lazy<string> TestSources = new(() => string.Concat(
        Directory.EnumerateFiles(Path.Combine(Repository.Root, "tests"), "*Tests.cs", SearchOption.AllDirectories).Select(File.ReadAllText)));

    [TestCase("s0-primary", "S0", 12)]
    [TestCase("s1-trust", "S1", 12)]
    [TestCase("s2-infant-nursery", "S2", 9)]
    [TestCase("s3-two-levels", "S3", 15)]
    [TestCase("s4-junior", "S4", 7)]
    public void Table_EveryPointOfTheDigest_HasARowInOrder(string seed, string policy, int points) =>
        Assert.That(Rows(seed).Select(r => r[0]), Is.EqualTo(Enumerable.Range(1, points).Select(n => string.Create(CultureInfo.InvariantCulture, $"{policy}.{n}"))));

    [TestCaseSource(nameof(Points))]
    public void Row_WhatItSaysShowsIt_IsThere(string seed, string point, string shows)
    {
        var parts = shows.Split("; ");
        using (Assert.EnterMultipleScope())
        {
            foreach (var part in parts) Assert.That(IsThere(seed, part), Is.True, $"{point}: {part}");
        }
    }

    [TestCase("rows S0.1", true)]
    [TestCase("rows S0.99", false)]
    [TestCase("`OrderOfDecisionsTests`", true)]
    [TestCase("`OrderOfDecisionsTests.Steps_All_AreInForce`", true)]
    [TestCase("`OrderOfDecisionsTests.Steps_OfNobody`", false)]
    [TestCase("`NoSuchTests`", false)]
    [TestCase("part 4 (alerts)", true)]
    [TestCase("part 2", false)]
    [TestCase("somehow", false)]
    public void IsThere_KnownAndUnknown_AreToldApart(string part, bool expected) => Assert.That(IsThere("s0-primary", part), Is.EqualTo(expected));

    [Test]
    public void Tables_RowsInAll_AreTheHundredAndFiftyThatWereAsked() =>
        Assert.That(Directory.EnumerateFiles(Path.Combine(Repository.Root, "seeds"), "decisions.txt", SearchOption.AllDirectories).SelectMany(File.ReadLines).Count(line => line.StartsWith('S')), Is.GreaterThanOrEqualTo(150));

    [TestCaseSource(nameof(Tables))]
    public void Decisions_EveryRow_ShowsAPointThatTheTableCites(string seed)
    {
        var cited = Rows(seed).Where(r => r[3].Contains($"rows {r[0]}", StringComparison.Ordinal)).Select(r => r[0]);
        var shown = File.ReadLines(PathOf(seed, "decisions.txt")).Where(line => line.StartsWith('S')).Select(line => line.Split(' ')[0]);
        Assert.That(shown.Distinct(), Is.EquivalentTo(cited));
    }

    private static IEnumerable<string> Tables() => Directory.EnumerateFiles(Path.Combine(Repository.Root, "seeds"), "decisions.txt", SearchOption.AllDirectories).Select(p => Path.GetFileName(Path.GetDirectoryName(p))!).Order(StringComparer.Ordinal);

    private static IEnumerable<TestCaseData> Points() => Tables().SelectMany(Rows, (seed, row) => new TestCaseData(seed, row[0], row[3]).SetArgDisplayNames(row[0]));

    /// <summary>Rows of decisions, a test by class or by class and method, or a later part of the work.</summary>
    private static bool IsThere(string seed, string part)
    {
        if (part.StartsWith("rows ", StringComparison.Ordinal)) return File.ReadLines(PathOf(seed, "decisions.txt")).Any(line => line.StartsWith(part[5..] + " ", StringComparison.Ordinal));
        if (LaterPart().IsMatch(part)) return true;
        if (NameOfATest().Match(part) is not { Success: true } test) return false;
        // A method may stand in a class that the named one derives from, so each is looked for by itself.
        return TestSources.Value.Contains($"class {test.Groups["class"].Value}", StringComparison.Ordinal)
            && (!test.Groups["method"].Success || TestSources.Value.Contains($" {test.Groups["method"].Value}(", StringComparison.Ordinal));
    }

    private static IEnumerable<string[]> Rows(string seed) =>
        File.ReadLines(PathOf(seed, "README.md")).Where(line => line.StartsWith("| S", StringComparison.Ordinal)).Select(line => line.Trim('|', ' ').Split(" | "));

    private static string PathOf(string seed, string file) => Path.Combine(Repository.Root, "seeds", seed, file);

    [GeneratedRegex("^part [45]( \\(.+\\))?(, part 5 \\(.+\\))?$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex LaterPart();

    [GeneratedRegex("^`(?<class>[A-Za-z0-9]+Tests)(\\.(?<method>[A-Za-z0-9_]+))?`$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex NameOfATest();
}
