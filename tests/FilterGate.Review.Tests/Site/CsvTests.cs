using System.Text;
using FilterGate.Review.Governors;
using FilterGate.Review.Site;

namespace FilterGate.Review.Tests.Site;

/// <summary>A table that a spreadsheet opens runs nothing; and numbers for governors tell of nobody.</summary>
internal sealed class CsvTests
{
    [TestCase("plain", "plain")]
    [TestCase(null, "")]
    [TestCase("a,b", "\"a,b\"")]
    [TestCase("say \"no\"", "\"say \"\"no\"\"\"")]
    [TestCase("two\r\nlines", "\"two\r\nlines\"")]
    [TestCase("=HYPERLINK(\"http://x.example\")", "\"'=HYPERLINK(\"\"http://x.example\"\")\"")]
    [TestCase("+44", "'+44")]
    [TestCase("-1", "'-1")]
    [TestCase("@SUM(A1)", "'@SUM(A1)")]
    [TestCase("\t=1", "\"'\t=1\"")]
    [TestCase("  =1+1", "'  =1+1")]
    [TestCase("\uFF1D1+1", "'\uFF1D1+1")]
    [TestCase("a=b", "a=b")]
    public void Row_Cell(string? cell, string written)
    {
        var table = new StringBuilder();
        Csv.Row(table, cell, "x");
        Assert.That(table.ToString(), Is.EqualTo(written + ",x\r\n"));
    }

    [TestCase(0, "0")]
    [TestCase(1, "under 5")]
    [TestCase(4, "under 5")]
    [TestCase(5, "5")]
    [TestCase(1234, "1,234")]
    public void SafeCount(long number, string said) => Assert.That(new SafeCount(number).ToString(), Is.EqualTo(said));

    [TestCase("games 20 chat 7", "games 20 chat 7")]
    [TestCase("games 20 chat 7 adult 3 drugs 4", "games 20 chat 7 Others 7")]
    [TestCase("games 20 chat 7 adult 1", "games 20 Others 8", TestName = "Together_OneSmallNumber_TakesTheNextAlong")]
    [TestCase("adult 1", "Others under 5")]
    [TestCase("", "")]
    public void Together(string counted, string shown)
    {
        var words = counted.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var rows = words.Chunk(2).Select(pair => new Events.CountRow(long.Parse(pair[1], System.Globalization.CultureInfo.InvariantCulture), 0) { Category = pair[0] });
        Assert.That(string.Join(' ', GovernorPages.Together(rows, row => row.Category!).Select(row => $"{row.Name} {row.Count}")), Is.EqualTo(shown));
    }
}
