using System.IO.Compression;
using System.Security.Cryptography;
using FilterGate.Lists.Formats;
using FilterGate.Matching;
using FilterGate.Testing;

namespace FilterGate.Lists.Tests.Formats;

/// <summary>Real lists, 1.8 million domains of six publishers: what is not taken is known kind by kind, and nothing else is lost.</summary>
[Category("Reference")]
public sealed class RealListsTests
{
    private const string Suffix = "would block a public suffix", Help = "would block a site where a child finds help";

    // Source, format, and every reason for which a line of it may be rejected or refused.
    private static readonly TestCaseData[] Sources =
    [
        // gov.uk among the sites of administrations; a help site among those for children.
        Source("ut1", ListFormat.Plain, Suffix, Help),
        Source("blocklistproject/adblock", ListFormat.AdBlock),
        Source("blocklistproject/domains", ListFormat.Plain),
        Source("blocklistproject/hosts", ListFormat.Hosts),
        // Its list of top-level domains, and city domains such as bologna.it.
        Source("shadowwhisperer", ListFormat.Plain, Suffix),
        // gob.mx, the government of Mexico, among pornography.
        Source("stevenblack", ListFormat.Hosts, Suffix),
        // Made by a machine from lists of several formats: a date in the head, remains of expressions between || and ^, names cut off at a dot.
        Source("techrzn", ListFormat.AdBlock, Suffix, "can match nothing", "has a blank", "has no host after its anchor", "its host has a character", "nobody knows the option badfilter^", "of the sites it spares one", "left out: only for certain apps"),
        Source("doh", ListFormat.Plain),
    ];

    [TestCaseSource(nameof(Sources))]
    public void Parse_WholeSource_AccountsForEveryLine(string source, ListFormat usual, string[] expected)
    {
        var folder = SharedData.PathOrIgnore(source);
        using var psl = new StreamReader(SharedData.PathOrIgnore("psl/public_suffix_list.dat"));
        var guard = EntryGuard.Shipped(PublicSuffixes.Parse(psl));
        var (lines, entries, files) = (0, 0, 0);
        var reasons = new SortedDictionary<string, (int Count, string Example)>(StringComparer.Ordinal);
        var guessedWrong = new List<string>();
        foreach (var path in Directory.GetFiles(folder, "*", SearchOption.AllDirectories).Where(IsList).Order())
        {
            var format = FormatOf(path, usual);
            var bytes = Read(path);
            files++;
            lines += CountEntryLines(bytes, format);
            if (bytes.Length > 0 && ListFormats.Detect(path.Replace(".gz", ""), bytes.AsSpan(0, Math.Min(bytes.Length, 64 * 1024))) != format) guessedWrong.Add(path);
            var sink = new CountingSink();
            using var digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            var parsed = ListParser.Parse(format, new(new MemoryStream(bytes), digest), new GuardedSink(sink, guard));
            Assert.That(parsed.InsteadOfList, Is.Null, path);
            entries += sink.EntryCount;
            foreach (var (why, (count, example)) in sink.Reasons) reasons[why] = (reasons.GetValueOrDefault(why).Count + count, reasons.GetValueOrDefault(why).Example ?? $"{Path.GetFileName(path)}: {example}");
        }
        TestContext.Out.WriteLine($"{source}: {files} files, {lines:n0} lines, {entries:n0} entries");
        foreach (var (why, (count, example)) in reasons) TestContext.Out.WriteLine($"  {count,7:n0}  {why}  [{example}]");
        using (Assert.EnterMultipleScope())
        {
            // A line gives an entry, or a reason. Only hosts files may give several of a line.
            Assert.That(entries + reasons.Values.Sum(r => r.Count), Is.EqualTo(lines));
            Assert.That(guessedWrong, Is.Empty);
            // Every kind of refusal is one that was looked at, and each of those still occurs.
            Assert.That(reasons.Keys.Where(r => !Array.Exists(expected, e => r.StartsWith(e, StringComparison.Ordinal))), Is.Empty);
            Assert.That(expected.Where(e => !reasons.Keys.Any(r => r.StartsWith(e, StringComparison.Ordinal))), Is.Empty);
        }
    }

    private static TestCaseData Source(string source, ListFormat format, params string[] expected) => new TestCaseData(source, format, expected).SetName($"Parse_AllOf_{source.Replace('/', '_')}_AccountsForEveryLine");

    private static bool IsList(string path) =>
        Path.GetFileName(path) is not ("README" or "SYMLINKS.txt" or "usage" or "global_usage" or "LICENSE" or "license.txt" or "very_restrictive_expression") && !path.EndsWith(".pdf", StringComparison.Ordinal);

    private static ListFormat FormatOf(string path, ListFormat usual) => Path.GetFileName(path) switch
    {
        "expressions" => ListFormat.SquidGuardExpressions,
        "Top_Level.txt" => ListFormat.AdBlock,
        "techrzn_ips.txt.gz" => ListFormat.Plain,
        _ => usual,
    };

    private static byte[] Read(string path)
    {
        using var file = File.OpenRead(path);
        using var whole = new MemoryStream();
        if (path.EndsWith(".gz", StringComparison.Ordinal))
        {
            using var gzip = new GZipStream(file, CompressionMode.Decompress);
            gzip.CopyTo(whole);
        }
        else
        {
            file.CopyTo(whole);
        }
        return whole.ToArray();
    }

    /// <summary>Lines that are neither blank nor a remark, by a rule of its own: for hosts files the names on them.</summary>
    private static int CountEntryLines(byte[] bytes, ListFormat format)
    {
        var count = 0;
        foreach (var line in System.Text.Encoding.Latin1.GetString(bytes).Split('\n').Select(l => l.Trim()))
        {
            if (line.Length == 0 || line[0] is '#' || (format == ListFormat.AdBlock && line[0] is '!')) continue;
            count += format == ListFormat.Hosts ? line.Split('#')[0].Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries).Length - 1 : 1;
        }
        return count;
    }

    private sealed class CountingSink : IEntrySink
    {
        public int EntryCount { get; private set; }

        public Dictionary<string, (int Count, string Example)> Reasons { get; } = new(StringComparer.Ordinal);

        public void Add(in ListEntry entry) => EntryCount++;

        public void AddHost(ReadOnlySpan<byte> host, int line) => EntryCount++;

        public void Reject(int line, string text, string why) => Count(why, text);

        public void LeaveOut(string why) => Count("left out: " + why, "");

        private void Count(string why, string example) => Reasons[why] = (Reasons.GetValueOrDefault(why).Count + 1, Reasons.GetValueOrDefault(why).Example ?? example);
    }
}
