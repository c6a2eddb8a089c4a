using System.Collections.Immutable;
using FilterGate.Commands.People;
using FilterGate.Policy.Documents;
using FilterGate.Policy.People;
using FilterGate.Settings;

namespace FilterGate.Setup;

/// <summary>Somebody whom the answers name.</summary>
/// <param name="Words">As written.</param>
/// <param name="Line">Where, from 1.</param>
internal sealed record PersonAnswer(PersonWords Words, int Line);

/// <summary>An id that the answers name, with its place.</summary>
/// <param name="Id">The id.</param>
/// <param name="Line">From 1.</param>
/// <param name="Column">From 1.</param>
internal sealed record InviteAnswer(string Id, int Line, int Column);

/// <summary>What a school answers to <c>setup</c>: entries of its policy and of its settings under the keys that they have there, and who may sign in first. Immutable.</summary>
/// <remarks>No secret stands here: whoever is invited chooses a passkey or a password of their own.</remarks>
internal sealed record SetupAnswers
{
    /// <summary>The policy to begin with where the answers name none: two levels, pupils and staff, and the head decides.</summary>
    public const string UsualSeed = "s3-two-levels";

    private const string From = "from", PeopleKey = "people", InviteKey = "invite";
    private const int PeopleMax = 200;

    /// <summary>Keys that stay out: setup itself puts the policy in force, and the data folder is said on the command line.</summary>
    private static readonly string[] NotSettings = ["policy", "data"];

    private static readonly string[] PersonKeys = ["id", "name", "account", "group", "role"];

    /// <summary>Keys that go to the policy.</summary>
    public static ImmutableArray<string> PolicyKeys { get; } = [.. PolicyDocument.Keys];

    /// <summary>Keys that go to the settings.</summary>
    public static ImmutableArray<string> SettingsKeys { get; } = [.. GatewaySettings.Keys.Except(NotSettings, StringComparer.Ordinal)];

    /// <summary>Where they come from, for messages: a path.</summary>
    public required string Name { get; init; }

    /// <summary>True when somebody typed them.</summary>
    public bool AreTyped { get; init; }

    /// <summary>Their text, entry by entry.</summary>
    public required DocumentSections Sections { get; init; }

    /// <summary>The policy to begin with.</summary>
    public string Seed { get; init; } = UsualSeed;

    /// <summary>People for the roster.</summary>
    public ImmutableArray<PersonAnswer> People { get; init; } = [];

    /// <summary>Who gets a link to make an account.</summary>
    public ImmutableArray<InviteAnswer> Invite { get; init; } = [];

    /// <summary>The policies that a school can begin with; the sample school's is for looking at.</summary>
    public static IReadOnlyList<string> Seeds { get; } = [.. SeedPolicies.Names.Where(n => n != "sample-school")];

    /// <summary>True when they say anything about the policy.</summary>
    public bool HavePolicy => Sections.All.Any(s => PolicyKeys.Contains(s.Key, StringComparer.Ordinal));

    /// <summary>The entries for the policy or for the settings.</summary>
    public IEnumerable<DocumentSection> Of(ImmutableArray<string> keys) => Sections.All.Where(s => keys.Contains(s.Key, StringComparer.Ordinal));

    /// <summary>Reads answers.</summary>
    /// <param name="yaml">The text.</param>
    /// <param name="name">Where it comes from.</param>
    /// <param name="problems">Gets every mistake that can be seen without the box: of what goes to policy and settings, those find the rest.</param>
    public static SetupAnswers Read(string yaml, string name, List<PolicyProblem> problems)
    {
        var sections = DocumentSections.Read(yaml, problems);
        var answers = new SetupAnswers { Name = name, Sections = sections };
        // A document that is cut could be read; its values are looked at once more, for they have their places.
        if (!sections.All.Any() || DocumentSource.Read(yaml, []) is not DocumentMap map) return answers;
        var reader = new SettingsReader(problems, folder: "/");
        foreach (var (key, value) in reader.Entries(map, [From, PeopleKey, InviteKey, .. PolicyKeys, .. SettingsKeys], "the answers"))
        {
            answers = key.Text switch
            {
                From => answers with { Seed = ReadSeed(reader, value) },
                PeopleKey => answers with { People = [.. SettingsReader.Items(value).Take(PeopleMax).Select(item => ReadPerson(reader, item))] },
                InviteKey => answers with { Invite = ReadInvite(reader, value) },
                _ => answers,
            };
        }
        return answers;
    }

    private static string ReadSeed(SettingsReader reader, DocumentNode node)
    {
        if (reader.Text(node, "the name of a policy to begin with") is not { } name) return UsualSeed;
        if (Seeds.Contains(name, StringComparer.Ordinal)) return name;
        reader.Wrong(node, $"'{name}' is none of the policies to begin with{Nearest.Suggestion(name, Seeds)} (known: {string.Join(", ", Seeds)}; filtergate policy new tells of each)");
        return UsualSeed;
    }

    private static PersonAnswer ReadPerson(SettingsReader reader, DocumentNode node)
    {
        var words = new PersonWords { Role = "staff" };
        foreach (var (key, value) in reader.Entries(node, PersonKeys, "a person"))
        {
            if (reader.Text(value, "a text") is not { } text) continue;
            words = key.Text switch
            {
                "id" => words with { Id = text },
                "name" => words with { Name = text },
                "account" => words with { Account = text },
                "group" => words with { Group = text },
                _ => words with { Role = text },
            };
        }
        return new PersonAnswer(words, node.Line);
    }

    private static ImmutableArray<InviteAnswer> ReadInvite(SettingsReader reader, DocumentNode node)
    {
        var ids = ImmutableArray.CreateBuilder<InviteAnswer>();
        foreach (var item in SettingsReader.Items(node).Take(PeopleMax))
        {
            if (reader.Text(item, "the id of a person") is not { } id) continue;
            if (!RosterIds.IsValid(id)) reader.Wrong(item, $"'{id}' is no id of a person: use the school's own id, such as t-hill ({RosterIds.Form}), never a name");
            else if (!ids.Any(known => RosterIds.Comparer.Equals(known.Id, id))) ids.Add(new InviteAnswer(id, item.Line, item.Column));
        }
        return ids.ToImmutable();
    }
}
