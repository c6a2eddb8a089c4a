using System.Runtime.CompilerServices;

namespace FilterGate.Policy.Tests;

/// <summary>The page that schools read has the same steps, in the same order, as the program.</summary>
public sealed class PublishedOrderTests
{
    [Test]
    public void Page_HasEveryStepInOrder()
    {
        var rows = File.ReadLines(Path.Combine(Root(), "docs", "order-of-decisions.md")).Where(line => line.StartsWith("| ", StringComparison.Ordinal)).Skip(2)
            .Select(line => line.Split('|', StringSplitOptions.TrimEntries)).Select(cells => (cells[1], cells[2]));
        Assert.That(rows, Is.EqualTo(OrderOfDecisions.Steps.Select(s => (s.Number, s.Name))));
    }

    private static string Root([CallerFilePath] string path = "")
    {
        for (var folder = Path.GetDirectoryName(path); folder is not null; folder = Path.GetDirectoryName(folder))
            if (File.Exists(Path.Combine(folder, "FilterGate.sln"))) return folder;
        // A deterministic build hides the path: look up from where the tests run.
        for (var folder = AppContext.BaseDirectory; folder is not null; folder = Path.GetDirectoryName(folder.TrimEnd('/')))
            if (File.Exists(Path.Combine(folder, "FilterGate.sln"))) return folder;
        throw new InvalidOperationException("not within the repository");
    }
}
