using FilterGate.Policy.Documents;
using FilterGate.Settings;
using FilterGate.Setup;
using FilterGate.Tests.Architecture;

namespace FilterGate.Tests.Setup;

public sealed class DocumentSectionsTests
{
    private const string Document = """
        # What it is.

        # Where it listens.
        listen: [127.0.0.1:8080]   # a port

        # More of it.
        lists:
          sources: [ut1]
          # within
          own: []

        # devices: on

        """;

    [TestCaseSource(nameof(Documents))]
    public void Read_AnyDocument_IsTheSameTextAgain(string text) => Assert.That(Read(text).Text, Is.EqualTo(text));

    private static IEnumerable<TestCaseData> Documents()
    {
        foreach (var seed in SeedPolicies.Names) yield return new TestCaseData(SeedPolicies.Read(seed)) { TestName = $"Read_Policy_{seed}_IsTheSameTextAgain" };
        yield return new TestCaseData(File.ReadAllText(Path.Combine(Repository.Root, "deploy", "settings", "filtergate.yaml"))) { TestName = "Read_ShippedSettings_AreTheSameTextAgain" };
        yield return new TestCaseData(Document) { TestName = "Read_CommentsEverywhere_IsTheSameTextAgain" };
        yield return new TestCaseData("") { TestName = "Read_Nothing_IsNothing" };
        yield return new TestCaseData("# only a comment\n") { TestName = "Read_OnlyAComment_IsTheSameTextAgain" };
    }

    [Test]
    public void With_AKeyThatIsThere_TakesItsPlaceAndLeavesTheRest() =>
        Assert.That(Read(Document).With(Section("listen: [10.20.0.1:8080]\n"), keepsComment: true).Text, Is.EqualTo(Document.Replace("[127.0.0.1:8080]   # a port", "[10.20.0.1:8080]", StringComparison.Ordinal)));

    [Test]
    public void With_TheLastEntry_LeavesWhatStandsBelow() =>
        Assert.That(Read(Document).With(Section("lists: { sources: [] }\n"), keepsComment: true).Text, Does.EndWith("# More of it.\nlists: { sources: [] }\n\n# devices: on\n"));

    [Test]
    public void With_ANewKey_StandsAtTheEndWithItsComment() =>
        Assert.That(Read("a: 1").With(Section("# why\nb: 2\n"), keepsComment: false).Text, Is.EqualTo("a: 1\n\n# why\nb: 2\n"));

    [Test]
    public void With_ItsOwnComment_TakesThePlaceOfTheOldOne() =>
        Assert.That(Read("# old\na: 1\nb: 2\n").With(Section("# new\na: 3\n"), keepsComment: false).Text, Is.EqualTo("# new\na: 3\nb: 2\n"));

    [Test]
    public void Without_TakesTheCommentAboveToo() => Assert.That(Read(Document).Without("listen").Text, Is.EqualTo("# What it is.\n\n# More of it.\nlists:\n  sources: [ut1]\n  # within\n  own: []\n\n# devices: on\n"));

    [TestCase(4, "listen", 4)]
    [TestCase(8, "lists", 8)]
    [TestCase(10, "lists", 10)]
    [TestCase(1, null, null)]
    public void At_ALine_NamesItsEntry(int line, string? key, int? at)
    {
        var found = Read(Document).At(line);
        Assert.That((found?.Section.Key, found?.Line), Is.EqualTo((key, at)));
    }

    [Test]
    public void At_AnEntryOfElsewhere_IsItsLineThere()
    {
        var other = Read("x: 1\n\ny:\n  - first\n  - second\n").Find("y")!;
        var made = Read("a: 1\nb: 2\n").With(other, keepsComment: false);
        Assert.That(made.Text, Is.EqualTo("a: 1\nb: 2\ny:\n  - first\n  - second\n"));
        Assert.That((made.At(5)?.Section.Key, made.At(5)?.Line), Is.EqualTo(("y", 5)));
        Assert.That(made.At(3)?.Line, Is.EqualTo(3));
    }

    [TestCase("{ a: 1, b: 2 }", "does not begin its line")]
    [TestCase("  a: 1", "does not begin its line")]
    [TestCase("- a", "not a list")]
    [TestCase("a: [", "not YAML")]
    [TestCase("a: 1\na: 2", "written twice")]
    public void Read_WhatCannotBeCut_IsSaid(string text, string says)
    {
        var problems = new List<PolicyProblem>();
        DocumentSections.Read(text, problems);
        Assert.That(problems.Select(p => p.Message), Has.Some.Contains(says));
    }

    private static DocumentSections Read(string text)
    {
        var problems = new List<PolicyProblem>();
        var read = DocumentSections.Read(text, problems);
        Assert.That(problems, Is.Empty);
        return read;
    }

    private static DocumentSection Section(string text) => Read(text).All.Single();
}
