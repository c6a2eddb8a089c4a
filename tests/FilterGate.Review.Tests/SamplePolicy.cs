using FilterGate.Matching;
using FilterGate.Policy;
using FilterGate.Policy.Documents;
using FilterGate.Policy.People;

namespace FilterGate.Review.Tests;

/// <summary>A small school: two classes, three keys with their deputies, two teachers. Lessons from nine to four on every day, so that a Sunday's tests have a bell.</summary>
internal static class SamplePolicy
{
    private const string Keys = """
        approvals:
          head: { holder: head, deputies: [deputy-head] }
          technician: { holder: technician, deputies: [it-partner] }
          lead: { holder: dsl, deputies: [deputy-dsl] }
          chair_of_governors: { holder: chair, deputies: [vice-chair] }
          teachers: [t-hill, t-park, g-teaches]
          governors: [g-shaw, g-teaches]
          auditors: [a-moss]
        """;

    /// <summary>With nobody in the roster; the keys are held all the same.</summary>
    public static PolicySnapshot Nobody { get; } = Make(Keys);

    /// <summary>As on a first run: nobody holds a key yet, and whoever sits at the computer may look at everything.</summary>
    public static PolicySnapshot WithoutKeys { get; } = Make(keys: "");

    /// <summary>With these people and devices.</summary>
    public static PolicySnapshot With(Roster roster) => Nobody.With(Nobody.InForce with { Roster = roster });

    /// <summary>Something of the lists was left out when they were read.</summary>
    public static PolicySnapshot WithListWarning { get; } = Make(Keys, ["games/domains: 3 lines are no entries"]);

    /// <summary>The same, where the lead sees what staff did.</summary>
    public static PolicySnapshot LeadSeesStaff(Roster roster) => Make(Keys + "\n  staff_acts_seen_by: [head, lead]") is var policy ? policy.With(policy.InForce with { Roster = roster }) : null!;

    /// <summary>The same, where nothing is recorded but what is refused; elsewhere acts are, as the days of the tests have searches that were answered.</summary>
    public static PolicySnapshot RecordsOnlyRefusals { get; } = Make(Keys, record: RecordRule.Blocks);

    private static PolicySnapshot Make(string keys, IReadOnlyList<string>? listWarnings = null, RecordRule record = RecordRule.Acts)
    {
        var taxonomy = new Taxonomy(new (string Slug, CategoryDefault Default)[]
        {
            ("csam-iwf", CategoryDefault.Locked), ("pornography", CategoryDefault.Block), ("vpn", CategoryDefault.Block), ("games", CategoryDefault.Block), ("help-and-support", CategoryDefault.Allow),
            ("uncategorised", CategoryDefault.Allow),
        }.Select((c, index) => new Category(index, c.Slug, c.Slug, c.Default, c.Default, c.Default, c.Slug switch { "csam-iwf" => "child-abuse", "pornography" => "adult", _ => null }, [])));

        var matcher = new ListMatcher.Builder();
        foreach (var (category, entry) in new[] { ("games", "games.example"), ("pornography", "adult.example"), ("games", "puzzles.example") })
            Assert.That(matcher.TryAdd($"{category}/domains", taxonomy.Find(category)!, entry, 1, out var error), error);
        var locked = new LockedMatcher.Builder(new byte[32]);
        locked.BeginFeed("locked/sample", taxonomy.Find("csam-iwf")!, isDemonstration: true);
        Assert.That(locked.TryAdd("locked.example"));

        var document = PolicyDocument.Parse($$"""
            school: Sample Primary
            networks: [10.20.0.0/16]
            unknown_clients: pupil
            tiers:
              pupil: { uncategorised: allow, record: {{record.ToString().ToLowerInvariant()}} }
              staff: { uncategorised: allow, record: {{record.ToString().ToLowerInvariant()}} }
            groups:
              year4: { kind: year, tier: pupil }
              4a: { kind: class, within: year4, title: Class 4A }
              4b: { kind: class, within: year4, title: Class 4B }
              teachers: { kind: staff, tier: staff }
            timetable:
              zone: Europe/London
              week: { mon-sun: { lesson: 09:00-16:00 } }
            """ + "\n" + keys, taxonomy, out var problems);
        Assert.That(document, Is.Not.Null, string.Join('\n', problems));
        return PolicySnapshot.Compile(document!, new ListSet { Taxonomy = taxonomy, Version = "lists-1", Categories = matcher.Build(), Locked = locked.Build(), Warnings = [.. listWarnings ?? []] }, OverrideTable.Empty);
    }
}
