using System.Text;
using FilterGate.Lists.Formats;
using FilterGate.Matching;
using FilterGate.Testing;

namespace FilterGate.Lists.Tests.Formats;

public sealed class PublicSuffixesTests
{
    [TestCase("com", true)]
    [TestCase("nosuchtld", true)]
    [TestCase("co.uk", true)]
    [TestCase("org.uk", true)]
    [TestCase("gov.uk", true)]
    [TestCase("nhs.uk", true)]
    [TestCase("police.uk", true)]
    [TestCase("mod.uk", true)]
    [TestCase("sch.uk", false)]
    [TestCase("anytown.sch.uk", true)]
    [TestCase("anyschool.anytown.sch.uk", false)]
    [TestCase("com.br", true)]
    [TestCase("or.jp", true)]
    [TestCase("www.ck", false)]
    [TestCase("other.ck", true)]
    [TestCase("example.com", false)]
    [TestCase("example.co.uk", false)]
    [TestCase("blogspot.com", false)]
    [TestCase("github.io", false)]
    public void IsPublicSuffix_BuiltIn_Knows(string host, bool isSuffix) =>
        Assert.That(PublicSuffixes.BuiltIn.IsPublicSuffix(Encoding.ASCII.GetBytes(host)), Is.EqualTo(isSuffix));

    [TestCase("sch.uk", true)]
    [TestCase("uk", true)]
    [TestCase("anytown.sch.uk", true)]
    [TestCase("ck", true)]
    [TestCase("school.anytown.sch.uk", false)]
    [TestCase("www.ck", false)]
    [TestCase("example.com", false)]
    public void CoversPublicSuffix_WhatStandsAbove_IsToo(string host, bool covers) =>
        Assert.That(PublicSuffixes.BuiltIn.CoversPublicSuffix(Encoding.ASCII.GetBytes(host)), Is.EqualTo(covers));

    [Test]
    public void Parse_Rules_AreTheListsOwn()
    {
        var suffixes = PublicSuffixes.Parse(new StringReader(
            """
            // ===BEGIN ICANN DOMAINS===
            com
            *.ck a remark
            !www.ck
            公司.cn
            bad..rule
            a.*.b
            // ===END ICANN DOMAINS===
            // ===BEGIN PRIVATE DOMAINS===
            blogspot.com
            *.compute.example
            // ===END PRIVATE DOMAINS===
            """));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(suffixes.IsPublicSuffix("xn--55qx5d.cn"u8), Is.True);
            Assert.That(suffixes.IsPublicSuffix("x.ck"u8), Is.True);
            Assert.That(suffixes.IsPublicSuffix("www.ck"u8), Is.False);
            Assert.That(suffixes.IsPublicSuffix("blogspot.com"u8), Is.False, "private");
            Assert.That(suffixes.IsPublicSuffix("eu.compute.example"u8), Is.False, "private");
            Assert.That(suffixes.RegistrableDomain("a.b.blogspot.com"), Is.EqualTo("b.blogspot.com"));
            Assert.That(suffixes.RegistrableDomain("a.b.eu.compute.example"), Is.EqualTo("b.eu.compute.example"));
            Assert.That(suffixes.RegistrableDomain("a.www.ck"), Is.EqualTo("www.ck"));
            Assert.That(suffixes.RegistrableDomain("192.0.2.7"), Is.Null);
            Assert.That(suffixes.RegistrableDomain("[2001:db8::1]"), Is.Null);
        }
    }

    /// <summary>All vectors that publicsuffix.org publishes, with its list.</summary>
    [Test]
    public void RegistrableDomain_PublishedVectors_Agree([Values("tests.txt", "test_psl.txt")] string file)
    {
        using var list = new StreamReader(SharedData.PathOrIgnore("psl/public_suffix_list.dat"));
        var suffixes = PublicSuffixes.Parse(list);
        var compared = 0;
        using var _ = Assert.EnterMultipleScope();
        foreach (var line in File.ReadLines(SharedData.PathOrIgnore("psl/tests/" + file)))
        {
            var words = line.StartsWith("checkPublicSuffix(", StringComparison.Ordinal)
                ? line["checkPublicSuffix(".Length..line.IndexOf(')')].Replace("'", "").Replace(",", "").Split(' ')
                : line.Split(' ');
            if (words.Length != 2 || line.StartsWith("//", StringComparison.Ordinal) || words[0] == "null") continue;
            compared++;
            // A leading dot is no part of a host in canonical form.
            var host = words[0].StartsWith('.') ? words[0] : Canonical(words[0]);
            Assert.That(suffixes.RegistrableDomain(host), Is.EqualTo(words[1] == "null" ? null : Canonical(words[1])), words[0]);
        }
        Assert.That(compared, Is.GreaterThan(70));
    }

    /// <summary>Every rule of the list is a suffix to us, and no name below one is.</summary>
    [Test]
    public void IsPublicSuffix_EveryRule_Holds()
    {
        var path = SharedData.PathOrIgnore("psl/public_suffix_list.dat");
        using var list = new StreamReader(path);
        var suffixes = PublicSuffixes.Parse(list);
        var wrong = new List<string>();
        var rules = 0;
        foreach (var line in File.ReadLines(path).TakeWhile(l => !l.Contains("===BEGIN PRIVATE")).Select(l => l.Trim()).Where(l => l.Length > 0 && !l.StartsWith("//", StringComparison.Ordinal)))
        {
            rules++;
            var isException = line[0] == '!';
            var host = Canonical(line.TrimStart('!').Replace("*.", "any-label."));
            if (suffixes.IsPublicSuffix(Encoding.ASCII.GetBytes(host)) == isException) wrong.Add(line);
            if (suffixes.IsPublicSuffix(Encoding.ASCII.GetBytes("a.any-label." + host))) wrong.Add("below " + line);
        }
        using (Assert.EnterMultipleScope())
        {
            Assert.That(wrong, Is.Empty);
            Assert.That(rules, Is.GreaterThan(6000));
        }
    }

    private static string Canonical(string host) => CanonicalUrl.TryCanonicalizeHost(host, out var canonical) ? canonical : throw new InvalidOperationException(host);
}
