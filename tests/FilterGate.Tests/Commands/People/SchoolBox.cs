using FilterGate.Commands.People;
using FilterGate.Lists;
using FilterGate.Policy.Documents;
using FilterGate.Policy.People;
using FilterGate.State;

namespace FilterGate.Tests.Commands.People;

/// <summary>A box with the policy of a small school, and files of its records.</summary>
internal sealed class SchoolBox : IAsyncDisposable
{
    public const string Policy = """
        school: Sample Primary
        networks: [10.20.0.0/16, "fd00::/64"]
        unknown_clients: pupil
        tiers: { pupil: { uncategorised: allow }, staff: {}, guest: {} }
        groups:
          ks2: { kind: phase, tier: pupil }
          4b: { kind: class, within: ks2, title: Class 4B }
          5b: { kind: class, within: ks2 }
          teachers: { kind: staff, tier: staff }
          visitors: { kind: guest, tier: guest }
        approvals:
          head: { holder: t-head, deputies: [t-deputy] }
          technician: { holder: t-tech, deputies: [it-partner] }
          business_manager: { holder: t-office, deputies: [t-deputy] }
          teachers: [t-hill, t-park]
        clients:
          - { range: 10.20.8.0/24, tier: staff }
          - { address: 10.20.1.99, device: projector, tier: pupil }
        """;

    private readonly StoreBox _box = new();

    public SchoolBox(string policy = Policy) => State.ImportPolicy(PolicyDocument.VersionOf(policy), policy, "test", "for a test");

    public StateStore State => _box.State;

    public StoreBox Box => _box;

    public CommandRun Run(params string[] arguments) => _box.Run(arguments);

    public CommandRun RunWith(string? typed, params string[] arguments) => _box.RunWith(typed, arguments);

    /// <summary>The same policy with these people, without a box.</summary>
    public static SchoolRecords Records(params Person[] people) =>
        new(PolicyDocument.Parse(Policy, ListLoader.ShippedTaxonomy, out _)!, new Roster(people, []), StoreBox.Noon);

    /// <summary>A problem as the command line says it, without the file.</summary>
    public static string Say(InputProblem problem) =>
        $"{(problem.Line == 0 ? "" : $":{problem.Line}: ")}{(problem.IsWarning ? "warning" : "mistake")}: {(problem.Column is null ? "" : $"{problem.Column}: ")}{problem.Message}";

    /// <summary>Writes a file of the school's records and gives its path.</summary>
    public string File(string text, string name = "records.csv")
    {
        var path = Path.Combine(_box.Folder, name);
        System.IO.File.WriteAllText(path, text);
        return path;
    }

    /// <summary>Imports people that must be in order.</summary>
    public void People(string rows) => Import("people", "id,name,group,role,account,from,until,agreement,authorised_by\n" + rows);

    /// <summary>Imports devices that must be in order.</summary>
    public void Devices(string rows) => Import("devices", "name,address,mac,group,person,trolley\n" + rows);

    public ValueTask DisposeAsync() => _box.DisposeAsync();

    private void Import(string what, string text)
    {
        var run = Run(what, "import", File(text, name: "given.csv"));
        Assert.That(run.ExitCode, Is.Zero, run.Error);
    }
}
