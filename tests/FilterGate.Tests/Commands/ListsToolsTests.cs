using System.Globalization;
using System.Text;
using System.Text.Json;
using FilterGate.Commands;

namespace FilterGate.Tests.Commands;

/// <summary>The commands that look at lists and mend them: find, test, compile, verify.</summary>
public sealed class ListsToolsTests
{
    private Workbench _bench = null!;

    [SetUp]
    public void MakeBench() => _bench = Workbench.WithSource();

    [TearDown]
    public void RemoveBench() => _bench.Dispose();

    [Test]
    public void Find_Address_NamesEveryEntryMostSpecificFirst()
    {
        var run = Find("http://play.games.example/level/1?secret=word");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Done), run.Error);
            Assert.That(run.Lines[..3], Is.EqualTo(new[] { "play.games.example: games", "  games/domains:3  play.games.example  games", "  games/domains:1  games.example  games" }));
            Assert.That(run.Lines[3], Does.Contain("Illegal-content lists are not consulted"));
            Assert.That(run.Output, Does.Not.Contain("secret"));
        }
    }

    [Test]
    public void Find_AddressJson_HasEveryKey()
    {
        var answer = Json(Find("mixed.example/games/chess", "--json"));
        Assert.That(answer.EnumerateObject().Select(p => p.Name), Is.EqualTo(new[] { "text", "host", "contains", "categories", "more", "matches", "milliseconds", "lists_version", "locked_lists" }));
        var match = answer.GetProperty("matches").EnumerateArray().Single();
        Assert.That(match.EnumerateObject().Select(p => p.Name), Is.EqualTo(new[] { "list", "entry", "line", "category", "version", "report" }));
        Assert.That((match.GetProperty("list").GetString(), match.GetProperty("entry").GetString(), match.GetProperty("line").GetInt32()), Is.EqualTo(("games/urls", "mixed.example/games", 1)));
        Assert.That(answer.GetProperty("locked_lists").GetString(), Is.EqualTo("not consulted"));
    }

    [Test]
    public void Find_EntryOfAFetchedList_SaysWhereItsPublisherIsTold()
    {
        _bench.Write("settings.yaml", "policy: policy.yaml\ndata: data\nlists: { sources: [doh] }\n");
        var update = _bench.Run("lists", "update", "doh", "--from", _bench.Write("doh.txt", string.Concat(Enumerable.Range(0, 50).Select(i => $"dns{i}.example\n"))));
        Assert.That(update.ExitCode, Is.EqualTo(ExitCode.Done), update.Error);
        var text = _bench.Run("lists", "find", "dns7.example").Output;
        var json = Json(_bench.Run("lists", "find", "argos.co.uk", "--json")).GetProperty("matches")[0];
        using (Assert.EnterMultipleScope())
        {
            Assert.That(text, Does.Contain("doh:8").And.Contain("Is an entry of doh wrong? Its publisher is told at https://"));
            Assert.That(json.GetProperty("report").ValueKind, Is.EqualTo(JsonValueKind.Null), "our own starter lists have no publisher but us");
        }
    }

    [TestCase("unknown.example")]
    [TestCase("locked-host.test")]
    [TestCase("http://iwf-sample.example/album/page1.html")]
    [TestCase("http://locked.test/forbidden/page")]
    public void Find_UnknownOrLocked_IsUncategorised(string address)
    {
        var answer = Json(Find(address, "--json"));
        Assert.That(answer.GetProperty("categories").EnumerateArray().Select(c => c.GetString()), Is.EqualTo(new[] { "uncategorised" }));
        Assert.That(answer.GetProperty("matches").GetArrayLength(), Is.Zero);
    }

    [Test]
    public void Find_Contains_FindsPartsOfEntriesInOrderOfList()
    {
        var run = Find("GAMES", "--contains");
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Done), run.Error);
        Assert.That(run.Lines[..^1], Is.EqualTo(new[] { "  games/domains:1  games.example  games", "  games/domains:3  play.games.example  games", "  games/urls:1  mixed.example/games  games" }));
    }

    [TestCase("iwf-sample")]
    [TestCase("locked-host")]
    public void Find_ContainsALockedEntry_FindsNothing(string text) => Assert.That(Find(text, "--contains").Lines[0], Is.EqualTo($"No entry contains {text}."));

    [Test]
    public void Find_MoreThanTheLimit_SaysSo()
    {
        var answer = Json(Find("games", "--contains", "--limit", "2", "--json"));
        Assert.That((answer.GetProperty("matches").GetArrayLength(), answer.GetProperty("more").GetBoolean()), Is.EqualTo((2, true)));
    }

    [TestCase(new[] { "ftp://files.example/" }, "is not an address")]
    [TestCase(new[] { "x", "--contains" }, "at least 2 characters")]
    [TestCase(new[] { "games", "--limit", "0" }, "--limit takes 1 to")]
    public void Find_WrongUse_IsExit2AndSaysHow(string[] arguments, string expected)
    {
        var run = Find(arguments);
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Usage));
        Assert.That(run.Error, Does.Contain(expected));
    }

    [Test]
    public void Test_GoodAndBadLines_CountsAndSaysWhy()
    {
        var file = _bench.Write("ours.txt", "games.example\nplay.example/level\n192.0.2.0/24\nno host at all !\ncom.au\nchildline.org.uk\n");
        var run = _bench.Run("lists", "test", file);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Done), run.Error);
            Assert.That(run.Lines[0], Is.EqualTo("3 entries (read as plain, a guess: --format says it for sure): 1 hosts, 1 with a path, 1 ranges, 0 expressions"));
            Assert.That(run.Lines[1], Is.EqualTo("3 lines cannot be used, 2 of them because they would block far too much; the rest would load:"));
            Assert.That(run.Lines[2], Does.StartWith("  line 4: ").And.EndsWith(": no host at all !"));
            Assert.That(run.Lines[3], Is.EqualTo("  line 5: would block a public suffix, and with it every site below: com.au"));
            Assert.That(run.Lines[4], Does.StartWith("  line 6: would block a site where a child finds help"));
        }
    }

    [Test]
    public void Test_Json_HasEveryKey()
    {
        var answer = Json(_bench.Run("lists", "test", _bench.Write("block.txt", "||ads.example^\n@@||good.ads.example^\nsite.example##.banner\n"), "--json"));
        Assert.That(answer.EnumerateObject().Select(p => p.Name), Is.EqualTo(new[]
        {
            "file", "format", "format_guessed", "category", "own_category", "instead_of_list", "entries", "hosts", "paths", "ranges", "patterns", "exceptions", "malformed", "refused", "left_out", "errors",
        }));
        Assert.That((answer.GetProperty("format").GetString(), answer.GetProperty("entries").GetInt32(), answer.GetProperty("exceptions").GetInt32(), answer.GetProperty("malformed").GetInt32()), Is.EqualTo(("adblock", 2, 1, 0)));
        Assert.That(answer.GetProperty("left_out").EnumerateObject().Single().Value.GetInt32(), Is.EqualTo(1));
    }

    [Test]
    public void Test_StandardInput_IsReadOnce()
    {
        var lines = string.Concat(Enumerable.Range(0, 20_000).Select(i => $"0.0.0.0 n{i.ToString(CultureInfo.InvariantCulture)}.example\n"));
        using var input = new MemoryStream(Encoding.UTF8.GetBytes(lines));
        var run = _bench.RunWith(input, "lists", "test", "-", "--json");
        var answer = Json(run);
        Assert.That((answer.GetProperty("format").GetString(), answer.GetProperty("entries").GetInt32()), Is.EqualTo(("hosts", 20_000)));
    }

    [TestCase("government", 1, 0)]
    [TestCase("games", 0, 1)]
    public void Test_Category_DecidesWhatIsRefused(string category, int entries, int refused)
    {
        var answer = Json(_bench.Run("lists", "test", _bench.Write("gov.txt", "gov.uk\n"), "--category", category, "--json"));
        Assert.That((answer.GetProperty("entries").GetInt32(), answer.GetProperty("refused").GetInt32()), Is.EqualTo((entries, refused)));
    }

    [TestCase("<!DOCTYPE html>\n<html>\n", "looks like a web page")]
    [TestCase("", "nothing of")]
    public void Test_NoList_IsExit2AndSaysWhatItIs(string text, string expected)
    {
        var run = _bench.Run("lists", "test", _bench.Write("page.txt", text));
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Usage));
        Assert.That(run.Error, Does.Contain(expected));
    }

    [TestCase(new[] { "nowhere.txt" }, "does not exist")]
    [TestCase(new[] { "nowhere.txt", "--category", "gaems" }, "'gaems' is no category; did you mean 'games'?")]
    [TestCase(new[] { "nowhere.txt", "--format", "xml" }, "xml")]
    public void Test_WrongUse_IsExit2(string[] arguments, string expected)
    {
        var run = _bench.Run(["lists", "test", .. arguments]);
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Usage));
        Assert.That(run.Error, Does.Contain(expected));
    }

    [Test]
    public void Compile_FetchedList_IsInForceAndAudited()
    {
        Import("n1.example\nn2.example/path\n");
        var answer = Json(_bench.Run("lists", "compile", "--json"));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(answer.EnumerateObject().Select(p => p.Name), Is.EqualTo(new[] { "version", "lists", "entries", "bytes", "bytes_per_entry", "seconds", "malformed", "refused", "warnings" }));
            Assert.That(answer.GetProperty("bytes").GetInt64(), Is.GreaterThan(answer.GetProperty("entries").GetInt32() * 10));
            Assert.That(Json(_bench.Run("lists", "find", "n2.example/path/x", "--json")).GetProperty("matches")[0].GetProperty("list").GetString(), Is.EqualTo("own"));
            using var state = State.StateStore.Open(Path.Combine(_bench.Data, "state.db"), _bench.Clock);
            Assert.That(state.AuditEntries().Select(e => $"{e.Actor} {e.Action} {e.Subject}"), Does.Contain($"tech lists.compile {answer.GetProperty("version").GetString()}"));
        }
    }

    [Test]
    public void Verify_NothingCompiled_IsGoodAndSaysSo()
    {
        var run = _bench.Run("lists", "verify");
        Assert.That((run.ExitCode, run.Lines[0]), Is.EqualTo((ExitCode.Done, "Nothing was compiled here: the small starter lists of the program are in force. filtergate lists update fetches full ones.")));
    }

    [Test]
    public void Verify_Compiled_LooksEntriesUp()
    {
        Import(string.Concat(Enumerable.Range(0, 3000).Select(i => $"n{i.ToString(CultureInfo.InvariantCulture)}.example\n")));
        var run = _bench.Run("lists", "verify");
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Done), run.Output);
        Assert.That(run.Lines.Single(), Does.StartWith("good: ").And.Match("and 1,[0-9]{3} entries looked up were found"));
    }

    [TestCase("*.fgl", 600)]
    [TestCase("*.fgl", -1)]
    [TestCase("*.fgp", 200)]
    [TestCase("*.json", 0)]
    public void Verify_AChangedByte_IsExit1AndCompileMendsIt(string files, int at)
    {
        Import("n1.example\n");
        var file = Directory.EnumerateFiles(Path.Combine(_bench.Data, "lists", "compiled"), files).Single();
        var bytes = File.ReadAllBytes(file);
        bytes[at < 0 ? ^1 : at] ^= 1;
        File.Delete(file);
        File.WriteAllBytes(file, bytes);
        var run = _bench.Run("lists", "verify");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(run.ExitCode, Is.EqualTo(ExitCode.OurFault));
            Assert.That(run.Output, Does.StartWith("broken: ").And.Contain("Run filtergate lists compile"));
            Assert.That(_bench.Run("lists", "compile").ExitCode, Is.EqualTo(ExitCode.Done));
            Assert.That(_bench.Run("lists", "verify").ExitCode, Is.EqualTo(ExitCode.Done));
        }
    }

    [Test]
    public void Verify_SourceIsGone_WarnsAndIsGood()
    {
        Import("n1.example\n");
        foreach (var file in Directory.EnumerateFiles(Path.Combine(_bench.Data, "lists", "sources", "own"), "*", SearchOption.AllDirectories).Where(f => !f.EndsWith(".json", StringComparison.Ordinal))) File.Delete(file);
        var run = _bench.Run("lists", "verify");
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Done), run.Output);
        Assert.That(run.Error, Does.Contain("files that were compiled are gone (own)"));
    }

    private void Import(string list) => Assert.That(_bench.Run("lists", "update", "own", "--from", _bench.Write("stick.txt", list)).ExitCode, Is.EqualTo(ExitCode.Done));

    private CommandRun Find(params string[] arguments) => _bench.Run(["lists", "find", "--lists", Path.Combine(_bench.Root, "lists"), .. arguments]);

    private static JsonElement Json(CommandRun run) => JsonDocument.Parse(run.Lines.Length == 1 ? run.Lines[0] : throw new AssertionException(run.Output + run.Error)).RootElement;
}
