using System.Diagnostics.CodeAnalysis;

namespace FilterGate.Lists.Formats;

/// <summary>What stands behind the <c>$</c> of an ad-block rule, as far as it means something to a proxy, which sees one address at a time and no page around it.</summary>
internal sealed class AdBlockOptions
{
    private const string OfPages = "only on certain pages or from other sites: a proxy does not see the page";
    private const string OfKinds = "only for certain kinds of request (scripts, images, frames): a proxy cannot tell them apart";
    private const string Changes = "changes a page or an answer instead of blocking it";
    private const string OfBlocker = "switches off another part of an ad blocker";
    private const string OfClients = "only for certain apps, devices or kinds of look-up";
    private const string OfCase = "only in capitals or in small letters";

    /// <summary>No options.</summary>
    public static AdBlockOptions None { get; } = new();

    // From the documentation of Adblock Plus, uBlock Origin, AdGuard and AdGuard Home, November 2026. A name that is missing here is a bad line, so that a new one is noticed.
    private static readonly Dictionary<string, string> LeftOut = Table(
        (OfPages, "third-party 3p first-party 1p strict-first-party strict1p strict-third-party strict3p to method header"),
        (OfKinds, "script image stylesheet css object object-subrequest xmlhttprequest xhr subdocument frame ping beacon websocket webrtc media font other popup popunder inline-script inline-font background xbl dtd speculative main_frame"),
        (Changes, "csp permissions redirect redirect-rule rewrite removeparam queryprune removeheader replace cookie hls jsonprune xmlprune urltransform uritransform urlskip empty mp4 referrerpolicy trustedtypes"),
        (OfBlocker, "elemhide ehide generichide ghide genericblock specifichide shide content jsinject urlblock extension stealth cname network"),
        (OfClients, "app client ctag dnstype"),
        (OfCase, "match-case"));

    /// <summary>Beats exceptions.</summary>
    public bool IsImportant { get; private init; }

    /// <summary>Takes the rule that is otherwise the same out of the list.</summary>
    public bool IsBadFilter { get; private init; }

    /// <summary>Sites that the rule spares.</summary>
    public IReadOnlyList<string> DenyAllow { get; private init; } = [];

    /// <summary>Sites on whose pages alone the rule holds; empty for all.</summary>
    public IReadOnlyList<string> Domains { get; private init; } = [];

    /// <summary>Reads the options of a rule.</summary>
    /// <param name="text">Without the <c>$</c>.</param>
    /// <param name="isException">The rule is an exception.</param>
    /// <param name="options">The result.</param>
    /// <param name="leaveOut">Why the rule is left out on purpose, or null.</param>
    /// <param name="why">Why the rule is malformed, or null.</param>
    public static bool TryParse(string text, bool isException, [NotNullWhen(true)] out AdBlockOptions? options, out string? leaveOut, out string? why)
    {
        (options, leaveOut, why) = (null, null, null);
        var (isImportant, isBadFilter, isOfDocument) = (false, false, false);
        string? ofKinds = null;
        string[] denyAllow = [], domains = [];
        foreach (var option in text.Split(','))
        {
            var equals = option.IndexOf('=');
            var name = (equals < 0 ? option : option[..equals]).Trim().ToLowerInvariant();
            var value = equals < 0 ? "" : option[(equals + 1)..].Trim();
            switch (name)
            {
                case "important":
                    isImportant = true;
                    break;
                case "badfilter":
                    isBadFilter = true;
                    break;
                case "document" or "doc" or "all":
                    isOfDocument = true;
                    break;
                // Remarks: a run of _ only makes a long rule readable.
                case "reason":
                case ['_', ..] when !name.AsSpan().ContainsAnyExcept('_'):
                    break;
                case "denyallow":
                    denyAllow = value.Split('|', StringSplitOptions.RemoveEmptyEntries);
                    break;
                case "domain" or "from":
                    domains = value.Split('|', StringSplitOptions.RemoveEmptyEntries);
                    break;
                case "dnsrewrite":
                    if (isException || !IsRefusal(value)) leaveOut ??= Changes;
                    break;
                default:
                    if (!LeftOut.TryGetValue(name.TrimStart('~'), out var reason))
                    {
                        why = $"nobody knows the option {name}";
                        return false;
                    }
                    if (reason == OfKinds) ofKinds = reason;
                    else leaveOut ??= reason;
                    break;
            }
        }
        // Where the page itself is among the kinds, the address is blocked whatever else is.
        if (!isOfDocument) leaveOut ??= ofKinds;
        // "Everywhere but on these sites", and sites by a pattern, need the page as well.
        if (Array.Exists(domains, d => d[0] == '~' || d.Contains('*') || d[0] == '/') || Array.Exists(denyAllow, d => d[0] == '~' || d.Contains('*'))) leaveOut ??= OfPages;
        if (leaveOut is not null) return false;
        options = new() { IsImportant = isImportant, IsBadFilter = isBadFilter, DenyAllow = denyAllow, Domains = domains };
        return true;
    }

    /// <summary>The reason for leaving out a rule that holds on certain pages only.</summary>
    public static string NeedsPage => OfPages;

    /// <summary>True for an answer of AdGuard Home that reaches no site.</summary>
    private static bool IsRefusal(string value)
    {
        var parts = value.Split(';');
        var answer = parts.Length == 3 && parts[0].Equals("NOERROR", StringComparison.OrdinalIgnoreCase) ? parts[2] : parts[0];
        return answer.ToUpperInvariant() is "NXDOMAIN" or "REFUSED" or "SERVFAIL" or "0.0.0.0" or "::" or "127.0.0.1" or "::1";
    }

    private static Dictionary<string, string> Table(params (string Reason, string Names)[] groups)
    {
        var table = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (reason, names) in groups)
            foreach (var name in names.Split(' ')) table.Add(name, reason);
        return table;
    }
}
