using System.Globalization;
using FilterGate.Proxy.Watching;

namespace FilterGate.Watching;

/// <summary>A sighting in a few words, for a line of a terminal and a row of the page.</summary>
internal static class WatchWords
{
    /// <summary>What was done with TLS.</summary>
    public static string Tls(WatchedTls tls) => tls switch
    {
        WatchedTls.Clear => "clear text",
        WatchedTls.Intercepted => "read",
        WatchedTls.Tunnel => "unread",
        WatchedTls.Exempt => "never read",
        WatchedTls.Refused => "refused",
        _ => throw new System.Diagnostics.UnreachableException($"TLS {tls}"),
    };

    /// <summary>Method, host and path. Of illegal content neither is known.</summary>
    public static string Address(SightingRow seen)
    {
        if (seen.Host is null) return seen.Reason == "locked" ? "(on an illegal-content list)" : "(nothing was asked for)";
        var isUsual = seen.Port is null or 80 or 443;
        return $"{seen.Method} {seen.Host}{(isUsual ? "" : string.Create(CultureInfo.InvariantCulture, $":{seen.Port}"))}{seen.Path}";
    }

    /// <summary>What came of it.</summary>
    public static string Outcome(SightingRow seen)
    {
        var culture = CultureInfo.InvariantCulture;
        return seen.Outcome switch
        {
            WatchedOutcome.Answered => string.Create(culture, $"{seen.Status}{(seen.BytesIn is { } bytes ? $", {Size(bytes)}" : "")}"),
            WatchedOutcome.Opened => "opened",
            WatchedOutcome.Closed => string.Create(culture, $"closed after {(seen.TookMs ?? 0) / 1000.0:0.#} s, {Size(seen.BytesOut ?? 0)} out, {Size(seen.BytesIn ?? 0)} in"),
            WatchedOutcome.Refused => seen.Category ?? seen.Reason ?? "refused",
            WatchedOutcome.Failed => "failed",
            WatchedOutcome.Waiting => "still waiting",
            WatchedOutcome.GivenUp => "the device gave up",
            _ => throw new System.Diagnostics.UnreachableException($"outcome {seen.Outcome}"),
        };
    }

    private static string Size(long bytes) => bytes switch
    {
        < 1_000 => string.Create(CultureInfo.InvariantCulture, $"{bytes} B"),
        < 1_000_000 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1_000.0:0.#} kB"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1_000_000.0:0.#} MB"),
    };
}
