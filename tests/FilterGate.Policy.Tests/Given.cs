using System.Net;
using FilterGate.Matching;
using FilterGate.Policy.Documents;

namespace FilterGate.Policy.Tests;

/// <summary>A small taxonomy of the shipped one's shape, and policies and questions over it.</summary>
internal static class Given
{
    public static readonly DateTimeOffset Noon = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);

    /// <summary>The gravest first, as in the shipped one. Columns: pupil, staff, guest.</summary>
    public static readonly Taxonomy Taxonomy = new(new (string Slug, CategoryDefault Pupil, CategoryDefault Staff, CategoryDefault Guest)[]
    {
        ("csam-iwf", CategoryDefault.Locked, CategoryDefault.Locked, CategoryDefault.Locked),
        ("pornography", CategoryDefault.Block, CategoryDefault.Block, CategoryDefault.Block),
        ("gambling", CategoryDefault.Block, CategoryDefault.Block, CategoryDefault.Block),
        ("social-networks", CategoryDefault.Block, CategoryDefault.Warn, CategoryDefault.Warn),
        ("forums", CategoryDefault.Block, CategoryDefault.Allow, CategoryDefault.Allow),
        ("games", CategoryDefault.Block, CategoryDefault.Warn, CategoryDefault.Warn),
        ("short-links", CategoryDefault.Warn, CategoryDefault.Allow, CategoryDefault.Allow),
        ("help-and-support", CategoryDefault.Allow, CategoryDefault.Allow, CategoryDefault.Allow),
        ("news", CategoryDefault.Allow, CategoryDefault.Allow, CategoryDefault.Allow),
        ("education", CategoryDefault.Allow, CategoryDefault.Allow, CategoryDefault.Allow),
        ("vpn", CategoryDefault.Block, CategoryDefault.Block, CategoryDefault.Block),
        ("telemetry", CategoryDefault.Allow, CategoryDefault.Allow, CategoryDefault.Allow),
        ("uncategorised", CategoryDefault.Block, CategoryDefault.Allow, CategoryDefault.Warn),
    }.Select((c, index) => new Category(index, c.Slug, c.Slug, c.Pupil, c.Staff, c.Guest, null, [])));

    public static readonly ListSet Lists = new() { Taxonomy = Taxonomy, Version = "test" };

    public static readonly LockedHit LockedHit = new("locked/test", "0123456789ab", Taxonomy.Find("csam-iwf")!);

    /// <summary>A policy from a document that must be without mistakes.</summary>
    public static PolicySnapshot Policy(string yaml, ListSet? lists = null, params IEnumerable<Override> overrides)
    {
        var document = PolicyDocument.Parse(yaml, (lists ?? Lists).Taxonomy, out var problems);
        Assert.That(document, Is.Not.Null, string.Join('\n', problems));
        return PolicySnapshot.Compile(document!, lists ?? Lists, new OverrideTable(overrides));
    }

    public static CategorySet Categories(params IEnumerable<string> slugs) => CategorySet.Of([.. slugs.Select(s => Taxonomy.Find(s) ?? throw new ArgumentException(s, nameof(slugs)))]);

    /// <summary>A question whose classification is given, whatever the lists say.</summary>
    public static Question Question(
        PolicySnapshot policy, string tier, CategorySet categories = default, string host = "site.example", LockedHit? locked = null, bool help = false,
        Reason? refusal = null, DateTimeOffset? time = null) =>
        new(ClientOf(policy, tier), CanonicalUrl.ForHost("http", host, 80), Seen.Url, new Classification(categories, locked, help), time ?? Noon) { Refusal = refusal };

    public static Client ClientOf(PolicySnapshot policy, string tier) => new(IPAddress.Loopback, policy.FindTier(tier) ?? throw new ArgumentException(tier, nameof(tier)), null, IsKnown: true);

    public static ListMatcher Matcher(string list, string category, params IEnumerable<string> entries)
    {
        var builder = new ListMatcher.Builder();
        var line = 0;
        foreach (var entry in entries) Assert.That(builder.TryAdd(list, Taxonomy.Find(category)!, entry, ++line, out var error), error);
        return builder.Build();
    }
}
