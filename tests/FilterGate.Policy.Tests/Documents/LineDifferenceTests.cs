using FilterGate.Policy.Documents;

namespace FilterGate.Policy.Tests.Documents;

public sealed class LineDifferenceTests
{
    [TestCase("", "", "", TestName = "Of_Nothing_IsNothing")]
    [TestCase("a\nb", "a\nb", "", TestName = "Of_Same_IsNothing")]
    [TestCase("a\r\nb\r\n", "a\nb", "", TestName = "Of_LineEndings_DoNotCount")]
    [TestCase("", "a", "@@ 1|+a", TestName = "Of_FromNothing_IsAdded")]
    [TestCase("a", "", "@@ 1|-a", TestName = "Of_ToNothing_IsRemoved")]
    [TestCase("a\nb\nc", "a\nx\nc", "@@ 1| a|-b|+x| c", TestName = "Of_OneLine_HasItsNeighbours")]
    [TestCase("1\n2\n3\n4\n5\n6\n7\n8\n9", "1\n2\n3\n4\n5\n6\n7\n8\n9\nx", "@@ 7| 7| 8| 9|+x", TestName = "Of_AnEnd_ShowsThreeLinesBefore")]
    [TestCase("x\n1\n2\n3\n4\n5\n6\n7\n8\ny", "z\n1\n2\n3\n4\n5\n6\n7\n8\nw", "@@ 1|-x|+z| 1| 2| 3|@@ 7| 6| 7| 8|-y|+w", TestName = "Of_TwoPlaces_AreTwoPieces")]
    [TestCase("a\nb\nc\na\nb\nb\na", "c\nb\na\nb\na\nc", "@@ 1|-a|-b| c|+b| a| b|-b| a|+c", TestName = "Of_TheExampleOfThePaper_TakesFiveEdits")]
    public void Of(string before, string after, string expected) => Assert.That(string.Join('|', LineDifference.Of(before, after)), Is.EqualTo(expected));

    [Test]
    public void Of_RandomTexts_LeadFromOneToTheOther()
    {
        var random = new Random(4);
        for (var round = 0; round < 300; round++)
        {
            var (a, b) = (Lines(random), Lines(random));
            var edits = LineDifference.Of(string.Join('\n', a), string.Join('\n', b)).Where(l => l[0] != '@').ToList();
            // Few lines, so that every one of them is within three of a change or both are alike.
            if (edits.Count == 0)
            {
                Assert.That(a, Is.EqualTo(b));
                continue;
            }
            Assert.That(Sub(edits.Where(e => e[0] != '+'), a), Is.True, string.Join('|', edits));
            Assert.That(Sub(edits.Where(e => e[0] != '-'), b), Is.True, string.Join('|', edits));
            Assert.That(b.Length - a.Length, Is.EqualTo(edits.Count(e => e[0] == '+') - edits.Count(e => e[0] == '-')));
        }

        static string[] Lines(Random random) => [.. Enumerable.Range(0, random.Next(12)).Select(_ => ((char)('a' + random.Next(3))).ToString())];

        static bool Sub(IEnumerable<string> edits, string[] lines)
        {
            var at = 0;
            foreach (var edit in edits)
            {
                while (at < lines.Length && lines[at] != edit[1..]) at++;
                if (at++ >= lines.Length) return false;
            }
            return true;
        }
    }

    [Test]
    public void Of_TwoOtherTexts_ReplacesTheMiddleWhole()
    {
        var (a, b) = (Enumerable.Range(0, LineDifference.EditsMax).Select(i => $"a{i}"), Enumerable.Range(0, LineDifference.EditsMax).Select(i => $"b{i}"));
        var edits = LineDifference.Of("same\n" + string.Join('\n', a), "same\n" + string.Join('\n', b)).ToList();
        Assert.That(edits.Take(3), Is.EqualTo(new[] { "@@ 1", " same", "-a0" }));
        Assert.That(edits, Has.Count.EqualTo(2 + (2 * LineDifference.EditsMax)));
    }
}
