using System.Globalization;
using System.Text;
using System.Text.Json;
using FilterGate.Commands;
using FilterGate.Lookup.Rows;

namespace FilterGate.Tests.Commands;

public sealed class CategoriseCommandTests
{
    private Workbench _bench = null!;

    [SetUp]
    public void MakeBench() => _bench = new Workbench();

    [TearDown]
    public void RemoveBench() => _bench.Dispose();

    [Test]
    public void Lines_GoodAndBad_AreAnsweredInOrder()
    {
        var run = Run(_bench.Write("urls.txt", "\uFEFFhttp://games.example/a,b?q=word\r\n\nunknown.example\nhead@school.example\nMIXED.example/Games/1\nlocked-host.test\nftp://files.example/\n"));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Done), run.Error);
            Assert.That(run.Lines, Is.EqualTo(new[]
            {
                "url,host,categories,list,error",
                "\"http://games.example/a,b?q=word\",games.example,games,games/domains,",
                "unknown.example,unknown.example,uncategorised,,",
                "head@school.example,,,,looks like an e-mail address; write http:// in front of a URL with a user name",
                "MIXED.example/Games/1,mixed.example,games,games/urls,",
                "locked-host.test,locked-host.test,uncategorised,,",
                "ftp://files.example/,,,,only http and https addresses are filtered",
            }));
            Assert.That(run.Error, Does.Contain("6 addresses in ").And.Contain("2 in a category, 2 could not be read").And.Contain("illegal-content lists are not consulted"));
        }
    }

    [TestCase(null, "url,who\ngames.example,a\n", TestName = "Csv_NoColumn_TakesTheOneNamedUrl")]
    [TestCase(null, "games.example,a\n", TestName = "Csv_NoNames_TakesTheFirst")]
    [TestCase("2", "a,games.example,b\r\n", TestName = "Csv_ByNumber_TakesIt")]
    [TestCase("Address", "who,\"address\"\n\"a\nb,\"\"c\"\"\",\"games.example\"\n", TestName = "Csv_ByName_TakesItAcrossQuotedLineEnds")]
    public void Csv(string? column, string text)
    {
        var run = Run(_bench.Write("log.csv", text), column is null ? [] : ["--column", column]);
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Done), run.Error);
        Assert.That(run.Lines[1..], Is.EqualTo(new[] { "games.example,games.example,games,games/domains," }));
    }

    [Test]
    public void Csv_BrokenRows_AreKeptAndTheRestIsRead()
    {
        var run = Run(_bench.Write("log.csv", "who,url\na\nb,games.example\nc,\"news.example\nd,chatter.example\n"), "--column", "url");
        Assert.That(run.Lines[1..], Is.EqualTo(new[]
        {
            "a,,,,has no column 2",
            "games.example,games.example,games,games/domains,",
            "\"c,\"\"news.example\",,,,a quote is never closed",
            "chatter.example,chatter.example,social-networks,social_networks/domains,",
        }));
    }

    [Test]
    public void JsonLines_AnswerIsJsonLines()
    {
        var run = Run(_bench.Write("log.jsonl", "{\"n\":[1,{\"url\":\"news.example\"}],\"url\":\"games.ex\\u0061mple\"}\n{\"url\":7}\nnot json\n{\"url\":\"\\ud800\"}\n"));
        var rows = run.Lines.Select(l => JsonDocument.Parse(l).RootElement).ToArray();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Done), run.Error);
            Assert.That(rows.Select(r => string.Join(' ', r.EnumerateObject().Select(p => p.Name))).Distinct(), Is.EqualTo(new[] { "url host categories list error" }));
            Assert.That(rows[0].GetProperty("categories")[0].GetString(), Is.EqualTo("games"));
            Assert.That(rows[1..].Select(r => r.GetProperty("error").GetString()), Is.EqualTo(new[] { "no JSON object with a text 'url'", "no JSON object", "no JSON object" }));
        }
    }

    [Test]
    public void Json_OverLines_IsJsonLines() =>
        Assert.That(JsonDocument.Parse(Run(_bench.Write("urls.txt", "games.example\n"), "--json").Lines.Single()).RootElement.GetProperty("list").GetString(), Is.EqualTo("games/domains"));

    [Test]
    public void Output_AFile_IsWrittenWhole()
    {
        var to = Path.Combine(_bench.Root, "out.csv");
        var run = Run(_bench.Write("urls.txt", "games.example\n"), "--output", to);
        Assert.That((run.ExitCode, run.Output), Is.EqualTo((ExitCode.Done, "")));
        Assert.That(File.ReadAllText(to), Is.EqualTo("url,host,categories,list,error\ngames.example,games.example,games,games/domains,\n"));
        Assert.That(Directory.EnumerateFiles(_bench.Root, "*.part"), Is.Empty);
    }

    [Test]
    public void ManyBlocks_KeepTheirOrder()
    {
        using var input = new MemoryStream(Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, 60_000).Select(i => $"http://n{i.ToString(CultureInfo.InvariantCulture)}.{(i % 3 == 0 ? "games" : "other")}.example/\n"))));
        var run = _bench.RunWith(input, "categorise", "-", "--lists", Path.Combine(_bench.Root, "lists"));
        var rows = run.Lines[1..];
        using (Assert.EnterMultipleScope())
        {
            Assert.That(rows, Has.Length.EqualTo(60_000));
            Assert.That(rows.Select((row, i) => row.StartsWith($"http://n{i.ToString(CultureInfo.InvariantCulture)}.", StringComparison.Ordinal)), Has.None.False);
            Assert.That(rows.Select((row, i) => row.EndsWith(i % 3 == 0 ? ",games,games/domains," : ",uncategorised,,", StringComparison.Ordinal)), Has.None.False);
        }
    }

    [TestCase("urls.txt", new string[0])]
    [TestCase("log.csv", new[] { "--column", "2" })]
    [TestCase("log.jsonl", new string[0])]
    public void NothingReadable_IsExit2AndSaysWhatToTry(string name, string[] arguments)
    {
        var run = Run(_bench.Write(name, "head@school.example\n"), arguments);
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Usage));
        Assert.That(run.Error, Does.Contain("could be read as an address"));
    }

    [TestCase("nowhere.txt", new string[0], "does not exist")]
    [TestCase(".", new string[0], "is a folder")]
    [TestCase("log.csv", new[] { "--column", "address" }, "names no column 'address' (it has: who, url)")]
    [TestCase("log.csv", new[] { "--column", "0" }, "--column counts from 1")]
    [TestCase("urls.txt", new[] { "--column", "url" }, "--column is for CSV and JSON lines")]
    public void WrongUse_IsExit2AndSaysHow(string name, string[] arguments, string expected)
    {
        _bench.Write("log.csv", "who,url\na,games.example\n");
        _bench.Write("urls.txt", "games.example\n");
        var run = Run(Path.Combine(_bench.Root, name), arguments);
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Usage));
        Assert.That(run.Error, Does.Contain(expected));
    }

    // Blocks of 16 bytes: rows of every length at every border.
    [TestCase("aaaa\nbbbb\ncccc\ndddd\n", false, new[] { "aaaa\nbbbb\ncccc\n", "dddd\n" }, TestName = "Blocks_EndWithARow")]
    [TestCase("aaaa\nbbbbbbbbbbbbb", false, new[] { "aaaa\n", "bbbbbbbbbbbbb" }, TestName = "Blocks_LastRowWithoutAnEnd_IsARow")]
    [TestCase("aaaa\n\"b\nc\nd\ne\nf\"\ng\n", true, new[] { "aaaa\n", "\"b\nc\nd\ne\nf\"\ng\n" }, TestName = "Blocks_QuotedLineEnds_AreNoEnds")]
    [TestCase("\"b\nc\nd\ne\nf\ng\nh\ni\nj\nk\nl\n", true, new[] { "\"b\n", "c\nd\ne\nf\ng\nh\ni\nj\n", "k\nl\n" }, TestName = "Blocks_QuoteNeverClosed_IsALineByItself")]
    [TestCase("", false, new string[0], TestName = "Blocks_Nothing_AreNone")]
    public async Task Blocks(string text, bool isQuoted, string[] expected)
    {
        using var stream = new MemoryStream(Encoding.UTF8.GetBytes(text));
        var blocks = new RowBlocks(stream, isQuoted, blockLength: 16);
        var found = new List<string>();
        while (await blocks.NextAsync(CancellationToken.None) is { } block) found.Add(Encoding.UTF8.GetString(block.Bytes.Span));
        Assert.That(found, Is.EqualTo(expected));
    }

    [Test]
    public void TooLongALine_IsCutAndTheRestIsRead()
    {
        var run = Run(_bench.Write("urls.txt", $"games.example\nhttp://{new string('a', 600_000)}.example/\nnews.example\n"));
        Assert.That(run.Lines, Has.Length.EqualTo(4));
        Assert.That(run.Lines[2], Does.StartWith("http://aaa").And.EndsWith(",,,,longer than 262144 bytes").And.Length.LessThan(300));
        Assert.That(run.Lines[3], Does.StartWith("news.example,news.example,news,"));
    }

    private CommandRun Run(string file, params string[] arguments) => _bench.Run(["categorise", file, "--lists", Path.Combine(_bench.Root, "lists"), .. arguments]);
}
