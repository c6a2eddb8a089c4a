using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using FilterGate.Policy;
using FilterGate.Proxy.Watching;

namespace FilterGate.Watching;

/// <summary>What starts a watch.</summary>
/// <param name="Target">A device's name in the school's records, or an address.</param>
/// <param name="Reason">Why; kept in the audit.</param>
/// <param name="Actor">Who; the caller is root or the gateway's own account, and says for whom it asks.</param>
/// <param name="Seconds">For how long.</param>
/// <param name="Attached">True to end it when its reader goes away.</param>
internal sealed record WatchStart(string Target, string Reason, string Actor, int Seconds, bool Attached);

/// <summary>A watch that runs.</summary>
internal sealed record WatchRow(long Id, string Target, string? Device, string? Address, string Actor, string Reason, DateTimeOffset Begins, DateTimeOffset Ends);

/// <summary>What a reader gets: the watch, what was seen after the number it named, and how many it missed.</summary>
internal sealed record WatchRead(WatchRow Watch, IReadOnlyList<SightingRow> Sightings, long Missed);

/// <summary>Why something was not done.</summary>
internal sealed record WatchProblem(string Message);

/// <summary>A sighting as <c>watch --json</c> prints it. The keys are a public interface: add, never rename.</summary>
internal sealed record SightingRow
{
    public long Number { get; init; }
    public required string Time { get; init; }
    public required string Address { get; init; }
    public string? Device { get; init; }
    public string? Tier { get; init; }
    public string? Method { get; init; }
    public string? Host { get; init; }
    public int? Port { get; init; }
    public string? Path { get; init; }
    public string? Decision { get; init; }
    public string? Reason { get; init; }
    public string? Category { get; init; }
    public string? Rule { get; init; }
    public WatchedTls Tls { get; init; }
    public WatchedOutcome Outcome { get; init; }
    public int? Status { get; init; }
    public long? BytesIn { get; init; }
    public long? BytesOut { get; init; }
    public long? TookMs { get; init; }
    public string? Cause { get; init; }
    public Trouble? Trouble { get; init; }
    public string? Detail { get; init; }
    public string? Explanation { get; init; }
    public string? Mend { get; init; }
    public string? Command { get; init; }
    public string? Ja4 { get; init; }

    /// <summary>The row of a sighting, with its words.</summary>
    public static SightingRow Of(Sighting seen)
    {
        var advice = seen.Trouble is { } trouble
            ? TroubleAdvice.For(new TroubleAdvice.Of
            {
                Trouble = trouble, Host = seen.Host, Tier = seen.Tier, Address = seen.Address, Device = seen.Device, Verdict = seen.Verdict, Reason = seen.Reason, Category = seen.Category, Rule = seen.Rule, Status = seen.Status, Certificate = seen.RefusedCertificate,
            })
            : null;
        return new SightingRow
        {
            Number = seen.Number, Time = seen.Time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture), Address = seen.Address, Device = seen.Device, Tier = seen.Tier,
            Method = seen.Method, Host = seen.Host, Port = seen.Port, Path = seen.Path, Decision = seen.Verdict?.Code(), Reason = seen.Reason?.Code(), Category = seen.Category, Rule = seen.Rule,
            Tls = seen.Tls, Outcome = seen.Outcome, Status = seen.Status, BytesIn = seen.BytesIn, BytesOut = seen.BytesOut, TookMs = (long?)seen.Took?.TotalMilliseconds,
            Cause = advice?.Cause, Trouble = seen.Trouble, Detail = seen.Detail ?? (seen.RefusedCertificate is { } certificate ? $"certificate SHA-256 {certificate}" : null), Explanation = advice?.Explanation, Mend = advice?.Mend, Command = advice?.Command, Ja4 = seen.Ja4,
        };
    }
}

/// <summary>How both ends of the socket write JSON: as the command line does.</summary>
internal static class WatchJson
{
    public static readonly JsonSerializerOptions Form = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.Never, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.KebabCaseLower) },
    };
}
