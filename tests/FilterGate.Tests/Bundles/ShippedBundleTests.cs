using System.Net;
using FilterGate.Lists;
using FilterGate.Matching;
using FilterGate.Policy;
using FilterGate.Policy.Documents;

namespace FilterGate.Tests.Bundles;

/// <summary>Every shipped bundle opens its service for a tier that blocks all there is, and nothing else.</summary>
public sealed class ShippedBundleTests
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);

    /// <summary>Everything that a school may block, on the hosts of every bundle, so that opening them is the bundle's doing.</summary>
    private static readonly ListSet Lists = MakeLists();

    private static IEnumerable<string> Names() => BundleFile.Shipped.All.Select(b => b.Name);

    private static IEnumerable<TestCaseData> Hosts() =>
        from bundle in BundleFile.Shipped.All
        from entry in bundle.Entries
        select new TestCaseData(bundle, entry).SetArgDisplayNames(bundle.Name, entry.Text);

    [Test]
    public void Shipped_NamedByTheFoundingSchools_AreThere() =>
        Assert.That(Names(), Is.EquivalentTo(new[] { "arbor", "class-dojo", "cpoms", "facetime", "google-classroom", "microsoft-365", "purple-mash", "zoom" }));

    [TestCaseSource(nameof(Names))]
    public void Shipped_Bundle_IsDescribed(string name)
    {
        var bundle = BundleFile.Shipped.Find(name)!;
        Assert.Multiple(() =>
        {
            Assert.That(bundle.Checked, Is.LessThanOrEqualTo(DateOnly.FromDateTime(DateTime.UtcNow).AddDays(1)).And.GreaterThan(new DateOnly(2026, 1, 1)));
            Assert.That(bundle.Address, Does.StartWith("https://"));
            Assert.That(bundle.Purpose, Does.EndWith("."));
            Assert.That(bundle.Notes, Has.All.EndsWith(".").And.Not.Empty, "a school must know what a filter cannot do for it");
            foreach (var entry in bundle.Entries) Assert.That(entry.Reason, Does.EndWith(".").Or.EndsWith(")."), entry.Text);
        });
    }

    [TestCaseSource(nameof(Hosts))]
    public void Decide_HostOfABundle_IsOpenedByItAlone(Bundle bundle, BundleEntry entry)
    {
        var (on, off) = (Policy($"bundles: [{bundle.Name}]"), Policy(""));
        Assert.Multiple(() =>
        {
            foreach (var host in Meant(entry))
            {
                var decision = Decide(on, $"https://{host}/");
                Assert.That((decision.Verdict, decision.Reason, decision.Rule), Is.EqualTo((Verdict.Allow, Reason.OwnAllow, $"bundle {bundle.Name}: {entry.Text}")), host);
                Assert.That(decision.Bundle, Is.SameAs(bundle));
                Assert.That(Decide(on, CanonicalUrl.ForHost("https", host, 443), Seen.Host).Verdict, Is.EqualTo(Verdict.Allow), $"{host} in a tunnel");
                Assert.That(Decide(off, $"https://{host}/").Verdict, Is.EqualTo(Verdict.Block), $"{host} without the bundle");
            }
        });
    }

    [TestCaseSource(nameof(Hosts))]
    public void Decide_NeighbourOfABundlesHost_StaysBlocked(Bundle bundle, BundleEntry entry)
    {
        var policy = Policy($"bundles: [{bundle.Name}]");
        var name = entry.Text.TrimStart('=', '*', '.');
        Assert.Multiple(() =>
        {
            foreach (var host in (string[])[$"not{name}", $"{name}.neighbour.example", "neighbour.example", .. entry.Text.StartsWith('=') ? [$"sub.{name}"] : Array.Empty<string>()])
                Assert.That(Decide(policy, $"https://{host}/").Verdict, Is.EqualTo(Verdict.Block), host);
        });
    }

    [TestCaseSource(nameof(Hosts))]
    public void Decide_LockedUrlUnderABundlesHost_StaysBlocked(Bundle bundle, BundleEntry entry)
    {
        var policy = Policy($"bundles: [{bundle.Name}]");
        foreach (var host in Meant(entry))
        {
            Assert.That(Decide(policy, $"https://{host}/forbidden/page").Reason, Is.EqualTo(Reason.Locked), host);
            Assert.That(policy.TlsFor(Client(policy), host), Is.EqualTo(TlsMode.Intercept), "or the locked address could not be seen");
        }
    }

    [TestCaseSource(nameof(Hosts))]
    public void Decide_OwnBlockOfABundlesHost_Wins(Bundle bundle, BundleEntry entry)
    {
        var policy = Policy($"bundles: [{bundle.Name}], own_block: ['{entry.Text}']");
        foreach (var host in Meant(entry)) Assert.That(Decide(policy, $"https://{host}/").Reason, Is.EqualTo(Reason.OwnBlock), host);
    }

    [TestCaseSource(nameof(Hosts))]
    public void TlsFor_HostOfABundle_IsPassedUnreadWhereItSaysSo(Bundle bundle, BundleEntry entry)
    {
        var lists = new ListSet { Taxonomy = ListLoader.ShippedTaxonomy, Version = "test" };
        var (on, off) = (Policy($"bundles: [{bundle.Name}]", lists), Policy("", lists));
        foreach (var host in Meant(entry))
        {
            Assert.That(on.TlsFor(Client(on), host), Is.EqualTo(entry.IsNeverIntercepted ? TlsMode.Tunnel : TlsMode.Intercept), host);
            Assert.That(off.TlsFor(Client(off), host), Is.EqualTo(TlsMode.Intercept), host);
        }
    }

    [Test]
    public void Shipped_Facetime_IsNeverRead() => Assert.That(BundleFile.Shipped.Find("facetime")!.Entries, Has.All.Property(nameof(BundleEntry.IsNeverIntercepted)).True);

    /// <summary>What nothing bypasses is no bundle's to open: translators, page copies and anybody's files stand under some makers' names.</summary>
    [TestCase("translate.googleusercontent.com")]
    [TestCase("webcache.googleusercontent.com")]
    [TestCase("storage.googleapis.com")]
    [TestCase("www.google.com")]
    [TestCase("m365.cloud.microsoft")]
    [TestCase("www.bing.com")]
    [TestCase("www.icloud.com")]
    public void Decide_HostThatSharesAMakersName_IsInNoBundle(string host)
    {
        var policy = Policy($"bundles: [{string.Join(", ", Names())}]");
        Assert.That(Decide(policy, $"https://{host}/").Verdict, Is.EqualTo(Verdict.Block));
    }

    private static IEnumerable<string> Meant(BundleEntry entry)
    {
        var name = entry.Text.TrimStart('=', '*', '.');
        if (!entry.Text.StartsWith("*.", StringComparison.Ordinal)) yield return name;
        if (!entry.Text.StartsWith('=')) yield return $"a.{name}";
    }

    private static PolicySnapshot Policy(string pupil, ListSet? lists = null)
    {
        var blocked = ListLoader.ShippedTaxonomy.Categories.Where(c => c.Pupil != CategoryDefault.Locked && c.Slug is not ("uncategorised" or "help-and-support")).Select(c => c.Slug);
        var document = PolicyDocument.Parse(
            $"{{ school: S, networks: [10.0.0.0/8], tiers: {{ pupil: {{ uncategorised: block, tls: intercept, block: [{string.Join(", ", blocked)}]{(pupil.Length > 0 ? ", " : "")}{pupil} }} }} }}",
            ListLoader.ShippedTaxonomy, out var problems, BundleFile.Shipped);
        Assert.That(document, Is.Not.Null, string.Join('\n', problems));
        return PolicySnapshot.Compile(document!, lists ?? Lists, OverrideTable.Empty);
    }

    private static Client Client(PolicySnapshot policy) => new(IPAddress.Loopback, policy.FindTier("pupil")!, null, IsKnown: true);

    private static Decision Decide(PolicySnapshot policy, string text)
    {
        Assert.That(CanonicalUrl.TryParse(text, out var url, out var error), error);
        return Decide(policy, url!, Seen.Url);
    }

    private static Decision Decide(PolicySnapshot policy, CanonicalUrl url, Seen seen) => policy.Decide(Client(policy), url, seen, Noon);

    private static ListSet MakeLists()
    {
        var taxonomy = ListLoader.ShippedTaxonomy;
        var categories = new ListMatcher.Builder();
        var locked = new LockedMatcher.Builder(new byte[LockedKey.Length]);
        locked.BeginFeed("locked/test", taxonomy.Find("csam-iwf")!, isDemonstration: true);
        foreach (var host in BundleFile.Shipped.All.SelectMany(b => b.Entries).Select(e => e.Text.TrimStart('=', '*', '.')))
        {
            Assert.That(categories.TryAdd("chat/domains", taxonomy.Find("chat-messaging")!, host, 1, out var error), error);
            Assert.That(locked.TryAdd($"{host}/forbidden/page"));
        }
        return new ListSet { Taxonomy = taxonomy, Version = "test", Categories = categories.Build(), Locked = locked.Build() };
    }
}
