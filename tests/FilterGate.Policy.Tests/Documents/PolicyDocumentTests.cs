using System.Collections.Immutable;
using System.Text;
using CsCheck;
using FilterGate.Policy.Documents;

namespace FilterGate.Policy.Tests.Documents;

public sealed class PolicyDocumentTests
{
    /// <summary>Line 1 to 3 of a document that is right; a case goes on from line 4.</summary>
    private const string Head = "school: S\nnetworks: [10.20.0.0/16]\ntiers: { pupil: {}, staff: {} }\n";

    private static readonly object[] MistakeCases =
    [
        // what stands wrong, place, what the message must say
        new object[] { "UnknownKey", Head + "unknown_client: pupil", "4:1", "'unknown_client' is no key of a policy; did you mean 'unknown_clients'?" },
        new object[] { "KeyTwice", Head + "school: T", "4:1", "'school' is written twice; it stands on line 1 already" },
        new object[] { "UnknownTierForUnknownClients", Head + "unknown_clients: pupils", "4:18", "'pupils' is no tier of this policy; did you mean 'pupil'?" },
        new object[] { "NoSchool", "tiers: { pupil: {} }\nnetworks: [10.20.0.0/16]", "1:1", "the school's name is missing" },
        new object[] { "EmptySchool", "school:\ntiers: { pupil: {} }\nnetworks: [10.20.0.0/16]", "1:8", "the school's name is wanted here" },
        new object[] { "NoTiers", "school: S\nnetworks: [10.20.0.0/16]", "1:1", "there are no tiers" },
        new object[] { "EmptyTiers", "school: S\nnetworks: [10.20.0.0/16]\ntiers: {}", "3:8", "there are no tiers" },
        new object[] { "NullTiers", "school: S\nnetworks: [10.20.0.0/16]\ntiers:", "3:7", "there are no tiers" },
        new object[] { "TiersAsAList", "school: S\nnetworks: [10.20.0.0/16]\ntiers: [pupil]", "3:8", "tiers is a mapping" },
        new object[] { "TierAsText", "school: S\nnetworks: [10.20.0.0/16]\ntiers: { pupil: strict }", "3:17", "the settings of tier pupil are a mapping" },
        new object[] { "TierName", "school: S\nnetworks: [10.20.0.0/16]\ntiers: { Year 4: {} }", "3:10", "'Year 4' cannot name a tier" },
        new object[] { "TierTwice", "school: S\nnetworks: [10.20.0.0/16]\ntiers:\n  pupil: {}\n  pupil: {}", "5:3", "'pupil' is written twice" },
        new object[] { "UnknownTierKey", Tier("blok: [games]"), "4:3", "'blok' is no key of tier pupil; did you mean 'block'?" },
        new object[] { "UnknownCategory", Tier("block: [gamblin]"), "4:11", "'gamblin' is no category; did you mean 'gambling'?" },
        new object[] { "CategoryInCapitals", Tier("block: [Gambling]"), "4:11", "did you mean 'gambling'?" },
        new object[] { "CategoryLikeNoOther", Tier("block: [zzzzzzzz]"), "4:11", "'zzzzzzzz' is no category" },
        new object[] { "CategoriesAsText", Tier("block: games"), "4:10", "block is a list" },
        new object[] { "CategoryAsList", Tier("block: [[games]]"), "4:11", "the slug of a category is wanted here" },
        new object[] { "BlockedAndAllowed", Tier("block: [games]\n  allow: [games]"), "5:11", "'games' stands under block and under allow of tier pupil; keep one" },
        new object[] { "WarnedAndLogged", Tier("warn: [games]\n  log: [games]"), "5:9", "'games' stands under warn and under log" },
        new object[] { "AllowNoBypass", Tier("allow: [vpn]"), "4:11", "nothing bypasses 'vpn'" },
        new object[] { "WarnNoBypass", Tier("warn: [pornography]"), "4:10", "nothing bypasses 'pornography'" },
        new object[] { "LogNoBypass", Tier("log: [vpn]"), "4:9", "nothing bypasses 'vpn'" },
        new object[] { "AllowLocked", Tier("allow: [csam-iwf]"), "4:11", "'csam-iwf' is a locked list" },
        new object[] { "BlockLocked", Tier("block: [csam-iwf]"), "4:11", "'csam-iwf' is a locked list" },
        new object[] { "BlockHelp", Tier("block: [help-and-support]"), "4:11", "where a child looks for help" },
        new object[] { "WarnHelp", Tier("warn: [help-and-support]"), "4:10", "where a child looks for help" },
        new object[] { "LogHelp", Tier("log: [help-and-support]"), "4:9", "never recorded" },
        new object[] { "LogTelemetry", Tier("log: [telemetry]"), "4:9", "never recorded" },
        new object[] { "UncategorisedAsACategory", Tier("block: [uncategorised]"), "4:11", "write uncategorised: block" },
        new object[] { "UncategorisedWord", Tier("uncategorised: deny"), "4:18", "'deny' is no value of uncategorised" },
        new object[] { "UncategorisedQuota", Tier("uncategorised: quota"), "4:18", "'quota' is no value of uncategorised" },
        new object[] { "TlsWord", Tier("tls: intercpt"), "4:8", "'intercpt' is no value of tls; did you mean 'intercept'?" },
        new object[] { "NetworkWithHostBits", Networks("10.20.1.7/16"), "1:12", "'10.20.1.7/16' is not the first address of its range; did you mean 10.20.0.0/16?" },
        new object[] { "NetworkWithoutLength", Networks("10.20.0.0"), "1:12", "'10.20.0.0' is not a range" },
        new object[] { "NetworkTooLong", Networks("10.20.0.0/33"), "1:12", "is not a range" },
        new object[] { "NetworkInShort", Networks("10.20/16"), "1:12", "is not a range" },
        new object[] { "NetworkInOctal", Networks("010.20.0.0/16"), "1:12", "is not a range" },
        new object[] { "NetworkOfAName", Networks("school.example"), "1:12", "is not a range" },
        new object[] { "WholeInternet", Networks("0.0.0.0/0"), "1:12", "is most of the internet" },
        new object[] { "HalfTheInternet", Networks("0.0.0.0/1"), "1:12", "is most of the internet" },
        new object[] { "WholeIpv6Internet", Networks("\"::/0\""), "1:12", "is most of the internet" },
        new object[] { "ClientAsText", Clients("pupil"), "5:5", "a client is written as" },
        new object[] { "ClientWithoutPlace", Clients("{ tier: pupil }"), "5:5", "either a range or an address" },
        new object[] { "ClientWithTwoPlaces", Clients("{ range: 10.20.0.0/16, address: 10.20.1.7, tier: pupil }"), "5:5", "either a range or an address" },
        new object[] { "ClientWithoutTier", Clients("{ range: 10.20.0.0/16 }"), "5:5", "the client's tier is missing (tiers: pupil, staff)" },
        new object[] { "ClientOfUnknownTier", Clients("{ range: 10.20.0.0/16, tier: staf }"), "5:34", "'staf' is no tier of this policy; did you mean 'staff'?" },
        new object[] { "ClientRange", Clients("{ range: 10.20.0.0/99, tier: staff }"), "5:14", "is not a range" },
        new object[] { "ClientAddress", Clients("{ address: 10.20.1, tier: staff }"), "5:16", "'10.20.1' is not an address" },
        new object[] { "ClientAddressWithLength", Clients("{ address: 10.20.1.0/24, tier: staff }"), "5:16", "is not an address" },
        new object[] { "ClientUnknownKey", Clients("{ adress: 10.20.1.7, tier: staff }"), "5:7", "did you mean 'address'?" },
        new object[] { "DeviceOfARange", Clients("{ range: 10.20.0.0/16, device: ipad-1, tier: staff }"), "5:36", "a device is one address" },
        new object[] { "ClientTwice", Clients("{ address: 10.20.1.7, tier: staff }\n  - { address: 10.20.1.7, tier: pupil }"), "6:16", "10.20.1.7 is named twice; it stands on line 5 already" },
        new object[] { "PrivateDestinationName", Head + "private_destinations: [server.example]", "4:24", "is not an address" },
        new object[] { "NeverInterceptPath", Head + "never_intercept: [bank.example/login]", "4:19", "has a path" },
        new object[] { "NeverRecordPath", Head + "never_record: [bank.example/login]", "4:16", "has a path" },
        new object[] { "RecordUnknownWord", Tier("record: act"), "4:11", "acts" },
        new object[] { "NotYaml", "school: S\nschool", "2:", "this is not YAML" },
        new object[] { "EscapeOfNoCharacter", "school: \"\\U99999999\"", "1:", "cannot be read" },
        new object[] { "Empty", "", "1:1", "the document is empty" },
        new object[] { "OnlyComments", "# nothing\n", "1:1", "the document is empty" },
        new object[] { "ListAsRoot", "- a", "1:1", "a policy is a mapping" },
        new object[] { "TextAsRoot", "hello", "1:1", "a policy is a mapping" },
        new object[] { "Anchor", "school: &s S\ntiers: { pupil: {} }", "1:9", "anchors (&s) are not used here" },
        new object[] { "Alias", "school: *s", "1:9", "aliases (*s) are not used here" },
        new object[] { "Tag", "school: !!str S", "1:9", "tags" },
        new object[] { "TwoDocuments", "school: S\n---\nschool: T", "2:1", "a second document begins here" },
        new object[] { "ListAsKey", "[a]: b", "1:1", "a key must be a text" },
    ];

    private static IEnumerable<TestCaseData> Mistakes() =>
        MistakeCases.Cast<object[]>().Select(c => new TestCaseData(c[1], c[2], c[3]).SetName($"Parse_{c[0]}_IsAMistakeWithItsPlace"));

    [TestCaseSource(nameof(Mistakes))]
    public void Parse_Mistake_IsReportedWithItsPlace(string yaml, string place, string message)
    {
        var document = PolicyDocument.Parse(yaml, Given.Taxonomy, out var problems);
        Assert.Multiple(() =>
        {
            Assert.That(document, Is.Null);
            Assert.That(Shown(problems).Any(p => p.StartsWith(place, StringComparison.Ordinal) && p.Contains(message, StringComparison.Ordinal)), string.Join('\n', Shown(problems)));
        });
    }

    private static readonly object[] WarningCases =
    [
        new object[] { "NoNetworks", "school: S\ntiers: { pupil: {} }", "1:1", "only this machine itself is served" },
        new object[] { "ClientOutsideTheNetworks", Clients("{ address: 10.21.1.7, tier: staff }"), "5:16", "10.21.1.7 lies outside networks" },
        new object[] { "RangeWiderThanTheNetworks", Clients("{ range: 10.0.0.0/8, tier: staff }"), "5:14", "10.0.0.0/8 lies outside networks" },
        new object[] { "CategoryTwice", Tier("block: [games, games]"), "4:18", "'games' is written twice under block" },
        new object[] { "LoopbackAsDestination", Head + "private_destinations: [127.0.0.0/8]", "4:24", "the gateway's own loopback" },
    ];

    private static IEnumerable<TestCaseData> Warnings() =>
        WarningCases.Cast<object[]>().Select(c => new TestCaseData(c[1], c[2], c[3]).SetName($"Parse_{c[0]}_IsAWarning"));

    [TestCaseSource(nameof(Warnings))]
    public void Parse_Oddity_IsAWarningAndTheDocumentIsUsed(string yaml, string place, string message)
    {
        var document = PolicyDocument.Parse(yaml, Given.Taxonomy, out var problems);
        Assert.Multiple(() =>
        {
            Assert.That(document, Is.Not.Null, string.Join('\n', Shown(problems)));
            Assert.That(problems, Has.Length.EqualTo(1));
            Assert.That(problems[0].IsWarning);
            Assert.That(Shown(problems)[0], Does.StartWith(place + ": ").And.Contain(message));
        });
    }

    [Test]
    public void Parse_SeveralMistakes_ReportsAllInOrderOfPlace()
    {
        var document = PolicyDocument.Parse("""
            scool: S
            networks: [10.20.0.0/33, 10.30.0.0/16, nonsense]
            unknown_clients: nobody
            tiers:
              pupil: { block: [gamblin], allow: [vpn], tls: on }
            clients:
              - { range: 10.30.0.0/16, tier: teacher }
            """, Given.Taxonomy, out var problems);

        Assert.That(document, Is.Null);
        Assert.That(problems.Select(p => $"{p.Line}:{p.Column}"), Is.EqualTo(new[] { "1:1", "1:1", "2:12", "2:40", "3:18", "5:20", "5:38", "5:49", "7:34" }));
    }

    [Test]
    public void Parse_WholeDocument_IsRead()
    {
        var document = PolicyDocument.Parse("""
            school: "Test: Primary"
            networks: [10.20.0.0/16, "::ffff:10.30.0.0/112"]
            unknown_clients: pupil-ks1
            tiers:
              pupil-ks1: { block: [news], allow: [games], warn: [forums], log: [education], tls: intercept, uncategorised: block }
              staff:
            clients:
              - { range: 10.20.8.0/24, tier: staff }
              - { address: 10.20.1.7, device: ipad-14, tier: pupil-ks1 }
            private_destinations: [10.20.0.10, 10.20.9.0/24]
            """, Given.Taxonomy, out var problems)!;

        Assert.Multiple(() =>
        {
            Assert.That(problems, Is.Empty);
            Assert.That(document.School, Is.EqualTo("Test: Primary"));
            Assert.That(document.Networks.Select(n => n.ToString()), Is.EqualTo(new[] { "10.20.0.0/16", "10.30.0.0/16" }));
            Assert.That(document.UnknownClients, Is.EqualTo("pupil-ks1"));
            Assert.That(document.Tiers.Select(t => t.Name), Is.EqualTo(new[] { "pupil-ks1", "staff" }));
            Assert.That(document.Tiers[0], Has.Property(nameof(TierDocument.Tls)).EqualTo(TlsMode.Intercept).And.Property(nameof(TierDocument.Uncategorised)).EqualTo(Verdict.Block));
            Assert.That(document.Clients.Select(c => $"{c.Network} {c.Tier} {c.Device}"), Is.EqualTo(new[] { "10.20.8.0/24 staff ", "10.20.1.7/32 pupil-ks1 ipad-14" }));
            Assert.That(document.PrivateDestinations.Select(n => n.ToString()), Is.EqualTo(new[] { "10.20.0.10/32", "10.20.9.0/24" }));
            Assert.That(document.Version, Is.EqualTo(PolicyDocument.VersionOf(document.Text)));
        });
    }

    [Test]
    public void Parse_LargestDocument_IsRead() =>
        Assert.That(PolicyDocument.Parse(Padded(DocumentSource.BytesMax), Given.Taxonomy, out _), Is.Not.Null);

    [Test]
    public void Parse_OneByteTooMany_IsRefused()
    {
        Assert.That(PolicyDocument.Parse(Padded(DocumentSource.BytesMax + 1), Given.Taxonomy, out var problems), Is.Null);
        Assert.That(problems.Single().Message, Does.Contain("larger than 1024 KiB"));
    }

    [Test]
    public void Parse_TooLargeInUtf8Only_IsRefused() =>
        Assert.That(PolicyDocument.Parse(Head + "#" + new string('é', DocumentSource.BytesMax / 2), Given.Taxonomy, out _), Is.Null);

    [Test]
    public void Parse_DeepNesting_IsRefusedAtTheBound()
    {
        Assert.That(PolicyDocument.Parse("school: " + new string('[', 500_000), Given.Taxonomy, out var problems), Is.Null);
        Assert.That(problems.Single().Message, Does.Contain("nested more than 16 deep"));
    }

    [Test]
    public void Parse_AliasBomb_IsRefusedAtTheFirstAnchor()
    {
        var bomb = new StringBuilder("a0: &a0 [x, x]\n");
        for (var i = 1; i < 40; i++) bomb.Append($"a{i}: &a{i} [*a{i - 1}, *a{i - 1}]\n");
        Assert.That(PolicyDocument.Parse(bomb.ToString(), Given.Taxonomy, out var problems), Is.Null);
        Assert.That(Shown(problems).Single(), Does.StartWith("1:5: anchors"));
    }

    [Test]
    public void Parse_AMegabyteOfMistakes_IsReadInABoundedTime()
    {
        var yaml = "school: S\ntiers: { pupil: { block: [" + string.Join(", ", Enumerable.Repeat("gamblinggamblinggamblinggamblinggamblinggamblinggambling", 18_000)) + "] } }";
        var start = System.Diagnostics.Stopwatch.GetTimestamp();
        Assert.That(PolicyDocument.Parse(yaml, Given.Taxonomy, out var problems), Is.Null);
        Assert.That(problems.Count(p => !p.IsWarning), Is.EqualTo(18_000));
        // About 0.1 s alone; without the bound on suggestions many times as long.
        Assert.That(System.Diagnostics.Stopwatch.GetElapsedTime(start), Is.LessThan(TimeSpan.FromSeconds(10)));
    }

    [Test]
    public void Parse_AnyText_GivesADocumentOrMistakesAndNeverThrows()
    {
        const string seed = """
            school: "S \u00e9 \x41"
            networks: [10.20.0.0/16, 'fd00::/8']
            tiers:
              pupil: { block: [games], own_block: ["=a.example", 'b.example/x'], tls: intercept }
              ? staff
              : |
                text
            clients:
              - { address: 10.20.1.7, device: >-
                  ipad, tier: pupil }
            never_intercept: [*x, &y !!int z]
            """;
        // Slices of a document that uses much of YAML, put together anew with odd characters between.
        var slice = Gen.Select(Gen.Int[0, seed.Length - 1], Gen.Int[0, 40], (from, length) => seed.Substring(from, Math.Min(length, seed.Length - from)));
        var odd = Gen.OneOf(Gen.Char.Select(c => c.ToString()), Gen.Int[0, 11].Select(i => new[] { "\t", "\0", "\ud800", "\"\\U99999999\"", "%YAML 9.9\n", "---", "...", "<<: ", "? ", "- ", "{", "\r" }[i]));
        Gen.OneOf(slice, odd).Array[0, 12].Select(string.Concat).Sample(yaml =>
        {
            var document = PolicyDocument.Parse(yaml, Given.Taxonomy, out var problems);
            return document is not null || problems.Any(p => !p.IsWarning && p.Line >= 1 && p.Column >= 1);
        }, iter: 20_000);
    }

    private static string Padded(int bytes) => Head + "#" + new string('x', bytes - Encoding.UTF8.GetByteCount(Head) - 1);

    private static string[] Shown(ImmutableArray<PolicyProblem> problems) => [.. problems.Select(p => $"{p.Line}:{p.Column}: {p.Message}")];

    /// <summary>A key of tier pupil, on line 4, column 3.</summary>
    private static string Tier(string key) => "school: S\nnetworks: [10.20.0.0/16]\ntiers: { pupil: {\n  " + key.Replace("]\n", "],\n", StringComparison.Ordinal) + " } }";

    /// <summary>A network, on line 1, column 12.</summary>
    private static string Networks(string network) => $"networks: [{network}]\nschool: S\ntiers: {{ pupil: {{}} }}";

    /// <summary>A client, on line 5, column 5.</summary>
    private static string Clients(string client) => Head + "clients:\n  - " + client;
}
