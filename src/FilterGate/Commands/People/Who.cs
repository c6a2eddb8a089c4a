using System.CommandLine;
using FilterGate.Policy.Documents;
using FilterGate.Policy.People;
using FilterGate.Settings;
using FilterGate.State;

namespace FilterGate.Commands.People;

/// <summary>A person or a device that somebody named.</summary>
/// <param name="Person">The person; null where a device is meant.</param>
/// <param name="Device">The name of the device; null where a person is meant.</param>
internal sealed record Who(Person? Person, string? Device)
{
    /// <summary>In a sentence: <c>p123</c>, <c>ipad-14</c>. Never a name.</summary>
    public override string ToString() => Person?.Id ?? Device!;

    /// <summary>The argument <c>WHO</c>.</summary>
    public static Argument<string> Argument() => new("WHO")
    {
        Description = "an id (p123), a log-in name, or the name of a device (ipad-14); person:ID or device:NAME where both are called so",
    };

    /// <summary>Finds who is meant: by id, then by log-in name in any spelling, then by the name of a device of the roster or of the policy's clients.</summary>
    /// <exception cref="UserErrorException">Nobody and nothing, or both a person and a device.</exception>
    public static Who Find(CommandContext context, StateStore state, string text)
    {
        var roster = state.CurrentRoster();
        var (kind, name) = text.Split(':', 2) is [("person" or "device") and var prefix, var rest] ? (prefix, rest) : ("", text);
        var person = kind == "device" ? null : roster.FindPerson(name) ?? roster.FindByAccount(name);
        var device = kind == "person" ? null : roster.FindDeviceByName(name)?.Name ?? OfPolicy(context, state, name);
        return (person, device) switch
        {
            (not null, not null) => throw new UserErrorException($"'{name}' is both a person and a device; write person:{name} or device:{name}"),
            (null, null) => throw new UserErrorException(
                $"nobody and nothing is called {SchoolRecords.Shown(name)}{(RosterIds.IsValid(name) ? Nearest.Suggestion(name, roster.People.Select(p => p.Id).Concat(roster.Devices.Select(d => d.Name))) : "")}; see: filtergate people list, filtergate devices list"),
            _ => new Who(person, device),
        };
    }

    private static string? OfPolicy(CommandContext context, StateStore state, string name) =>
        GatewayInputs.LoadLastGood(context, listsFolder: null, state).Document.Clients.Select(c => c.Device).FirstOrDefault(d => d is not null && RosterIds.Comparer.Equals(d, name));
}

/// <summary>What a person's or a device's access is just now.</summary>
internal static class AccessState
{
    /// <summary><c>granted</c>, <c>withdrawn</c>, <c>not-begun</c> or <c>ended</c>.</summary>
    public static string Of(Person person, Withdrawal? withdrawal, DateTimeOffset now)
    {
        if (withdrawal is { Id: > 0 }) return "withdrawn";
        return now < person.From ? "not-begun" : now >= person.Until ? "ended" : "granted";
    }
}
