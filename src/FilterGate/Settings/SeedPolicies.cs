using System.Reflection;

namespace FilterGate.Settings;

/// <summary>The policies inside the program: <c>seeds/NAME/policy.yaml</c> of the source tree, whichever there are.</summary>
internal static class SeedPolicies
{
    private const string Folder = "seeds/", File = "/policy.yaml", Schema = "policy.schema.json";

    private static readonly Assembly Program = typeof(SeedPolicies).Assembly;

    /// <summary>Their names, in order.</summary>
    public static IReadOnlyList<string> Names { get; } =
    [
        .. Program.GetManifestResourceNames()
            .Where(n => n.StartsWith(Folder, StringComparison.Ordinal) && n.EndsWith(File, StringComparison.Ordinal))
            .Select(n => n[Folder.Length..^File.Length]).Order(StringComparer.Ordinal),
    ];

    /// <summary>The text of one of <see cref="Names"/>.</summary>
    public static string Read(string name) => ReadResource(Folder + name + File);

    /// <summary>What one says of itself: the first line of its comments.</summary>
    public static string About(string name) => Read(name).Split('\n').FirstOrDefault(line => line.StartsWith("# ", StringComparison.Ordinal))?[2..].Trim() ?? "";

    /// <summary>Opens a file of the sample school, such as <c>people.csv</c>.</summary>
    public static Stream OpenSample(string file) => Program.GetManifestResourceStream($"{Folder}sample-school/{file}") ?? throw new InvalidOperationException($"the program was built without {file} of the sample school");

    /// <summary>The JSON Schema of the document, for editors.</summary>
    public static string ReadSchema() => ReadResource(Schema);

    private static string ReadResource(string name)
    {
        using var stream = Program.GetManifestResourceStream(name) ?? throw new InvalidOperationException($"the program was built without {name}");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
