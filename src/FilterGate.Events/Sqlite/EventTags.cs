using System.Globalization;
using FilterGate.Policy;

namespace FilterGate.Events.Sqlite;

/// <summary>The words of the <c>tags</c> column of the index: one for each thing that events are looked for by. A letter and a number, so that nothing anybody typed can be one.</summary>
/// <remarks>An index of its own for each of these would be written to in a different place for every person in every commit; the full-text index gathers them and merges later, at a tenth of the writing.</remarks>
internal static class EventTags
{
    /// <summary>Every act, whatever its kind.</summary>
    internal const string AnyAct = "a";

    /// <summary>The SQL that makes the tags of a row of events.</summary>
    internal const string Sql = """
        concat_ws(' ', 'k' || kind, 'v' || decision, 'a a' || act_kind, 'i' || intent, 'p' || person, 'd' || device, 'c' || client, 'g' || "group", 't' || tier, 's' || category, iif(act IS NULL, NULL, 'x' || hex(substr(act, 1, 8))))
        """;

    internal static string Kind(EventKind kind) => Number('k', (byte)kind);

    internal static string Verdict(Verdict verdict) => Number('v', (byte)verdict);

    internal static string Act(ActKind kind) => Number('a', (byte)kind);

    internal static string Intent(Intent intent) => Number('i', (byte)intent);

    internal static string Person(long name) => Number('p', name);

    internal static string Device(long name) => Number('d', name);

    internal static string Client(long name) => Number('c', name);

    internal static string Group(long name) => Number('g', name);

    internal static string Tier(long name) => Number('t', name);

    internal static string Category(long name) => Number('s', name);

    /// <summary>The first half of an act's id: the instant and the count. Two processes may share one, so the row is looked at as well.</summary>
    internal static string PartOf(Guid act) => "x" + Convert.ToHexString(EventId.ToBytes(act).AsSpan(0, 8));

    private static string Number(char letter, long number) => string.Create(CultureInfo.InvariantCulture, $"{letter}{number}");
}
