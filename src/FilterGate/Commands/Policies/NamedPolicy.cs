using System.Globalization;
using FilterGate.Policy.Documents;
using FilterGate.Settings;
using FilterGate.State;

namespace FilterGate.Commands.Policies;

/// <summary>A policy that somebody named on the command line.</summary>
/// <param name="Name">For people: <c>policy 4</c>, or a path.</param>
/// <param name="Yaml">The text.</param>
/// <param name="Stored">The version in <c>state.db</c>, or null for a file.</param>
internal sealed record NamedPolicy(string Name, string Yaml, PolicyVersion? Stored)
{
    /// <summary>Digits of a version's short name.</summary>
    private const int VersionLength = 12;

    /// <summary>True for a file that was never in force, as far as is known here.</summary>
    public bool IsFile => Stored is null;

    /// <summary>The short name of the text.</summary>
    public string Version => PolicyDocument.VersionOf(Yaml);

    /// <summary>The policy in force.</summary>
    public static NamedPolicy InForce(CommandContext context, StateStore? state)
    {
        var text = GatewayInputs.ReadPolicy(context, state);
        var current = state?.CurrentPolicy();
        return current is not null && current.Yaml == text.Yaml ? Of(current) : new NamedPolicy(text.Name, text.Yaml, Stored: null);
    }

    /// <summary>What was in force at a time that somebody wrote; says on standard error from when to when, and who put it there and why.</summary>
    /// <exception cref="UserErrorException">It is no time, lies ahead, or before the first version.</exception>
    public static NamedPolicy InForceAt(CommandContext context, StateStore? state, string at)
    {
        var time = TimeArgument.Read(at, "--at", context.Clock);
        if (time > context.Clock.GetUtcNow()) throw new UserErrorException($"--at: {UnblockCommand.Local(context, time)} is still to come");
        if (state?.PolicyAt(time) is not var (version, until))
        {
            throw new UserErrorException(state?.FindPolicy(1) is { } first
                ? $"--at: nothing is known of {UnblockCommand.Local(context, time)}; the first policy was put in force at {UnblockCommand.Local(context, first.ImportedAt)}"
                : "--at: no policy was ever put in force here; name the gateway's data folder with --data");
        }
        context.Error.WriteLine($"# policy {version.Number}, in force from {UnblockCommand.Local(context, version.ImportedAt)} until {(until is { } end ? UnblockCommand.Local(context, end) : "now")} ({version.Actor}: {version.Why})");
        return Of(version);
    }

    /// <summary>What was in force before the one in force, or null.</summary>
    public static NamedPolicy? BeforeInForce(CommandContext context, StateStore? state)
    {
        var inForce = InForce(context, state);
        return state?.PolicyBefore(inForce.Stored?.Number ?? long.MaxValue, inForce.Version) is { } before ? Of(before) : null;
    }

    /// <summary>Finds what is named: a number of <c>policy history</c>, the short name that events show, or a file.</summary>
    /// <exception cref="UserErrorException">There is none: what may be named.</exception>
    public static NamedPolicy Find(StateStore? state, string text) =>
        FindStored(state, text) is { } stored ? Of(stored)
        : File.Exists(text) ? new NamedPolicy(text, TextFile.Read(Path.GetFullPath(text), "the policy"), Stored: null)
        : throw NotFound(state, text, "no version in state.db and no file");

    /// <summary>Finds a version of <c>state.db</c> by its number or its short name.</summary>
    /// <exception cref="UserErrorException">There is none.</exception>
    public static PolicyVersion FindVersion(StateStore? state, string text) => FindStored(state, text) ?? throw NotFound(state, text, "no version in state.db");

    private static PolicyVersion? FindStored(StateStore? state, string text)
    {
        if (state is null) return null;
        if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && state.FindPolicy(number) is { } byNumber) return byNumber;
        return text.Length == VersionLength && text.All(char.IsAsciiHexDigitLower) ? state.FindPolicy(text) : null;
    }

    private static UserErrorException NotFound(StateStore? state, string text, string what) =>
        new(state?.CurrentPolicy() is { } current
            ? $"'{text}' is {what}; the numbers go to {current.Number}: filtergate policy history"
            : $"'{text}' is {what}; there is no history here yet, name the gateway's data folder with --data");

    private static NamedPolicy Of(PolicyVersion version) => new($"policy {version.Number}", version.Yaml, version);
}
