using FilterGate.Lists;
using FilterGate.Policy;
using FilterGate.Proxy.Watching;

namespace FilterGate.Watching;

/// <summary>What is in the way, in plain words, and what mends it. <c>watch</c>, <c>works</c> and the page speak alike.</summary>
/// <param name="Cause">Whose matter it is: <c>policy</c>, <c>ca</c>, <c>pinned-app</c>, <c>certificate</c>, <c>device</c>, <c>dns</c>, <c>network</c> or <c>origin</c>.</param>
/// <param name="Explanation">A sentence for people.</param>
/// <param name="Mend">What to do, or null where nobody here can do anything.</param>
/// <param name="Command">The command that does it or begins it, to be copied; null where there is none.</param>
internal sealed record TroubleAdvice(string Cause, string Explanation, string? Mend, string? Command)
{
    private const string Apply = "filtergate policy apply policy.yaml --reason TEXT";

    /// <summary>What is known of the connection that is in trouble.</summary>
    internal sealed record Of
    {
        /// <summary>What is in the way.</summary>
        public required Trouble Trouble { get; init; }
        /// <summary>The host, or null.</summary>
        public string? Host { get; init; }
        /// <summary>The tier, or null.</summary>
        public string? Tier { get; init; }
        /// <summary>The device's address, or null.</summary>
        public string? Address { get; init; }
        /// <summary>The device as the school's records call it, or null.</summary>
        public string? Device { get; init; }
        /// <summary>The verdict, or null.</summary>
        public Verdict? Verdict { get; init; }
        /// <summary>The reason, or null.</summary>
        public Reason? Reason { get; init; }
        /// <summary>The category that decided, or null.</summary>
        public string? Category { get; init; }
        /// <summary>The entry or rule that decided, or null.</summary>
        public string? Rule { get; init; }
        /// <summary>The status of an answer, or null.</summary>
        public int? Status { get; init; }
        /// <summary>SHA-256 of a certificate that is not believed, or null.</summary>
        public string? Certificate { get; init; }
    }

    /// <summary>The advice.</summary>
    public static TroubleAdvice For(Of what)
    {
        ArgumentNullException.ThrowIfNull(what);
        var (host, tier) = (what.Host ?? "HOST", what.Tier ?? "TIER");
        return what.Trouble switch
        {
            Trouble.Policy => ForPolicy(what, host, tier),
            Trouble.PrivateDestination => new("policy", "It is an address of the school's own network, or of this gateway.", "If pupils are meant to reach it, add it under private_destinations in the policy.", Apply),
            Trouble.TlsPolicy => new("policy", $"It is neither a web page nor TLS, and what cannot be read does not pass in this tier{(what.Rule is { } sign ? $" ({sign})" : "")}.", "If the app is approved, give its servers a way round the proxy at the firewall.", null),
            Trouble.PortRefused => new("policy", "The filter carries the web: ports 443, 80 and those above 1023.", "If the app is approved, give its servers a way round the proxy at the firewall.", null),
            Trouble.OutsideNetworks => new("policy", "The device's address is in no network of the school, so the gateway closes its connections unread.", "Add the network under networks in the policy.", Apply),
            Trouble.TooManyConnections => new("device", "The device has as many connections open as one may have.", "Where several devices share the address, raise connections_per_client under limits in the settings; else look for an app that has run wild.", null),
            Trouble.CertificateRejected => new("certificate", "The connection ended when the device saw the school's certificate. One host alone does not tell whether it is the device or this app.", "Open another HTTPS page on the device and look again.", null),
            Trouble.CaNotTrusted => new("ca", "Every connection that was read ended when the device saw the school's certificate: the device does not trust the school's authority.",
                "Install the authority on the device, or open http://filtergate.internal/ there; on an iPad switch it on too, under Settings, General, About, Certificate Trust Settings.", "filtergate certificates export --out school-ca.crt"),
            Trouble.PinnedApp => ForPinnedApp(host, tier),
            Trouble.ClientTls => new("device", "The device and the gateway found no TLS that both speak.", $"Update the app or the device. If it is approved as it is, pass this host unread: never_intercept: [{host}] in the policy.", Apply),
            Trouble.NameNotFound => new("dns", "The school's name server says that there is no such name.", "Look for a typing mistake, or ask whoever runs the name server whether it filters too.", null),
            Trouble.NameServerFailed => new("dns", "The gateway's name server did not answer.", "Look at the name servers of the gateway (/etc/resolv.conf) and at the line.", null),
            Trouble.OriginRefused => new("origin", "The site's server refuses connections.", "Wait, or ask the site's maker. Where other sites fail alike, a firewall may be in between.", null),
            Trouble.OriginTimedOut => new("origin", "The site's server did not answer when it was called.", "Wait, or ask the site's maker. Where other sites fail alike, look at the line and the firewall.", null),
            Trouble.NetworkUnreachable => new("network", "There is no way from the gateway to the site.", "Look at the gateway's line: its address, its router, IPv6.", null),
            Trouble.OriginCertificateExpired => new("origin", "The site's certificate has expired or is not valid yet. The gateway shows nobody a site that it cannot verify.", $"Look at the gateway's clock; if that is right, tell the site's maker. {Believe(what, host)}", null),
            Trouble.OriginCertificateName => new("origin", "The site's certificate is for another name: the wrong server, or somebody in between.", $"Tell the site's maker. {Believe(what, host)}", null),
            Trouble.OriginCertificateUntrusted => new("origin", "The site's certificate comes from an authority that nobody trusts, or somebody is in between.", $"If it is a server of the school's own, add its authority under upstream, trust_ca in the gateway's settings. {Believe(what, host)}", null),
            Trouble.OriginTls => new("origin", "The gateway and the site found no TLS that both speak.", "Tell the site's maker that its TLS is out of date.", null),
            Trouble.OriginBroken => new("origin", "The site closed the connection without an answer.", "Try again later; if it stays so, ask the site's maker.", null),
            Trouble.OriginSlow => new("origin", "The site is connected and says nothing.", "Wait, or ask the site's maker.", null),
            Trouble.OriginError => new("origin", $"The site itself answered that something is wrong with it{(what.Status is { } status ? $" ({status})" : "")}.", "Wait, or ask the site's maker.", null),
            _ => throw new System.Diagnostics.UnreachableException($"trouble {what.Trouble}"),
        };
    }

    /// <summary>The last resort, for an old box or another body's system that staff must reach: never for a site of the internet that is wrong for an hour.</summary>
    private static string Believe(Of what, string host) =>
        $"Only where somebody must reach it and its owner confirms the certificate by telephone: certificate_exceptions: [{{ host: {host}, sha256: \"{what.Certificate ?? "SHA-256"}\", until: DAY, why: TEXT }}] in the policy.";

    private static TroubleAdvice ForPolicy(Of what, string host, string tier)
    {
        var grant = $"filtergate unblock grant {host} --tier {tier} --for 1h --reason TEXT";
        var check = $"filtergate check {host} {(what.Address is { } address ? $"--client {address}" : $"--tier {tier}")}";
        var category = what.Category is { } slug ? $" ({slug})" : "";
        return what.Reason switch
        {
            Reason.Locked => new("policy", "It is on an illegal-content list. Nothing opens it.", null, null),
            Reason.NoBypass => new("policy", $"Its category is one that nothing bypasses{category}.", "If it is listed wrongly, see which list has it and tell its publisher.", $"filtergate lists find {host}"),
            Reason.EmergencyBlock => new("policy", "It is closed for everybody in an emergency.", "See why, and whether it may be lifted.", "filtergate block list"),
            Reason.AccessWithdrawn => new("policy", "The access of this device or person is withdrawn.", "See why, and whether it may be restored.", what.Device is { } device ? $"filtergate access restore {device} --reason TEXT" : "filtergate access list"),
            Reason.OwnBlock => new("policy", $"The school's own rules close it{(what.Rule is { } rule ? $": {rule}" : "")}.", "Open it for a time.", grant),
            Reason.CategoryWarn => new("policy", $"A page asks first{category}; an app cannot answer it.", "Open it for a time.", grant),
            Reason.CategoryQuota => new("policy", $"It has minutes a day{category}, which a person begins on a page.", "See how many are left, or open it for a time.", grant),
            Reason.ApprovedOnly => new("policy", "Only approved sites are open here, and this is none.", "Open it for a time, or add it under allow in the policy.", grant),
            Reason.WayRound => new("policy", $"The connection gets round the filter{(what.Rule is { } sign ? $" ({sign})" : "")}. Nothing opens that by its name.", "See what is installed on the device.", null),
            Reason.NewlySeen => new("policy", "It is in no list, and the gateway has only just met it.", "Look at it, then open it for a time.", grant),
            Reason.ByAddress => new("policy", "It is an address instead of a name, and in no list.", "Look at it, then open it for a time.", grant),
            Reason.Uncategorised => new("policy", "It is in no list, and the tier opens only what is.", "Look at it, then open it for a time.", grant),
            Reason.CategoryBlock => new("policy", $"Its category is closed for this tier{category}.", "Open it for a time.", grant),
            _ => new("policy", "The policy refuses it.", "See why.", check),
        };
    }

    private static TroubleAdvice ForPinnedApp(string host, string tier)
    {
        const string explanation = "The app takes its maker's certificate alone, so it ends when it sees the school's. Other hosts of this device were fine.";
        // A bundle opens the rest of the service as well, and says why each host is passed unread.
        return BundleFile.Shipped.FindUnread(host) is { } bundle
            ? new TroubleAdvice("pinned-app", explanation, $"If the app is approved, write bundles: [{bundle.Name}] under the tier {tier} of the policy: it passes these hosts unread.", Apply)
            : new TroubleAdvice("pinned-app", explanation, $"If the app is approved, pass its host unread: never_intercept: [{host}] in the policy. What it carries is then decided by its name alone.", Apply);
    }
}
