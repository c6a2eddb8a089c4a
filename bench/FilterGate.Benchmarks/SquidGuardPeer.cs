using System.Collections.Frozen;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using FilterGate.Lists;
using FilterGate.Matching;

namespace FilterGate.Benchmarks;

/// <summary>Debian's squidGuard over its standard input, beside our matcher over the same lists and questions. It is a whole process that reads a line and writes a line, and ours here is a call: the ratio says what a redirector costs, not how good a search is.</summary>
internal static class SquidGuardPeer
{
    private const int Questions = 20_000;

    public static object? Run(string folder, int domains)
    {
        if (!File.Exists("/usr/bin/squidGuard"))
        {
            ListFigures.Say("squidGuard is left out: it is not installed (apt install squidguard)");
            return null;
        }
        var lists = SyntheticLists.Make(domains, domains / 5);
        var db = Path.Combine(folder, "db");
        lists.Write(db);
        var conf = Path.Combine(folder, "squidGuard.conf");
        File.WriteAllText(conf, Configuration(folder, db));
        var compile = Stopwatch.StartNew();
        RunProcess(["-c", conf, "-C", "all"], []);
        var compiled = compile.Elapsed.TotalSeconds;
        ListFigures.Say($"squidGuard built its database in {compiled:f1} s");

        var trace = lists.Trace(TraceKind.Mix, Questions);
        var input = trace.Select(url => $"{url} 10.0.0.1/- - GET\n").ToArray();
        // Once with one line: what starting and opening the database takes is not a question's.
        var start = Time(() => RunProcess(["-c", conf], input[..1]));
        var all = Time(() => RunProcess(["-c", conf], input));
        var each = (all - start) / Questions * 1e6;

        var matcher = ListLoader.Load(db, new byte[LockedKey.Length]).Categories;
        var ours = ListFigures.Median(5, () => trace.Sum(url => matcher.Classify(url, Seen.Url).Count)).TotalMicroseconds / Questions;
        var texts = Enumerable.Range(0, lists.Count).Select(i => (Text: Encoding.ASCII.GetString(lists[i]), Category: SyntheticLists.CategoryOf(i))).DistinctBy(e => e.Text, StringComparer.Ordinal).ToDictionary(e => e.Text, e => e.Category, StringComparer.Ordinal);
        var frozen = texts.ToFrozenDictionary(StringComparer.Ordinal);
        var (bySpan, frozenBySpan) = (texts.GetAlternateLookup<ReadOnlySpan<char>>(), frozen.GetAlternateLookup<ReadOnlySpan<char>>());
        var dictionary = ListFigures.Median(5, () => trace.Sum(url => Walk(url, text => bySpan.TryGetValue(text, out var c) ? c : 0))).TotalMicroseconds / Questions;
        var frozenDictionary = ListFigures.Median(5, () => trace.Sum(url => Walk(url, text => frozenBySpan.TryGetValue(text, out var c) ? c : 0))).TotalMicroseconds / Questions;
        ListFigures.Say($"squidGuard {each:f0} µs a question through its pipes; a call of our matcher {ours:f2} µs, of a Dictionary {dictionary:f2}, of a FrozenDictionary {frozenDictionary:f2}");
        return new { domains, urls = domains / 5, build_seconds = compiled, microseconds_a_question = each, our_microseconds_a_call = ours, dictionary_microseconds_a_call = dictionary, frozen_dictionary_microseconds_a_call = frozenDictionary };
    }

    private delegate int Look(ReadOnlySpan<char> text);

    /// <summary>What a dictionary has to be asked for one address: the host and each of its parents, and each of its paths.</summary>
    private static int Walk(CanonicalUrl url, Look look)
    {
        var sum = 0;
        for (var host = url.Host.AsSpan(); !host.IsEmpty; host = host.IndexOf('.') is var dot and >= 0 ? host[(dot + 1)..] : default) sum += look(host);
        Span<char> text = stackalloc char[1024];
        if (url.Host.Length + url.Path.Length > text.Length) return sum;
        url.Host.CopyTo(text);
        url.Path.CopyTo(text[url.Host.Length..]);
        var whole = text[..(url.Host.Length + url.Path.Length)];
        for (var end = url.Host.Length + 1; end < whole.Length; end++)
            if (whole[end] == '/' || end == whole.Length - 1) sum += look(whole[..(whole[end] == '/' ? end : end + 1)]);
        return sum;
    }

    private static string Configuration(string folder, string db)
    {
        var text = new StringBuilder($"dbhome {db}\nlogdir {folder}\n");
        var names = new List<string>();
        foreach (var category in Directory.EnumerateDirectories(db).Select(Path.GetFileName).Order(StringComparer.Ordinal))
        {
            names.Add(category!);
            text.Append(CultureInfo.InvariantCulture, $"dest {category} {{\n");
            if (File.Exists(Path.Combine(db, category!, "domains"))) text.Append(CultureInfo.InvariantCulture, $"  domainlist {category}/domains\n");
            if (File.Exists(Path.Combine(db, category!, "urls"))) text.Append(CultureInfo.InvariantCulture, $"  urllist {category}/urls\n");
            text.Append("}\n");
        }
        return text.Append(CultureInfo.InvariantCulture, $"acl {{ default {{ pass {string.Join(' ', names.Select(n => "!" + n))} all\n redirect http://blocked.example/ }} }}\n").ToString();
    }

    private static double Time(Action run)
    {
        var watch = Stopwatch.StartNew();
        run();
        return watch.Elapsed.TotalSeconds;
    }

    private static void RunProcess(string[] arguments, string[] lines)
    {
        using var process = Process.Start(new ProcessStartInfo("/usr/bin/squidGuard", arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false })!;
        var error = process.StandardError.ReadToEndAsync();
        var answers = process.StandardOutput.ReadToEndAsync();
        foreach (var line in lines) process.StandardInput.Write(line);
        process.StandardInput.Close();
        if (!process.WaitForExit(TimeSpan.FromMinutes(10)))
        {
            process.Kill();
            throw new TimeoutException("squidGuard took more than ten minutes");
        }
        var answered = answers.GetAwaiter().GetResult().Count(c => c == '\n');
        if (lines.Length > 0 && answered != lines.Length) throw new InvalidOperationException($"squidGuard answered {answered} of {lines.Length} lines: {error.GetAwaiter().GetResult()}");
    }
}
