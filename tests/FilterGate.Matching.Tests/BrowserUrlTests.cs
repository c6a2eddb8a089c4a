using System.Text.Json;
using System.Text.RegularExpressions;
using FilterGate.Matching.Tests.Compiled;
using FilterGate.Testing;

namespace FilterGate.Matching.Tests;

/// <summary>What a browser treats as one URL is one here: the cases of web-platform-tests, which every browser passes.</summary>
public sealed partial class BrowserUrlTests
{
    // Refused in both spellings, so that nothing falls on two sides of a rule. A case that is read must not stand here.
    private static readonly Dictionary<string, string> Refused = new(StringComparer.Ordinal)
    {
        ["http://f:0/c"] = "nothing can be dialled at port 0",
        ["http://f:00000000000000/c"] = "nothing can be dialled at port 0",
        ["http://./"] = "nothing is left when the trailing dots are gone",
        ["http://../"] = "nothing is left when the trailing dots are gone",
    };

    [Test]
    public void TryParse_WhatABrowserTreatsAsOne_IsOne()
    {
        var failures = new List<string>();
        var compared = 0;
        foreach (var (input, href) in Cases())
        {
            var readsInput = CanonicalUrl.TryParse(input, out var ofInput, out var inputError);
            var readsHref = CanonicalUrl.TryParse(href, out var ofHref, out var hrefError);
            var isAsExpected = Refused.ContainsKey(input) ? !readsInput && !readsHref : readsInput && ofInput!.Equals(ofHref);
            if (!isAsExpected) failures.Add($"{input}: {ofInput?.ToString() ?? inputError}\n  {href}: {ofHref?.ToString() ?? hrefError}");
            compared++;
        }
        Assert.That(failures, Is.Empty, () => string.Join('\n', failures));
        Assert.That(compared, Is.GreaterThan(150));
    }

    [Test]
    public void TryCanonicalizeHost_WhatABrowserTreatsAsOne_IsOne()
    {
        var failures = new List<string>();
        using var document = JsonDocument.Parse(File.ReadAllBytes(SharedData.PathOrIgnore("wpt-url/toascii.json")));
        foreach (var element in document.RootElement.EnumerateArray())
        {
            if (element.ValueKind != JsonValueKind.Object || element.GetProperty("output").GetString() is not { Length: > 0 and <= CanonicalUrl.HostLengthMax } ascii) continue;
            var unicode = element.GetProperty("input").GetString()!;
            CanonicalUrl.TryCanonicalizeHost(unicode, out var ofUnicode);
            CanonicalUrl.TryCanonicalizeHost(ascii, out var ofAscii);
            if (ofUnicode is null || ofUnicode != ofAscii) failures.Add($"{unicode}: {ofUnicode}, {ascii}: {ofAscii}");
        }
        Assert.That(failures, Is.Empty, () => string.Join('\n', failures));
    }

    // The same from the side of the rules: whichever spelling a list has and whichever a pupil types, the rule holds, and a rule beside it does not.
    [Test]
    public void Classify_WhatABrowserTreatsAsOne_FallsOnOneSideOfEveryRule()
    {
        var failures = new List<string>();
        var compared = 0;
        var cases = Cases().Where(c => !Refused.ContainsKey(c.Input)).ToList();
        var all = Sample.Open(Sample.Builder(Sample.Numbered(cases.Select((c, i) => Sample.Place(i % 4, i % 2 == 0 ? c.Input : c.Href))), seed: 1).Compile());
        foreach (var (input, href) in cases)
        {
            CanonicalUrl[] spellings = [Sample.Url(input), Sample.Url(href)];
            foreach (var seen in Enum.GetValues<Seen>())
            {
                if (all.Classify(spellings[0], seen) != all.Classify(spellings[1], seen) || !all.Explain(spellings[0], seen).SequenceEqual(all.Explain(spellings[1], seen))) failures.Add($"{input} and {href} are classified differently ({seen})");
                var host = spellings[1].Host;
                // What must hold, what must not, and what only must be one for both.
                foreach (var (rule, expected) in new (string, bool?)[]
                {
                    (host, true), ("=" + host, true), (host + "/", true), (input, seen == Seen.Url ? true : null), (href, seen == Seen.Url ? true : null), (host + spellings[1].Path, null),
                    ("*." + host, false), ("x" + host.Trim('[', ']'), false), (host + spellings[1].Path.TrimEnd('/') + "/no-such-path", false),
                })
                {
                    var matcher = Sample.Open(Sample.Builder([Sample.Place(0, rule)], seed: 2).Compile());
                    if (matcher.EntryCount == 0) continue;
                    compared++;
                    var answers = spellings.Select(url => matcher.Matches(url, seen)).ToArray();
                    if (answers[0] != answers[1]) failures.Add($"the rule {rule} tells {input} and {href} apart ({seen})");
                    if (expected is { } holds && answers[0] != holds) failures.Add($"the rule {rule} {(holds ? "does not hold" : "holds")} for {href} ({seen})");
                }
            }
        }
        Assert.That(failures, Is.Empty, () => string.Join('\n', failures.Take(30)));
        Assert.That(compared, Is.GreaterThan(1_500));
    }

    // Inputs that mean a URL of their own: with a scheme, and not relative to a base of the same scheme ("http:foo" is).
    private static IEnumerable<(string Input, string Href)> Cases()
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(SharedData.PathOrIgnore("wpt-url/urltestdata.json")));
        foreach (var element in document.RootElement.EnumerateArray())
        {
            if (element.ValueKind != JsonValueKind.Object || !element.TryGetProperty("href", out var href)) continue;
            var input = element.GetProperty("input").GetString()!;
            var start = Scheme().Match(input.Replace("\t", "").Replace("\n", "").Replace("\r", ""));
            if (!start.Success) continue;
            var isRelative = start.Groups[2].Length < 2 && element.GetProperty("base").GetString() is { } b && b.StartsWith(start.Groups[1].Value + ":", StringComparison.OrdinalIgnoreCase);
            if (!isRelative) yield return (input, href.GetString()!);
        }
    }

    [GeneratedRegex(@"^[\x00-\x20]*(https?):([/\\]*)", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Scheme();
}
